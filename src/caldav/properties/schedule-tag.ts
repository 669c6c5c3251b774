/**
 * The entity tag of scheduling objects, which no object is before there is scheduling (RFC 6638 §3.2.10). It is known all
 * the same: phones ask for it with every listing, and an unknown name would be looked for among the notes on each object.
 */
import { defineProperty, writeText } from '../../dav/property.ts';
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
