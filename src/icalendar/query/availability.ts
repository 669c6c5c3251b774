/** When somebody is unavailable: VAVAILABILITY -> busy periods (RFC 7953). */
import { type Component, parseCalendar } from '../component.ts';
import { planSteps } from '../instances/instance-plan.ts';
import { type InstanceOptions, instances, type RecurringObject } from '../instances/instances.ts';
import { difference, intersection, union, unionSteps } from '../instances/period.ts';
import { acceptObject, productId } from '../repair.ts';
import { completed, type Steps } from '../steps.ts';
import { instant, type TimeRange } from '../time.ts';
import { type ObjectRules, type Refused, refusal } from '../validate.ts';
import { calendarText, componentText } from '../write.ts';
import { tzidOf } from '../zone-tzid.ts';
import { type BusyPeriod, type BusyType, busyTypes } from './freebusy.ts';

/**
 * Judges a value for `calendar-availability` (RFC 7953 §7.2.4): one VCALENDAR with VAVAILABILITY components, each valid
 * by itself, and the time zones they use. Answers the VCALENDAR to be stored, or why it cannot be.
 */
export function acceptAvailability(
  source: Uint8Array,
): { readonly calendar: Component } | { readonly refused: Refused } {
  const parsed = parseCalendar(source, 'strict');
  const [calendar, second] = parsed.calendars;
  const broken = refusal(parsed.findings);
  if (broken || !calendar) return { refused: broken ?? notAvailability };
  const statements = calendar.components.filter(({ name }) => name !== 'VTIMEZONE');
  if (second || statements.length === 0) return { refused: notAvailability };
  for (const statement of statements) {
    if (statement.name !== 'VAVAILABILITY') return { refused: { ...notAvailability, line: statement.line } };
    const result = acceptObject(Buffer.from(calendarText(componentText(statement), productId)), rules);
    if (!result.ok) return { refused: { ...result.refused, line: statement.line } };
  }
  return { calendar };
}

const notAvailability: Refused = {
  precondition: 'valid-calendar-data',
  message: 'the value is one VCALENDAR with VAVAILABILITY components and their time zones',
};

const rules: ObjectRules = {
  components: new Set(['VAVAILABILITY']),
  maxAttendeesPerInstance: 0,
  maxInstances: 10_000,
  minDateTime: instant(-Infinity),
  maxDateTime: instant(Infinity),
};

/**
 * The periods in `range` in which `calendar` (the VCALENDAR of `calendar-availability`) says that its owner is not
 * available, ordered within each VAVAILABILITY.
 *
 * A VAVAILABILITY says something of the time it spans: inside its AVAILABLE instances one is free, outside busy as its
 * BUSYTYPE says. Where several span the same time, the one of the highest PRIORITY speaks (RFC 7953 §3.1); time that none
 * spans is free.
 */
export function unavailablePeriods(
  calendar: Component,
  range: TimeRange,
  options: InstanceOptions,
): readonly BusyPeriod[] {
  return completed(unavailableSteps(calendar, range, options));
}

/** The same in steps: somebody may say of each minute of a century whether they are available. At most `maxInstances` are looked at. */
export function* unavailableSteps(
  calendar: Component,
  range: TimeRange,
  options: InstanceOptions,
): Steps<readonly BusyPeriod[]> {
  const room = { ...options };
  const timezones = new Map<string, Component>();
  for (const zone of calendar.components) {
    const tzid = zone.name === 'VTIMEZONE' ? tzidOf(zone) : undefined;
    if (tzid !== undefined) timezones.set(tzid, zone);
  }
  const statements = calendar.components
    .filter((component) => component.name === 'VAVAILABILITY')
    .toSorted((a, b) => rank(a) - rank(b));
  const periods: BusyPeriod[] = [];
  let undecided: readonly TimeRange[] = union([range]);
  for (const statement of statements) {
    const whole: RecurringObject = { kind: 'VAVAILABILITY', master: statement, overrides: [], timezones };
    const spans = yield* unionSteps(yield* rangesOf([whole], range, room));
    const spoken = intersection(undecided, spans);
    yield;
    const free = yield* unionSteps(yield* rangesOf(availableSets(statement, timezones), range, room));
    const type = busyTypeOf(statement);
    for (const span of difference(spoken, free)) periods.push({ type, ...span });
    undecided = difference(undecided, spoken);
    yield;
  }
  return periods;
}

/** 1 is the highest priority, 9 the lowest, and 0 or nothing is below all (RFC 5545 §3.8.1.9). */
function rank(component: Component): number {
  const priority = Number(component.first('PRIORITY')?.rawValue.trim());
  return priority >= 1 && priority <= 9 ? priority : 10;
}

function busyTypeOf(component: Component): BusyType {
  const written = component.first('BUSYTYPE')?.rawValue.trim().toUpperCase();
  return busyTypes.find((type) => type === written) ?? 'BUSY-UNAVAILABLE';
}

/** AVAILABLE components recur like events: those of one UID are a master and its overrides. */
function availableSets(
  statement: Component,
  timezones: ReadonlyMap<string, Component>,
): readonly RecurringObject[] {
  const byUid = new Map<string, { master: Component | undefined; overrides: Component[] }>();
  for (const available of statement.components) {
    if (available.name !== 'AVAILABLE') continue;
    const uid = available.first('UID')?.rawValue ?? `${available.start}`;
    const set = byUid.get(uid) ?? { master: undefined, overrides: [] };
    byUid.set(uid, set);
    if (available.first('RECURRENCE-ID')) set.overrides.push(available);
    else set.master ??= available;
  }
  return [...byUid.values()].map((set) => ({ kind: 'VEVENT', ...set, timezones }));
}

/** The time of all instances, cut to `range`. `room`: how many may still be looked at. */
function* rangesOf(
  objects: readonly RecurringObject[],
  range: TimeRange,
  room: InstanceOptions & { maxInstances: number },
): Steps<readonly TimeRange[]> {
  const ranges: TimeRange[] = [];
  for (const object of objects) {
    if (room.maxInstances <= 0) break;
    yield;
    yield* planSteps(object, room.zone);
    let passed = 0;
    for (const { start, end } of instances(object, range, room)) {
      ranges.push({ start: instant(Math.max(start, range.start)), end: instant(Math.min(end, range.end)) });
      if (++passed % stepInstances === 0) yield;
    }
    room.maxInstances -= passed;
  }
  return ranges;
}

/** Instances of one step: some milliseconds. */
const stepInstances = 1_000;
