/**
 * A provider in memory: one mailbox with one calendar, a clock of its own, and whatever goes wrong by script. It is what
 * `contract.ts` says a provider is, and nothing more.
 */
import { canonical, isSame } from '../../src/connectors/agreed.ts';
import type { Answer, EventContent, NeutralEvent } from '../../src/connectors/event.ts';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import type {
  Capabilities,
  ChangePage,
  Creation,
  Guess,
  ItemFailure,
  Making,
  Owed,
  RemoteCalendar,
  RemoteItem,
  RemoteMailbox,
  Removal,
  Update,
  Written,
} from '../../src/connectors/remote.ts';
import { liesIn } from '../../src/connectors/rules.ts';
import { extentOf, instanceContent } from '../../src/connectors/series.ts';
import type { TimeRange } from '../../src/icalendar/time.ts';

export interface Stored {
  readonly id: string;
  readonly version: string;
  readonly modified: number;
  readonly marker: string | null;
  readonly role: 'owner' | 'guest';
  readonly event: NeutralEvent;
  readonly notes?: RemoteItem['notes'];
  readonly guess?: Guess;
  /** Of what was made from here: by which request, and whether its guests were mailed. */
  readonly attempt?: string;
  readonly invited?: boolean;
}

export type RequestKind =
  | 'changes'
  | 'fetch'
  | 'find'
  | 'find-uid'
  | 'list'
  | 'create'
  | 'update'
  | 'remove'
  | 'respond';

/** Called before a request takes effect and after it did, before the answer leaves: what it throws is what happens. */
export type Fault = (kind: RequestKind, moment: 'before' | 'after') => void | Promise<void>;

export interface MemoryOptions {
  readonly now: () => number;
  readonly capabilities?: Partial<Capabilities>;
  readonly pageSize?: number;
  readonly batchSize?: number;
  /** Whoever comes with a cursor that is not known is told everything again, without a word about it. */
  readonly restarts?: boolean;
  /** The longest title that is kept. */
  readonly maxTitle?: number;
  /** It tells no versions, and so cannot be asked to write over none but a known one. */
  readonly withoutVersions?: boolean;
  /** Nobody can look for a UID. */
  readonly withoutUidSearch?: boolean;
  /** Neither a search nor a listing of everything tells of the newest changes, where listings of changes do not. */
  readonly lagsEverywhere?: boolean;
  /** Nobody is told whether guests were mailed. */
  readonly withoutInvited?: boolean;
  /** Fields of which it takes every change without a word, and keeps what there was. */
  readonly ignores?: readonly (keyof EventContent)[];
}

export const lineBroke = (): RemoteFailure => new RemoteFailure('transient', 'reset', 'the line broke');

export class MemoryCalendar implements RemoteCalendar {
  readonly batchSize: number;
  readonly items: Map<string, Stored> = new Map();
  readonly requests: RequestKind[] = [];
  /** What attendees got. */
  readonly mails: string[] = [];
  readonly answers: string[] = [];
  /** Single items that cannot be read or written. */
  readonly poison: Set<string> = new Set();
  /** Items that nobody may be told of. */
  readonly withheld: Set<string> = new Set();
  /** Its id in the mailbox. */
  folder = 'calendar';
  asked = 'calendar';
  isDefault = true;
  /** Nothing new is taken. */
  isFull = false;
  /** Ids of what was created from here. */
  readonly ours: Set<string> = new Set();
  /** What was deleted, and can be restored. */
  readonly bin: Stored[] = [];
  fault: Fault = () => undefined;
  skewMs = 0;
  /** The newest changes that listings do not tell of yet. */
  lag = 0;
  private readonly options: MemoryOptions;
  private log: { readonly id: string; readonly seq: number }[] = [];
  private seq = 0;
  private readonly born = new Map<string, number>();
  private epoch = 1;
  private made = 0;

  constructor(options: MemoryOptions) {
    this.options = options;
    this.batchSize = options.batchSize ?? 10;
  }

  readonly capabilities = (): Capabilities => ({
    conditionalWrite: true,
    answersInstances: true,
    instancesBumpSeries: true,
    findByMarker: true,
    watch: false,
    ...this.options.capabilities,
  });

