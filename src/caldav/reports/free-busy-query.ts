/** Busy times of a calendar, or of all calendars of a home (RFC 4791 §7.10). The right to see busy times is enough. */
import { createHash } from 'node:crypto';
import type { Calendar } from '../../core/calendar.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineReport } from '../../dav/report.ts';
import type { DavResponse } from '../../dav/response.ts';
import { parseCalendar } from '../../icalendar/component.ts';
import { unavailableSteps } from '../../icalendar/query/availability.ts';
import { type BusyPeriod, freeBusySteps, mergeSteps } from '../../icalendar/query/freebusy.ts';
import type { TimeRange } from '../../icalendar/time.ts';
import { formatUtc } from '../../icalendar/value.ts';
import { ianaZone, utc, type Zone } from '../../icalendar/zones/timezone.ts';
import { calendarsForBusy } from '../../service/access.ts';
import { freeBusy } from '../../service/objects/freebusy.ts';
import { inTurns } from '../../service/pace.ts';
import { caldav } from '../../xml/name.ts';
import { childrenOf } from '../../xml/reader.ts';
import { requestedZone } from '../grammar/calendar-query.ts';
import { busyRange, closed, requireDates } from '../grammar/time-range.ts';
import { availabilityOf } from '../properties/calendar-availability.ts';
import type { Of, Report, ReportCall } from '../world.ts';

type Queried = 'home' | 'other-home' | 'calendar' | 'busy-calendar';

interface FreeBusyQuery {
  readonly range: TimeRange;
  readonly zone: Zone | undefined;
}

export const freeBusyQuery: Report<Queried, FreeBusyQuery> = defineReport({
  name: caldav('free-busy-query'),
  on: ['home', 'other-home', 'calendar', 'busy-calendar'],
  spec: 'RFC 4791 §7.10',
  // Clients leave Depth out and mean the members (caldav.md 2.1).
  defaultDepth: 1,
  parse(body) {
    const [range, ...others] = childrenOf(body, caldav('time-range'));
    if (!range || others.length > 0) {
      throw new Refusal('malformed-request', 'free-busy-query holds exactly one time-range');
    }
    return { range: busyRange(range), zone: requestedZone(body) };
  },
  run: answer,
});

async function answer(asked: FreeBusyQuery, resource: Of<Queried>, call: ReportCall): Promise<DavResponse> {
  const { services, actor } = call;
  requireDates(asked.range, services.limits);
  const range = closed(asked.range, services.limits);
  const calendars = call.depth === 0 ? [] : await calendarsOf(resource, call);
  const busy = await freeBusy(services, actor, calendars, range, asked.zone);
  const away = calendars.length > 0 ? await awayPeriods(resource, range, call) : [];
  const uid = createHash('sha256').update(
    `${resource.href} ${formatUtc(range.start)} ${formatUtc(range.end)}`,
  );
  const writing = freeBusySteps({
    uid: uid.digest('hex').slice(0, 32),
    stamp: services.clock.now(),
    range,
    // The calendars' own periods are merged already.
    periods: away.length > 0 ? await inTurns(mergeSteps([...busy, ...away], range)) : busy,
  });
  const body = await inTurns(writing);
  return { status: 200, headers: { 'Content-Type': 'text/calendar;charset=utf-8' }, body };
}

async function calendarsOf(
  resource: Of<Queried>,
  { services, actor }: ReportCall,
): Promise<readonly Calendar[]> {
  if (resource.kind === 'calendar') return [resource.seen.calendar];
  if (resource.kind === 'busy-calendar') return [resource.calendar];
  return await calendarsForBusy(services, actor, resource.owner);
}

/** Times outside of the owner's availability, which count as busy where a whole home is asked for (RFC 7953 §5.2). */
async function awayPeriods(
  resource: Of<Queried>,
  range: TimeRange,
  { services }: ReportCall,
): Promise<readonly BusyPeriod[]> {
  if (!('owner' in resource)) return [];
  const text = await availabilityOf(services, resource.owner.id);
  const calendar =
    text === undefined ? undefined : parseCalendar(Buffer.from(text), 'forgiving').calendars[0];
  if (!calendar) return [];
  const zone = ianaZone(resource.owner.timeZone) ?? utc;
  return await inTurns(
    unavailableSteps(calendar, range, { zone, maxInstances: services.limits.maxInstancesPerQuery }),
  );
}
