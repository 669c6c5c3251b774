/** IANA time zones from the data that the JavaScript engine carries. */
import { dateOf, dayOf, daysInYear, weekdayOf, yearOf } from '../recurrence/recur-calendar.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../time.ts';
import { FixedZone, type Stretch, StretchZone, type Zone } from './zone.ts';

/** UTC itself, under each of its names. */
export const utc: Zone = new FixedZone('UTC', 0, false);

/**
 * A zone by its IANA name or alias, in any case. `undefined` for names that the time zone database does not have.
 *
 * Answers are kept for the life of the process; the first question about a year costs about 60 µs, later ones about
 * 20 ns.
 */
export function ianaZone(name: string): Zone | undefined {
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known !== undefined) return known ?? undefined;
  const zone = readZone(name, key);
  if (zone === null && ++unknownCount > maxUnknown) forgetUnknown();
  zones.set(key, zone);
  return zone ?? undefined;
}

/** The zone with a table of years that is forgotten with it, for callers that look at all years of all zones. */
export function passingZone(name: string): Zone | undefined {
  return readZone(name, name.toLowerCase()) ?? undefined;
}

/** `null` for names that were asked for and do not exist. */
const zones = new Map<string, Zone | null>();
const maxUnknown = 10_000;
let unknownCount = 0;

function forgetUnknown(): void {
  for (const [key, zone] of zones) if (zone === null) zones.delete(key);
  unknownCount = 0;
}

/** Abbreviations that ICU takes for zones and the time zone database does not: `BST` would be Dhaka, `IST` Kolkata. */
const foreignAbbreviations = new Set(
  'act aet agt art ast bet bst cat cnt cst ctt eat ect iet ist jst mit net nst plt pnt prt pst sst vst'.split(
    ' ',
  ),
);

function readZone(name: string, key: string): Zone | null {
  if (!/^[a-z][a-z0-9_+\-/]{1,63}$/.test(key) || foreignAbbreviations.has(key) || key.startsWith('systemv/'))
    return null;
  if (key === 'utc' || key === 'etc/utc' || key === 'gmt' || key === 'etc/gmt') return utc;
  if (!mayBeKnown(key)) return null;
  let id: string;
  try {
    id = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null; // a RangeError is how Intl says that it does not know the zone
  }
  // Of an alias the name asked for is kept: Europe/Kyiv must not come back as Europe/Kiev.
  const table = new YearTable(id);
  return new StretchZone(id.toLowerCase() === key ? id : name, false, (at) => table.stretchAt(at));
}

/**
 * Whether the database can have a name, now or in editions to come: those with a slash lie in an area, and no others are made
 * any more. Intl takes a twentieth of a millisecond to say no, and an object can name thousands of zones of its own.
 */
function mayBeKnown(key: string): boolean {
  const slash = key.indexOf('/');
  return slash < 0 ? withoutArea.has(key) : areas.has(key.slice(0, slash));
}

const areas: ReadonlySet<string> = new Set(
  'africa america antarctica arctic asia atlantic australia brazil canada chile etc europe indian mexico pacific us'.split(
    ' ',
  ),
);

const withoutArea: ReadonlySet<string> = new Set(
  (
    'cet cst6cdt cuba eet egypt eire est est5edt gb gb-eire gmt gmt+0 gmt-0 gmt0 greenwich hongkong hst iceland iran israel ' +
    'jamaica japan kwajalein libya met mst mst7mdt navajo nz nz-chat poland portugal prc pst8pdt roc rok singapore turkey ' +
    'uct universal utc w-su wet zulu'
  ).split(' '),
);

/** All zones have one offset before their first transition, in 1844 or later. */
const firstYear = 1840;
/**
 * From here on a year is like every other that begins on the same weekday and is as long: the last changes that follow no
 * yearly rule are Morocco's of 2087. In these 28 years each kind of year comes at least once.
 */
const regularYear = 2101;
const regularYears = 28;

/** The stretches of a zone, year by year, found by probing when first asked for. */
class YearTable {
  private readonly name: string;
  private readonly years = new Map<number, readonly Stretch[]>();

