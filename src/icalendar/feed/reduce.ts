/**
 * What others may see of an object: its times, or its times and titles.
 *
 * A reduced object is built anew from a list of what may leave. It is never made by deleting what is known to be secret,
 * because what nobody thought of would then stay.
 */
import type { Component, Property } from '../component.ts';
import type { CalendarObject } from '../object.ts';
import { productId } from '../repair.ts';
import { type Steps, stepBytes } from '../steps.ts';
import {
  contentLine,
  type LineParameters,
  listEntries,
  parseDateTime,
  parsePeriod,
  textLine,
} from '../value.ts';
import { calendarText } from '../write.ts';
import { customZoneText } from '../zones/custom-zone.ts';

export type AccessClass = 'PUBLIC' | 'PRIVATE' | 'CONFIDENTIAL';

/** `titles` adds the SUMMARY of each component to the times that `busy` shows. */
export type Detail = 'busy' | 'titles';

/**
 * The strictest CLASS that any component of the set has (RFC 5545 §3.8.1.3).
 *
 * One private instance makes the whole set private: shown alone as busy it would borrow the title of its series. Values
 * that are not known count as PRIVATE, as the RFC demands.
 */
export function accessClass(object: CalendarObject): AccessClass {
  let strictest: AccessClass = 'PUBLIC';
  for (const component of componentsOf(object)) {
    for (const property of component.all('CLASS')) {
      const value = property.rawValue.trim().toUpperCase();
      if (value === 'CONFIDENTIAL') return 'CONFIDENTIAL';
      if (value !== 'PUBLIC' && value !== '') strictest = 'PRIVATE';
    }
  }
  return strictest;
}

/**
 * The bytes of an object that shows no more than `detail`. `placeholder` stands where the title was ("Busy", in the
 * language of the reader). In steps, of which an object with few components takes one.
 */
export function* reducedSteps(
  object: CalendarObject,
  detail: Detail,
  placeholder: string,
): Steps<Uint8Array> {
  const tzids = new Set<string>();
  const work: Work = { passed: 0 };
  let lines = '';
  for (const component of componentsOf(object))
    lines += yield* reducedComponent(component, detail, placeholder, tzids, work);
  let zones = '';
  for (const tzid of tzids) {
    const zone = object.timezones.get(tzid);
    if (zone && ++work.passed % stepZones === 0) yield;
    if (zone) zones += customZoneText(zone);
  }
  const text = calendarText(zones + lines, productId);
  if (text.length > stepBytes) yield;
  return Buffer.from(text, 'utf8');
}

/** Properties, or zones, that were written so far. */
interface Work {
  passed: number;
}

/** Properties of one step: some milliseconds. */
const stepProperties = 2_000;
/** A definition may have hundreds of rules. */
const stepZones = 16;

function componentsOf(object: CalendarObject): readonly Component[] {
  return object.master ? [object.master, ...object.overrides] : object.overrides;
}

function* reducedComponent(
  component: Component,
  detail: Detail,
  placeholder: string,
  tzids: Set<string>,
  work: Work,
): Steps<string> {
  let lines = `BEGIN:${component.name}\r\n`;
  for (const property of component.properties) {
    if (++work.passed % stepProperties === 0) yield;
    const value = allowed.get(property.name)?.(property);
    if (value === undefined) continue;
    const params = allowedParameters(property);
    const tzid = property.param('TZID');
    if (tzid !== undefined) tzids.add(tzid);
    lines += contentLine(property.name, value, params);
  }
  // Busy times have no title that could be replaced (RFC 5545 §3.6.4).
  if (component.name === 'VFREEBUSY') return `${lines}END:${component.name}\r\n`;
  const summary = detail === 'titles' ? component.first('SUMMARY')?.rawValue : undefined;
  lines += summary === undefined ? textLine('SUMMARY', placeholder) : contentLine('SUMMARY', summary);
  return `${lines}END:${component.name}\r\n`;
}

function allowedParameters(property: Property): LineParameters {
  const value = property.param('VALUE')?.toUpperCase();
  const range = property.param('RANGE')?.toUpperCase();
  return {
    VALUE: value === 'DATE' || value === 'PERIOD' || value === 'DATE-TIME' ? value : undefined,
    TZID: dated.has(property.name) ? property.param('TZID') : undefined,
    RANGE: range === 'THISANDFUTURE' ? range : undefined,
  };
}

type Reader = (property: Property) => string | undefined;

const dated: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'DUE', 'RECURRENCE-ID', 'EXDATE', 'RDATE']);

const asWritten: Reader = (property) => property.rawValue;

/** Dates only: free text in the place of a date does not leave. */
const dates: Reader = ({ rawValue }) => {
  for (const value of listEntries(rawValue))
    if (!(parseDateTime(value) ?? parsePeriod(value))) return undefined;
  return rawValue;
};

const matching =
  (form: RegExp): Reader =>
  ({ rawValue }) =>
    form.test(rawValue) ? rawValue : undefined;

/** What may leave, and how its value is checked on the way out. */
const allowed: ReadonlyMap<string, Reader> = new Map([
  ['UID', asWritten],
  ['DTSTAMP', dates],
  ['DTSTART', dates],
  ['DTEND', dates],
  ['DUE', dates],
  ['COMPLETED', dates],
  ['RECURRENCE-ID', dates],
  ['EXDATE', dates],
  ['RDATE', dates],
  ['CREATED', dates],
  ['LAST-MODIFIED', dates],
  ['DURATION', matching(/^[+-]?P[0-9WDTHMS]*$/i)],
  ['RRULE', matching(/^[A-Z0-9=;,+-]*$/i)],
  ['EXRULE', matching(/^[A-Z0-9=;,+-]*$/i)],
  ['SEQUENCE', matching(/^\d{1,10}$/)],
  ['TRANSP', matching(/^(OPAQUE|TRANSPARENT)$/i)],
  ['STATUS', matching(/^(TENTATIVE|CONFIRMED|CANCELLED|NEEDS-ACTION|IN-PROCESS|COMPLETED|DRAFT|FINAL)$/i)],
  ['CLASS', matching(/^(PUBLIC|PRIVATE|CONFIDENTIAL)$/i)],
  ['X-MICROSOFT-CDO-BUSYSTATUS', matching(/^(FREE|TENTATIVE|BUSY|OOF|WORKINGELSEWHERE)$/i)],
  ['X-MICROSOFT-CDO-ALLDAYEVENT', matching(/^(TRUE|FALSE)$/i)],
  ['FREEBUSY', dates],
]);
