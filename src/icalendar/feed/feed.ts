/**
 * Objects as readers of feeds need them: strictly valid, whatever was stored.
 *
 * A reader of a feed refuses the whole file for one line (clients.md W46 to W48): so what is wrong is mended or left out
 * here, on the way out, and only here. The stored bytes stay as they are.
 */
import { nearestColorWord } from '../color-words.ts';
import type { Component } from '../component.ts';
import { currentOverrides, planSteps } from '../instances/instance-plan.ts';
import { type CalendarObject, objectSteps } from '../object.ts';
import { busyTypeOf } from '../query/freebusy.ts';
import { sequenceOf } from '../revision.ts';
import { completed, LongText, type Steps, Stride, stepBytes } from '../steps.ts';
import type { Instant, TimeRange } from '../time.ts';
import { contentLine, formatUtc, parseDateTime, textLine } from '../value.ts';
import { customZoneText } from '../zones/custom-zone.ts';
import { type Zone, zoneResolver } from '../zones/timezone.ts';
import { BytePage, FeedBytes, type Place } from './feed-bytes.ts';
import { CutsFeed, CutsPart } from './feed-cut-parts.ts';
import type { FeedCuts } from './feed-cuts.ts';
import { FeedDates } from './feed-dates.ts';
import { alarmTitle, feedAlarm, feedLineSteps, microsoftLines, onceOnly, stampLines } from './feed-lines.ts';
import type { SingleEvents } from './feed-singles.ts';
import { byteString, type MergePart, type ZonePart, zoneText } from './merge.ts';

export interface FeedOptions {
  /** Floating times are told in this zone, because Outlook refuses them. */
  readonly zone: Zone;
  /** What the time zones must cover. */
  readonly range: TimeRange;
  readonly alarms: boolean;
  readonly attendees: boolean;
  /** For Outlook: takes series apart that it does not know. */
  readonly singles?: SingleEvents | undefined;
}

/** What the server knows of an object and its bytes may not say. All of it is stable as long as the content is. */
export interface FeedHooks {
  /** When the object last changed: DTSTAMP and LAST-MODIFIED of every component. */
  readonly changed: Instant;
  /** Added to each SEQUENCE: it grows with every change, so that readers see it, whatever the writer has counted. */
  readonly sequence?: number | undefined;
  /** Added to the UID: the same event in two calendars of one feed needs two names. */
  readonly uidSuffix?: string | undefined;
  /** An additional category, as a mark of the calendar it comes from. */
  readonly category?: string | undefined;
}

/** An object in a page of bytes, and what storage knows of it. */
export interface StoredPlace extends Place {
  readonly kind: string;
  /** As they were found when it was stored. */
  readonly cuts?: FeedCuts | undefined;
}

/** Makes the parts of one feed, one after the other. They say the same as those of `feedPart`. */
export interface FeedParts {
  /** A part for one object after the other, whose cuts are kept. */
  readonly cutsPart: () => CutsPart;
  /** At once and without a look at a line, where the cuts of the object are kept. */
  readonly known: (page: BytePage, stored: StoredPlace, hooks: FeedHooks) => MergePart | undefined;
  /** At the cost of a look at each line, or of a parse; nothing for bytes that hold no object. Usual objects take one step. */
  readonly steps: (page: BytePage, stored: StoredPlace, hooks: FeedHooks) => Steps<MergePart | undefined>;
}

export function feedParts(options: FeedOptions): FeedParts {
  const scan = new FeedBytes(options);
  const feed = new CutsFeed(options);
  return {
    cutsPart: () => new CutsPart(feed),
    // Cuts are for the UID as it is.
    known: (page, { from, cuts }, hooks) =>
      cuts !== undefined && hooks.uidSuffix === undefined
        ? feed.part(page.bytes, from, cuts, hooks)
        : undefined,
    *steps(page, stored, hooks) {
      const cuts = stored.kind === 'VEVENT' ? yield* scan.steps(page, stored, hooks.uidSuffix) : undefined;
      const part = cuts === undefined ? undefined : feed.part(page.bytes, stored.from, cuts, hooks);
      if (part) return part;
      const object = yield* objectSteps(page.bytes.subarray(stored.from, stored.to), 'forgiving');
      return object && (yield* feedPartSteps(object, options, hooks));
    },
  };
}

/**
 * The cuts of an object for all feeds to come, to be kept with its bytes; `undefined` where they would take too much room,
 * or the parser.
 */
