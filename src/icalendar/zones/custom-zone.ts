/**
 * A VTIMEZONE of a client in a form that harms nobody who reads it: offsets, beginnings and plain yearly rules.
 *
 * It may say anything otherwise: text that is nobody's business, or a rule with a change every second, in which readers
 * that expand it lose themselves.
 */
import type { Component, Property } from '../component.ts';
import { contentLine, parseDateTime, parsePeriod, splitList, textLine } from '../value.ts';
import { tzidOf } from '../zone-tzid.ts';

/** The definition in wire form. An observance whose rule is none of a time zone holds from its start on. */
export function customZoneText(zone: Component): string {
  let lines = 'BEGIN:VTIMEZONE\r\n';
  const tzid = tzidOf(zone);
  if (tzid !== undefined) lines += textLine('TZID', tzid);
  for (const observance of zone.components) {
    if (observance.name !== 'STANDARD' && observance.name !== 'DAYLIGHT') continue;
    lines += `BEGIN:${observance.name}\r\n`;
    for (const property of observance.properties) {
      if (allowed.get(property.name)?.(property)) lines += contentLine(property.name, strictValue(property));
    }
    lines += `END:${observance.name}\r\n`;
  }
  return `${lines}END:VTIMEZONE\r\n`;
}

type Test = (property: Property) => boolean;

/** As `parseOffset` reads them, colons and a missing sign too; of those some readers refuse the whole feed. */
const offset = /^\s*([+-]?)(\d{2}):?(\d{2}):?(\d{2})?\s*$/;

const isOffset: Test = ({ rawValue }) => offset.test(rawValue);

function strictValue({ name, rawValue }: Property): string {
  if (!name.startsWith('TZOFFSET')) return rawValue;
  return rawValue.replace(offset, (_, sign: string, hours: string, minutes: string, seconds = '') => {
    return `${sign || '+'}${hours}${minutes}${String(seconds)}`;
  });
}

const areDates: Test = ({ rawValue }) =>
  splitList(rawValue).every((value) => (parseDateTime(value) ?? parsePeriod(value)) !== undefined);

/** One month and one weekday or some days of it, as outlook.md §17.3 has it and as all real zones are. */
const yearly =
  /^(FREQ=YEARLY|BYMONTH=\d{1,2}|BYDAY=[+-]?\d(MO|TU|WE|TH|FR|SA|SU)|BYDAY=(MO|TU|WE|TH|FR|SA|SU)|BYMONTHDAY=[\d,+-]{1,30}|UNTIL=\w+|WKST=\w\w|INTERVAL=1|COUNT=\d{1,4})$/i;

const isYearly: Test = ({ rawValue }) => {
  const parts = rawValue.split(';').filter((part) => part !== '');
  const names = parts.map((part) => part.slice(0, part.indexOf('=')).toUpperCase());
  const month = names.includes('BYMONTH') || !names.some((name) => name.startsWith('BY'));
  return parts.every((part) => yearly.test(part)) && names.includes('FREQ') && month;
};

const allowed: ReadonlyMap<string, Test> = new Map([
  ['DTSTART', areDates],
  ['TZOFFSETFROM', isOffset],
  ['TZOFFSETTO', isOffset],
  ['TZNAME', () => true],
  ['RRULE', isYearly],
  ['RDATE', areDates],
]);