  // what people there do

  put(event: NeutralEvent, more: Partial<Stored> = {}): string {
    const id = more.id ?? `item-${++this.made}`;
    this.write({ id, marker: null, role: 'owner', ...this.items.get(id), ...more, event: canonical(event) });
    return id;
  }

  edit(id: string, change: (event: NeutralEvent) => NeutralEvent): void {
    const item = this.items.get(id);
    if (item) this.write({ ...item, event: canonical(change(item.event)) });
  }

  /** A change that no listing tells of. */
  editSilently(id: string, change: (event: NeutralEvent) => NeutralEvent): void {
    const item = this.items.get(id);
    if (item) this.items.set(id, { ...item, event: canonical(change(item.event)) });
  }

  /** A new version that no listing of changes tells of. */
  editUntold(id: string, change: (event: NeutralEvent) => NeutralEvent): void {
    const item = this.items.get(id);
    if (!item) return;
    const version = `${item.version}+`;
    this.items.set(id, {
      ...item,
      version,
      modified: this.options.now(),
      event: canonical(change(item.event)),
    });
  }

  delete(id: string): void {
    const item = this.items.get(id);
    if (!item) return;
    this.items.delete(id);
    this.bin.push(item);
    this.noteChange(id);
  }

  /** Out of the bin, under another id. */
  restore(item: Stored): void {
    this.bin.splice(this.bin.indexOf(item), 1);
    const { version: _, modified: __, ...kept } = item;
    this.write({ ...kept, id: `item-${++this.made}` });
  }

  /** As after a restore: all items have new ids. */
  renumber(): void {
    const all = [...this.items.values()];
    this.items.clear();
    this.log = [];
    this.forgetCursors();
    for (const item of all) this.write({ ...item, id: `again-${item.id}` });
  }

  forgetCursors(): void {
    this.epoch++;
    this.log = this.log.filter(({ id }) => this.items.has(id));
  }

  events(): NeutralEvent[] {
    return [...this.items.values()].map(({ event }) => event);
  }

  private write(item: Omit<Stored, 'version' | 'modified'>): Stored {
    const version = this.options.withoutVersions === true ? '' : `v${this.seq + 1}`;
    const stored = { ...item, version, modified: this.options.now() + this.skewMs };
    this.items.set(item.id, stored);
    this.noteChange(item.id);
    return stored;
  }

  private noteChange(id: string): void {
    this.log = [...this.log.filter((line) => line.id !== id), { id, seq: ++this.seq }];
    if (!this.born.has(id)) this.born.set(id, this.seq);
  }

  // what the port asks

  readonly changes = (cursor: string | null, signal: AbortSignal): Promise<ChangePage> =>
    this.request('changes', signal, () => {
      if (this.asked !== this.folder)
        throw new RemoteFailure('folder-gone', 'ErrorFolderNotFound', 'there is no such calendar');
      const [told, since] = cursor === null ? [this.epoch, 0] : cursor.split(':').map(Number);
      const begins = cursor === null || (told !== this.epoch && this.options.restarts === true);
      const [epoch, seen] = begins ? [this.epoch, 0] : [told, since];
      if (epoch !== this.epoch) throw new RemoteFailure('state', 'invalid-cursor', 'the cursor is not known');
      const size = this.options.pageSize ?? 512;
      const log = this.log.slice(0, this.log.length - this.lag);
      const lines = log.filter(({ seq }) => seq > (seen ?? 0));
      const page = lines.slice(0, size);
      const changed = page.flatMap(({ id }) => {
        const item = this.items.get(id);
        return item ? { id, version: item.version } : [];
      });
      // What came and went since the cursor is not told of.
      const known = page.filter(({ id }) => (this.born.get(id) ?? 0) <= (seen ?? 0));
      const removed = known.filter(({ id }) => !this.items.has(id)).map(({ id }) => id);
      const last = lines.length <= size;
      const at = page.at(-1)?.seq ?? seen ?? 0;
      return { changed, removed: begins ? [] : removed, cursor: `${this.epoch}:${at}`, last };
    });

