/** RFC 4331. */
import { dav } from '../../xml/name.ts';
import { type AnyProperty, defineProperty, type Property } from '../property.ts';
import type { World } from '../resource.ts';

const quotaAvailableBytes: Property<World, string, number> = defineProperty({
  name: dav('quota-available-bytes'),
  on: 'every',
  spec: 'RFC 4331 §3',
  cost: 'query',
  inAllprop: false,
  inRow: 'same',
  read: async (resource, context) => (await context.dav.options.quota?.(resource, context))?.availableBytes,
  // A home may hold more than a quota that was made smaller later.
  write: (writer, bytes) => writer.text(String(Math.max(0, bytes))),
});

const quotaUsedBytes: Property<World, string, number> = defineProperty({
  name: dav('quota-used-bytes'),
  on: 'every',
  spec: 'RFC 4331 §4',
  cost: 'query',
  inAllprop: false,
  inRow: 'same',
  read: async (resource, context) => (await context.dav.options.quota?.(resource, context))?.usedBytes,
  write: (writer, bytes) => writer.text(String(bytes)),
});

export const quotaProperties: readonly AnyProperty[] = [quotaAvailableBytes, quotaUsedBytes];
