/** What a property of an item is, and the elements that several of them share. */
import type { Context } from './context.ts';
import { changeKey, itemId, occurrenceId } from './ids.ts';
import { type Markup, nothing, tag, text, utc } from './markup.ts';
import type { Version } from './profile.ts';
import type { Person } from './store.ts';
import type { View } from './views.ts';
import { wallClock } from './zones.ts';

export interface Field {
  /** As FieldURI names it; for most also the name of the element after the colon. */
  readonly uri: string;
  readonly element: string;
  readonly since: Version;
  /** In the base shape Default. */
  readonly byDefault: boolean;
  /** Not told by FindItem and SyncFolderItems. */
  readonly fetchOnly: boolean;
  readonly read: (view: View, reader: Reader) => Markup;
}

/** How an item is to be told: by request. */
export interface Reader {
  readonly context: Context;
  readonly bodyType: string;
}

export interface Traits {
  readonly since?: Version;
  readonly byDefault?: boolean;
  readonly fetchOnly?: boolean;
}

export function field(uri: string, read: Field['read'], traits: Traits = {}): Field {
  const { since = 'Exchange2007', byDefault = false, fetchOnly = false } = traits;
  return { uri, element: uri.slice(uri.indexOf(':') + 1), since, byDefault, fetchOnly, read };
}

export type Value = string | number | boolean | undefined;

/** A property whose element is just text. */
export function simple(
  uri: string,
  value: (view: View, reader: Reader) => Value,
  traits: Traits = {},
): Field {
  const name = `t:${uri.slice(uri.indexOf(':') + 1)}`;
  return field(
    uri,
    (view, reader) => {
      const found = value(view, reader);
      return found === undefined ? nothing : text(name, found);
    },
    traits,
  );
}

export const shown: Traits = { byDefault: true };

/** A moment: in UTC, or in the zone of the request's TimeZoneContext with its offset. */
export function moment(at: number, { zone, backend }: Context): string {
  if (backend.profile.writesFractions) return utc(at).replace('Z', '.000000Z');
  if (!zone) return utc(at);
  return `${new Date(wallClock(zone, at)).toISOString().slice(0, 19)}${offsetText(zone.offset(at))}`;
}

export function offsetText(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

export function idOf(view: View): string {
  return view.day === undefined ? itemId(view.item) : occurrenceId(view.item, view.day);
}

export function itemIdMarkup(view: View): Markup {
  return tag('t:ItemId', [], { Id: idOf(view), ChangeKey: changeKey(view.item) });
}

export function names(people: readonly Person[] = []): string {
  return people.map(({ name, address }) => name || address).join('; ');
}

export function effectiveRights(name: string, write: boolean): Markup {
  return tag(name, [
    text('t:CreateAssociated', write),
    text('t:CreateContents', write),
    text('t:CreateHierarchy', write),
    text('t:Delete', write),
    text('t:Modify', write),
    text('t:Read', true),
    text('t:ViewPrivateItems', true),
  ]);
}

export function recipient(name: string, person: Person | undefined): Markup {
  return person ? tag(name, [mailboxMarkup(person)]) : nothing;
}

export function recipients(name: string, people: readonly Person[] = []): Markup {
  return people.length === 0 ? nothing : tag(name, people.map(mailboxMarkup));
}

export function mailboxMarkup({ name, address, routing = 'SMTP' }: Person): Markup {
  return tag('t:Mailbox', [
    text('t:Name', name || address),
    text('t:EmailAddress', address),
    text('t:RoutingType', routing),
    ...(routing === 'SMTP' ? [] : [text('t:MailboxType', 'Mailbox')]),
  ]);
}

export function owner({ name, address }: Person): Person {
  return { name, address };
}
