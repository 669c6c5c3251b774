/**
 * Mailboxes, folders and items in memory, small enough for hundreds of mailboxes of a thousand items.
 *
 * One counter of changes runs through the whole store: an item's place in it is its change key, and a folder's items in
 * its order are what SyncFolderItems tells. It is long because whatever moves that counter is here.
 */
import { changeKey, itemId, letters } from './ids.ts';
import type { Day, Recurrence } from './recurrence.ts';
import type { Zone } from './zones.ts';

export type BusyStatus = 'Free' | 'Tentative' | 'Busy' | 'OOF' | 'WorkingElsewhere' | 'NoData';
export type Response = 'Unknown' | 'Organizer' | 'Tentative' | 'Accept' | 'Decline' | 'NoResponseReceived';

export interface Person {
  readonly name: string;
  readonly address: string;
  /** `EX` for addresses of the directory's own form. */
  readonly routing?: string;
}

export interface Attendee extends Person {
  readonly response: Response;
  readonly answered?: number;
}

/** A property outside the schema: how it is named, and its value or values. */
export interface Extended {
  /** The attributes of its ExtendedFieldURI. */
  readonly path: Readonly<Record<string, string>>;
  readonly value: string | readonly string[];
}

/** What an item, or one changed instance of it, says. */
export interface Content {
  start: number;
  end: number;
  allDay: boolean;
  subject?: string;
  body?: { readonly html: boolean; readonly text: string };
  location?: string;
  sensitivity?: string;
  importance?: string;
  categories?: readonly string[];
  reminderSet?: boolean;
  reminderMinutes?: number;
  busy?: BusyStatus;
  required?: readonly Attendee[];
  optional?: readonly Attendee[];
  resources?: readonly Attendee[];
  joinUrl?: string;
  responseRequested?: boolean;
  newTimesAllowed?: boolean;
  cancelled?: boolean;
  /** By `extendedKey`. */
  extended?: ReadonlyMap<string, Extended>;
}

export interface Meeting {
  readonly organizer: Person;
  /** False: somebody else invited the owner of this mailbox. */
  readonly own: boolean;
  sent: boolean;
  /** By a program that has noted it in the item itself (PidLidFInvited). */
  sentByHand?: boolean;
  sequence: number;
  response: Response;
  /** To single instances. */
  responses?: ReadonlyMap<Day, Response>;
  replied?: number;
}

/** A message in somebody's inbox about a meeting, or any other. */
export interface Message {
  readonly from: Person;
  readonly to: readonly Person[];
  /** Of the calendar item it speaks of. */
  readonly item?: number;
  readonly response?: Response;
  read: boolean;
}

export interface Item {
  readonly serial: number;
  folder: Folder;
  itemClass: string;
  /** The change that it was last part of. */
  change: number;
  /** The change that brought it into its folder. */
  arrived: number;
  readonly created: number;
  modified: number;
  content: Content;
  uid: string;
  /** PidTagSearchKey: a copy has that of its original (MS-OXCPRPT 2.2.1.9). */
  readonly searchKey?: string;
  zones?: { readonly start: Zone; readonly end: Zone };
  recurrence?: Recurrence;
  exceptions?: Map<Day, Partial<Content>>;
  deleted?: Set<Day>;
  /** Days of which a lax server keeps changes that belong to no pattern any more. */
  leftovers?: ReadonlySet<Day>;
  meeting?: Meeting;
  message?: Message;
  /** As a client gave it; read as it was given. */
  mime?: string;
  attachments?: boolean;
  /** A response code that reading it gives, such as ErrorItemCorrupt; or `unparsable`: its answer is no XML. */
  broken?: string;
}

interface Tombstone {
  readonly serial: number;
  readonly arrived: number;
  readonly gone: number;
}

export interface Folder {
  readonly serial: number;
  readonly mailbox: Mailbox;
  parent: Folder | undefined;
  readonly distinguished: string | undefined;
  readonly folderClass: string;
  name: string;
  readonly items: Map<number, Item>;
  readonly tombstones: Tombstone[];
  change: number;
  readonly search: boolean;
}

export type Delegation = 'Editor' | 'Reviewer';

