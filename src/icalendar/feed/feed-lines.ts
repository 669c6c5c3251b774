/** Properties and alarms as strict readers of feeds take them; dates of the object are in feed-dates.ts. */

import type { Component, Property } from '../component.ts';
import { isAlarmStateName } from '../editing/alarm-state.ts';
import { maxListLength } from '../limits.ts';
import type { BusyType } from '../query/freebusy.ts';
import { isRuleText } from '../rule-text.ts';
import { completed, type Steps, stepBytes } from '../steps.ts';
import type { Instant } from '../time.ts';
import { UnitWriter } from '../unit-writer.ts';
import {
  contentLine,
  decodeText,
  decodeTextList,
  encodeText,
  formatDuration,
  formatUtc,
  isEncodedText,
  type LineParameters,
  listEntries,
  parseDateTime,
  parseDuration,
  parsePeriod,
  textLine,
} from '../value.ts';

/** The line of a property; empty when it has to stay out. */
export function feedLine(property: Property, options: { readonly attendees: boolean }): string {
  return completed(feedLineSteps(property, options));
}

/** The same in steps, of which a short line takes one and a very long one a few. */
export function* feedLineSteps(property: Property, options: { readonly attendees: boolean }): Steps<string> {
  const { name } = property;
  if (!isName(name) || isAlarmStateName(name) || written.has(name)) return '';
  if (people.has(name) && !options.attendees) return '';
  const value = yield* valueFor(property);
  if (value === undefined) return '';
  if (isLong(value)) yield;
  return contentLine(name, value, parameters(property));
}

function isLong(value: string): boolean {
  return value.length > stepBytes;
}

/** Properties of which a reader expects one (RFC 5545 §3.6.1). */
export const onceOnly: ReadonlySet<string> = new Set([
  'CLASS',
  'COLOR',
  'COMPLETED',
  'CREATED',
  'GEO',
  'LOCATION',
  'ORGANIZER',
  'PERCENT-COMPLETE',
  'PRIORITY',
  'STATUS',
  'SUMMARY',
  'TRANSP',
  'URL',
]);

/** Written by others, or about the state of one reader or program. */
const written: ReadonlySet<string> = new Set([
  'UID',
  'DTSTAMP',
  'LAST-MODIFIED',
  'SEQUENCE',
  'DTSTART',
  'DTEND',
  'DUE',
  'DURATION',
  'RECURRENCE-ID',
  'RRULE',
  'EXRULE',
  'RDATE',
  'EXDATE',
  'X-LIC-ERROR',
  // Of the calendar or of its time zones, wherever somebody wrote it.
  'METHOD',
  'VERSION',
  'PRODID',
  'CALSCALE',
  'TZID',
  'X-MICROSOFT-CDO-BUSYSTATUS',
  'X-MICROSOFT-CDO-ALLDAYEVENT',
]);

/** When the object changed, as readers of feeds look for it (clients.md W47). */
export function stampLines(changed: Instant): string {
  const text = formatUtc(changed);
  return `DTSTAMP:${text}\r\nLAST-MODIFIED:${text}\r\n`;
}

/** Outlook goes by these rather than by TRANSP and the type of DTSTART. */
export function microsoftLines(type: BusyType | undefined, allDay: boolean): string {
  const busy = `X-MICROSOFT-CDO-BUSYSTATUS:${type ? busyStatus[type] : 'FREE'}\r\n`;
  return allDay ? `${busy}X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n` : busy;
}

const busyStatus = { BUSY: 'BUSY', 'BUSY-UNAVAILABLE': 'OOF', 'BUSY-TENTATIVE': 'TENTATIVE' } as const;

/** About people, who are left out of feeds that anybody may have. */
export const people: ReadonlySet<string> = new Set([
  'ATTENDEE',
  'ORGANIZER',
  'REQUEST-STATUS',
  'CONTACT',
  'PARTICIPANT',
]);

function isName(name: string): boolean {
  return /^[A-Z0-9-]+$/.test(name);
}

function parameters(property: Property): LineParameters {
  const params: Record<string, readonly string[]> = {};
  // A TZID would refer to a zone that the feed may not define.
  for (const { name, values } of property.params) {
    if (!isName(name) || name === 'TZID') continue;
    if (name !== 'VALUE' || isOfType(property.rawValue, values[0] ?? '')) params[name] = values;
  }
  return params;
}

