/** `DAV:sync-token` (RFC 6578 §4) on the kinds that keep a log; which these are, the door's `sync` says. */
import { dav } from '../../xml/name.ts';
import { defineProperty, type Property, writeText } from '../property.ts';
import type { World } from '../resource.ts';

export const syncToken: Property<World, string, string> = defineProperty({
  name: dav('sync-token'),
  on: 'every',
  spec: 'RFC 6578 §4',
  cost: 'head',
  inAllprop: false,
  read: (resource, context) => context.dav.options.sync?.token(resource, context),
  write: writeText,
});
