/**
 * "This and following": two series in the place of one (clients.md, demand 79). The first ends before the instance, the second
 * has a UID of its own. RANGE=THISANDFUTURE would say it in one, and few programs read it.
 */
import type { Component, Property } from '../component.ts';
import { applyEdits, type Edit, remove, replace, setProperty } from '../edit.ts';
import { type InstancePlan, instancePlan, planSteps } from '../instances/instance-plan.ts';
import { dateTimeOf } from '../instances/instance-times.ts';
import { type Instance, instances } from '../instances/instances.ts';
import { onClockOf } from '../instances/recur-set.ts';
import type { CalendarObject } from '../object.ts';
import type { Steps } from '../steps.ts';
import { dayMs, type Instant, instant, localTime, secondMs } from '../time.ts';
import {
  contentLine,
  foldLine,
  formatDate,
  formatLocal,
  formatUtc,
  parseDateTime,
  splitList,
} from '../value.ts';
import { type Zone, zoneResolver } from '../zones/timezone.ts';
import { revisionEdits, timeEdits } from './event-edit.ts';
import { type EditContext, instanceAt, parsedSteps, remaining } from './series-edit.ts';

export interface Split {
  /** The series before the instance; `undefined` if nothing comes before it. */
  readonly before: Uint8Array | undefined;
  /** The instance and what follows, as a series of its own. */
  readonly after: Uint8Array;
}

/** Two series in the place of one; the second begins with the instance. */
export function* splitSteps(
  object: CalendarObject,
  instance: Instance,
  newUid: string,
  context: EditContext,
): Steps<Split> {
  const { master, timezones } = object;
  const start = master && dateTimeOf(master.first('DTSTART'));
  // The start of a series is an instance whatever the rule says (RFC 5545 §3.8.5.3), so an end before it leaves it there.
  const isFirst = start && zoneResolver(timezones, context.zone).toInstant(start) >= instance.recurrenceId;
  const parts = yield* overridesAround(object, instance.recurrenceId, context.zone);
  const first = isFirst ? undefined : firstPart(object, instance, parts, context);
  if (parts.later.length > stepOverrides) yield;
  const before = first && (yield* remaining(first, context.zone));
  return { before, after: yield* secondPart(object, instance, parts, newUid, context) };
}

/** Overrides of one step: some milliseconds. */
const stepOverrides = 500;

/** The overrides of instances before an instant, and of those at it or later. */
interface Around {
  readonly earlier: readonly Component[];
  readonly later: readonly Component[];
}

/** By their places in the series, which may be written in another form than its start. */
function* overridesAround(object: CalendarObject, at: Instant, zone: Zone): Steps<Around> {
  const parts = { earlier: [] as Component[], later: [] as Component[] };
  const { every } = yield* planSteps(object, zone);
  for (const override of every)
    (override.at >= at ? parts.later : parts.earlier).push(override.timing.component);
  return parts;
}

function firstPart(
  object: CalendarObject,
  instance: Instance,
  { later }: Around,
  context: EditContext,
): Uint8Array {
  const { master, overrides } = object;
  const plan = instancePlan(object, context.zone);
  const at = instance.recurrenceId;
  const edits: Edit[] = later.map(remove);
  if (master) {
    edits.push(...revisionEdits(master, context.now), ...keptDates(plan, master, (value) => value < at));
    for (const rule of master.all('RRULE'))
      edits.push(replace(rule, contentLine('RRULE', endedRule(rule, instance))));
  }
  return overrides.length + edits.length === 0 ? object.bytes : applyEdits(object.bytes, edits);
}

/** A rule that ends before an instance. */
function endedRule({ rawValue }: Property, { recurrenceValue: value, recurrenceId }: Instance): string {
  const last =
    value.kind === 'date'
      ? formatDate(localTime(value.local - dayMs))
      : value.kind === 'floating'
        ? formatLocal(localTime(value.local - secondMs))
        : formatUtc(instant(recurrenceId - secondMs));
  return [...ruleParts(rawValue).filter((part) => !/^(?:COUNT|UNTIL)=/i.test(part)), `UNTIL=${last}`].join(
    ';',
  );
}

