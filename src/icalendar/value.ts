/**
 * Values of properties, both ways (RFC 5545 §3.3).
 *
 * Readers answer `undefined` for what is not a value of their type. Writers end in `contentLine`, the one encoder through
 * which every generated line passes: no CR, LF or other control character of a value can leave it raw.
 */
import {
  type DateTimeValue,
  dayMs,
  hourMs,
  type Instant,
  instant,
  type LocalTime,
  localTime,
  minuteMs,
  secondMs,
} from './time.ts';
import { UnitWriter } from './unit-writer.ts';

/** A DURATION. Weeks and days are nominal (they follow the clock on the wall), the rest is exact. All carry the sign. */
export interface Duration {
  readonly weeks: number;
  readonly days: number;
  readonly ms: number;
}

/** A PERIOD: explicit with an end, or a start with a duration. */
export type Period =
  | { readonly start: DateTimeValue; readonly end: DateTimeValue; readonly duration?: undefined }
  | { readonly start: DateTimeValue; readonly duration: Duration; readonly end?: undefined };

export interface DateTimeOptions {
  readonly tzid?: string | undefined;
  /** The VALUE parameter. */
  readonly valueType?: string | undefined;
}

/**
 * Reads a DATE or DATE-TIME.
 *
 * Eight digits are a DATE whatever VALUE says; `Z` wins over a TZID; second 60 counts as 59; impossible dates, hour 24
 * and numeric offsets are no value. RFC 5545 §3.3.4, §3.3.5.
 */
export function parseDateTime(rawValue: string, options: DateTimeOptions = {}): DateTimeValue | undefined {
  const text = rawValue.trim();
  const day = readDay(text);
  if (day === undefined) return undefined;
  if (text.length === 8) return { kind: 'date', local: localTime(day) };
  const time = readTime(text);
  if (time === undefined) return undefined;
  if (options.valueType !== undefined && options.valueType.toUpperCase() === 'DATE')
    return { kind: 'date', local: localTime(day) };
  if (text.length === 16) return { kind: 'utc', instant: instant(day + time) };
  const local = localTime(day + time);
  return options.tzid === undefined || options.tzid === ''
    ? { kind: 'floating', local }
    : { kind: 'zoned', local, tzid: options.tzid };
}

