/** Busy times over calendars (RFC 4791 §7.10, RFC 6638 §5). */
import type { Busy, Calendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { type BusyPeriod, type BusyType, busySteps, mergeSteps } from '../../icalendar/query/freebusy.ts';
import { dayMs, hourMs, type Instant, instant, type TimeRange } from '../../icalendar/time.ts';
import type { Zone } from '../../icalendar/zones/timezone.ts';
import type { Selection } from '../../storage/port.ts';
import { calendarAccess } from '../access.ts';
import type { Services } from '../context.ts';
import { inTurns, Pace } from '../pace.ts';
import { type IndexView, indexView } from './indexing.ts';
import { parsedInTurns } from './parsed.ts';

/**
 * The busy periods of calendars within `range`: those of one type merged, cut to `range`, in UTC.
 *
 * The right to see busy times is enough, whether export is on or off. Transparent and cancelled instances do not count,
 * nor do calendars that are transparent as a whole. Instances come from the occurrence index; what it does not hold is
 * expanded here, at most `limits.maxInstancesPerQuery` of them. `zone` reads floating times and dates; absent:
 * each calendar's own.
 *
 * A series with more instances within a year than are looked at is one busy time from its first to the end of `range`.
 *
 * Time: proportional to the instances in `range`, not to the calendars.
 * Refuses: `need-privileges`, `too-many-results`.
 */
export async function freeBusy(
  services: Services,
  actor: Actor,
  calendars: readonly Calendar[],
  range: TimeRange,
  zone?: Zone,
): Promise<readonly BusyPeriod[]> {
  const found = new Collected(services.limits.maxInstancesPerQuery);
  for (const calendar of calendars) {
    await requireBusyRight(services, actor, calendar);
    if (calendar.transparent) continue;
    const own = await indexView(services, calendar);
    const isOther = zone !== undefined && (zone.custom || zone.id !== own.zone.id);
    if (isOther && (await movesWithZone(services, calendar, range))) {
      const view = { ...own, zone };
      const selections = everywhere(range);
      await expanded(services, { calendar, kind: 'VEVENT', selections, range, view }, found);
    } else {
      const selections = [{ by: 'unindexed', range }] as const;
      await indexed(services, calendar, range, found);
      await expanded(services, { calendar, kind: 'VEVENT', selections, range, view: own }, found);
    }
    if (calendar.components.includes('VFREEBUSY') && (await holdsPublishedTimes(services, calendar))) {
      const selections = everywhere(range);
      await expanded(services, { calendar, kind: 'VFREEBUSY', selections, range, view: own }, found);
    }
  }
  return await inTurns(mergeSteps(found.periods, range));
}

async function requireBusyRight(services: Services, actor: Actor, calendar: Calendar): Promise<void> {
  if ((await calendarAccess(services, actor, calendar)).canSeeBusy) return;
  throw new Refusal('need-privileges', 'the busy times of this calendar are not shared with you', {
    privilege: 'read-free-busy',
  });
}

/** Gathers periods, of at most as many instances as the limit allows. */
class Collected {
  readonly periods: BusyPeriod[] = [];
  /** How many more instances may be added. */
  room: number;

  constructor(most: number) {
    this.room = most;
  }

  add(found: readonly BusyPeriod[]): void {
    this.count(found.length);
    for (const period of found) this.periods.push(period);
  }

  count(instances: number): void {
    if (instances > this.room) this.refuse();
    this.room -= instances;
  }

  refuse(): never {
    throw new Refusal('too-many-results', 'there are too many busy times in this range; ask for less');
  }
}

const types: Readonly<Record<Exclude<Busy, 'free'>, BusyType>> = {
  busy: 'BUSY',
  tentative: 'BUSY-TENTATIVE',
  unavailable: 'BUSY-UNAVAILABLE',
};

async function indexed(
  services: Services,
  calendar: Calendar,
  range: TimeRange,
  found: Collected,
): Promise<void> {
  // In order of start, so that what touches can be joined as it comes: a hundred thousand instances of some years are a
  // few hundred periods, and sorting them all at the end would hold up everybody else.
  const last = new Map<BusyType, { type: BusyType; start: Instant; end: Instant }>();
  for await (const page of services.storage.busy(calendar.id, range)) {
    found.count(page.length);
    for (const { start, end, busy } of page) {
      if (busy === 'free') continue;
      const type = types[busy];
      const before = last.get(type);
      if (before === undefined || start > before.end) {
        const period = { type, start, end };
        last.set(type, period);
        found.periods.push(period);
      } else if (end > before.end) before.end = end;
    }
  }
}

/** Busy times of objects that are read themselves. */
async function expanded(
  services: Services,
  question: {
    readonly calendar: Calendar;
    readonly kind: 'VEVENT' | 'VFREEBUSY';
    readonly selections: readonly Selection[];
    readonly range: TimeRange;
    readonly view: IndexView;
  },
  found: Collected,
): Promise<void> {
  const { calendar, kind, selections, range, view } = question;
  const read = new Set<number>();
  const pace = new Pace(services.clock);
  for (const select of selections) {
    for await (const page of services.storage.objects({ calendar: calendar.id, select, kinds: [kind] })) {
      for (const stored of page) {
        if (read.has(stored.id)) continue;
        read.add(stored.id);
        const object = await parsedInTurns(services, stored.etag, stored.bytes, view.zone);
        if (!object) continue;
        const busy = busySteps(object, range, { ...view, maxInstances: found.room });
        const { periods, truncated } = await inTurns(busy);
        // Leaving out the rest of a series would show it as free time, so this is refused. A series in which nothing
        // was found does not stop the answer.
        if (!truncated || periods.length === 0) found.add(periods);
        else if (periods.length >= found.room || !isDense(periods, range)) found.refuse();
        else found.add([busyToTheEnd(periods, range)]);
        await pace.breathe();
      }
    }
  }
}

/**
 * Whether a series is so dense (an instance every ten minutes or more often) that all the instances that are looked at
 * lie within a year. Such a series, made in error or malice, must not keep everybody else's busy times from an answer.
 */
function isDense(periods: readonly BusyPeriod[], { start }: TimeRange): boolean {
  return periods.every(({ end }) => end - start < 366 * dayMs);
}

/**
 * For a dense series: everything from its first busy period to the end of the range counts as busy, so that nobody is
 * shown as free without being so.
 */
function busyToTheEnd(periods: readonly BusyPeriod[], { end }: TimeRange): BusyPeriod {
  const first = periods.reduce((one, other) => (other.start < one.start ? other : one));
  return { ...first, end };
}

/** No two zones are further apart. */
const zoneSpanMs: number = 27 * hourMs;

/** What the index finds, and what it cannot tell. */
function everywhere(range: TimeRange): readonly Selection[] {
  return [
    { by: 'indexed', range },
    { by: 'zone-dependent', range: widened(range) },
    { by: 'unindexed', range: widened(range) },
  ];
}

function widened({ start, end }: TimeRange): TimeRange {
  return { start: instant(start - zoneSpanMs), end: instant(end + zoneSpanMs) };
}

/** Whether stored VFREEBUSY exist at all. Asked first, because finding them means looking through everything in the range. */
async function holdsPublishedTimes(services: Services, calendar: Calendar): Promise<boolean> {
  return await services.storage.has({
    calendar: calendar.id,
    select: { by: 'all' },
    kinds: ['VFREEBUSY'],
  });
}

async function movesWithZone(services: Services, calendar: Calendar, range: TimeRange): Promise<boolean> {
  return await services.storage.has({
    calendar: calendar.id,
    select: { by: 'zone-dependent', range: widened(range) },
    kinds: ['VEVENT'],
  });
}
