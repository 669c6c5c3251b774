/**
 * What guests may change of a meeting that somebody else organises: their own answer, reminders, busy status, categories and
 * privacy (RFC 6638 §3.2.2.1, exchange.md §11.3).
 *
 * Two forms are compared by what they say, not by how: programs write the same meeting in many ways.
 */
import type { Component, Property } from '../component.ts';
import { addressOf } from '../event-facts.ts';
import { dateTimeOf } from '../instances/instance-times.ts';
import type { CalendarObject } from '../object.ts';
import { cleanRuleText } from '../rule-text.ts';
import { dayMs, instant } from '../time.ts';
import { decodeText, durationMs, parseDateTime, parseDuration, splitList } from '../value.ts';
import { utc, type ZoneResolver, zoneResolver } from '../zones/timezone.ts';

/** Whether `after` changes nothing that belongs to the organizer. `isOwn` knows the guest's addresses. */
export function isGuestChange(
  before: CalendarObject,
  after: CalendarObject,
  isOwn: (address: string) => boolean,
): boolean {
  if (before.kind !== after.kind || before.uid !== after.uid) return false;
  const left = new Meeting(before, isOwn);
  const right = new Meeting(after, isOwn);
  if (!isSame(left.whole, right.whole)) return false;
  const instances = new Set([...left.overrides.keys(), ...right.overrides.keys()]);
  return [...instances].every((key) => isSame(left.instance(key), right.instance(key)));
}

/** What belongs to the organizer in one component. */
interface Owned {
  readonly start: number;
  readonly isDay: boolean;
  readonly lengthMs: number;
  /** How the clocks of its zone will have moved after some months: times of a series move with them. */
  readonly clockMs: readonly number[];
  readonly said: readonly string[];
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const quarters: readonly number[] = [91, 182, 273].map((days) => days * dayMs);

class Meeting {
  /** The master with what makes the series; undefined for an object of overrides alone. */
  readonly whole: (Owned & { readonly series: readonly string[] }) | undefined;
  readonly overrides: ReadonlyMap<number, Owned>;
  private readonly isOwn: (address: string) => boolean;
  private readonly zones: ZoneResolver;

  constructor({ master, overrides, timezones }: CalendarObject, isOwn: (address: string) => boolean) {
    this.isOwn = isOwn;
    this.zones = zoneResolver(timezones, utc);
    this.whole = master && { ...this.owned(master), series: this.series(master) };
    this.overrides = new Map(
      overrides.map((component) => [this.instantOf(component.first('RECURRENCE-ID')), this.owned(component)]),
    );
  }

  /** The organizer's part of an instance: of its override, or as the series has it. */
  instance(key: number): Omit<Owned, 'clockMs'> | undefined {
    const found = this.overrides.get(key) ?? (this.whole && { ...this.whole, start: key });
    return found && { start: found.start, isDay: found.isDay, lengthMs: found.lengthMs, said: found.said };
  }

  private owned(component: Component): Owned {
    const value = dateTimeOf(component.first('DTSTART'));
    const start = value ? this.zones.toInstant(value) : Number.NaN;
    const isDay = value?.kind === 'date';
    const zone = value?.kind === 'zoned' ? this.zones.zoneOf(value) : utc;
    return {
      start,
      isDay,
      lengthMs: this.length(component, start, isDay),
      clockMs: quarters.map((ms) => zone.offsetAt(instant(start + ms)) - zone.offsetAt(instant(start))),
      said: this.said(component),
    };
  }

  private length(component: Component, start: number, isDay: boolean): number {
    const end = component.first('DTEND');
    if (end) return this.instantOf(end) - start;
    const duration = parseDuration(component.first('DURATION')?.rawValue ?? '');
    return duration ? durationMs(duration) : isDay ? dayMs : 0;
  }

  private said(component: Component): readonly string[] {
    const isCancelled = component.first('STATUS')?.rawValue.trim().toUpperCase() === 'CANCELLED';
    return [
      ...['SUMMARY', 'LOCATION', 'DESCRIPTION', 'X-ALT-DESC'].map((name) => textOf(component.first(name))),
      ...['URL', 'CONFERENCE', 'ATTACH'].map((name) =>
        all(component, name, ({ rawValue }) => rawValue.trim()),
      ),
      all(component, 'ORGANIZER', (property) => addressOf(property).toLowerCase()),
      all(component, 'ATTENDEE', (property) => this.attendee(property)),
      String(Number(component.first('PRIORITY')?.rawValue ?? 0)),
      String(isCancelled),
    ];
  }

  private attendee(property: Property): string {
    const address = addressOf(property).toLowerCase();
    const word = (name: string, standard: string): string => (property.param(name) ?? standard).toUpperCase();
    const answer = this.isOwn(address) ? '' : word('PARTSTAT', 'NEEDS-ACTION');
    return JSON.stringify([address, word('ROLE', 'REQ-PARTICIPANT'), answer]);
  }

  private series(master: Component): readonly string[] {
    const dates = (name: string): string =>
      all(master, name, (property) =>
        splitList(property.rawValue)
          .map((value) => this.instantOf(property, value))
          .join(),
      );
    const rules = all(master, 'RRULE', ({ rawValue }) => ruleOf(rawValue));
    return [rules, flat(dates('RDATE')), flat(dates('EXDATE'))];
  }

  private instantOf(property: Property | undefined, rawValue?: string): number {
    if (!property) return Number.NaN;
    const value =
      rawValue === undefined
        ? dateTimeOf(property)
        : parseDateTime(rawValue, { tzid: property.param('TZID'), valueType: property.param('VALUE') });
    return value ? this.zones.toInstant(value) : Number.NaN;
  }
}

function all(component: Component, name: string, write: (property: Property) => string): string {
  return JSON.stringify(component.all(name).map(write).sort());
}

/** The rule with its parts in a fixed order and without those that state a default. */
function ruleOf(rawValue: string): string {
  const parts = (cleanRuleText(rawValue) ?? rawValue).toUpperCase().split(';');
  return parts
    .filter((part) => part !== 'INTERVAL=1' && part !== 'WKST=MO')
    .sort()
    .join(';');
}

/** Dates may stand in one line or in many. */
function flat(lists: string): string {
  const values: readonly string[] = JSON.parse(lists);
  return values
    .flatMap((list) => list.split(','))
    .sort()
    .join();
}

/** Line ends and blanks at the ends differ between programs. */
function textOf(property: Property | undefined): string {
  return decodeText(property?.rawValue ?? '')
    .replaceAll('\r\n', '\n')
    .trim();
}