/** Whether a value is of a type that is said of it. Readers that go by the type refuse the whole feed for one that is not. */
function isOfType(rawValue: string, type: string): boolean {
  const test = types.get(type.toUpperCase());
  return test === undefined ? anyText.test(type) : test(rawValue.trim());
}

/** Types of which each text is one, for all that anybody looks. */
const anyText = /^(?:TEXT|URI|BINARY|CAL-ADDRESS|UNKNOWN|X-[A-Z0-9-]+)$/i;

const types: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['DATE', (value) => parseDateTime(value, { valueType: 'DATE' })?.kind === 'date' && /^\d{8}$/.test(value)],
  ['DATE-TIME', (value) => /^\d{8}T\d{6}Z?$/.test(value) && parseDateTime(value) !== undefined],
  ['DURATION', (value) => /^[+-]?P(?=[\dT])[\dWDTHMS]+$/.test(value) && parseDuration(value) !== undefined],
  ['PERIOD', (value) => parsePeriod(value) !== undefined],
  ['RECUR', isRuleText],
  ['INTEGER', (value) => /^[+-]?\d{1,10}$/.test(value)],
  ['FLOAT', (value) => /^[+-]?\d+(?:\.\d+)?$/.test(value)],
  ['BOOLEAN', (value) => /^(?:TRUE|FALSE)$/i.test(value)],
  ['UTC-OFFSET', (value) => /^[+-]\d{4}(?:\d\d)?$/.test(value)],
]);

function* valueFor(property: Property): Steps<string | undefined> {
  const { name, rawValue } = property;
  const form = forms.get(name);
  if (form) {
    // SOGo and others escape the semicolon of GEO as if it were a text.
    const value = rawValue.trim().replace('\\;', ';');
    return form.test(value) ? value : undefined;
  }
  if (texts.has(name)) {
    if (!rawValue.includes('@') && isEncodedText(rawValue)) return rawValue;
    const text = decodeText(rawValue);
    if (isLong(text)) yield;
    const shown = withoutUserInfo(text);
    if (isLong(shown)) yield;
    return encodeText(shown);
  }
  if (name === 'CATEGORIES' || name === 'RESOURCES') {
    if (rawValue.length > maxListLength) return undefined;
    const entries = decodeTextList(rawValue).filter((entry) => entry.trim() !== '');
    return entries.length > 0 ? entries.map(encodeText).join() : undefined;
  }
  if (name === 'FREEBUSY') return yield* busyPeriods(rawValue);
  if (times.has(name)) {
    const value = parseDateTime(rawValue);
    return value?.kind === 'utc' && value.instant >= firstTime ? formatUtc(value.instant) : undefined;
  }
  if (links.has(name) && (rawValue.trim() === '' || isInline(property))) return undefined;
  return withoutUserInfo(rawValue);
}

/** Periods in UTC, as strict readers take them and no others (RFC 5545 §3.8.2.6); `undefined` when there are none. */
function* busyPeriods(rawValue: string): Steps<string | undefined> {
  const kept: string[] = [];
  for (const text of listEntries(rawValue)) {
    const { start, end, duration } = parsePeriod(text) ?? {};
    const until = end?.kind === 'utc' ? formatUtc(end.instant) : duration && formatDuration(duration);
    const length = end?.kind === 'utc' && start?.kind === 'utc' ? end.instant - start.instant : 0;
    if (start?.kind !== 'utc' || until === undefined || length < 0 || until.startsWith('-')) continue;
    kept.push(`${formatUtc(start.instant)}/${until}`);
    if (kept.length % stepPeriods === 0) yield;
  }
  return kept.length > 0 ? kept.join() : undefined;
}

/** Periods of one step: some milliseconds. */
const stepPeriods = 2_000;

const texts: ReadonlySet<string> = new Set(['SUMMARY', 'DESCRIPTION', 'LOCATION', 'COMMENT', 'CONTACT']);
const times: ReadonlySet<string> = new Set(['CREATED', 'COMPLETED']);
/** Google writes the year 0 for "nobody knows", of which no reader knows what to make, and some break. */
const firstTime = Date.UTC(1601, 0, 1);
const links: ReadonlySet<string> = new Set(['ATTACH', 'URL', 'IMAGE', 'SOURCE', 'CONFERENCE']);

