/**
 * What the grid draws, as JSON that is written by hand: a month of many calendars is a megabyte.
 *
 * What the instances of a series have in common is written once, what is the same for the whole calendar as well, and only
 * what people have worded is looked through for what JSON escapes. `Occurrence` and its schema say what must be there; the
 * test of the API's description holds each answer against them.
 */
import type { SeenCalendar } from '../core/calendar.ts';
import type { Zone } from '../icalendar/zones/timezone.ts';
import {
  type Drawn,
  type DrawnFacts,
  type DrawnHead,
  type DrawnInstance,
  mayChange,
  mayRemove,
} from '../service/objects/drawn.ts';
import { shown } from './event-shape.ts';

/** Instances of one calendar as the elements of a list, without its brackets, so that several can be joined. */
export function occurrenceItems(
  seen: SeenCalendar,
  drawn: readonly Drawn[],
  zone: Zone,
  own: ReadonlySet<string>,
): Uint8Array {
  const { calendar, access } = seen;
  const detail = access.detail === 'none' ? 'busy' : access.detail;
  const ofCalendar = `"cal":"${calendar.id}","detail":"${detail}",`;
  const series = new Map<DrawnFacts, Component>();
  const pieces: Uint8Array[] = [];
  let items: string[] = [];
  for (const { head, instance } of drawn) {
    const { facts, recurrenceId, value, endValue } = instance;
    let component = series.get(facts);
    if (!component) {
      component = written({ seen, ofCalendar, own }, head, instance);
      if (recurrenceId !== undefined) series.set(facts, component);
    }
    const name = recurrenceId === undefined ? 'null' : `"${recurrenceId}"`;
    const start = shown(value, instance.start, zone);
    const end = shown(endValue, instance.end, zone);
    const length = end > start || instance.end === instance.start ? '' : `"minutes":${minutesOf(instance)},`;
    if (items.length === maxItems) {
      pieces.push(Buffer.from(`${items.join()},`));
      items = [];
    }
    items.push(
      `{"id":"${component.id}${recurrenceId ?? ''}","recurrenceId":${name},"start":"${start}","end":"${end}",${length}${component.rest}`,
    );
  }
  pieces.push(Buffer.from(items.join()));
  return Buffer.concat(pieces);
}

/** How many items are joined at a time: V8 would keep a text of more than 128 KB among its long-lived objects. */
const maxItems = 100;

/** The length of an instance. It is sent where local start and end do not show it, because the clock is set back in between. */
function minutesOf({ start, end }: DrawnInstance): number {
  return Math.max(1, Math.round((end - start) / 60_000));
}

/** What the instances of one component share. Dates that were added to a series are also shown in the zone of its start. */
interface Component {
  /** Without quotes, and without the instance's name. */
  readonly id: string;
  /** All other members, with the closing brace. */
  readonly rest: string;
}

/** What is the same for all objects of one calendar. */
interface OfCalendar {
  readonly seen: SeenCalendar;
  readonly ofCalendar: string;
  /** UIDs of the objects that the reader has made, if rights depend on it. */
  readonly own: ReadonlySet<string>;
}

function written(
  { seen, ofCalendar, own }: OfCalendar,
  head: DrawnHead,
  { facts, allDay, recurrenceId, tz }: DrawnInstance,
): Component {
  const { title, location } = facts;
  const uid = JSON.stringify(head.uid);
  const words = `"uid":${uid},"title":${JSON.stringify(title)},"location":${JSON.stringify(location)}`;
  const named = `"tz":${tz === undefined ? 'null' : JSON.stringify(tz)},"etag":${JSON.stringify(head.etag)}`;
  const isOpen = mayChange(seen, head, own);
  const isKept = isOpen && !mayRemove(seen, head, own) ? ',"canDelete":false' : '';
  const isFor = `"repeats":${recurrenceId !== undefined},"readOnly":${!isOpen}${isKept}`;
  return {
    id: `${seen.calendar.id}/${uid.slice(1, -1)}/`,
    rest: `${ofCalendar}${words},${named},${marks(facts, allDay)},${isFor}}`,
  };
}

/** Texts of `marks`, remembered: there are few combinations, and very many events. */
const markTexts: (string | undefined)[] = [];
const statuses: readonly DrawnFacts['status'][] = ['confirmed', 'tentative', 'cancelled'];
const privacies: readonly DrawnFacts['privacy'][] = ['public', 'private', 'confidential'];

function marks({ busy, status, privacy, hasReminder, hasAttendees }: DrawnFacts, allDay: boolean): string {
  const bits = (busy ? 1 : 0) + (hasReminder ? 2 : 0) + (hasAttendees ? 4 : 0) + (allDay ? 8 : 0);
  const number = (bits * 3 + statuses.indexOf(status)) * 3 + privacies.indexOf(privacy);
  return (markTexts[number] ??=
    `"busy":${busy},"status":"${status}","privacy":"${privacy}","hasReminder":${hasReminder},` +
    `"hasAttendees":${hasAttendees},"allDay":${allDay}`);
}