export interface Mailbox {
  readonly address: string;
  readonly name: string;
  readonly code: string;
  /** Ids say of what they consist: `composedId` of `ids.ts`. */
  readonly composedIds: boolean;
  readonly folders: Map<number, Folder>;
  readonly byName: Map<string, Folder>;
  readonly delegates: Map<string, Delegation>;
  /** What happened since somebody first subscribed. */
  readonly events: StoreEvent[];
  watched: boolean;
  zone: Zone;
  /** Writes that would bring more items than this are refused. */
  maxItems?: number;
  /** A response code that every request about this mailbox gets, such as ErrorMailboxMoveInProgress. */
  trouble?: string;
}

export interface StoreEvent {
  readonly number: number;
  readonly kind: 'Created' | 'Modified' | 'Deleted' | 'Moved' | 'NewMail';
  readonly at: number;
  readonly mailbox: Mailbox;
  readonly item: string;
  readonly changeKey: string;
  readonly folder: Folder;
  readonly oldItem?: string;
  readonly oldFolder?: Folder;
}

const tree: readonly [parent: string, name: string, title: string, folderClass: string][] = [
  ['', 'root', '', ''],
  ['root', 'msgfolderroot', 'Top of Information Store', 'IPF'],
  ['root', 'searchfolders', 'Finder', ''],
  ['msgfolderroot', 'calendar', 'Calendar', 'IPF.Appointment'],
  ['msgfolderroot', 'contacts', 'Contacts', 'IPF.Contact'],
  ['msgfolderroot', 'deleteditems', 'Deleted Items', 'IPF.Note'],
  ['msgfolderroot', 'drafts', 'Drafts', 'IPF.Note'],
  ['msgfolderroot', 'inbox', 'Inbox', 'IPF.Note'],
  ['msgfolderroot', 'journal', 'Journal', 'IPF.Journal'],
  ['msgfolderroot', 'notes', 'Notes', 'IPF.StickyNote'],
  ['msgfolderroot', 'outbox', 'Outbox', 'IPF.Note'],
  ['msgfolderroot', 'sentitems', 'Sent Items', 'IPF.Note'],
  ['msgfolderroot', 'tasks', 'Tasks', 'IPF.Task'],
  ['msgfolderroot', 'junkemail', 'Junk Email', 'IPF.Note'],
  ['root', 'recoverableitemsroot', 'Recoverable Items', ''],
  ['recoverableitemsroot', 'recoverableitemsdeletions', 'Deletions', ''],
];

/** How many events are kept for subscriptions that come back with a watermark. */
const maxEvents = 2_000;

export class Store {
  readonly mailboxes: Map<string, Mailbox> = new Map();
  /** Other addresses of mailboxes, and which they are. */
  readonly proxies: Map<string, Mailbox> = new Map();
  readonly lists: Map<string, readonly string[]> = new Map();
  readonly now: () => number;
  readonly #items = new Map<number, Item>();
  readonly #folders = new Map<number, Folder>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #serial = 0;
  #change = 1_000;
  #event = 0;

  readonly #composedIds: boolean;

  constructor(now: () => number, composedIds = false) {
    this.now = now;
    this.#composedIds = composedIds;
  }

  get lastEvent(): number {
    return this.#event;
  }

  addMailbox(address: string, name: string, zone: Zone): Mailbox {
    const key = address.toLowerCase();
    const code = letters(this.mailboxes.size * 7_919 + 11, 8);
    const mailbox: Mailbox = {
      address: key,
      name,
      code,
      composedIds: this.#composedIds,
      folders: new Map(),
      byName: new Map(),
      delegates: new Map(),
      events: [],
      watched: false,
      zone,
    };
    this.mailboxes.set(key, mailbox);
    for (const [parent, distinguished, title, folderClass] of tree) {
      this.addFolder(mailbox, mailbox.byName.get(parent), title, folderClass, distinguished);
    }
    return mailbox;
  }

  mailbox(address: string): Mailbox | undefined {
    const name = address.toLowerCase().replace(/^smtp:/, '');
    return this.mailboxes.get(name) ?? this.proxies.get(name);
  }

  addFolder(
    mailbox: Mailbox,
    parent: Folder | undefined,
    name: string,
    folderClass: string,
    distinguished?: string,
    search = false,
  ): Folder {
    const folder: Folder = {
      serial: this.#nextSerial(),
      mailbox,
      parent,
      distinguished,
      folderClass,
      name,
      items: new Map(),
      tombstones: [],
      change: this.#nextChange(),
      search,
    };
    mailbox.folders.set(folder.serial, folder);
    this.#folders.set(folder.serial, folder);
    if (distinguished !== undefined) mailbox.byName.set(distinguished, folder);
    return folder;
  }