  constructor(name: string) {
    this.name = name;
  }

  stretchAt(at: number): Stretch {
    if (!(at >= yearStart(firstYear))) {
      return { from: -Infinity, until: yearStart(firstYear), offset: this.firstOffset() };
    }
    // After the last year that a date can have, one stretch is enough.
    if (at >= yearStart(10_000)) {
      return {
        from: yearStart(10_000),
        until: Infinity,
        offset: this.stretchAt(yearStart(10_000) - 1).offset,
      };
    }
    const year = yearOf(dateOf(Math.floor(at / dayMs)));
    if (year >= regularYear + regularYears) {
      const shift = yearStart(year) - yearStart(twinOf(year));
      const twin = this.stretchAt(at - shift);
      return { from: twin.from + shift, until: twin.until + shift, offset: twin.offset };
    }
    const stretches = this.stretchesOf(year);
    for (const stretch of stretches) if (at < stretch.until) return stretch;
    throw new RangeError(`no offset of ${this.name} at ${at}`);
  }

  private firstOffset(): number {
    return offsetOf(formatter(this.name), yearStart(firstYear));
  }

  private stretchesOf(year: number): readonly Stretch[] {
    const known = this.years.get(year);
    if (known) return known;
    const stretches = probe(formatter(this.name), yearStart(year), yearStart(year + 1), year);
    this.years.set(year, stretches);
    return stretches;
  }
}

const yearStart = (year: number): number => dayOf(year, 1, 1) * dayMs;

/** The regular year that is like `year`. */
function twinOf(year: number): number {
  const kind = weekdayOf(dayOf(year, 1, 1));
  const length = daysInYear(year);
  let twin = regularYear;
  while (weekdayOf(dayOf(twin, 1, 1)) !== kind || daysInYear(twin) !== length) twin++;
  return twin;
}

/**
 * Finds the transitions between `from` and `until` by asking for the offset every few days. The closest pair of
 * transitions that cancel each other is 4 days apart until 1970 (Freetown, 1939), 6.9 days since.
 */
function probe(format: Intl.DateTimeFormat, from: number, until: number, year: number): readonly Stretch[] {
  const stepMs = (year < 1970 ? 3 : 6) * dayMs;
  const stretches: Stretch[] = [];
  let offset = offsetOf(format, from);
  let start = from;
  for (let at = from; at < until; ) {
    const next = Math.min(at + stepMs, until - secondMs);
    const nextOffset = offsetOf(format, next);
    if (nextOffset !== offset) {
      const transition = firstChange(format, at, next, offset);
      stretches.push({ from: start, until: transition, offset });
      start = transition;
      offset = offsetOf(format, transition);
      at = transition;
    } else at = next + (next === until - secondMs ? secondMs : 0);
  }
  stretches.push({ from: start, until, offset });
  return stretches;
}

/** The second between `before` and `after` at which the offset ceases to be `offset`. */
function firstChange(format: Intl.DateTimeFormat, before: number, after: number, offset: number): number {
  while (after - before > secondMs) {
    const middle = before + Math.floor((after - before) / (2 * secondMs)) * secondMs;
    if (offsetOf(format, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

/** Formatters are large; those of the zones asked last are kept. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const maxFormatters = 32;

function formatter(name: string): Intl.DateTimeFormat {
  let format = formatters.get(name);
  if (format) return format;
  for (const oldest of formatters.keys()) {
    if (formatters.size < maxFormatters) break;
    formatters.delete(oldest);
  }
  format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hour: 'numeric',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  formatters.set(name, format);
  return format;
}

/** `00 GMT+01:00`, `16 GMT-08:00:07`, `00 GMT`: the offset in milliseconds. */
function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const text = format.format(at);
  const sign = text.indexOf('GMT') + 3;
  if (sign >= text.length) return 0;
  const ms =
    Number(text.slice(sign + 1, sign + 3)) * hourMs +
    Number(text.slice(sign + 4, sign + 6)) * minuteMs +
    Number(text.slice(sign + 7, sign + 9)) * secondMs;
  return text.charCodeAt(sign) === 0x2b /* + */ ? ms : -ms;
}
