/**
 * The entity tag of scheduling objects (RFC 6638 §3.2.10). There is no scheduling yet, so no object has one. It is
 * declared all the same: phones ask for it with every listing, and an undeclared name would be looked up among the dead
 * properties of each object.
 */
import { Refusal } from '../../core/refusal.ts';
import { defineProperty, writeText } from '../../dav/property.ts';
import type { DavRequest } from '../../dav/request.ts';
import { caldav } from '../../xml/name.ts';
import type { Property } from '../world.ts';

export const scheduleTag: Property<'object', string> = defineProperty({
  name: caldav('schedule-tag'),
  on: ['object'],
  spec: 'RFC 6638 §3.2.10',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: () => undefined,
  write: writeText,
});

/**
 * Refuses `stale` for `If-Schedule-Tag-Match` (RFC 6638 §8.3): no object has a tag, so none matches. Ignoring the
 * header could overwrite the very change by somebody else that it guards against.
 */
export function checkScheduleTag(request: DavRequest): void {
  if (request.header('if-schedule-tag-match') === undefined) return;
  throw new Refusal('stale', 'If-Schedule-Tag-Match names a tag, and objects here have none');
}
