/** The bytes of an export: written from the stored objects, given again, or put together from what was given before. */
import { setImmediate } from 'node:timers/promises';
import type { Calendar, LinkLook } from '../../core/calendar.ts';
import type { ETag } from '../../core/ids.ts';
import { type FeedHooks, feedParts } from '../../icalendar/feed/feed.ts';
import type { CutsPart } from '../../icalendar/feed/feed-cut-parts.ts';
import { SingleEvents } from '../../icalendar/feed/feed-singles.ts';
import {
  ByteWriter,
  CalendarMerge,
  type MergePart,
  mergedCalendar,
  writeAlone,
} from '../../icalendar/feed/merge.ts';
import { type Steps, stepBytes } from '../../icalendar/steps.ts';
import type { ContentPage } from '../../storage/port.ts';
import type { Services } from '../context.ts';
import { inTurns } from '../pace.ts';
import type { ExportOptions } from './export.ts';
import {
  type Leaving,
  type LeavingPage,
  leaveOut,
  objectsByName,
  objectsOf,
  type Source,
} from './export-objects.ts';
import {
  type Ledger,
  type NewPiece,
  objectCount,
  PieceLedger,
  type Pieces,
  renewed,
} from './export-pieces.ts';
import { type Telling, UsualRun } from './export-run.ts';
import { earlier } from './export-window.ts';

/** What an export is to be. */
export interface ExportPlan {
  readonly sources: readonly Source[];
  readonly options: ExportOptions;
  readonly look: LinkLook | undefined;
  /** Whether events name the calendar that they come from. */
  readonly isMarked: boolean;
  /** Content lines of the calendar itself. */
  readonly head: readonly string[];
  /** Of everything that the bytes depend on but the head and the counters of the calendars. */
  readonly form: ETag;
  readonly etag: ETag;
}

/** Objects without cuts between two turns of the event loop: some milliseconds, should each of them need the parser. */
const turnSize = 64;
const maxTurnBytes: number = 2 * stepBytes;

/**
 * With more changes than this, writing everything anew costs no more: an object that is read by its name takes three times as
 * long as one in its turn.
 */
const maxChanged = (objects: number): number => Math.max(100, objects / 3);

/** The bytes from the stored objects, unless they are known; kept for the next reader when they are moderate in size. */
export async function* chunksOf(services: Services, plan: ExportPlan): AsyncIterable<Uint8Array> {
  const known = await wholeOf(services, plan);
  if (known) {
    yield* known;
    return;
  }
  const { exports } = services.memory;
  const isGathered = exports.isWorthGathering(plan.form);
  const ledger = isGathered ? ledgerOf(plan) : undefined;
  const gathered: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of mergedCalendar(pagesOf(services, plan, ledger), plan.head)) {
    sizeBytes += chunk.length;
    // What is too large to be kept is let go while the rest is on its way.
    if (isGathered && sizeBytes <= exports.maxEntryBytes) {
      gathered.push(chunk);
      ledger?.chunk(chunk);
    } else {
      gathered.length = 0;
      ledger?.giveUp();
    }
    yield chunk;
  }
  exports.measured(plan.form, sizeBytes);
  if (!isGathered || sizeBytes > exports.maxEntryBytes || !(await isUnchanged(services, plan))) return;
  exports.keep({ form: plan.form, etag: plan.etag, chunks: gathered, pieces: ledger?.pieces() });
}

/** All bytes at once, if they were given before, or most of them were. */
export async function wholeOf(
  services: Services,
  plan: ExportPlan,
): Promise<readonly Uint8Array[] | undefined> {
  const { exports } = services.memory;
  const known = exports.whole(plan.form, plan.etag);
  if (known) return known;
  const last = exports.last(plan.form);
  const pieces = last && (await renewal(services, plan, last));
  // What was changed meanwhile may be in it, under the entity tag of what was before.
  if (!pieces || !(await isUnchanged(services, plan))) return undefined;
  const merge = new CalendarMerge();
  const chunks = [
    Buffer.from(merge.head(plan.head), 'latin1'),
    ...pieces.stretches.map(({ bytes }) => bytes),
    Buffer.from(merge.tail(), 'latin1'),
  ];
  exports.keep({ form: plan.form, etag: plan.etag, chunks, pieces });
  return chunks;
}

async function isUnchanged({ storage }: Services, { sources }: ExportPlan): Promise<boolean> {
  for (const { seen } of sources) {
    const now = await storage.calendar(seen.calendar.id);
    if (now?.modseq !== seen.calendar.modseq) return false;
  }
  return true;
}

