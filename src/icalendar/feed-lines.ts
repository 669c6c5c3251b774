/** Properties and alarms as strict readers of feeds take them; dates of the object are in feed-dates.ts. */
import { isAlarmStateName } from './alarm-state.ts';
import type { Component, Property } from './component.ts';
import type { BusyType } from './freebusy.ts';
import { maxListLength } from './limits.ts';
import type { Instant } from './time.ts';
import {
  contentLine,
  decodeText,
  decodeTextList,
  encodeText,
  formatDuration,
  formatUtc,
  isEncodedText,
  type LineParameters,
  parseDateTime,
  parseDuration,
  textLine,
} from './value.ts';

/** The line of a property; empty when it has to stay out. */
export function feedLine(property: Property, options: { readonly attendees: boolean }): string {
  const { name } = property;
  if (!isName(name) || isAlarmStateName(name) || written.has(name)) return '';
  if (people.has(name) && !options.attendees) return '';
  const value = valueFor(property);
  return value === undefined ? '' : contentLine(name, value, parameters(property));
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

const people: ReadonlySet<string> = new Set([
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
  for (const { name, values } of property.params) if (isName(name) && name !== 'TZID') params[name] = values;
  return params;
}

function valueFor(property: Property): string | undefined {
  const { name, rawValue } = property;
  const form = forms.get(name);
  if (form) return form.test(rawValue.trim()) ? rawValue.trim() : undefined;
  if (texts.has(name)) {
    if (isEncodedText(rawValue) && !rawValue.includes('@')) return rawValue;
    return encodeText(withoutUserInfo(decodeText(rawValue)));
  }
  if (name === 'CATEGORIES' || name === 'RESOURCES') {
    if (rawValue.length > maxListLength) return undefined;
    const entries = decodeTextList(rawValue).filter((entry) => entry.trim() !== '');
    return entries.length > 0 ? entries.map(encodeText).join() : undefined;
  }
  if (times.has(name)) {
    const value = parseDateTime(rawValue);
    return value?.kind === 'utc' ? formatUtc(value.instant) : undefined;
  }
  if (links.has(name) && (rawValue.trim() === '' || isInline(property))) return undefined;
  return withoutUserInfo(rawValue);
}

const texts: ReadonlySet<string> = new Set(['SUMMARY', 'DESCRIPTION', 'LOCATION', 'COMMENT', 'CONTACT']);
const times: ReadonlySet<string> = new Set(['CREATED', 'COMPLETED']);
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

/** Links without the name and password that somebody pasted with them. Schemes are short, which keeps this linear. */
export function withoutUserInfo(text: string): string {
  return text.includes('@') ? text.replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"'<>\\]*@/gi, '$1') : text;
}

/**
 * An alarm that is complete, or nothing. Alarms that mail or run something stay with their owner (RFC 5545 §3.6.6).
 */
export function feedAlarm(alarm: Component, title: string): string {
  const action = alarm.first('ACTION')?.rawValue.trim().toUpperCase();
  const trigger = triggerLine(alarm.first('TRIGGER'));
  if ((action !== 'DISPLAY' && action !== 'AUDIO') || !trigger) return '';
  let lines = `BEGIN:VALARM\r\n${contentLine('ACTION', action)}${trigger}`;
  if (action === 'DISPLAY') {
    const description = decodeText(alarm.first('DESCRIPTION')?.rawValue ?? '');
    lines += textLine('DESCRIPTION', description || title || 'Reminder');
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
