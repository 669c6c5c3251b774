/** The hands of a person who uses Outlook, and the eyes of a test: one mailbox without the protocol. */
import type { Backend, Context } from './context.ts';
import { type Draft, newDraft } from './draft.ts';
import { changeKey, extendedKey, itemId, parseId } from './ids.ts';
import { answer, attendeesOf, invite } from './meetings.ts';
import { type Day, dateOf, dayFrom, daysOf, type Recurrence } from './recurrence.ts';
import type { BusyStatus, Content, Extended, Folder, Item, Mailbox, Response } from './store.ts';
import { instance, type View, viewOf } from './views.ts';
import { cancelMeeting, create, newUid, remove, update } from './writes.ts';
import { mustBe } from './zones.ts';

/** What a person types; times are those of a clock on the wall in `zone`, as `2026-11-23T10:00`. */
export interface Entry {
  readonly subject?: string;
  readonly start?: string;
  readonly end?: string;
  readonly allDay?: boolean;
  /** A name of Windows; absent: that of the mailbox. */
  readonly zone?: string;
  readonly body?: string;
  readonly html?: string;
  readonly location?: string;
  readonly busy?: BusyStatus;
  readonly sensitivity?: 'Normal' | 'Personal' | 'Private' | 'Confidential';
  readonly importance?: 'Low' | 'Normal' | 'High';
  readonly categories?: readonly string[];
  /** Minutes; null: none. */
  readonly reminder?: number | null;
  readonly recurrence?: Recurrence;
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly resources?: readonly string[];
  readonly uid?: string;
  readonly itemClass?: string;
  /** Named string properties by set and name. */
  readonly extended?: readonly { readonly set: string; readonly name: string; readonly value: string }[];
  readonly joinUrl?: string;
  readonly attachments?: boolean;
}

/** An item as a test compares it. */
export interface Seen {
  readonly id: string;
  readonly changeKey: string;
  readonly uid: string;
  readonly subject: string;
  /** ISO, UTC. */
  readonly start: string;
  readonly end: string;
  readonly allDay: boolean;
  readonly zone: string | undefined;
  readonly body: string;
  readonly location: string;
  readonly busy: BusyStatus;
  readonly sensitivity: string;
  readonly importance: string;
  readonly categories: readonly string[];
  readonly reminder: number | null;
  readonly cancelled: boolean;
  readonly recurrence: Recurrence | undefined;
  /** Changed instances by the date of the pattern. */
  readonly exceptions: Readonly<
    Record<
      string,
      { readonly subject: string; readonly start: string; readonly end: string; readonly location: string }
    >
  >;
  readonly deleted: readonly string[];
  readonly attendees: readonly { readonly address: string; readonly response: Response }[];
  readonly organizer: string | undefined;
  readonly response: Response;
  /** Values of named properties, by name. */
  readonly extended: Readonly<Record<string, string>>;
  readonly itemClass: string;
}

export class Outlook {
  readonly mailbox: Mailbox;
  readonly #backend: Backend;

  constructor(backend: Backend, mailbox: Mailbox) {
    this.#backend = backend;
    this.mailbox = mailbox;
  }

  folder(name = 'calendar'): Folder {
    const folder =
      this.mailbox.byName.get(name) ?? [...this.mailbox.folders.values()].find((one) => one.name === name);
    if (!folder) throw new Error(`${this.mailbox.address} has no folder ${name}`);
    return folder;
  }