export function feedCuts(kind: string, bytes: Uint8Array, plain: boolean): FeedCuts | undefined {
  if (kind !== 'VEVENT' || bytes.length > maxCutBytes) return undefined;
  const cuts = new FeedBytes(everything).cuts(new BytePage(bytes), { from: 0, to: bytes.length, plain });
  return cuts === undefined || cuts.length > maxCutsLength ? undefined : cuts;
}

const everything = { alarms: true, attendees: true };
/** One step; longer objects are looked at when they leave, with pauses. */
const maxCutBytes = stepBytes;
/** Of long series, and of what must be written anew, a part of the bytes would be kept twice. */
const maxCutsLength = 8_192;

/**
 * The part of a feed that an object makes, its master first. Same object, options and hooks, same bytes.
 *
 * Mended: alarms that are incomplete (or all, by option), floating times and vendors' zone names, days that end when they
 * start, DURATION beside DTEND, dates of mixed types, rules that are none, missing DTSTAMP and UID, words and numbers
 * out of their range, names that are none. Left out: inline attachments, user information in links, the reader's state
 * of other people's reminders.
 */
export function feedPart(object: CalendarObject, options: FeedOptions, hooks: FeedHooks): MergePart {
  return completed(feedPartSteps(object, options, hooks));
}

/** One component but for its dates, which alone depend on how its time zones are called. */
interface Written {
  readonly before: string;
  readonly dates: (dates: FeedDates) => Steps<string>;
  readonly after: string;
}

function* feedPartSteps(object: CalendarObject, options: FeedOptions, hooks: FeedHooks): Steps<MergePart> {
  const zones = zoneResolver(object.timezones, options.zone);
  const used = new Map<string, ZonePart>();
  const written = yield* feedComponents(object, options, hooks);
  const write = function* (rename: ReadonlyMap<string, string>): Steps<string> {
    const dates = new FeedDates(object, zones, (zone) => {
      if (!used.has(zone.id)) used.set(zone.id, zonePart(zone, object, options.range));
      return rename.get(zone.id) ?? zone.id;
    });
    const texts: string[] = [];
    const stride = new Stride(stepComponents);
    for (const one of written) {
      // A zone's name stands in each date, and may be as long as a text.
      const text = one.before + byteString(yield* one.dates(dates)) + one.after;
      texts.push(text);
      if (stride.isOver(text.length)) yield;
    }
    return texts.join('');
  };
  const text = yield* write(noNames);
  yield* definedNow([...used.values()]);
  return {
    zones: [...used.values()],
    lines: (rename) => (rename.size > 0 ? completed(write(rename)) : text),
  };
}

// oxlint-disable-next-line require-yield -- one step is enough
function* atOnce(text: string): Steps<string> {
  return text;
}

const noNames: ReadonlyMap<string, string> = new Map();

/** Components of one step: some milliseconds. */
const stepComponents = 256;
/** The same of definitions of zones, of which each may have hundreds of rules. */
const stepZones = 16;

/** Definitions are written when they are asked for, and all at once; of very many, as nobody needs them, before that. */
function* definedNow(zones: readonly ZonePart[]): Steps<void> {
  for (let at = stepZones; at < zones.length; at++) {
    zones[at]?.text();
    if (at % stepZones === 0) yield;
  }
}

function zonePart(zone: Zone, object: CalendarObject, range: TimeRange): ZonePart {
  const own = zone.custom ? object.timezones.get(zone.id) : undefined;
  if (own) {
    let text: string | undefined;
    return { tzid: zone.id, text: () => (text ??= customZoneText(own)), custom: true };
  }
  return { tzid: zone.id, text: () => zoneText(zone, zone.id, range), custom: false };
}

function* feedComponents(
  object: CalendarObject,
  options: FeedOptions,
  hooks: FeedHooks,
): Steps<readonly Written[]> {
  const written: Written[] = [];
  const singles = options.singles?.of(object);
  if (!singles) {
    if (object.overrides.length > stepComponents) yield* planSteps(object, options.zone);
    const overrides = currentOverrides(object, options.zone);
    const all = object.master ? [object.master, ...overrides] : overrides;
    for (const component of all) {
      const before = firstLines(component, object, hooks);
      const after = yield* otherLines(component, options, hooks);
      written.push({ before, dates: (dates) => dates.lines(component), after });
      if (written.length % stepComponents === 0) yield;
    }
    return written;
  }
  // Instances of a series as events of their own, by names that stay the same. All but names and dates they share.
  const shared = new Map<Component, string>();
  for (const instance of singles) {
    const { component } = instance;
    const uidSuffix = `-${formatUtc(instance.recurrenceId)}${hooks.uidSuffix ?? ''}`;
    const before = firstLines(component, object, { ...hooks, uidSuffix });
    let after = shared.get(component);
    if (after === undefined) shared.set(component, (after = yield* otherLines(component, options, hooks)));
    written.push({ before, dates: (dates) => atOnce(dates.singleLines(instance)), after });
    if (written.length % stepComponents === 0) yield;
  }
  return written;
}

