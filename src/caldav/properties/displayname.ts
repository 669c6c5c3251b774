/** Names that people give: to their calendars, to foreign ones for themselves, and to themselves (RFC 4918 §15.2). */
import type { Limits } from '../../core/limits.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineProperty, writeText } from '../../dav/property.ts';
import { dav } from '../../xml/name.ts';
import type { Property } from '../world.ts';

export const displayname: Property<'calendar' | 'principal', string> = defineProperty({
  name: dav('displayname'),
  on: ['calendar', 'principal'],
  spec: 'RFC 4918 §15.2',
  cost: 'head',
  inAllprop: true,
  read: ({ displayName }) => displayName,
  write: writeText,
  patch(change, { kind, context }) {
    if (change !== 'remove') return { displayName: named(change.text, context.services.limits) };
    if (kind === 'principal') throw new Refusal('protected-property', 'a principal has a name');
    return { displayName: null };
  },
});

/** Everybody who sees the calendar or the person gets the name with every listing. */
function named(text: string, { maxNameBytes }: Limits): string {
  if (Buffer.byteLength(text) <= maxNameBytes) return text;
  throw new Refusal('invalid-property', `a name may have ${maxNameBytes} bytes`);
}
