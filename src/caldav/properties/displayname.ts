/** Names that people give: to their calendars, to foreign ones for themselves, and to themselves (RFC 4918 §15.2). */
import type { Limits } from '../../core/limits.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineProperty } from '../../dav/property.ts';
import { calendarProperties, properties } from '../../service/properties.ts';
import { dav, type XmlName } from '../../xml/name.ts';
import type { Property } from '../world.ts';
import { languageAttribute, type Worded, worded, wordedIn } from './language.ts';

const name: XmlName = dav('displayname');

export const displayname: Property<'calendar' | 'principal', Worded> = defineProperty({
  name,
  on: ['calendar', 'principal'],
  spec: 'RFC 4918 §15.2',
  cost: 'head',
  inAllprop: true,
  async read(resource, context) {
    const { services, actor } = context;
    if (resource.displayName === undefined) return undefined;
    const kept =
      resource.kind === 'calendar'
        ? await calendarProperties(services, actor, resource.seen)
        : await properties(services, { on: 'principal', id: resource.principal.id });
    return worded(name, resource.displayName, kept, context);
  },
  attributes: languageAttribute,
  write: (writer, { text }) => writer.text(text),
  patch(change, { kind, context }) {
    const wordedName = wordedIn(change);
    if (change !== 'remove') return { displayName: named(change.text, context.services.limits), wordedName };
    if (kind === 'principal')
      throw new Refusal('protected-property', 'the displayname of a principal cannot be removed');
    return { displayName: null, wordedName };
  },
});

/** Everybody who sees the calendar or the person gets the name with every listing. */
function named(text: string, { maxNameBytes }: Limits): string {
  if (Buffer.byteLength(text) <= maxNameBytes) return text;
  throw new Refusal('invalid-property', `a name may have at most ${maxNameBytes} bytes`);
}
