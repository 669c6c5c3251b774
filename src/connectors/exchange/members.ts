/** Who is on a distribution list, for people to look at: nothing of it is ever written (exchange.md 11.2). */
import { hourMs } from '../../icalendar/time.ts';
import type { EventPerson } from '../event.ts';
import { RemoteFailure } from '../failure.ts';
import type { EwsClient } from './connection/client.ts';
import { isDirectoryAddress } from './mapping/people.ts';
import { expandList } from './operations/directory.ts';

/** What was found, and when; by mailbox and address, as not everybody may see the same. */
export type KnownLists = Map<
  string,
  { readonly found: number; readonly members: readonly EventPerson[] | undefined }
>;

const believedMs = 6 * hourMs;
const maxLists = 500;
/** Of one list. */
const maxMembers = 500;

/** One level: a list on it stands for itself. Undefined: it is no list, or none that may be looked into. */
export async function membersOf(
  client: EwsClient,
  known: KnownLists,
  address: string,
  signal: AbortSignal,
): Promise<readonly EventPerson[] | undefined> {
  const key = `${client.access.mailbox} ${address}`;
  const before = known.get(key);
  const ageMs = before === undefined ? Infinity : client.now() - before.found;
  if (before && ageMs >= 0 && ageMs < believedMs) return before.members;
  const members = await expanded(client, address, signal);
  if (known.size >= maxLists) known.clear();
  known.set(key, { found: client.now(), members });
  return members;
}

async function expanded(
  client: EwsClient,
  address: string,
  signal: AbortSignal,
): Promise<readonly EventPerson[] | undefined> {
  try {
    const entries = await client.call(expandList(address), signal);
    return entries.slice(0, maxMembers).map((entry) => ({
      name: entry.name.normalize('NFC').trim(),
      address: isDirectoryAddress(entry.address) ? '' : entry.address,
    }));
  } catch (error) {
    if (error instanceof RemoteFailure && isNoList(error)) return undefined;
    throw error;
  }
}

/** Nobody knows it, it is a person, it may not be looked into, or the server knows no lists. */
function isNoList({ code, class: failureClass }: RemoteFailure): boolean {
  return (
    /^Error(?:NameResolution|NonExistentMailbox|InvalidOperation|NotImplemented)/.test(code) ||
    failureClass === 'permission'
  );
}
