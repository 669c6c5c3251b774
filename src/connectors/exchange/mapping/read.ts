/**
 * What GetItem tells of one event, as an event of ours: the item, its changed occurrences, its deleted ones (exchange.md
 * 8.2, 10.3, 11, 12).
 */
import { createHash } from 'node:crypto';
import type { XmlElement } from '../../../xml/reader.ts';
import { canonical } from '../../agreed.ts';
import type { NeutralEvent } from '../../event.ts';
import type { RemoteItem } from '../../remote.ts';
import { extentOf } from '../../series.ts';
import { attribute, child, isCalled, list, textOf } from '../wire/elements.ts';
import { readInstant } from './date-text.ts';
import { mailedFrom, wasInvited } from './invited.ts';
import type { Mapping } from './mapping.ts';
import { attemptName, markerOf, ownValueOf, readPartMarker } from './marker.ts';
import { directoryAddresses, isDirectoryAddress, roleOf } from './people.ts';
import type { RefusalReason } from './plan.ts';
import { isVeiled, presented, tellingOf } from './presented.ts';
import { contentOf } from './read-content.ts';
import { type Draft, listed, seriesOf } from './read-series.ts';
import { readTimes } from './times.ts';

export type ReadResult =
  | { readonly kind: 'item'; readonly item: RemoteItem }
  /** Nothing that concerns a calendar, or nothing that may be told. */
  | { readonly kind: 'ignored'; readonly reason: 'not-an-appointment' }
  | { readonly kind: 'ignored'; readonly reason: 'private'; readonly uid: string }
  | { readonly kind: 'unreadable'; readonly reason: RefusalReason | 'recurrence-untold' }
  /** A pattern that is not Gregorian: read again with the occurrences of the window, from a CalendarView (exchange.md 10.2). */
  | { readonly kind: 'needs-occurrences' };

/** Is it an appointment at all? A calendar folder can hold notes, messages and broken items (exchange.md 8.2). */
export function isAppointment(item: XmlElement): boolean {
  const itemClass = textOf(item, 'ItemClass')?.trim().toLowerCase();
  return (
    isCalled(item, 'CalendarItem') &&
    (itemClass === undefined || itemClass === 'ipm.appointment' || itemClass.startsWith('ipm.appointment.'))
  );
}

/** The ids of changed occurrences that have to be fetched before a series can be read. */
export function exceptionIds(item: XmlElement): readonly string[] {
  return list(item, 'ModifiedOccurrences', 'Occurrence').flatMap(
    (occurrence) => attribute(child(occurrence, 'ItemId'), 'Id') ?? [],
  );
}

/** Addresses that ResolveNames has to be asked for (`Mapping.directory`), of an item and its exceptions. */
export function unresolvedAddresses(items: readonly XmlElement[], mapping: Mapping): readonly string[] {
  const found = new Set(items.flatMap(directoryAddresses));
  return [...found].filter((address) => !mapping.directory.has(address));
}

/**
 * `exceptions`: the items of `exceptionIds`, as far as they could be fetched. `instances`: occurrences of a CalendarView, only
 * when asked for.
 */
export function readItem(
  item: XmlElement,
  exceptions: readonly XmlElement[],
  given: Mapping,
  instances: readonly XmlElement[] | null = null,
): ReadResult {
  const mapping = tellingOf(given, markerOf(item) !== null);
  if (!isAppointment(item)) return { kind: 'ignored', reason: 'not-an-appointment' };
  const times = readTimes(item, mapping);
  if (typeof times === 'string') return { kind: 'unreadable', reason: times };
  const content = contentOf(item, times, mapping);
  if (content.privacy !== 'public' && mapping.privateEvents === 'skip')
    return { kind: 'ignored', reason: 'private', uid: uidOf(item) };
  const draft: Draft = {
    single: { uid: uidOf(item), content, recurrence: null, excluded: [], overrides: {}, zones: times.zones },
    notes: [...times.notes],
    ...(times.guess && { guess: times.guess }),
  };
  const recurrence = child(item, 'Recurrence');
  const isUntold = !recurrence && textOf(item, 'CalendarItemType')?.trim() === 'RecurringMaster';
  // Of what was made here the rule is known here: what a server does not tell of it must not replace it.
  if (isUntold && markerOf(item) !== null) return { kind: 'unreadable', reason: 'recurrence-untold' };
  const single = isUntold ? undefined : draft.single;
  const series = recurrence ? seriesOf(item, recurrence, draft, exceptions, mapping) : single;
  const whole = series ?? (instances && listed(draft, instances));
  if (!whole) return { kind: 'needs-occurrences' };
  if (whole !== series) draft.notes.push('recurrence-unreadable');
  const event = canonical(presented(whole, mapping));
  const isNote = whole.recurrence !== null && event.recurrence === null;
  return {
    kind: 'item',
    item: {
      ...remoteItem(item, event, draft, whole.recurrence !== null && whole !== series, mapping),
      ...(isNote && { note: true }),
    },
  };
}

function remoteItem(
  item: XmlElement,
  event: NeutralEvent,
  { notes, guess }: Draft,
  readOnly: boolean,
  mapping: Mapping,
): RemoteItem {
  const marker = markerOf(item);
  const part = readPartMarker(marker);
  const id = child(item, 'ItemId');
  const unresolved = [event.content, ...Object.values(event.overrides)].some(({ attendees }) =>
    attendees.some(({ address }) => isDirectoryAddress(address)),
  );
  const veiled = isVeiled(event, mapping);
  const invited = wasInvited(item, mapping);
  const attempt = ownValueOf(item, attemptName);
  const told = mailedFrom(item);
  return {
    id: attribute(id, 'Id') ?? '',
    version: attribute(id, 'ChangeKey') ?? '',
    modified: readInstant(textOf(item, 'LastModifiedTime') ?? '') ?? 0,
    marker,
    partOf: part ? { uid: part.uid, recurrenceId: part.recurrenceId } : null,
    ...(attempt !== undefined && { attempt }),
    ...(invited !== undefined && { invited }),
    ...(told !== undefined && { mailedFrom: told }),
    role: readOnly || veiled ? 'guest' : roleOf(item, mapping),
    ...(veiled && { veiled }),
    extent: extentOf(event),
    event,
    ...(guess && { guess }),
    notes: [...new Set([...notes, ...(unresolved ? ['address-unresolved' as const] : [])])],
  };
}

/** Where a server tells none, the item's own id is all there is to know it by. */
function uidOf(item: XmlElement): string {
  const uid = textOf(item, 'UID')?.trim() ?? '';
  if (uid !== '') return foreignUid(uid) ?? uid;
  const id = attribute(child(item, 'ItemId'), 'Id') ?? '';
  return `exchange-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}

/** Of a global object id that holds a UID of another program (MS-OXCICAL 2.1.3.1.1.20.26): that UID. */
function foreignUid(uid: string): string | undefined {
  if (!/^040000008200e00074c5b7101a82e008[0-9a-f]+$/i.test(uid) || uid.length % 2 === 1) return undefined;
  const data = Buffer.from(uid, 'hex').subarray(40);
  if (data.subarray(0, 12).toString('latin1') !== 'vCal-Uid\u0001\0\0\0') return undefined;
  const text = data.subarray(12).toString('utf8').replace(/\0+$/, '');
  return /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}