/** Of one whole calendar whose objects say the same wherever they stand. */
function ledgerOf(plan: ExportPlan): PieceLedger | undefined {
  const [only, ...others] = plan.sources;
  if (!only?.span.isWhole || others.length > 0 || only.zone.custom || plan.options.forOutlook)
    return undefined;
  return new PieceLedger(only.seen.calendar.modseq);
}

/** The last answer of this form with what has changed since; `undefined` where that is not known or not worth it. */
async function renewal(services: Services, plan: ExportPlan, last: Pieces): Promise<Pieces | undefined> {
  const [source] = plan.sources;
  if (!source) return undefined;
  const { calendar } = source.seen;
  const { modseq } = last;
  if (modseq > calendar.modseq || modseq < calendar.changeFloor) return undefined;
  // Each change counts one: more than that need not even be looked at.
  if (calendar.modseq - modseq > maxChanged(objectCount(last))) return undefined;
  const changed = new Set<string>();
  for await (const page of services.storage.changes(calendar.id, modseq)) {
    for (const { name } of page) changed.add(name);
  }
  const writing = await writingOf(services, plan, source, new Set());
  if (writing.zonesFrom !== last.zonesFrom) return undefined;
  const fresh = await newPieces(services, source, [...changed], writing);
  return fresh && renewed(last, { changed, fresh, modseq: calendar.modseq });
}

/** Objects by themselves; `undefined` if one has a zone of its own making, whose name depends on all others. */
async function newPieces(
  services: Services,
  source: Source,
  names: readonly string[],
  writing: Writing,
): Promise<readonly NewPiece[] | undefined> {
  const pieces: NewPiece[] = [];
  const { calendar } = source.seen;
  for await (const page of objectsByName(services, source, names)) {
    const out = new ByteWriter(page.page.bytes.length);
    const written: (Omit<NewPiece, 'bytes'> & { readonly from: number; readonly to: number })[] = [];
    let namesOfPage: readonly string[] = [];
    const ledger: Ledger = {
      page: (all) => (namesOfPage = all()),
      wrote(id, place, { zones }, _, lineBytes) {
        const to = out.length;
        written.push({ id, name: namesOfPage[place] ?? '', zones, from: to - lineBytes, to });
      },
    };
    for await (const parts of partsOf({ services, calendar, ledger }, page, writing))
      for (const part of parts) writeAlone(part, out);
    const bytes = out.taken();
    for (const { id, name, zones, from, to } of written) {
      if (zones.some(({ custom }) => custom)) return undefined;
      pieces.push({ id, name, zones, bytes: bytes.subarray(from, to) });
    }
    await setImmediate();
  }
  return pieces;
}

const noNames: ReadonlyMap<string, string> = new Map();

async function* pagesOf(
  services: Services,
  plan: ExportPlan,
  ledger: PieceLedger | undefined,
): AsyncIterable<Iterable<MergePart>> {
  /** UIDs of earlier calendars. */
  const taken = new Set<string>();
  const isOneOfMany = plan.sources.length > 1;
  for (const source of plan.sources) {
    const writing = await writingOf(services, plan, source, taken);
    ledger?.begin(writing.zonesFrom);
    const own: string[] = [];
    for await (const page of objectsOf(services, source)) {
      if (isOneOfMany) own.push(...uidsOf(page));
      yield* partsOf({ services, calendar: source.seen.calendar, ledger }, page, writing);
    }
    for (const uid of own) taken.add(uid);
  }
}

function uidsOf({ whole, objects }: LeavingPage): readonly string[] {
  return whole ? whole.uids() : objects().map(({ uid }) => uid);
}

interface Watch {
  readonly services: Services;
  readonly calendar: Calendar;
  readonly ledger: Ledger | undefined;
}

