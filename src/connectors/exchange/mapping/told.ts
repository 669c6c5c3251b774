/**
 * What the server will answer about an item of ours: the elements that were written, with what it makes of them. With
 * `readItem` behind it, this is how we know an event there without reading it back (exchange.md 19.5.8).
 */

import { ianaZone, utc } from '../../../icalendar/zones/timezone.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import { localNameOf } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { asRead, make, makeText } from '../wire/elements.ts';
import { utcText } from './date-text.ts';
import type { MainItem } from './form.ts';
import type { Mapping } from './mapping.ts';
import { isOwnMeeting } from './people.ts';
import { localOfKey } from './series-walk.ts';
import { exchangeInstant } from './times.ts';
import { calendarItem } from './write.ts';

export interface ToldItem {
  readonly item: XmlElement;
  readonly exceptions: readonly XmlElement[];
}

export function toldItem({ event, series }: MainItem, mapping: Mapping): ToldItem {
  const { content, zones, uid } = event;
  const written = calendarItem(
    { content, zones, marker: 'm', uid, recurrence: series?.recurrence ?? null },
    mapping,
  );
  if (!series) return { item: asRead(answer(written, content, zones, 'main', mapping)), exceptions: [] };
  const { clock } = series;
  const zone = clock.allDay ? (ianaZone(mapping.zone) ?? utc) : clock.zone;
  const original = (key: RecurrenceKey): string => utcText(zone.toInstant(localOfKey(key, clock)));
  const moved = Object.entries(event.overrides);
  const infos = moved.map(([key, own]) =>
    make('Occurrence', [
      make('ItemId', [], { Id: key }),
      ...utcTimes(own, zones, mapping),
      makeText('OriginalStart', original(key)),
    ]),
  );
  const deleted = event.excluded.map((key) => make('DeletedOccurrence', [makeText('Start', original(key))]));
  const lists = [
    infos.length === 0 ? undefined : make('ModifiedOccurrences', infos),
    deleted.length === 0 ? undefined : make('DeletedOccurrences', deleted),
  ].filter((element) => element !== undefined);
  const master = answer(written, content, zones, 'main', mapping);
  return {
    item: asRead({ ...master, content: [...(master.content ?? []), ...lists] }),
    exceptions: moved.map(([key, own]) => {
      const occurrence = calendarItem({ content: own, zones, marker: 'm', uid, recurrence: null }, mapping);
      return asRead(answer(occurrence, own, zones, key, mapping));
    }),
  };
}

function utcTimes(
  { start, end }: EventContent,
  zones: NeutralEvent['zones'],
  mapping: Mapping,
): readonly [DocumentElement, DocumentElement] {
  const text = (time: EventContent['start']): string => utcText(exchangeInstant(time, zones, mapping));
  return [makeText('Start', text(start)), makeText('End', text(end))];
}

/** Times come back in UTC, and whoever owns the mailbox is the organizer. */
function answer(
  written: DocumentElement,
  content: EventContent,
  zones: NeutralEvent['zones'],
  id: string,
  mapping: Mapping,
): DocumentElement {
  const replaced = new Set(['Start', 'End', 'ExtendedProperty', 'MeetingTimeZone']);
  const kept = (written.content ?? []).filter(
    (part) => typeof part === 'string' || !replaced.has(localNameOf(part.name)),
  );
  const name = content.organizer && isOwnMeeting(content, mapping) ? content.organizer.name : '';
  const mailbox = make('Mailbox', [makeText('Name', name), makeText('EmailAddress', mapping.mailbox)]);
  return make('CalendarItem', [
    make('ItemId', [], { Id: id, ChangeKey: 'm' }),
    ...(mapping.isPeculiar === true ? withoutRooms(kept) : kept),
    ...utcTimes(content, zones, mapping),
    makeText('MyResponseType', 'Organizer'),
    make('Organizer', [mailbox]),
    ...zoneText(written),
  ]);
}

/** A server that overlooks things may take rooms for people. */
function withoutRooms(parts: readonly (DocumentElement | string)[]): readonly (DocumentElement | string)[] {
  const isList = (part: DocumentElement | string): part is DocumentElement =>
    typeof part !== 'string' && ['RequiredAttendees', 'Resources'].includes(localNameOf(part.name));
  const people = parts.filter(isList).flatMap(({ content = [] }) => content);
  const others = parts.filter((part) => !isList(part));
  return people.length === 0 ? others : [...others, make('RequiredAttendees', people)];
}

/** Exchange 2007 tells the zone as a text. */
function zoneText(written: DocumentElement): readonly DocumentElement[] {
  return (written.content ?? []).flatMap((part) => {
    if (typeof part === 'string' || localNameOf(part.name) !== 'MeetingTimeZone') return [];
    const id = part.attributes?.['TimeZoneName'];
    return id === undefined ? [] : [makeText('TimeZone', id)];
  });
}