/** Values of a fixed form; one that has another form says nothing to a reader. */
const forms: ReadonlyMap<string, RegExp> = new Map([
  ['PRIORITY', /^[0-9]$/],
  ['PERCENT-COMPLETE', /^(100|[1-9]?[0-9])$/],
  ['GEO', /^[+-]?\d+(\.\d+)?;[+-]?\d+(\.\d+)?$/],
  ['STATUS', /^(TENTATIVE|CONFIRMED|CANCELLED|NEEDS-ACTION|COMPLETED|IN-PROCESS|DRAFT|FINAL)$/i],
  ['TRANSP', /^(OPAQUE|TRANSPARENT)$/i],
  ['CLASS', /^[A-Z0-9-]+$/i],
]);

function isInline(property: Property): boolean {
  return (
    property.param('VALUE')?.toUpperCase() === 'BINARY' ||
    property.param('ENCODING')?.toUpperCase() === 'BASE64' ||
    /^\s*data:/i.test(property.rawValue)
  );
}

/**
 * Links without the name and password that somebody pasted with them: all up to the last `@` of the authority (RFC 3986
 * §3.2.1), since passwords may hold one.
 */
export function withoutUserInfo(text: string): string {
  if (!text.includes('@')) return text;
  let at = text.indexOf('://');
  if (at < 0) return text;
  const out = new UnitWriter(text.length);
  let from = 0;
  for (; at >= 0; at = text.indexOf('://', at)) {
    const hasScheme = at > 0 && inScheme[text.charCodeAt(at - 1)] === 1;
    at += '://'.length;
    out.add(text, from, at);
    from = hasScheme ? behindUserInfo(text, at) : at;
    at = from;
  }
  out.add(text, from, text.length);
  return out.text();
}

const inScheme: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[a-z0-9+.-]/i.test(String.fromCharCode(code)) ? 1 : 0,
);

function behindUserInfo(text: string, from: number): number {
  let behind = from;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === atSign) behind = at + 1;
    else if (code < 0x80 ? afterAuthority[code] === 1 : otherSpaces.has(code)) break;
  }
  return behind;
}

const atSign = 0x40;
const afterAuthority: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\s/?#"'<>\\]/.test(String.fromCharCode(code)) ? 1 : 0,
);
/** White space beyond ASCII, as regular expressions have it. */
const otherSpaces: ReadonlySet<number> = new Set([
  0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
  0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
]);

/** Characters of a title that stands for the description of an alarm. There may be very many alarms. */
const maxTitleLength = 200;

/** What an alarm says that says nothing itself: the SUMMARY of its event, or the beginning of a long one. */
export function alarmTitle(summary: Property | undefined): string {
  // In encoded form each character takes two at most.
  const start = (summary?.rawValue ?? '').slice(0, 2 * maxTitleLength);
  return decodeText(start)
    .slice(0, maxTitleLength)
    .replace(/[\ud800-\udbff]$/, '');
}

/**
 * An alarm that is complete, or nothing. Alarms that mail or run something stay with their owner (RFC 5545 §3.6.6).
 */
export function* feedAlarm(alarm: Component, title: string): Steps<string> {
  const action = alarm.first('ACTION')?.rawValue.trim().toUpperCase();
  const trigger = triggerLine(alarm.first('TRIGGER'));
  if ((action !== 'DISPLAY' && action !== 'AUDIO') || !trigger) return '';
  let lines = `BEGIN:VALARM\r\n${contentLine('ACTION', action)}${trigger}`;
  if (action === 'DISPLAY') {
    const description = decodeText(alarm.first('DESCRIPTION')?.rawValue ?? '');
    if (isLong(description)) yield;
    const shown = withoutUserInfo(description || title || 'Reminder');
    if (isLong(shown)) yield;
    lines += textLine('DESCRIPTION', shown);
  }
  const repeat = alarm.first('REPEAT')?.rawValue.trim() ?? '';
  const pause = parseDuration(alarm.first('DURATION')?.rawValue ?? '');
  if (pause && /^[1-9]\d?$/.test(repeat)) {
    lines += contentLine('DURATION', formatDuration(pause)) + contentLine('REPEAT', repeat);
  }
  return `${lines}END:VALARM\r\n`;
}

function triggerLine(trigger: Property | undefined): string {
  if (!trigger) return '';
  const duration = parseDuration(trigger.rawValue);
  if (duration) {
    const related = trigger.param('RELATED')?.toUpperCase() === 'END' ? 'END' : undefined;
    return contentLine('TRIGGER', formatDuration(duration), { RELATED: related });
  }
  const at = parseDateTime(trigger.rawValue);
  return at?.kind === 'utc' ? contentLine('TRIGGER', formatUtc(at.instant), { VALUE: 'DATE-TIME' }) : '';
}
