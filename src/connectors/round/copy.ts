/** Our side of a pair: the object as it is stored, as a neutral event, and what it becomes. */
import type { NewObject, StoredObject } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import type { ConnectorPair } from '../../core/connector.ts';
import type { ETag } from '../../core/ids.ts';
import { encodeSegment } from '../../core/name.ts';
import { Refusal } from '../../core/refusal.ts';
import { extent } from '../../icalendar/instances/instances.ts';
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import { newObject } from '../../service/objects/indexing.ts';
import { acceptInTurns } from '../../service/objects/object-rules.ts';
import type { NeutralEvent } from '../event.ts';
import { readLocal } from '../local/read.ts';
import { composeLocal, editLocal } from '../local/write.ts';
import type { Round } from './round.ts';

export interface Copy {
  readonly stored: StoredObject;
  readonly object: CalendarObject;
  readonly event: NeutralEvent;
  readonly extent: { readonly start: number; readonly end: number | null };
}

/** An object that cannot be told in neutral words. */
export interface Untold {
  readonly stored: StoredObject;
  readonly refused: string;
}

export function isUntold(copy: Copy | Untold | undefined): copy is Untold {
  return copy !== undefined && 'refused' in copy;
}

export function readCopy({ view }: Round, stored: StoredObject): Copy | Untold {
  const object = parseObject(stored.bytes);
  const read = object ? readLocal(object, view) : ({ refused: 'unreadable' } as const);
  if (!object || 'refused' in read)
    return { stored, refused: 'refused' in read ? read.refused : 'unreadable' };
  const { first, last } = extent(object, view.zone);
  return {
    stored,
    object,
    event: read.event,
    extent: { start: first, end: Number.isFinite(last) ? last : null },
  };
}

/** The object of a pair, also when a program has given it another name. */
export async function copyOf(round: Round, pair: ConnectorPair): Promise<Copy | Untold | undefined> {
  const { storage } = round.services;
  const calendar = round.link.calendar;
  const named = await storage.object(calendar, pair.objectName);
  if (named?.uid === pair.uid) return readCopy(round, named);
  const renamed = await objectByUid(round, pair.uid);
  return renamed && readCopy(round, renamed);
}

export async function objectByUid(round: Round, uid: string): Promise<StoredObject | undefined> {
  const query = { calendar: round.link.calendar, select: { by: 'uids', uids: [uid] } } as const;
  for await (const page of round.services.storage.objects(query)) {
    const [object] = page;
    if (object) return object;
  }
  return undefined;
}

/** A write to our calendar, ready for a change set. */
export interface CopyWrite {
  readonly change: Change;
  readonly name: string;
  readonly etag: ETag;
  /** What the stored object will say. */
  readonly event: NeutralEvent;
}

/** The object as `event` says, all else as it is, or gone. Answers a code when it cannot be stored here. */
export async function rewritten(
  round: Round,
  copy: Copy,
  event: NeutralEvent,
  how: 'edited' | 'whole' = 'edited',
): Promise<CopyWrite | { readonly refused: string }> {
  const { view } = round;
  const isWhole = how === 'whole';
  const bytes = isWhole
    ? composeLocal(event, view, round.now())
    : editLocal(copy.object, event, view, round.now());
  return await write(round, copy.stored.name, bytes, { etag: copy.stored.etag });
}

/** A new object for `event`. */
export async function composed(
  round: Round,
  event: NeutralEvent,
  marker: string,
): Promise<CopyWrite | { readonly refused: string }> {
  const wanted = /^[\w.@+-]{1,200}$/.test(event.uid) ? encodeSegment(`${event.uid}.ics`) : `${marker}.ics`;
  const taken = await round.services.storage.head(round.link.calendar, wanted);
  const bytes = composeLocal(event, round.view, round.now());
  return await write(round, taken ? `${marker}.ics` : wanted, bytes, 'absent');
}

async function write(
  round: Round,
  name: string,
  bytes: Uint8Array,
  expect: 'absent' | { readonly etag: ETag },
): Promise<CopyWrite | { readonly refused: string }> {
  const made = await stored(round, name, bytes);
  if ('refused' in made) return made;
  const { object, event } = made;
  const { id: calendar, owner } = round.parts.seen.calendar;
  // Not the object of whoever has linked the calendar: they need not go on managing it.
  const change = { do: 'put', calendar, object, expect, creator: owner } as const;
  return { change, name, etag: object.etag, event };
}

/** These bytes as they would be stored, and what they say. */
export async function stored(
  round: Round,
  name: string,
  bytes: Uint8Array,
): Promise<{ readonly object: NewObject; readonly event: NeutralEvent } | { readonly refused: string }> {
  const { services, parts, view } = round;
  const { calendar } = parts.seen;
  try {
    const accepted = await acceptInTurns(services, parts.seen, bytes);
    const object = await newObject(services, calendar, name, accepted.object, accepted.bytes, parts.index);
    const read = readLocal(accepted.object, view);
    return 'refused' in read ? read : { object, event: read.event };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    throw error;
  }
}