/** The digits of `text` from `at`, or NaN. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function readDay(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 4, 2);
  const day = digits(text, 6, 2);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  // Date.UTC takes the years 0 to 99 for those of the twentieth century.
  return year > 99 ? Date.UTC(year, month - 1, day) : new Date(0).setUTCFullYear(year, month - 1, day);
}

/** The time of day in milliseconds of a text of 15 or 16 characters. */
function readTime(text: string): number | undefined {
  const separator = text.charCodeAt(8) | 0x20;
  if (separator !== 0x74 /* t */) return undefined;
  if (text.length !== 15 && !(text.length === 16 && (text.charCodeAt(15) | 0x20) === 0x7a) /* z */)
    return undefined;
  const hour = digits(text, 9, 2);
  const minute = digits(text, 11, 2);
  const second = digits(text, 13, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return undefined;
  return hour * hourMs + minute * minuteMs + Math.min(second, 59) * secondMs;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const durationForm =
  /^([+-]?)P?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T?(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/i;
/** `P`, `PT`, `P0`, `T0`, `PT0`: forms without a unit that programs write for nothing at all. */
const zeroForm = /^[+-]?(?:PT?|T)0*$/i;

/** Reads a DURATION, leniently about the order of weeks and days. RFC 5545 §3.3.6. */
export function parseDuration(rawValue: string): Duration | undefined {
  const text = rawValue.trim();
  if (zeroForm.test(text)) return { weeks: 0, days: 0, ms: 0 };
  const match = durationForm.exec(text);
  if (!match || text.length < 2) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  const part = (group: number, unitMs: number): number =>
    sign * Math.min(Number(match[group] ?? 0), Math.floor(longestMs / unitMs)) || 0;
  const ms = part(4, hourMs) * hourMs + part(5, minuteMs) * minuteMs + part(6, secondMs) * secondMs;
  return { weeks: part(2, 7 * dayMs), days: part(3, dayMs), ms };
}

/** The years 1 to 9999. What is longer is as long as this: sums of such numbers are times that can be written. */
const longestMs = 3_652_059 * dayMs;

/** Reads a PERIOD. RFC 5545 §3.3.9. */
export function parsePeriod(rawValue: string, options: DateTimeOptions = {}): Period | undefined {
  const slash = rawValue.indexOf('/');
  if (slash < 0) return undefined;
  const tzid = options.tzid;
  const start = parseDateTime(rawValue.slice(0, slash), { tzid });
  if (!start) return undefined;
  const second = rawValue.slice(slash + 1);
  const end = parseDateTime(second, { tzid });
  if (end) return { start, end };
  const duration = parseDuration(second);
  return duration && { start, duration };
}

/** Splits at commas, for lists of dates, periods and numbers; empty entries are left out. */
export function splitList(rawValue: string): readonly string[] {
  return rawValue.split(',').filter((entry) => entry.trim() !== '');
}

/** The same one by one: to split a list of two hundred thousand periods takes as long as reading them. */
export function* listEntries(rawValue: string): Generator<string> {
  for (let from = 0; from <= rawValue.length; ) {
    const comma = rawValue.indexOf(',', from);
    const end = comma === -1 ? rawValue.length : comma;
    const entry = rawValue.slice(from, end);
    if (entry.trim() !== '') yield entry;
    from = end + 1;
  }
}

/** Decodes a TEXT value. A backslash before anything the RFC does not name stays. RFC 5545 §3.3.11. */
export function decodeText(rawValue: string): string {
  if (!rawValue.includes('\\')) return rawValue;
  const out = new UnitWriter(rawValue.length);
  for (let at = 0; at < rawValue.length; at++) {
    const code = rawValue.charCodeAt(at);
    const meant = code === backslash ? meantBy[rawValue.charCodeAt(at + 1)] : undefined;
    if (meant === undefined) out.push(code);
    else {
      out.push(meant);
      at++;
    }
  }
  return out.text();
}

const backslash = 0x5c;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What a character after a backslash stands for, as far as the RFC names it. */
const meantBy: Readonly<Record<number, number>> = {
  [backslash]: backslash,
  0x3b: 0x3b,
  0x2c: 0x2c,
  0x3a: 0x3a,
  0x22: 0x22,
  /** n and N. */
  0x6e: lineFeed,
  0x4e: lineFeed,
};

/** Decodes a list of TEXT values (CATEGORIES, RESOURCES): splits at commas that are not escaped. */
export function decodeTextList(rawValue: string): readonly string[] {
  if (!rawValue.includes(',')) return [decodeText(rawValue)];
  const values: string[] = [];
  let from = 0;
  for (let at = 0; at < rawValue.length; at++) {
    const code = rawValue.charCodeAt(at);
    if (code === 0x5c /* \ */) at++;
    else if (code === 0x2c /* , */) {
      values.push(decodeText(rawValue.slice(from, at)));
      from = at + 1;
    }
  }
  values.push(decodeText(rawValue.slice(from)));
  return values;
}

/** Whether a value is what `encodeText` makes of the text that it says. */
export function isEncodedText(rawValue: string): boolean {
  for (let at = 0; at < rawValue.length; at++) {
    const code = rawValue.charCodeAt(at);
    if (code === 0x5c /* \ */) {
      const next = rawValue.charCodeAt(++at);
      if (next !== 0x5c && next !== 0x6e /* n */ && next !== 0x2c && next !== 0x3b) return false;
    } else if (
      code === 0x2c /* , */ ||
      code === 0x3b /* ; */ ||
      (code < 0x20 && code !== 0x09) ||
      code === 0x7f
    )
      return false;
  }
  return true;
}

/** Encodes a TEXT value. Line ends of any kind become `\n`; other control characters but TAB are dropped. */
export function encodeText(text: string): string {
  if (!special.test(text)) return text;
  const out = new UnitWriter(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === lineFeed || code === carriageReturn) {
      if (code === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++;
      out.push(backslash);
      out.push(0x6e /* n */);
    } else if (code === backslash || code === 0x3b /* ; */ || code === 0x2c /* , */) {
      out.push(backslash);
      out.push(code);
    } else if ((code >= 0x20 && code !== 0x7f) || code === tab) out.push(code);
  }
  return out.text();
}

// oxlint-disable-next-line no-control-regex -- control characters are what this takes out
const controls = /[\0-\x08\x0a-\x1f\x7f]+/g;

/** Characters that need encoding. Most texts and values have none, so this is tested first. */
// oxlint-disable-next-line no-control-regex -- as above
const special = /[\0-\x08\x0a-\x1f\x7f\\;,:"^]/;

/** Encodes a parameter value: RFC 6868 carets, and quotes where RFC 5545 §3.2 demands them. */
export function encodeParam(value: string): string {
  if (!special.test(value)) return value;
  const text = value
    .replace(/\^/g, '^^')
    .replace(/\r\n|\r|\n/g, '^n')
    .replace(/"/g, "^'")
    .replace(controls, '');
  return /[:;,]/.test(text) ? `"${text}"` : text;
}

/** Parameters of a generated line, in order; those whose value is `undefined` are left out. */
export type LineParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * One whole content line: folded, with its CRLF. `rawValue` is already in the form of its value type.
 *
 * This is the only way in which generated properties are written, and it keeps them on their line: control characters in
 * `rawValue` are dropped, and a name that is no name is an error of the caller.
 */
export function contentLine(name: string, rawValue: string, params?: LineParameters): string {
  let line = nameToken(name);
  for (const key in params) {
    const value = params[key];
    if (value === undefined) continue;
    line += `;${nameToken(key)}=${typeof value === 'string' ? encodeParam(value) : value.map(encodeParam).join(',')}`;
  }
  return foldLine(`${line}:${rawValue.replace(controls, '')}`);
}

/** A TEXT property as a whole content line. */
export function textLine(name: string, text: string, params?: LineParameters): string {
  return contentLine(name, encodeText(text), params);
}

function nameToken(name: string): string {
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw new TypeError(`not a name of a property or parameter: ${JSON.stringify(name)}`);
  return name;
}

/** Octets of a physical line without its CRLF (RFC 5545 §3.1). */
const maxLineOctets = 75;

/** Folds a line at 75 octets, never inside a character, and ends it with CRLF. */
export function foldLine(line: string): string {
  if (line.length * 3 <= maxLineOctets) return `${line}\r\n`;
  return beyondAscii.test(line) ? foldText(line) : foldAscii(line);
}

const beyondAscii = /[^\0-\x7f]/;

function foldAscii(line: string): string {
  if (line.length <= maxLineOctets) return `${line}\r\n`;
  let folded = line.slice(0, maxLineOctets);
  for (let at = maxLineOctets; at < line.length; at += maxLineOctets - 1) {
    folded += `\r\n ${line.slice(at, at + maxLineOctets - 1)}`;
  }
  return `${folded}\r\n`;
}

function foldText(line: string): string {
  let folded = '';
  let from = 0;
  let room = maxLineOctets;
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at);
    const pair = code >= 0xd800 && code < 0xdc00 && (line.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    const octets = code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3;
    if (octets > room) {
      folded += `${line.slice(from, at)}\r\n `;
      from = at;
      room = maxLineOctets - 1;
    }
    room -= octets;
    at += pair ? 2 : 1;
  }
  return `${folded}${line.slice(from)}\r\n`;
}

/** `20260101T000000Z`. */
export function formatUtc(value: Instant): string {
  return `${formatFields(value)}Z`;
}

/** `20260101T000000`. */
export function formatLocal(value: LocalTime): string {
  return formatFields(value);
}

/** `20260101`. */
export function formatDate(value: LocalTime): string {
  return formatFields(value).slice(0, 8);
}

/** Years have four digits: for a time before 0000, which programs write for "never", or after 9999 the nearest stands. */
function formatFields(ms: number): string {
  const time = new Date(ms >= earliestMs ? Math.min(ms, latestMs) : earliestMs);
  const year = time.getUTCFullYear();
  const day = `${twoDigits(Math.trunc(year / 100))}${twoDigits(year % 100)}${twoDigits(time.getUTCMonth() + 1)}${twoDigits(time.getUTCDate())}`;
  return `${day}T${twoDigits(time.getUTCHours())}${twoDigits(time.getUTCMinutes())}${twoDigits(time.getUTCSeconds())}`;
}

/** From a table: answers are full of times, and `toISOString` with its parts cut out takes five times as long. */
function twoDigits(value: number): string {
  return written[value] ?? '00';
}

const written: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

const earliestMs = new Date(0).setUTCFullYear(0, 0, 1);
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A DATE or DATE-TIME as it is written, without its TZID. */
export function formatDateTime(value: DateTimeValue): string {
  if (value.kind === 'date') return formatDate(value.local);
  return value.kind === 'utc' ? formatUtc(value.instant) : formatLocal(value.local);
}

/** The parameters that go with `formatDateTime`. */
export function dateTimeParams(value: DateTimeValue): LineParameters {
  if (value.kind === 'date') return { VALUE: 'DATE' };
  return value.kind === 'zoned' ? { TZID: value.tzid } : {};
}

/** `P1DT2H`, `-PT15M`, `PT0S`. */
export function formatDuration(duration: Duration): string {
  const days = duration.weeks * 7 + duration.days;
  const negative = days < 0 || duration.ms < 0;
  const ms = Math.abs(duration.ms);
  const day = Math.abs(days);
  if (day > 0 && day % 7 === 0 && ms === 0) return `${negative ? '-' : ''}P${day / 7}W`;
  const hours = Math.floor(ms / hourMs);
  const minutes = Math.floor((ms % hourMs) / minuteMs);
  const seconds = Math.floor((ms % minuteMs) / secondMs);
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
  if (day === 0) return `${negative ? '-' : ''}PT${time || '0S'}`;
  return `${negative ? '-' : ''}P${day}D${time ? `T${time}` : ''}`;
}

/** A duration in milliseconds where days are taken to have 24 hours. */
export function durationMs(duration: Duration): number {
  return (duration.weeks * 7 + duration.days) * dayMs + duration.ms;
}