function firstLines(component: Component, object: CalendarObject, hooks: FeedHooks): string {
  return byteString(
    `BEGIN:${component.name}\r\n${contentLine('UID', `${object.uid}${hooks.uidSuffix ?? ''}`)}` +
      // Published busy times have neither version nor category (RFC 5545 §3.6.4).
      (isBusyTimes(component)
        ? contentLine('DTSTAMP', formatUtc(hooks.changed))
        : stampLines(hooks.changed) +
          contentLine('SEQUENCE', `${sequenceOf(component) + (hooks.sequence ?? 0)}`)),
  );
}

function isBusyTimes({ name }: Component): boolean {
  return name === 'VFREEBUSY';
}

function* otherLines(
  component: Component,
  options: FeedOptions,
  { category }: Pick<FeedHooks, 'category'>,
): Steps<string> {
  const lines = new LongText();
  let passedBytes = 0;
  const seen = new Set<string>();
  for (const property of component.properties) {
    passedBytes += property.end - property.start;
    if (passedBytes > stepBytes) {
      yield;
      passedBytes = 0;
    }
    const { name } = property;
    const once = onceOnly.has(name) || (name === 'DESCRIPTION' && component.name !== 'VJOURNAL');
    if (once && seen.has(name)) continue;
    seen.add(name);
    lines.add(byteString(yield* feedLineSteps(property, options)));
  }
  if (category !== undefined && !isBusyTimes(component))
    lines.add(byteString(textLine('CATEGORIES', category)));
  if (component.name === 'VEVENT') lines.add(microsoftLines(busyTypeOf(component), isAllDay(component)));
  if (options.alarms) {
    const title = alarmTitle(component.first('SUMMARY'));
    for (const inner of component.components) {
      if (inner.name !== 'VALARM') continue;
      passedBytes += inner.end - inner.start;
      if (passedBytes > stepBytes) {
        yield;
        passedBytes = 0;
      }
      lines.add(byteString(yield* feedAlarm(inner, title)));
    }
  }
  lines.add(`END:${component.name}\r\n`);
  return lines.text();
}

function isAllDay(component: Component): boolean {
  const start = component.first('DTSTART');
  return parseDateTime(start?.rawValue ?? '', { valueType: start?.param('VALUE') })?.kind === 'date';
}

/** The calendar's own properties in a feed (RFC 7986 §5, and the older names for it). */
export interface FeedHead {
  readonly name: string;
  readonly description?: string | undefined;
  readonly timezone?: string | undefined;
  /** `#RRGGBB`. */
  readonly color?: string | undefined;
  /** A stable name of the calendar, for Outlook. */
  readonly id?: string | undefined;
  /** Where the feed comes from, without its secret. */
  readonly source?: string | undefined;
}

/** Whole content lines for `CalendarMerge.head`. */
export function feedHead(head: FeedHead): readonly string[] {
  const name = head.name.replace(/\s+/g, ' ').slice(0, 255);
  const word = nearestColorWord(head.color ?? '');
  return [
    contentLine('METHOD', 'PUBLISH'),
    textLine('NAME', name),
    textLine('X-WR-CALNAME', name),
    ...(head.description
      ? [textLine('DESCRIPTION', head.description), textLine('X-WR-CALDESC', head.description)]
      : []),
    ...(head.timezone ? [textLine('X-WR-TIMEZONE', head.timezone)] : []),
    ...(head.id ? [textLine('X-WR-RELCALID', head.id)] : []),
    // COLOR takes words of CSS only (RFC 7986 §5.9); Apple's own says it exactly.
    ...(word ? [contentLine('COLOR', word)] : []),
    ...(head.color ? [textLine('X-APPLE-CALENDAR-COLOR', head.color)] : []),
    ...(head.source ? [contentLine('SOURCE', head.source, { VALUE: 'URI' })] : []),
    contentLine('REFRESH-INTERVAL', 'PT1H', { VALUE: 'DURATION' }),
    contentLine('X-PUBLISHED-TTL', 'PT1H'),
  ];
}