/** The parts of a page: runs of usual objects, and between them those that take a look at their lines. */
async function* partsOf(
  watch: Watch,
  page: LeavingPage,
  writing: Writing,
): AsyncIterable<Iterable<MergePart>> {
  const { services, calendar, ledger } = watch;
  const { whole } = page;
  let made: readonly Leaving[] | undefined;
  const objects = (): readonly Leaving[] => (made ??= page.objects());
  const count = whole?.ids.length ?? objects().length;
  ledger?.page(whole?.names ?? namesOf(objects()));
  const run = whole && usualRun(watch, whole, writing);
  let turnObjects = 0;
  let turnBytes = 0;
  for (let at = 0; at < count; at++) {
    if (run) {
      yield run;
      if (run.at === count) return;
      at = run.at;
      run.pass();
    }
    const object = objects()[at];
    if (!object) return;
    try {
      let part = writing.known(page.page, object);
      if (!part) {
        turnObjects++;
        turnBytes += object.to - object.from;
        const work = writing.steps(page.page, object);
        const first = work.next();
        part = first.done === true ? first.value : await inTurns(work);
      }
      if (part) yield [new WatchedPart(part, object, at, watch)];
    } catch (error) {
      leaveOut(services, calendar, object, error);
    }
    if (turnObjects < turnSize && turnBytes < maxTurnBytes) continue;
    turnObjects = 0;
    turnBytes = 0;
    await setImmediate();
  }
}

function usualRun({ services, calendar, ledger }: Watch, page: ContentPage, writing: Writing): UsualRun {
  const { ids } = page;
  return new UsualRun(page, writing.cutsPart, writing.telling, {
    wrote(place, part, zoneBytes, lineBytes) {
      const id = ids[place];
      if (id !== undefined) ledger?.wrote(id, place, part, zoneBytes, lineBytes);
    },
    leftOut(place, error) {
      const id = ids[place];
      if (id !== undefined) leaveOut(services, calendar, { id }, error);
    },
  });
}

/** Keeps the names, and nothing else of the objects. */
function namesOf(objects: readonly Leaving[]): () => readonly string[] {
  const names = objects.map(({ name }) => name);
  return () => names;
}

/** How the objects of one calendar are written. */
interface Writing {
  readonly telling: Telling;
  /** For one usual object after the other. */
  readonly cutsPart: CutsPart;
  /** As in `FeedParts`. */
  readonly known: (page: LeavingPage['page'], object: Leaving) => MergePart | undefined;
  readonly steps: (page: LeavingPage['page'], object: Leaving) => Steps<MergePart | undefined>;
  /** From when on time zones are told. */
  readonly zonesFrom: number;
}

async function writingOf(
  services: Services,
  { isMarked, options, look }: ExportPlan,
  source: Source,
  taken: ReadonlySet<string>,
): Promise<Writing> {
  const { seen, span, zone, attendees, name } = source;
  const { calendar } = seen;
  const category = isMarked ? name : undefined;
  const since = look?.since ?? undefined;
  const changeCount = look?.changeCount ?? 0;
  const zonesFrom = await earlier(services, calendar, span, zone);
  const parts = feedParts({
    zone,
    range: { start: zonesFrom, end: span.zonesUntil },
    alarms: options.alarms && seen.access.detail === 'full',
    attendees,
    singles: options.forOutlook ? new SingleEvents(source.singles, zone) : undefined,
  });
  const suffix = `-${calendar.id.toString(36)}`;
  const hooksOf = ({ modified, modseq, uid }: Leaving): FeedHooks => ({
    changed: since !== undefined && since > modified ? since : modified,
    sequence: modseq + changeCount,
    category,
    uidSuffix: taken.has(uid) ? suffix : undefined,
  });
  return {
    telling: { since, changeCount, category, taken },
    cutsPart: parts.cutsPart(),
    zonesFrom,
    known: (page, object) => parts.known(page, object, hooksOf(object)),
    steps: (page, object) => parts.steps(page, object, hooksOf(object)),
  };
}

/** The part of an object that is not usual, on its way. */
class WatchedPart implements MergePart {
  readonly zones: MergePart['zones'];
  private readonly part: MergePart;
  private readonly object: Leaving;
  private readonly place: number;
  private readonly watch: Watch;

  constructor(part: MergePart, object: Leaving, place: number, watch: Watch) {
    this.zones = part.zones;
    this.part = part;
    this.object = object;
    this.place = place;
    this.watch = watch;
  }

  lines(rename: ReadonlyMap<string, string>): string {
    return this.part.lines(rename);
  }

  write(out: ByteWriter): void {
    if (this.part.write) this.part.write(out);
    else out.text(this.part.lines(noNames));
  }

  /** Also what cannot be written together with others is left out. */
  leftOut(error: unknown): void {
    leaveOut(this.watch.services, this.watch.calendar, this.object, error);
  }

  wrote(zoneBytes: number, lineBytes: number): void {
    this.watch.ledger?.wrote(this.object.id, this.place, this.part, zoneBytes, lineBytes);
  }
}
