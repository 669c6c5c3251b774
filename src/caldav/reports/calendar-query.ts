/**
 * Objects that satisfy a filter (RFC 4791 §7.8).
 *
 * On a calendar, on a home (all calendars the actor may read, caldav.md 2.4) and on a single object. The index narrows
 * by time and kind; only the filter decides.
 */
import type { ComponentName } from '../../core/calendar.ts';
import type { MultistatusPart } from '../../dav/multistatus.ts';
import { defineReport } from '../../dav/report.ts';
import type { CompFilter } from '../../icalendar/query/filter.ts';
import { matchSteps } from '../../icalendar/query/match.ts';
import { getObject } from '../../service/objects/objects.ts';
import { parsedInTurns } from '../../service/objects/parsed.ts';
import {
  candidates,
  fastRows,
  listing,
  overlapping,
  overlappingHeads,
  type RowSelection,
} from '../../service/objects/queries.ts';
import type { ShownObject } from '../../service/objects/shown.ts';
import { inTurns } from '../../service/pace.ts';
import { caldav } from '../../xml/name.ts';
import {
  type CalendarQuery,
  calendarQueryBody,
  filterOfKind,
  type Narrowing,
  narrowing,
  rangesIn,
} from '../grammar/calendar-query.ts';
import { requireDates } from '../grammar/time-range.ts';
import { homeCalendars } from '../members.ts';
import type { CalendarResource, Of, Report, ReportCall } from '../world.ts';
import { Answers, type DataPlan, dataPlan, type Found, objectRows } from './answers.ts';

type Queried = 'home' | 'other-home' | 'calendar' | 'object';

export const calendarQuery: Report<Queried, CalendarQuery> = defineReport({
  name: caldav('calendar-query'),
  on: ['home', 'other-home', 'calendar', 'object'],
  spec: 'RFC 4791 §7.8',
  privilege: 'read',
  // Clients leave Depth out and mean the members (caldav.md 2.1).
  defaultDepth: 1,
  parse: calendarQueryBody,
  run: answer,
});

async function* answer(
  query: CalendarQuery,
  resource: Of<Queried>,
  call: ReportCall,
): AsyncGenerator<MultistatusPart> {
  for (const range of rangesIn(query.filter)) requireDates(range, call.services.limits);
  const plan = dataPlan(call);
  const search = new Search(query, call, plan);
  if (resource.kind === 'object') yield* search.object(resource);
  else if (membersAreMeant(call)) {
    const calendars = resource.kind === 'calendar' ? [resource] : await homeCalendars(resource, call);
    for (const calendar of calendars) yield* search.calendar(calendar);
  }
}

/** An explicit `Depth: 0` is meant literally, but for one family of clients (clients.md §2.10). */
function membersAreMeant({ depth, request }: ReportCall): boolean {
  return depth !== 0 || request.userAgent.startsWith('MSFT-');
}

class Search {
  private readonly query: CalendarQuery;
  private readonly call: ReportCall;
  private readonly plan: DataPlan;
  private readonly narrow: Narrowing;
  private readonly answers: Answers;
  private readonly filters = new Map<ComponentName, CompFilter>();

  constructor(query: CalendarQuery, call: ReportCall, plan: DataPlan) {
    this.query = query;
    this.call = call;
    this.plan = plan;
    this.narrow = narrowing(query.filter);
    this.answers = new Answers(call, plan, query.zone);
  }

  async *object({ seen, head, calendarHref }: Of<'object'>): AsyncGenerator<MultistatusPart> {
    const { services, actor } = this.call;
    const shown = await getObject(services, actor, seen, head.name);
    if (!shown) return;
    const found = await this.filtered(seen, [unsure(shown)]);
    yield* this.answers.parts({ href: calendarHref, seen }, found);
  }

  async *calendar(calendar: CalendarResource): AsyncGenerator<MultistatusPart> {
    const rows = await this.rows(calendar);
    if (rows) {
      for await (const bytes of rows) yield { is: 'rows', bytes };
      return;
    }
    for await (const page of this.found(calendar)) yield* this.answers.parts(calendar, page);
  }

  /** Finished rows, where the filter asks no more than the index knows and the reader sees all there is. */
  private async rows(calendar: CalendarResource): Promise<AsyncIterable<Uint8Array> | undefined> {
    const selection = this.rowSelection();
    const template = selection && (await objectRows(this.call, calendar, this.plan));
    if (!template) return undefined;
    return await fastRows(this.call.services, this.call.actor, calendar.seen, selection, template);
  }

  private rowSelection(): RowSelection | undefined {
    const { kinds, range, isExact } = this.narrow;
    if (!isExact) return undefined;
    if (!range) return { by: 'all', ...(kinds && { kinds }) };
    const [kind] = kinds ?? [];
    const { zone } = this.query;
    return kind && { by: 'range', range, kind, ...(zone && { zone: zone.id }) };
  }

  private async *found({ seen }: CalendarResource): AsyncGenerator<readonly Found[]> {
    const { services, actor } = this.call;
    const { kinds, range, isExact } = this.narrow;
    const { zone } = this.query;
    const ofKinds = kinds && { kinds };
    if (!range) {
      if (isExact && !this.plan.wantsData) yield* heads(listing(services, actor, seen, { ...ofKinds }));
      else {
        for await (const page of candidates(services, actor, seen, kinds)) {
          yield isExact ? page.map(whole) : await this.filtered(seen, page.map(unsure));
        }
      }
      return;
    }
    const narrowed = { range, ...ofKinds, ...(zone && { zone: zone.id }) };
    // Where something is made of the data, it may be known already.
    if (isExact && !(this.plan.wantsData && this.plan.isWhole)) {
      for await (const page of overlappingHeads(services, actor, seen, narrowed)) {
        yield await this.filtered(
          seen,
          page.map(({ head, object }) => ({ head, shown: object, sure: !object })),
        );
      }
      return;
    }
    for await (const page of overlapping(services, actor, seen, narrowed)) {
      const found = page.map(({ object, sure }) => ({ ...whole(object), sure: sure && isExact }));
      yield await this.filtered(seen, found);
    }
  }

  private async filtered(
    seen: CalendarResource['seen'],
    page: readonly Candidate[],
  ): Promise<readonly Found[]> {
    const zone = await this.answers.zoneOf(seen);
    const options = { zone, maxInstances: this.call.services.limits.maxInstances };
    const found: Found[] = [];
    for (const candidate of page) {
      if (candidate.sure) found.push(candidate);
      else {
        const { shown } = candidate;
        const parsed = shown && (await parsedInTurns(this.call.services, shown.etag, shown.bytes, zone));
        const steps = parsed && matchSteps(parsed, this.filterOf(candidate.head.kind), options);
        if (steps && (await inTurns(steps))) found.push(candidate);
        await this.answers.breathe();
      }
    }
    return found;
  }

  private filterOf(kind: ComponentName): CompFilter {
    let filter = this.filters.get(kind);
    if (!filter) this.filters.set(kind, (filter = filterOfKind(this.query.filter, kind)));
    return filter;
  }
}

/** `sure`: it satisfies the filter, whatever its bytes say. */
interface Candidate extends Found {
  readonly sure: boolean;
}

function whole(shown: ShownObject): Found {
  return { head: shown.head, shown };
}

function unsure(shown: ShownObject): Candidate {
  return { head: shown.head, shown, sure: false };
}

async function* heads(pages: ReturnType<typeof listing>): AsyncGenerator<readonly Found[]> {
  for await (const page of pages) yield page.map((head) => ({ head, shown: undefined }));
}
