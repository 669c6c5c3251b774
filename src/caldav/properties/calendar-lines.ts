/**
 * Line ends of iCalendar text in properties: CR LF, however it came (clients.md W25).
 *
 * XML takes the CR of each line end that is not written as a reference (XML 1.0 §2.11), also within CDATA; iCalendar
 * is not valid without it (RFC 5545 §3.1).
 */
import { caldav, type XmlName } from '../../xml/name.ts';

export function calendarLines(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

/** The same properties, with CR LF restored in those that hold iCalendar text. */
export function withCalendarLines(
  dead: ReadonlyMap<XmlName, string | null>,
): ReadonlyMap<XmlName, string | null> {
  const kept = new Map(dead);
  for (const name of alarms) {
    const xml = kept.get(name);
    if (typeof xml === 'string') kept.set(name, xml.replace(/(?<!&#13;)\n/g, '&#13;\n'));
  }
  return kept;
}

/** What Apple's programs set on homes and calendars. */
const alarms: readonly XmlName[] = ['vevent-date', 'vevent-datetime', 'vtodo-date', 'vtodo-datetime'].map(
  (of) => caldav(`default-alarm-${of}`),
);
