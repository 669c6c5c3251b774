/** Zones by their names on both sides: Windows and IANA (exchange.md 12.2). */
import { dateOf, yearOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { dayMs, type Instant, instant } from '../../../icalendar/time.ts';
import { ianaZone, isUtc, namedZone, windowsNameOf, type Zone } from '../../../icalendar/zones/timezone.ts';
import { ianaNameOfWindows, offsetMinutesOf } from '../../../icalendar/zones/zone-names.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import type { NeutralEvent } from '../../event.ts';
import { zoneNamed } from '../../series.ts';
import { make } from '../wire/elements.ts';
import type { Mapping } from './mapping.ts';
import { definitionElement } from './zone-definition.ts';
import { type Era, erasOf, sameClocks } from './zone-eras.ts';

/** How a zone is told to Exchange: by a name that every server has, or by its definition. */
export type WireZone = { readonly id: string } | { readonly name: string; readonly eras: readonly Era[] };

/** Years over which two zones have to agree to be taken for one another. */
const comparedYears = 5;

/** `name` is that of an `EventTime`; `year` is the first that the definition has to be right for. */
export function wireZone(
  name: string,
  zones: NeutralEvent['zones'],
  year: number,
  mapping: Mapping,
): WireZone {
  const zone = zoneNamed(name, zones);
  if (isUtc(zone)) return { id: 'UTC' };
  const id = zone.custom ? undefined : windowsName(zone.id);
  const found = id ?? windowsTwin(zone, mapping);
  if (found !== undefined) return { id: found };
  const thisYear = yearOf(dateOf(Math.floor(mapping.now / dayMs)));
  return {
    name: name.slice(0, maxNameLength),
    eras: erasOf(zone, Math.min(year, thisYear) - 1, Math.max(year, thisYear) + comparedYears),
  };
}

const maxNameLength = 100;

/** `StartTimeZone`, `EndTimeZone`. */
export function zoneElement(local: string, zone: WireZone): DocumentElement {
  return 'id' in zone ? make(local, [], { Id: zone.id }) : definitionElement(local, zone.name, zone.eras);
}

/** By its name, or by any other name of the same zone. */
function windowsName(iana: string): string | undefined {
  const canonical = canonicalName(iana);
  const main = mainZones().get(canonical);
  return (
    windowsNameOf(iana) ?? windowsNameOf(canonical) ?? (main === undefined ? undefined : windowsNameOf(main))
  );
}

/** What the engine calls an alias: `Europe/Kiev` for `Europe/Kyiv`. Asking it costs more than all the rest. */
function canonicalName(iana: string): string {
  let name = canonicalNames.get(iana);
  if (name !== undefined) return name;
  try {
    name = new Intl.DateTimeFormat('en-US', { timeZone: iana }).resolvedOptions().timeZone;
  } catch {
    name = iana; // a RangeError says that it knows no such zone
  }
  if (canonicalNames.size >= maxCanonicalNames) canonicalNames.clear();
  canonicalNames.set(iana, name);
  return name;
}

const canonicalNames = new Map<string, string>();
const maxCanonicalNames = 2_000;

/**
 * The IANA name of a zone that Exchange names: by a Windows name, preferring the person's own zone, then one of their
 * territory; by an IANA name; by what a dialog shows. `UTC` for UTC. Undefined for a name that does not say which zone.
 */
export function ianaNameOf(id: string, mapping: Mapping): string | undefined {
  const name = id.trim();
  if (/^(?:tzone:\/\/Microsoft\/Utc|UTC)$/i.test(name)) return 'UTC';
  if (isPlaceholder(name)) return undefined;
  const main = ianaNameOfWindows(name);
  if (main !== undefined) return ownName(windowsNameOf(main) ?? name, mapping) ?? main;
  const zone = namedZone(name);
  if (zone === undefined) return undefined;
  if (isUtc(zone)) return 'UTC';
  // A display text stands for a Windows zone, an IANA name for itself.
  const windows = name.startsWith('(') ? windowsNameOf(zone.id) : undefined;
  return (windows === undefined ? undefined : ownName(windows, mapping)) ?? zone.id;
}

/** Names that say only that the zone is nobody's. */
function isPlaceholder(name: string): boolean {
  return name === '' || /^(?:Customized Time Zone|tzone:\/\/Microsoft\/Custom)$/i.test(name);
}

function ownName(windows: string, { zone, territory }: Mapping): string | undefined {
  if (windowsName(zone) === windows) return zone;
  return territory === null
    ? undefined
    : zonesOfTerritory(territory).find((name) => windowsNameOf(name) === windows);
}

/** In the order of the engine's data, which is that of the alphabet. */
function zonesOfTerritory(territory: string): readonly string[] {
  if (!/^[A-Za-z]{2}$/.test(territory)) return [];
  // Node 20 has the accessor, later versions the function (ECMA-402, Intl Locale Info).
  const locale: Intl.Locale & { getTimeZones?: () => string[]; timeZones?: string[] } = new Intl.Locale(
    `und-${territory}`,
  );
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

/**
 * The IANA zone with the same clocks as `zone` for the next five years: the person's own, a well-known one, any. `key` says
 * the same for zones with the same clocks.
 */
export function ianaTwin(key: string, zone: Zone, mapping: Mapping): string | undefined {
  const question = `${Math.floor(mapping.now / dayMs)} ${mapping.zone} ${key}`;
  const known = twins.get(question);
  if (known !== undefined) return known ?? undefined;
  const candidates = [mapping.zone, ...mainZones().values(), ...Intl.supportedValuesOf('timeZone')];
  const found = twin(zone, mapping, candidates);
  if (twins.size >= maxTwins) twins.clear();
  twins.set(question, found ?? null);
  return found;
}

/** Items of one mailbox have the same few zones; `null` for those that have no twin. */
const twins = new Map<string, string | null>();
const maxTwins = 200;

/** The Windows zone whose clocks change as those of `zone` do for the next five years. */
function windowsTwin(zone: Zone, mapping: Mapping): string | undefined {
  const main = twin(zone, mapping, [...mainZones().values()]);
  return main === undefined ? undefined : windowsNameOf(main);
}

/** What Windows names mean, each once, by what the engine calls it. */
let knownMainZones: ReadonlyMap<string, string> | undefined;
function mainZones(): ReadonlyMap<string, string> {
  if (knownMainZones) return knownMainZones;
  const zones = new Map<string, string>();
  for (const name of Intl.supportedValuesOf('timeZone')) {
    const main = ianaNameOfWindows(windowsNameOf(name) ?? '');
    if (main !== undefined) zones.set(canonicalName(main), main);
  }
  return (knownMainZones = zones);
}

/** Looks for a zone whose past is the same as well: an alias, or a neighbour, rather than any with the same rules. */
function twin(zone: Zone, mapping: Mapping, candidates: readonly string[]): string | undefined {
  const today = instant(Math.floor(mapping.now / dayMs) * dayMs);
  const until = instant(today + comparedYears * yearMs);
  const alike = candidates.filter((name) => {
    const candidate = ianaZone(name);
    return (
      candidate !== undefined && isNear(candidate, zone, today) && sameClocks(candidate, zone, today, until)
    );
  });
  const since = instant(today - rememberedYears * yearMs);
  return alike.find((name) => sameClocks(ianaZone(name) ?? zone, zone, since, until)) ?? alike[0];
}

const yearMs = 365.25 * dayMs;
const rememberedYears = 15;

/** A cheap look before the dear one. */
function isNear(one: Zone, other: Zone, today: Instant): boolean {
  return [today, instant(today + yearMs / 2)].every((at) => one.offsetAt(at) === other.offsetAt(at));
}

/** The offset that a name tells although nobody knows the zone: `(UTC+01:00) Somewhere`. Milliseconds. */
export function offsetOfName(id: string): number | undefined {
  const minutes = offsetMinutesOf(id);
  return minutes === undefined ? undefined : minutes * 60_000;
}
