/** A whole .ics file into a calendar: forgiving, and repeatable (clients.md, demand 59). */
import { setImmediate } from 'node:timers/promises';
import type { NewObject, ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import { type Uid, uid } from '../../core/ids.ts';
import { encodeSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal, type RefusalCode } from '../../core/refusal.ts';
import type { FindingCode } from '../../icalendar/finding.ts';
import { type Import, type ImportedObject, importSteps } from '../../icalendar/import/import.ts';
import { uidInstead, underUid } from '../../icalendar/import/import-uid.ts';
import { requireDeed, requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { tokenHash } from '../fingerprint.ts';
import { requireGuestChange } from '../objects/guests.ts';
import { type IndexView, indexView, newObject } from '../objects/indexing.ts';
import { acceptInTurns, requireShownWhole } from '../objects/object-rules.ts';
import { Pace } from '../pace.ts';
import { changeSet, commitRefusal } from '../writing.ts';

export interface ImportOptions {
  /** Writes nothing; the report says what an import would do. */
  readonly dryRun?: boolean;
  /** Called after each batch; `total` is known from the start. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Something in the file that was mended or left out. */
export interface ImportNotice {
  /** 1-based line of the file. */
  readonly line?: number;
  readonly uid?: string;
  /** The kind of fault, for doors that describe it in their own words. */
  readonly code: FindingCode | RefusalCode;
  readonly message: string;
}

export interface ImportReport {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Objects that could not be taken; each has a notice, as far as there is room. */
  readonly failed: number;
  readonly notices: readonly ImportNotice[];
  /** What the file says about the calendar as a whole; none of it is applied. */
  readonly calendar: {
    readonly name: string | undefined;
    readonly timeZone: string | undefined;
    readonly color: string | undefined;
  };
}

/** Objects of one transaction: others wait while it is written. */
const batchSize = 100;
const batchBytes = 1024 * 1024;
/** Objects that are read between two turns of the event loop. */
const turnSize = 50;

/** Sentences of one report, besides those of the reader. */
const maxNotices = 500;

/**
 * Takes every object of the file into the calendar: new UIDs are added, known ones updated where their bytes differ. One
 * broken event costs that event only. In batches, each a transaction; memory is that of the file and one batch.
 *
 * Refuses `invalid-calendar-data` for what is no calendar at all, `too-large`, `need-privileges`, `quota-exceeded`.
 */
export async function importCalendar(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  source: Uint8Array,
  options: ImportOptions = {},
): Promise<ImportReport> {
  requireLevel(seen.access, 'contribute');
  if (source.length > services.limits.maxImportBytes) {
    throw new Refusal('too-large', `a file may have at most ${services.limits.maxImportBytes} bytes`);
  }
  const file = await opened(services, source);
  if (!file.isCalendar) throw new Refusal('invalid-calendar-data', 'this is no calendar file');
  const run = new Run(services, actor, seen, options);
  const progress = { done: 0, total: file.componentCount };
  let batch: ImportedObject[] = [];
  let bytes = 0;
  const pace = new Pace(services.clock);
  for (const object of file.steps) {
    if (!object) {
      if (pace.isOver()) await pace.breathe();
      continue;
    }
    batch.push(object);
    bytes += object.bytes.length;
    if (batch.length % turnSize === 0) await setImmediate();
    if (batch.length < batchSize && bytes < batchBytes) continue;
    await run.take(batch);
    progress.done = Math.min(progress.done + batch.length, progress.total);
    options.onProgress?.({ ...progress });
    batch = [];
    bytes = 0;
  }
  await run.take(batch);
  options.onProgress?.({ done: progress.total, total: progress.total });
  const { added, updated, unchanged } = run;
  const failed = run.failed + file.unusableCount;
  services.log({ event: 'imported', calendar: seen.calendar.id, added, updated, unchanged, failed });
  const { name, timezone: timeZone, color } = file.calendar;
  return {
    added,
    updated,
    unchanged,
    failed,
    notices: [...file.findings, ...run.notices].toSorted(byLine),
    calendar: { name, timeZone, color },
  };
}

async function opened({ clock }: Services, source: Uint8Array): Promise<Import> {
  const steps = importSteps(source);
  const pace = new Pace(clock);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (pace.isOver()) await pace.breathe();
  }
}

type Put = Extract<Change, { readonly do: 'put' }>;

class Run {
  added = 0;
  updated = 0;
  unchanged = 0;
  failed = 0;
  readonly notices: ImportNotice[] = [];
  private readonly services: Services;
  private readonly actor: Actor;
  private readonly seen: SeenCalendar;
  private readonly options: ImportOptions;

  constructor(services: Services, actor: Actor, seen: SeenCalendar, options: ImportOptions) {
    this.services = services;
    this.actor = actor;
    this.seen = seen;
    this.options = options;
  }

  /** Writes a batch in one transaction; if something in it cannot be written, its objects one by one. */
  async take(batch: readonly ImportedObject[]): Promise<void> {
    if (batch.length === 0) return;
    const [objects, known] = await this.named(batch);
    const view = await indexView(this.services, this.seen.calendar);
    const puts: Put[] = [];
    const pace = new Pace(this.services.clock);
    for (const [at, object] of objects.entries()) {
      if (at % turnSize === turnSize - 1) await setImmediate();
      const put = await this.change(object, known.get(uid(object.uid)), view);
      if (put) puts.push(put);
      await pace.breathe();
    }
    if (this.options.dryRun) {
      for (const put of puts) this.count(put);
      return;
    }
    const result = await this.services.storage.commit(changeSet(this.actor, puts));
    if (result.ok) for (const put of puts) this.count(put);
    else if (result.reason === 'quota-exceeded' || result.reason === 'missing') throw commitRefusal(result);
    else for (const put of puts) await this.single(put);
  }

  /**
   * The objects under UIDs that they can be stored under, and what the calendar has of these: a UID is bounded, since each
   * is a key, and what the calendar holds under it may be of another kind.
   */
  private async named(
    batch: readonly ImportedObject[],
  ): Promise<readonly [readonly ImportedObject[], ReadonlyMap<Uid, ObjectHead>]> {
    const { maxUidBytes } = this.services.limits;
    const short = batch.map((object) =>
      Buffer.byteLength(object.uid) > maxUidBytes
        ? this.renamed(object, `a UID of more than ${maxUidBytes} bytes was replaced by a short one`)
        : object,
    );
    const known = await this.known(short);
    const objects = short.map((object) => {
      const kind = known.get(uid(object.uid))?.kind;
      if (kind === undefined || kind === object.kind) return object;
      return this.renamed(
        object,
        `the calendar has a ${kind} of this UID; the ${object.kind} was given one of its own`,
      );
    });
    if (objects.every((object, at) => object === short[at])) return [objects, known];
    return [objects, await this.known(objects)];
  }

  private renamed(object: ImportedObject, message: string): ImportedObject {
    const other = underUid(object, uidInstead(object.kind, object.uid));
    this.note({ uid: other.uid, code: 'uid', message });
    return other;
  }

  /** The calendar's objects with these UIDs. */
  private async known(batch: readonly ImportedObject[]): Promise<ReadonlyMap<Uid, ObjectHead>> {
    const known = new Map<Uid, ObjectHead>();
    const select = { by: 'uids', uids: batch.map((object) => object.uid) } as const;
    const pages = this.services.storage.heads({ calendar: this.seen.calendar.id, select });
    for await (const page of pages) for (const head of page) known.set(head.uid, head);
    return known;
  }

  private async change(
    imported: ImportedObject,
    existing: ObjectHead | undefined,
    view: IndexView,
  ): Promise<Put | undefined> {
    const { calendar } = this.seen;
    try {
      const { object, bytes } = await acceptInTurns(this.services, this.seen, imported.bytes);
      const name = existing?.name ?? nameFor(imported.uid);
      if (existing) await requireGuestChange(this.services, this.seen, name, object);
      const stored = await newObject(this.services, calendar, name, object, bytes, view);
      if (existing?.etag === stored.etag) {
        this.unchanged++;
        return undefined;
      }
      if (existing) {
        await requireShownWhole(this.services, this.actor, this.seen, existing);
        await requireDeed(this.services, this.actor, this.seen, existing, 'change');
      }
      return {
        do: 'put',
        calendar: calendar.id,
        object: stored,
        expect: existing ? { etag: existing.etag } : 'absent',
      };
    } catch (error) {
      this.fail(imported.uid, error);
      return undefined;
    }
  }

  private async single(put: Put): Promise<void> {
    const attempts = [put, { ...put, object: withHashedName(put.object) }];
    for (const attempt of put.expect === 'absent' ? attempts : [put]) {
      const result = await this.services.storage.commit(changeSet(this.actor, [attempt]));
      if (result.ok) {
        this.count(put);
        return;
      }
      // Another object has the name made from the UID: the next attempt uses a name that nobody would choose.
      if (result.reason === 'stale' && attempt !== attempts[1] && put.expect === 'absent') continue;
      this.fail(put.object.uid, commitRefusal(result));
      return;
    }
  }

  private count({ expect }: Put): void {
    if (expect === 'absent') this.added++;
    else this.updated++;
  }

  private fail(objectUid: string, error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
    this.failed++;
    this.note({ uid: objectUid, code: error.code, message: error.message });
  }

  private note(notice: ImportNotice): void {
    if (this.notices.length < maxNotices) this.notices.push(notice);
  }
}

/** In the order of the file; notices without a line come last. */
function byLine(
  { line: one = Number.MAX_SAFE_INTEGER }: ImportNotice,
  { line: other = Number.MAX_SAFE_INTEGER }: ImportNotice,
): number {
  return one - other;
}

/** A UID up to this length can be used as the object's name unchanged. */
const maxReadableUid = 120;

/** The name of a new object: readable where its UID is, and always the same for the same UID. */
function nameFor(objectUid: string): string {
  const readable = /^[\w@.{}+-]+$/.test(objectUid) && objectUid.length <= maxReadableUid;
  return readable && !objectUid.startsWith('.') ? encodeSegment(`${objectUid}.ics`) : hashedName(objectUid);
}

function withHashedName(object: NewObject): NewObject {
  return { ...object, name: hashedName(object.uid) };
}

function hashedName(objectUid: string): string {
  return `${Buffer.from(tokenHash(objectUid)).toString('hex').slice(0, 32)}.ics`;
}
