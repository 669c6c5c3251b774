/** Objects that a report has found -> parts of its answer, within what one answer writes out. */
import type { ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import { etag, id, uid } from '../../core/ids.ts';
import { DavError } from '../../dav/error.ts';
import type { MultistatusPart } from '../../dav/multistatus.ts';
import type { PropertyRequest, RowTemplate } from '../../dav/planner.ts';
import type { DataSelection } from '../../icalendar/query/select.ts';
import { instant } from '../../icalendar/time.ts';
import type { Zone } from '../../icalendar/zones/timezone.ts';
import { multiget } from '../../service/objects/queries.ts';
import type { ShownObject } from '../../service/objects/shown.ts';
import { calendarZone } from '../../service/objects/zones.ts';
import { Pace } from '../../service/pace.ts';
import { caldav } from '../../xml/name.ts';
import { type Allowance, fullAllowance } from '../allowance.ts';
import { answerIsFull, type Content, isWhole, selected } from '../content.ts';
import { dataSelection } from '../grammar/calendar-data.ts';
import { requireDates } from '../grammar/time-range.ts';
import { type MadeDataKept, madeDataFor, maxMadeBytes } from '../made-data.ts';
import { objectResource } from '../make.ts';
import type { CalendarResource, ObjectResource, ReportCall } from '../world.ts';
import { zoneForm } from '../zone-form.ts';

/** An object as a report found it: with its bytes where they were needed to find it. */
export interface Found {
  readonly head: ObjectHead;
  readonly shown: ShownObject | undefined;
}

/** The calendar that holds the objects. */
export type Holder = Pick<CalendarResource, 'href' | 'seen'>;

/** Which data a request wants of each object. */
export interface DataPlan {
  /** `calendar-data` is asked for. */
  readonly wantsData: boolean;
  readonly selection: DataSelection;
  /** The stored bytes are what is wanted. */
  readonly isWhole: boolean;
}

/** Reads the `calendar-data` of a request. Refuses as `dataSelection` and `requireDates` do. */
export function dataPlan(call: ReportCall): DataPlan {
  const element = namesIn(call.requested).find(({ name }) => name === caldav('calendar-data'))?.element;
  const selection = element ? dataSelection(element) : {};
  requireDates(selection.recurrence?.range, call.services.limits);
  requireDates(selection.freeBusy, call.services.limits);
  return { wantsData: element !== undefined, selection, isWhole: isWhole(selection, call) };
}

function namesIn(requested: PropertyRequest): Extract<PropertyRequest, { ask: 'prop' }>['names'] {
  return requested.ask === 'prop' ? requested.names : requested.ask === 'allprop' ? requested.include : [];
}

/** The template by which the storage can write the answer for the members of a calendar, if it can. */
export async function objectRows(
  call: ReportCall,
  calendar: Holder,
  plan: DataPlan,
): Promise<RowTemplate | undefined> {
  if (plan.wantsData && !plan.isWhole) return undefined;
  return await call.responder.rowTemplate(calendar.href, sampleObject(calendar));
}

/** An object that stands for any member: only what is the same for all of them is ever read from it. */
export function sampleObject(calendar: Holder): ObjectResource {
  // No property that differs between members may say `inRow: 'same'`, so none of these values can get out.
  const never = instant(0);
  return objectResource(calendar, {
    id: id(0),
    calendar: calendar.seen.calendar.id,
    name: '',
    uid: uid(''),
    kind: 'VEVENT',
    etag: etag('""'),
    sizeBytes: 0,
    modseq: 0,
    created: never,
    modified: never,
    classification: 'public',
    zoneDependent: false,
  });
}

/** Writes the objects that one request has found; one for all calendars it looks at, so that all share its allowance. */
export class Answers {
  private readonly call: ReportCall;
  private readonly plan: DataPlan;
  private readonly zone: Zone | undefined;
  private readonly allowance: Allowance;
  private readonly pace: Pace;

  /** `zone`: that of the request; absent: each calendar's own. */
  constructor(call: ReportCall, plan: DataPlan, zone?: Zone) {
    this.call = call;
    this.plan = plan;
    this.zone = zone;
    this.allowance = fullAllowance(call.services.limits);
    this.pace = new Pace(call.services.clock);
  }

  /**
   * The responses for a page of objects. Stored bytes are written together. Data that are made (expanded, reduced) are written
   * in small batches, so that what the request expands to is counted on the way; data made before are not made again. An object
   * that becomes too much gets a response that says so, and the others are answered.
   */
  async *parts(calendar: Holder, page: readonly Found[]): AsyncGenerator<MultistatusPart> {
    if (page.length === 0) return;
    const { responder } = this.call;
    if (!this.plan.wantsData || this.plan.isWhole) {
      yield* responder.parts(page.map(({ head, shown }) => objectResource(calendar, head, shown)));
      return;
    }
    const made = await this.madeOf(calendar.seen);
    const template = await responder.rowTemplate(calendar.href, sampleObject(calendar), true);
    const read = await this.read(calendar, page, made.kept);
    const rows: (string | Uint8Array)[] = [];
    const resources: ObjectResource[] = [];
    let batchBytes = 0;
    for (const { head, shown = read.get(head.name) } of page) {
      const content = this.known(head, made.kept) ?? (shown && (await this.content(shown, made)));
      // Gone since it was found.
      if (!content) continue;
      // It may have changed since it was found.
      const current = shown?.head ?? head;
      if (content instanceof DavError) {
        if (rows.length > 0) yield { is: 'xml', chunks: rows.splice(0) };
        resources.push({ ...objectResource(calendar, current, shown), content });
        yield await responder.page(resources.splice(0));
        await this.breathe();
        continue;
      }
      batchBytes += sizeOf(content);
      if (template) pushRow(rows, template, current, content);
      else resources.push({ ...objectResource(calendar, current, shown), content });
      const isOver = this.pace.isOver();
      if (batchBytes < maxBatchBytes && !isOver) continue;
      yield template ? { is: 'xml', chunks: rows.splice(0) } : await responder.page(resources.splice(0));
      batchBytes = 0;
      if (isOver) await this.breathe();
    }
    if (rows.length > 0) yield { is: 'xml', chunks: rows };
    if (resources.length > 0) yield await responder.page(resources);
  }

  /** By which floating times of this calendar are read. */
  async zoneOf(seen: SeenCalendar): Promise<Zone> {
    return this.zone ?? (await calendarZone(this.call.services, seen.calendar));
  }

  /** Lets other requests have their turn when this one has worked for some milliseconds. */
  async breathe(): Promise<void> {
    await this.pace.breathe();
  }

  private async madeOf(seen: SeenCalendar): Promise<Making> {
    const zone = await this.zoneOf(seen);
    const form = { zone, zones: zoneForm(this.call) };
    return { zone, kept: madeDataFor(this.call.services, this.plan.selection, form) };
  }

  /** The objects of a page that came as heads alone, and of which nothing is remembered. */
  private async read(
    { seen }: Holder,
    page: readonly Found[],
    kept: MadeDataKept | undefined,
  ): Promise<ReadonlyMap<string, ShownObject>> {
    const names = page
      .filter(({ head, shown }) => !shown && !kept?.known(head.etag))
      .map(({ head }) => head.name);
    const read = new Map<string, ShownObject>();
    if (names.length === 0) return read;
    const { services, actor } = this.call;
    for await (const objects of multiget(services, actor, seen, names)) {
      for (const { name, object } of objects) if (object) read.set(name, object);
    }
    return read;
  }

  private known({ etag }: ObjectHead, kept: MadeDataKept | undefined): Content | DavError | undefined {
    const data = kept?.known(etag);
    if (!data) return undefined;
    const { bytes, instanceCount: instances } = data;
    if (!this.allowance.spend({ instances, bytes: bytes.length })) return answerIsFull;
    return [bytes];
  }

  private async content(shown: ShownObject, { zone, kept }: Making): Promise<Content | DavError> {
    const { allowance, pace } = this;
    const before = allowance.instancesLeft;
    const content = await selected(shown, this.plan.selection, this.call, { zone, allowance, pace });
    if (!kept || content instanceof DavError || sizeOf(content) > maxMadeBytes) return content;
    const bytes = Buffer.concat(content);
    kept.keep(shown.etag, { bytes, instanceCount: before - allowance.instancesLeft });
    return [bytes];
  }
}

function sizeOf(content: Content): number {
  return content.reduce((sum, { length }) => sum + length, 0);
}

/** What the objects of one calendar are made with. */
interface Making {
  readonly zone: Zone;
  readonly kept: MadeDataKept | undefined;
}

/** As the storage writes rows of whole objects. */
function pushRow(
  rows: (string | Uint8Array)[],
  { head, tag, data = '', tail }: RowTemplate,
  { name, etag }: ObjectHead,
  content: Content,
): void {
  rows.push(`${head}${name}${tag}${etag}${data}`);
  for (const bytes of content) rows.push(bytes);
  rows.push(tail);
}

/** Objects that are expanded or reduced are written in batches of this size. */
const maxBatchBytes: number = 32 * 1024;
