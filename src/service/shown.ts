/**
 * What one actor gets of an object: all of it, or a form reduced by the rights on the calendar and by its CLASS.
 *
 * The strictest CLASS of the set counts for the whole set (clients.md, demand 24). A reduced form is a new object made
 * from an allow-list; its entity tag is that of its own bytes, so it moves only when what is shown moves.
 */
import type { Detail, ObjectHead, SeenCalendar, StoredObject } from '../core/calendar.ts';
import type { ETag } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import type { Services } from './context.ts';

/** An object as it leaves for one actor. `head.etag` and `head.sizeBytes` are those of `bytes`. */
export interface ShownObject {
  readonly head: ObjectHead;
  readonly bytes: Uint8Array;
  readonly etag: ETag;
  /** See `StoredObject.plain`. */
  readonly plain: boolean;
  readonly shown: Detail;
}

/** Nothing is hidden of any object of this calendar. */
export function seesEverything(seen: SeenCalendar): boolean {
  return seen.access.detail === 'full' && seen.access.seesPrivate;
}

/** This object is shown as it is stored. Attendees are asked for separately: that needs the bytes. */
export function isShownWhole(seen: SeenCalendar, head: ObjectHead): boolean {
  return seen.access.detail === 'full' && (seen.access.seesPrivate || head.classification === 'public');
}

/** The form in which the actor gets the object; `undefined`: not at all (a task where only busy times are shared). */
export function show(
  _services: Services,
  _actor: Actor,
  seen: SeenCalendar,
  object: StoredObject,
): ShownObject | undefined {
  if (isShownWhole(seen, object)) return whole(object);
  return undefined;
}

export function whole(object: StoredObject): ShownObject {
  return { head: object, bytes: object.bytes, etag: object.etag, plain: object.plain, shown: 'full' };
}