  /** Makes an event and answers its id; with `send` its attendees are invited. */
  create(
    entry: Entry,
    { folder = 'calendar', send = false }: { folder?: string; send?: boolean } = {},
  ): string {
    const item = create(this.#context(), this.folder(folder), this.#draft(entry), send);
    if (entry.attachments !== undefined) item.attachments = entry.attachments;
    if (item.meeting) item.meeting.sentByHand = send;
    return itemId(item);
  }

  /** Fills a folder with plain events of half an hour, as cheaply as possible: for tests with hundreds of thousands. */
  fill(
    count: number,
    event: (index: number) => { readonly subject: string; readonly start: number },
    folder = 'calendar',
  ): void {
    const target = this.folder(folder);
    const zones = { start: this.mailbox.zone, end: this.mailbox.zone };
    for (let index = 0; index < count; index++) {
      const { subject, start } = event(index);
      const content = { start, end: start + 1_800_000, allDay: false, subject };
      this.#backend.store.add(target, {
        itemClass: 'IPM.Appointment',
        content,
        uid: `${this.mailbox.code}-${index}`,
        zones,
      });
    }
  }

  edit(id: string, entry: Entry, { send = false }: { send?: boolean } = {}): void {
    const item = this.item(id);
    update(this.#context(), viewOf(item), this.#draft(entry), options(send));
    if (send && item.meeting) item.meeting.sentByHand = true;
  }

  /** Changes the instance of a series that the pattern puts on `date`. */
  editInstance(id: string, date: string, entry: Entry, { send = false }: { send?: boolean } = {}): void {
    update(this.#context(), this.#instance(id, date), this.#draft(entry), options(send));
  }

  delete(id: string, { send = false, hard = false }: { send?: boolean; hard?: boolean } = {}): void {
    remove(
      this.#context(),
      viewOf(this.item(id)),
      hard ? 'HardDelete' : 'MoveToDeletedItems',
      send ? 'SendToAllAndSaveCopy' : 'SendToNone',
    );
  }

  deleteInstance(id: string, date: string, { send = false }: { send?: boolean } = {}): void {
    remove(
      this.#context(),
      this.#instance(id, date),
      'MoveToDeletedItems',
      send ? 'SendToAllAndSaveCopy' : 'SendToNone',
    );
  }

  invite(id: string): void {
    const item = this.item(id);
    if (attendeesOf(item.content).length > 0) invite(this.#context(), item);
    if (item.meeting) item.meeting.sentByHand = true;
  }

  cancel(id: string): void {
    cancelMeeting(this.#context(), this.item(id));
  }

  respond(id: string, response: 'Accept' | 'TentativelyAccept' | 'Decline'): void {
    answer(this.#context(), this.item(id), `${response}Item`, true);
  }

  /** Moves an item to another folder; answers its new id. */
  move(id: string, folder: string): string {
    return itemId(this.#backend.store.move(this.item(id), this.folder(folder)));
  }

  /** Copies an item with everything on it, its UID and properties of others too; `afresh`: under a UID of its own. Answers its id. */
  copy(
    id: string,
    { folder = 'calendar', afresh = false }: { folder?: string; afresh?: boolean } = {},
  ): string {
    const copied = this.#backend.store.copy(this.item(id), this.folder(folder));
    if (afresh) copied.uid = newUid(copied);
    return itemId(copied);
  }

  /** Breaks an item, so that reading it gives this code; `unparsable` breaks the whole answer. */
  break(
    id: string,
    code: 'ErrorItemCorrupt' | 'ErrorCorruptData' | 'ErrorInternalServerError' | 'unparsable' | undefined,
  ): void {
    const item = this.item(id);
    if (code === undefined) delete item.broken;
    else item.broken = code;
  }

  addCalendar(name: string): Folder {
    return this.#backend.store.addFolder(this.mailbox, this.folder('msgfolderroot'), name, 'IPF.Appointment');
  }

  /** Puts a folder under another one: its id and all that lies in it stay. */
  moveFolder(name: string, under: string): void {
    this.folder(name).parent = this.folder(under);
  }

  /** Takes a folder away; answers how to bring it back, as it was or under ids that nobody knows. */
  takeAway(name: string): (how: 'as-it-was' | 'anew') => void {
    const { store } = this.#backend;
    const folder = this.folder(name);
    store.hideFolder(folder);
    return (how) => {
      if (how === 'as-it-was') return store.showFolder(folder);
      const { parent, name: title, folderClass, distinguished, items } = folder;
      const anew = store.addFolder(this.mailbox, parent, title, folderClass, distinguished);
      for (const item of items.values()) store.add(anew, item);
    };
  }

  item(id: string): Item {
    const parsed = parseId(id);
    const item = parsed && this.#backend.store.item(parsed.serial);
    if (!item) throw new Error(`${this.mailbox.address} has no item ${id}`);
    return item;
  }

  /** Everything in a folder, in the order of starts and subjects. */
  all(folder = 'calendar'): readonly Seen[] {
    return [...this.folder(folder).items.values()]
      .map(seen)
      .sort((a, b) => (`${a.start} ${a.subject}` < `${b.start} ${b.subject}` ? -1 : 1));
  }

  find(subject: string, folder = 'calendar'): Seen | undefined {
    return this.all(folder).find((one) => one.subject === subject);
  }

  #instance(id: string, date: string): View {
    const item = this.item(id);
    const day: Day = dayFrom(date);
    const days = item.recurrence ? [...daysOf(item.recurrence, day)] : [];
    if (!days.includes(day))
      throw new Error(`the series has no instance on ${date}, but on ${days.map(dateOf).join()}`);
    return instance(item, day);
  }

  #draft(entry: Entry): Draft {
    const draft = newDraft();
    const { content } = draft;
    const zone = mustBe(entry.zone ?? this.mailbox.zone.id);
    if (entry.start !== undefined || entry.end !== undefined || entry.zone !== undefined) {
      draft.startZone = zone;
      draft.endZone = zone;
    }
    if (entry.start !== undefined) draft.startText = full(entry.start);
    if (entry.end !== undefined) draft.endText = full(entry.end);
    if (entry.recurrence) draft.recurrence = entry.recurrence;
    if (entry.uid !== undefined) draft.uid = entry.uid;
    if (entry.itemClass !== undefined) draft.itemClass = entry.itemClass;
    const { subject, allDay, location, busy, sensitivity, importance, categories, joinUrl } = entry;
    const set = <K extends keyof Content>(key: K, value: Content[K] | undefined): void => {
      if (value !== undefined) content[key] = value;
    };
    set('subject', subject);
    set('allDay', allDay);
    set('location', location);
    set('busy', busy);
    set('sensitivity', sensitivity);
    set('importance', importance);
    set('categories', categories);
    set('joinUrl', joinUrl);
    if (entry.body !== undefined) content.body = { html: false, text: entry.body };
    if (entry.html !== undefined) content.body = { html: true, text: entry.html };
    if (entry.reminder === null) content.reminderSet = false;
    else if (entry.reminder !== undefined) {
      content.reminderSet = true;
      content.reminderMinutes = entry.reminder;
    }
    const people = (addresses: readonly string[] | undefined): Content['required'] =>
      addresses?.map((address) => ({
        address,
        name: this.#backend.store.mailbox(address)?.name ?? address,
        response: 'Unknown',
      }));
    set('required', people(entry.required));
    set('optional', people(entry.optional));
    set('resources', people(entry.resources));
    for (const { set: propertySet, name, value } of entry.extended ?? []) {
      const path = { PropertySetId: propertySet, PropertyName: name, PropertyType: 'String' };
      draft.extended.set(extendedKey(path), { path, value });
    }
    return draft;
  }

  #context(): Context {
    // Outlook writes series as they are to be, whatever the server makes of those of others.
    const profile = { ...this.#backend.profile, laxSeries: false };
    return {
      backend: { ...this.#backend, profile },
      version: this.#backend.profile.newest,
      mailbox: this.mailbox,
      zone: this.mailbox.zone,
      login: this.mailbox.address,
      headers: {},
      answerHeaders: {},
    };
  }
}

function options(send: boolean): { readonly invitations: string } {
  return { invitations: send ? 'SendToAllAndSaveCopy' : 'SendToNone' };
}

function full(time: string): string {
  if (time.length === 10) return `${time}T00:00:00`;
  return time.length === 16 ? `${time}:00` : time;
}

function seen(item: Item): Seen {
  const { content, meeting } = item;
  const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
  const single = ({ path, value }: Extended): [string, string] => [path['PropertyName'] ?? '', String(value)];
  return {
    id: itemId(item),
    changeKey: changeKey(item),
    uid: item.uid,
    subject: content.subject ?? '',
    start: iso(content.start),
    end: iso(content.end),
    allDay: content.allDay,
    zone: item.zones?.start.id,
    body: content.body?.text ?? '',
    location: content.location ?? '',
    busy: content.busy ?? 'Busy',
    sensitivity: content.sensitivity ?? 'Normal',
    importance: content.importance ?? 'Normal',
    categories: content.categories ?? [],
    reminder: content.reminderSet ? (content.reminderMinutes ?? 15) : null,
    cancelled: content.cancelled ?? false,
    recurrence: item.recurrence,
    exceptions: Object.fromEntries(
      [...(item.exceptions?.keys() ?? [])]
        .sort((a, b) => a - b)
        .map((day) => {
          const { subject = '', start, end, location = '' } = instance(item, day).content;
          return [dateOf(day), { subject, start: iso(start), end: iso(end), location }];
        }),
    ),
    deleted: [...(item.deleted ?? [])].sort((a, b) => a - b).map(dateOf),
    attendees: attendeesOf(content).map(({ address, response }) => ({
      address: address.toLowerCase(),
      response,
    })),
    organizer: meeting?.organizer.address,
    response: meeting?.response ?? 'Unknown',
    extended: Object.fromEntries([...(content.extended?.values() ?? [])].map(single)),
    itemClass: item.itemClass,
  };
}
