/** One mailbox, as the engine sees it. */
import type { RemoteCalendarInfo, RemoteMailbox } from '../remote.ts';
import { createCalendar } from './calendar.ts';
import { probeStates } from './check-probes.ts';
import type { EwsClient } from './connection/client.ts';
import { isPeculiar, unkeptOf } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import type { Skew } from './connection/skew.ts';
import { requireImpersonation } from './impersonated.ts';
import type { Mapping } from './mapping/mapping.ts';
import { type KnownLists, membersOf } from './members.ts';
import { type Folder, type FolderPage, findCalendars, getFolder } from './operations/folders.ts';
import type { FolderRef } from './operations/targets.ts';
import { clientFault } from './wire/response.ts';

export interface MailboxOptions {
  readonly client: EwsClient;
  /** The same mailbox for the login itself, whose requests are made for nobody else. */
  readonly own: () => EwsClient;
  readonly skew: Skew;
  readonly batchSize: number;
  /** What of the mapping does not change from request to request. */
  readonly mapping: Omit<Mapping, 'version' | 'now' | 'directory' | 'isPeculiar' | 'unkept'>;
  readonly directory: Map<string, string>;
  readonly lists: KnownLists;
}

export function createMailbox({
  client,
  own,
  skew,
  batchSize,
  mapping,
  directory,
  lists,
}: MailboxOptions): RemoteMailbox {
  // A service account reads what was not meant for it; the owner of a mailbox reads their own.
  const privateEvents = client.access.mode === 'own' ? 'full' : mapping.privateEvents;
  const present = (): Mapping => ({
    ...mapping,
    privateEvents,
    version: client.version(),
    now: client.now(),
    directory,
    isPeculiar: isPeculiar(client.quirks()),
    unkept: unkeptOf(client.quirks()),
  });
  return {
    clockSkewMs: skew.ms,
    calendars: (signal) => listCalendars(client, own, signal),
    calendar: (id) =>
      createCalendar({
        client,
        folder: id,
        home: folderOf(client, 'calendar'),
        bin: folderOf(client, 'deleteditems'),
        batchSize,
        mapping: present,
        directory,
      }),
    members: (address, signal) => membersOf(client, lists, address.toLowerCase(), signal),
    memory: client.memory,
  };
}

/** The default calendar first; nothing that lies in the deleted items. */
async function listCalendars(
  client: EwsClient,
  asLogin: MailboxOptions['own'],
  signal: AbortSignal,
): Promise<readonly RemoteCalendarInfo[]> {
  const own = await client.call(getFolder(folderOf(client, 'calendar')), signal);
  if (client.access.mode === 'impersonation') await requireImpersonation(asLogin(), own, signal);
  // Whoever lists the calendars is about to connect one: the moment to find out how far the server is to be trusted.
  const { silentRestart, noServerTimeZones } = client.quirks();
  if (silentRestart === undefined || noServerTimeZones === undefined)
    await probeStates(client, own.id, signal);
  const others = await allCalendars(client, 'msgfolderroot', signal);
  const deleted = others.length > 1 ? await allCalendars(client, 'deleteditems', signal) : [];
  const hidden = new Set([own, ...deleted].map(({ id }) => id));
  const info = (folder: Folder, isDefault: boolean): RemoteCalendarInfo => ({
    id: folder.id,
    title: folder.name,
    isDefault,
    canWrite: folder.canWrite ?? true,
  });
  return [
    info(own, true),
    ...others.filter(({ id }) => !hidden.has(id)).map((folder) => info(folder, false)),
  ];
}

const maxPages = 20;

/** None where the login may see single calendars of the mailbox but not its tree, or where the server tells of no trees. */
async function allCalendars(
  client: EwsClient,
  under: 'msgfolderroot' | 'deleteditems',
  signal: AbortSignal,
  searched = true,
): Promise<readonly Folder[]> {
  const folders: Folder[] = [];
  try {
    let offset: number | undefined = 0;
    for (let count = 0; offset !== undefined && count < maxPages; count += 1) {
      const question = findCalendars(folderOf(client, under), offset, searched);
      const page: FolderPage = await client.call(question, signal);
      folders.push(...page.folders.filter(({ id }) => id !== ''));
      offset = page.next;
    }
  } catch (error) {
    const failure = failureFrom(error);
    const isUnknown = failure.class === 'ours' || failure.code === clientFault;
    if (isUnknown && searched) return allCalendars(client, under, signal, false);
    const isHidden =
      failure.class === 'permission' || failure.class === 'folder-gone' || failure.class === 'gone';
    if (!isHidden && !isUnknown) throw failure;
  }
  return folders;
}

/** In delegate mode the folder says whose it is; otherwise the request does. */
export function folderOf(
  client: EwsClient,
  distinguished: 'calendar' | 'msgfolderroot' | 'deleteditems',
): FolderRef {
  return { distinguished, mailbox: client.access.mode === 'delegate' ? client.access.mailbox : undefined };
}