  readonly fetch = (
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (RemoteItem | ItemFailure)[]> =>
    this.request('fetch', signal, () =>
      ids.map((id) => {
        const item = this.items.get(id);
        if (!item) return failure(id, 'gone', 'item-not-found');
        if (this.poison.has(id)) return failure(id, 'poison', 'item-corrupt');
        if (this.withheld.has(id)) return failure(id, 'withheld', 'private');
        const { invited, ...known } = item;
        const told = this.options.withoutInvited || invited === undefined ? {} : { invited };
        return { ...known, ...told, partOf: null, extent: extentOf(item.event), notes: item.notes ?? [] };
      }),
    );

  readonly listed: RemoteCalendar['listed'] = (range, signal) => this.pages(range, signal);

  private async *pages(range: TimeRange, signal: AbortSignal): AsyncIterable<readonly Stored[]> {
    yield await this.request('list', signal, () =>
      this.shown().filter(({ event }) => liesIn(extentOf(event), range)),
    );
  }

  /** As searches and listings of everything tell it. */
  private shown(): readonly Stored[] {
    const all = [...this.items.values()];
    if (this.options.lagsEverywhere !== true || this.lag === 0) return all;
    const newest = new Set(this.log.slice(-this.lag).map(({ id }) => id));
    return all.filter(({ id }) => !newest.has(id));
  }

  readonly findByMarker = (
    markers: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, { readonly id: string; readonly version: string }>> =>
    this.request('find', signal, () => {
      const wanted = new Set(markers);
      const found = this.shown().filter(({ marker }) => marker !== null && wanted.has(marker));
      return new Map(found.map(({ marker, id, version }) => [marker ?? '', { id, version }]));
    });

  readonly findByUid = (uids: readonly string[], signal: AbortSignal): Promise<readonly string[]> =>
    this.request('find-uid', signal, () => {
      if (this.options.withoutUidSearch === true) return [];
      return this.shown().flatMap(({ id, event }) => (uids.includes(event.uid) ? id : []));
    });

  /** Items tell by their names alone which request has made them. */
  readonly makings = (): Promise<ReadonlyMap<string, Making>> => Promise.resolve(new Map());

  readonly discarded = (): Promise<readonly Making[]> => Promise.resolve([]);

  readonly create = (
    creations: readonly Creation[],
    _window: unknown,
    signal: AbortSignal,
  ): Promise<readonly (Written | ItemFailure)[]> =>
    this.request('create', signal, () =>
      creations.map(({ marker, event, attempt }) => {
        if (this.poison.has(event.uid)) return failure('', 'poison', 'cannot-be-saved');
        if (this.isFull) return failure('', 'quota', 'ErrorQuotaExceeded');
        const id = `item-${++this.made}`;
        this.ours.add(id);
        const made = { attempt, invited: false, role: 'owner', event: this.told(event) } as const;
        return written(this.write({ id, marker, ...made }));
      }),
    );

  readonly update = (
    updates: readonly Update[],
    _window: unknown,
    signal: AbortSignal,
  ): Promise<readonly (Written | ItemFailure)[]> =>
    this.request('update', signal, () =>
      updates.map(({ id, version, marker, before, after, notify, invites }) => {
        const item = this.items.get(id);
        if (!item) return failure(id, 'gone', 'item-not-found');
        if (this.poison.has(id)) return failure(id, 'poison', 'cannot-be-saved');
        if (this.capabilities().conditionalWrite && item.version !== version) {
          return failure(id, 'conflict', 'irresolvable-conflict');
        }
        if (invites !== undefined) return this.invite(item, invites);
        if (notify === 'all') this.mails.push(`update ${before.uid}`);
        const event = this.kept(item.event, patched(item.event, before, this.told(after)));
        const read = this.options.ignores ? { told: event } : {};
        return { ...written(this.write({ ...item, marker, event })), ...read };
      }),
    );

  /** One mail to whoever has not got one yet. */
  private invite(item: Stored, invites: Owed): Written {
    const isUnsure = this.options.withoutInvited === true && invites === 'if-unsent';
    const isSent = this.options.withoutInvited !== true && item.invited === true;
    if (isUnsure || isSent) return written(item);
    this.mails.push(`create ${item.event.uid}`);
    return written(this.write({ ...item, invited: true }));
  }

  private kept(before: NeutralEvent, after: NeutralEvent): NeutralEvent {
    const old = Object.fromEntries((this.options.ignores ?? []).map((name) => [name, before.content[name]]));
    return canonical({ ...after, content: { ...after.content, ...old } });
  }

  readonly remove = (
    removals: readonly Removal[],
    signal: AbortSignal,
  ): Promise<readonly (Written | ItemFailure)[]> =>
    this.request('remove', signal, () =>
      removals.map(({ id, version, role, notify }) => {
        const item = this.items.get(id);
        if (!item) return failure(id, 'gone', 'item-not-found');
        if (this.capabilities().conditionalWrite && item.version !== version) {
          return failure(id, 'conflict', 'irresolvable-conflict');
        }
        if (notify === 'all' && role === 'guest') this.answers.push(`${item.event.uid} declined`);
        else if (notify === 'all' && item.invited !== false) this.mails.push(`remove ${item.event.uid}`);
        this.delete(id);
        return written(item);
      }),
    );

  readonly respond: RemoteCalendar['respond'] = ({ id, version, answer, instance }, signal) =>
    this.request('respond', signal, () => {
      const item = this.items.get(id);
      if (!item) return failure(id, 'gone', 'item-not-found');
      if (item.version !== version) return failure(id, 'conflict', 'irresolvable-conflict');
      const { event } = item;
      if (instance) {
        this.answers.push(`${event.uid} ${instance.key} ${answer}`);
        const own = event.overrides[instance.key] ?? instanceContent(event, instance.key);
        const overrides = { ...event.overrides, [instance.key]: { ...own, answer, busy: busyAfter(answer) } };
        return written(this.write({ ...item, event: { ...event, overrides } }));
      }
      this.answers.push(`${event.uid} ${answer}`);
      return written(
        this.write({
          ...item,
          event: { ...event, content: { ...event.content, answer, busy: busyAfter(answer) } },
        }),
      );
    });

  readonly normalize = (event: NeutralEvent): NeutralEvent | { readonly refused: string } =>
    event.content.title === 'refused there' ? { refused: 'not-there' } : this.told(event);

  readonly dependsOnWindow = (): boolean => false;

  private told(event: NeutralEvent): NeutralEvent {
    const { content } = event;
    return canonical({
      ...event,
      content: { ...content, title: content.title.slice(0, this.options.maxTitle ?? 255) },
    });
  }

  private async request<Answer>(
    kind: RequestKind,
    signal: AbortSignal,
    effect: () => Answer,
  ): Promise<Answer> {
    signal.throwIfAborted();
    this.requests.push(kind);
    await this.fault(kind, 'before');
    const answer = effect();
    await this.fault(kind, 'after');
    return answer;
  }
}

const busyAfter = (answer: Answer): EventContent['busy'] =>
  answer === 'accepted' ? 'busy' : answer === 'declined' ? 'free' : 'tentative';

function written({ id, version }: Stored): Written {
  return { id, version };
}

/** Only what differs is written: all else may have been changed by others. */
function patched(event: NeutralEvent, before: NeutralEvent, after: NeutralEvent): NeutralEvent {
  const { uid: _, content: __, ...rest } = after;
  const content = changed(before.content, after.content);
  const { recurrence, excluded, overrides, zones } = { ...event, ...changed(before, rest) };
  return canonical({
    ...event,
    recurrence,
    excluded,
    overrides,
    zones,
    content: { ...event.content, ...content },
  });
}

/** The fields of `after` that `before` has otherwise. */
function changed(before: object, after: object): object {
  const known = new Map<string, unknown>(Object.entries(before));
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !isSame(value, known.get(name))));
}

function failure(id: string, kind: ItemFailure['class'], code: string): ItemFailure {
  return { failed: true, id, class: kind, code, text: code };
}

export function memoryMailbox(calendar: MemoryCalendar): RemoteMailbox {
  return {
    clockSkewMs: () => calendar.skewMs,
    calendars: () =>
      Promise.resolve([
        { id: calendar.folder, title: 'Calendar', isDefault: calendar.isDefault, canWrite: true },
      ]),
    calendar: (id) => {
      calendar.asked = id;
      return calendar;
    },
    memory: () => '{}',
  };
}