  removeFolder(folder: Folder): void {
    folder.mailbox.folders.delete(folder.serial);
    this.#folders.delete(folder.serial);
    for (const serial of folder.items.keys()) this.#items.delete(serial);
    for (const inner of folder.mailbox.folders.values())
      if (inner.parent === folder) this.removeFolder(inner);
  }

  /** Out of everybody's reach, with all that lies in it. */
  hideFolder(folder: Folder): void {
    folder.mailbox.folders.delete(folder.serial);
    if (folder.distinguished !== undefined) folder.mailbox.byName.delete(folder.distinguished);
    this.#folders.delete(folder.serial);
    for (const serial of folder.items.keys()) this.#items.delete(serial);
  }

  /** As it was before it was hidden. */
  showFolder(folder: Folder): void {
    folder.mailbox.folders.set(folder.serial, folder);
    if (folder.distinguished !== undefined) folder.mailbox.byName.set(folder.distinguished, folder);
    this.#folders.set(folder.serial, folder);
    for (const item of folder.items.values()) this.#items.set(item.serial, item);
  }

  /** Stores a new item and tells of it. */
  add(
    folder: Folder,
    item: Omit<Item, 'serial' | 'folder' | 'change' | 'arrived' | 'created' | 'modified'>,
  ): Item {
    const change = this.#nextChange();
    const at = this.now();
    const serial = this.#nextSerial();
    const stored: Item = {
      searchKey: searchKeyOf(serial),
      ...item,
      serial,
      folder,
      change,
      arrived: change,
      created: at,
      modified: at,
    };
    this.#put(folder, stored);
    this.#tell('Created', stored);
    if (stored.message) this.#tell('NewMail', stored);
    return stored;
  }

  /** Gives a changed item its new change key and tells of it. */
  touch(item: Item): void {
    item.change = this.#nextChange();
    item.modified = this.now();
    item.folder.change = item.change;
    this.#tell('Modified', item);
  }

  /** A change of an item that no listing tells of: what Gromox does with occurrences. */
  touchUnseen(item: Item): void {
    item.modified = this.now();
  }

  remove(item: Item): void {
    this.#take(item);
    this.#tell('Deleted', item);
  }

  /** A move makes another item of it: the id is new (exchange.md 7.3). */
  move(item: Item, target: Folder): Item {
    this.#take(item);
    const change = this.#nextChange();
    const moved: Item = {
      ...item,
      serial: this.#nextSerial(),
      folder: target,
      change,
      arrived: change,
      modified: this.now(),
    };
    this.#put(target, moved);
    this.#tell('Moved', moved, item);
    return moved;
  }

  copy(item: Item, target: Folder): Item {
    return this.add(target, { ...item, content: { ...item.content } });
  }

  item(serial: number): Item | undefined {
    return this.#items.get(serial);
  }

  folder(serial: number): Folder | undefined {
    return this.#folders.get(serial);
  }

  /** The number of the newest change. */
  get change(): number {
    return this.#change;
  }

  onEvent(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(folder: Folder, item: Item): void {
    folder.items.set(item.serial, item);
    folder.change = item.change;
    this.#items.set(item.serial, item);
  }

  #take(item: Item): void {
    const { folder } = item;
    const gone = this.#nextChange();
    folder.items.delete(item.serial);
    folder.tombstones.push({ serial: item.serial, arrived: item.arrived, gone });
    folder.change = gone;
    this.#items.delete(item.serial);
  }

  #tell(kind: StoreEvent['kind'], item: Item, before?: Item): void {
    const { mailbox } = item.folder;
    this.#event += 1;
    if (!mailbox.watched) return;
    const event: StoreEvent = {
      number: this.#event,
      kind,
      at: this.now(),
      mailbox,
      item: itemId(item),
      changeKey: changeKey(item),
      folder: item.folder,
      ...(before && { oldItem: itemId(before), oldFolder: before.folder }),
    };
    mailbox.events.push(event);
    if (mailbox.events.length > maxEvents) mailbox.events.splice(0, maxEvents / 2);
    for (const listener of this.#listeners) listener(event);
  }

  #nextSerial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  #nextChange(): number {
    this.#change += 1;
    return this.#change;
  }
}

function searchKeyOf(serial: number): string {
  const key = Buffer.alloc(16);
  key.writeUIntBE(serial, 10, 6);
  return key.toString('base64');
}
