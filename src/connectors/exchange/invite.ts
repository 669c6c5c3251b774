/** Invitations to a meeting that was made without mailing anybody (exchange.md 11.4, 17.2). */
import { RemoteFailure } from '../failure.ts';
import type { ItemFailure, Owed, Update, Written } from '../remote.ts';
import type { SyncNote } from '../sync-notes.ts';
import { only } from './carry-out.ts';
import { failureFrom } from './connection/pool.ts';
import { markerPropertySet } from './mapping/marker.ts';
import { itemFailure } from './operations/batch.ts';
import { invitedOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemVersion, idOf } from './operations/targets.ts';
import { updateItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { flagOf, make, makeText } from './wire/elements.ts';

/** Looked at first: whoever was mailed already is not mailed again. */
export async function inviteGuests(
  { id, version, parts, invites = 'if-unsent' }: Update,
  reading: Reading,
): Promise<Written | ItemFailure> {
  const notes = new Set<SyncNote>();
  const written = new Map<string, string>();
  try {
    for (const item of [{ id, version }, ...parts]) {
      if (written.has(item.id)) continue;
      const isUnsent = await wasNotSent(item, invites, notes, reading);
      written.set(item.id, isUnsent ? await sent(item, reading) : item.version);
    }
  } catch (error) {
    return itemFailure(id, failureFrom(error));
  }
  const versionOf = (one: ItemVersion): string => written.get(one.id) ?? one.version;
  return {
    id,
    version: versionOf({ id, version }),
    ...(parts.length > 0 && { parts: parts.map((part) => ({ ...part, version: versionOf(part) })) }),
    ...(notes.size > 0 && { notes: [...notes] }),
  };
}

async function wasNotSent(
  { id, version }: ItemVersion,
  invites: Owed,
  notes: Set<SyncNote>,
  { client, signal }: Reading,
): Promise<boolean> {
  const item = only(await client.call(getItems([{ id }], invitedOnly), signal));
  const wasSent = flagOf(item, 'MeetingRequestWasSent');
  if (wasSent === true) return false;
  if (wasSent === undefined && invites === 'if-unsent') {
    notes.add('invitation-unsure');
    return false;
  }
  if (idOf(item)?.version !== version)
    throw new RemoteFailure('conflict', 'version-moved', 'the item was changed there meanwhile');
  return true;
}

/** Its version afterwards. That it was done is all that is changed of it. */
async function sent(item: ItemVersion, { client, signal }: Reading): Promise<string> {
  const property = (): ReturnType<typeof make> => make('ExtendedFieldURI', [], invitedProperty);
  const value = make('ExtendedProperty', [property(), makeText('Value', 'true')]);
  const change = make('SetItemField', [property(), make('CalendarItem', [value])]);
  const operation = updateItems([{ item, changes: [change] }], 'all', 'NeverOverwrite');
  return only(await client.call(operation, signal)).version;
}

const invitedProperty = {
  PropertySetId: markerPropertySet,
  PropertyName: 'PortalInvited',
  PropertyType: 'String',
};