function* secondPart(
  object: CalendarObject,
  instance: Instance,
  { earlier, later }: Around,
  newUid: string,
  context: EditContext,
): Steps<Uint8Array> {
  const { master } = object;
  const { zone, now } = context;
  const plan = instancePlan(object, zone);
  const at = instance.recurrenceId;
  const edits: Edit[] = earlier.map(remove);
  const uid = contentLine('UID', newUid);
  for (const [index, override] of later.entries()) {
    if (index % stepOverrides === 0 && index > 0) yield;
    edits.push(...setProperty(override, 'UID', uid));
  }
  if (master) {
    // The place of the instance in the series, not where an override has put it.
    const plain = instanceAt({ ...object, overrides: [] }, at, zone) ?? instance;
    edits.push(
      ...setProperty(master, 'UID', uid),
      ...timeEdits(master, plain.recurrenceValue, plain.endValue),
      ...revisionEdits(master, now),
      ...keptDates(plan, master, (value) => value >= at),
    );
    for (const rule of master.all('RRULE')) {
      const count = /(?:^|;)COUNT=(\d+)/i.exec(rule.rawValue)?.[1];
      if (count === undefined) continue;
      const left = Math.max(1, Number(count) - (yield* ruleInstancesBefore(object, at, zone)));
      const parts = ruleParts(rule.rawValue).map((part) => (/^COUNT=/i.test(part) ? `COUNT=${left}` : part));
      edits.push(replace(rule, contentLine('RRULE', parts.join(';'))));
    }
  }
  if (later.length > stepOverrides) yield;
  return applyEdits(object.bytes, edits);
}

function ruleParts(rawValue: string): readonly string[] {
  return rawValue.split(';').filter((part) => part.trim() !== '');
}

/** Instances in one step, which takes some milliseconds. */
const stepInstances = 2_000;

/** How many instances of its rule come before; those taken out by EXDATE count (RFC 5545 §3.3.10). */
function* ruleInstancesBefore(object: CalendarObject, at: Instant, zone: Zone): Steps<number> {
  const { master } = object;
  if (!master) return 0;
  const bare = yield* parsedSteps(
    applyEdits(
      object.bytes,
      [...master.all('EXDATE'), ...master.all('RDATE'), ...object.overrides].map(remove),
    ),
  );
  let [count, passed] = [0, 0];
  const range = { start: instant(-Infinity), end: at };
  for (const { recurrenceId } of instances(bare, range, { zone, maxInstances: 100_000 })) {
    if (++passed % stepInstances === 0) yield;
    if (recurrenceId < at) count++;
  }
  return count;
}

/** EXDATE and RDATE without the entries that are not kept. */
function keptDates(
  { series, zones }: InstancePlan,
  master: Component,
  keep: (at: Instant) => boolean,
): readonly Edit[] {
  const isOfDays = series?.timing.anchor?.kind === 'date';
  return [...master.all('EXDATE'), ...master.all('RDATE')].flatMap((property) => {
    const options = { tzid: property.param('TZID'), valueType: property.param('VALUE') };
    const all = splitList(property.rawValue);
    const kept = all.filter((text) => {
      const value = parseDateTime(text.split('/', 1)[0] ?? '', options);
      // A day that is taken out of a timed series is taken out of either part.
      if (!value || (value.kind === 'date' && property.name === 'EXDATE' && !isOfDays)) return true;
      return keep(series ? onClockOf(series.timing, value, zones).at : zones.toInstant(value));
    });
    if (kept.length === all.length) return [];
    return [kept.length === 0 ? remove(property) : replace(property, withValue(property, kept.join(',')))];
  });
}

function withValue({ content, rawValue }: Property, value: string): string {
  return foldLine(content.slice(0, content.length - rawValue.length) + value);
}
