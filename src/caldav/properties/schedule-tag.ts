/**
 * The entity tag of scheduling objects, which no object is before there is scheduling (RFC 6638 §3.2.10). It is known all
 * the same: phones ask for it with every listing, and an unknown name would be looked for among the notes on each object.
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
 * Refuses `stale` for `If-Schedule-Tag-Match` (RFC 6638 §8.3): no object has a tag, so none matches. To ignore the header could
 * overwrite just the change of somebody else that it guards against.
 */
export function checkScheduleTag(request: DavRequest): void {
  if (request.header('if-schedule-tag-match') === undefined) return;
  throw new Refusal('stale', 'If-Schedule-Tag-Match names a tag, and objects here have none');
}
