/**
 * Changes of an event, and of one or all instances of a series, on stored bytes (RFC 5545 §3.8.4.4,
 * §3.8.5). What a change is not about keeps its bytes.
 * "This and following" is in series-split.ts.
 */

import type { Component } from '../component.ts';
import { applyEdits, type Edit, insert, insertAfter, remove, replace, setProperty } from '../edit.ts';
import { type EventFacts, eventFacts } from '../event-facts.ts';
import { instancePlan, planSteps } from '../instances/instance-plan.ts';
import { dateTimeOf } from '../instances/instance-times.ts';
import { type Instance, instances } from '../instances/instances.ts';
import { isRecurring } from '../instances/recur-set.ts';
import { movedRule, type Repeat, ruleOf, type SeriesStart } from '../instances/repeat.ts';
import { type CalendarObject, objectSteps } from '../object.ts';
import { completed, type Steps } from '../steps.ts';
import { type DateTimeValue, dayMs, type Instant, instant, secondMs, type TimeRange } from '../time.ts';
import { contentLine, parseDateTime, splitList } from '../value.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { answerEdits, type GivenAnswer } from './answer.ts';
import { definedZoneSteps } from './defined-zones.ts';
import {
  dateLine,
  type FieldChanges,
  fieldEdits,
  revisionEdits,
  sharedFields,
  timeEdits,
} from './event-edit.ts';
import { type TimeMove, timeMove } from './time-move.ts';

/** A change of an event, or of an instance; absent fields stay as they are. */
export interface EventChange extends FieldChanges {
  /** Of the instance that is named, or of the event. */
  readonly start?: DateTimeValue;
  /** Exclusive; given whenever `start` is. */
  readonly end?: DateTimeValue;
  /** A RECUR value as text, or a repetition; null: once. */
  readonly repeat?: Repeat | string | null;
}

export interface EditContext {
  /** Reads dates and floating times. */
  readonly zone: Zone;
  readonly now: Instant;
}

const always: TimeRange = { start: instant(-Infinity), end: instant(Infinity) };

/** How far from its place in the series an instance is searched, and how many are looked at. */
const reachMs: number = 400 * dayMs;
const maxLooked = 10_000;

/** The instance with this RECURRENCE-ID, override or not; `undefined` if the series has none. */
export function instanceAt(object: CalendarObject, at: Instant, zone: Zone): Instance | undefined {
  const second = (start: Instant): TimeRange => ({ start, end: instant(start + secondMs) });
  const near = { start: instant(at - reachMs), end: instant(at + reachMs) };
  const override = instancePlan(object, zone).overrides.find((one) => one.at === at);
  for (const range of override ? [second(override.timing.start)] : [second(at), near]) {
    for (const instance of instances(object, range, { zone, maxInstances: maxLooked })) {
      if (instance.recurrenceId === at) return instance;
    }
  }
  return undefined;
}

function hasInstances(object: CalendarObject, zone: Zone): boolean {
  return instances(object, always, { zone, maxInstances: 1 }).next().done !== true;
}

/** A change of everything: of an event, or of a series with its overrides where they said the same. */
export function editedWhole(
  object: CalendarObject,
  instance: Instance | undefined,
  change: EventChange,
  context: EditContext,
): Uint8Array {
  return completed(editSteps(object, instance, change, context));
}

/** Components of one step: some milliseconds. */
const stepComponents = 200;
/** The same of overrides of which it is to be found out whether a series has their instance. */
const stepStrays = 10;

/** The same in steps, of which an event, and a series with few changed instances, take one. */
export function* editSteps(
  object: CalendarObject,
  instance: Instance | undefined,
  change: EventChange,
  context: EditContext,
): Steps<Uint8Array> {
  const { master, overrides } = object;
  const zones = zoneResolver(object.timezones, context.zone);
  const base = instance?.value ?? (master && dateTimeOf(master.first('DTSTART')));
  const move =
    change.start && change.end && base ? timeMove(base, change.start, change.end, zones) : undefined;
  const edits: Edit[] = [];
  if (master) {
    edits.push(...fieldEdits(master, change), ...revisionEdits(master, context.now));
    if (move) edits.push(...movedMaster(master, move, change.repeat === undefined));
    if (change.repeat !== undefined) edits.push(...ruleEdits(master, change, zones));
  }
  const series = master && seriesFacts(master, change);
  for (const [at, override] of overrides.entries()) {
    if (at % stepComponents === 0 && at > 0) yield;
    // The event no longer repeats, so the changed instances have no series any more.
    if (change.repeat === null && master) edits.push(remove(override));
    else edits.push(...overrideEdits(override, series, change, move, context));
  }
  if (overrides.length > stepComponents) yield;
  const bytes = yield* zoneSteps(applyEdits(object.bytes, edits), context.zone);
  return typeof change.repeat === 'object' || typeof change.repeat === 'string'
    ? yield* withoutStrays(bytes, context.zone)
    : bytes;
}

/** A change of one instance: of its override, which is made if there is none. */
export function* oneSteps(
  object: CalendarObject,
  instance: Instance,
  change: EventChange,
  context: EditContext,
): Steps<Uint8Array> {
  const { made, override } = yield* overriding(object, instance, context.zone);
  const edits = [...fieldEdits(override, change), ...revisionEdits(override, context.now)];
  if (change.start && change.end) edits.push(...timeEdits(override, change.start, change.end));
  return yield* zoneSteps(applyEdits(made.bytes, edits), context.zone);
}

/** With the answer of somebody who is invited: to one instance, or wherever in the object they are asked. */
export function* answerSteps(
  object: CalendarObject,
  instance: Instance | undefined,
  given: GivenAnswer,
  { zone, now }: EditContext,
): Steps<Uint8Array> {
  if (instance) {
    const { made, override } = yield* overriding(object, instance, zone);
    return yield* zoneSteps(applyEdits(made.bytes, answerEdits(override, given, now)), zone);
  }
  const components = object.master ? [object.master, ...object.overrides] : object.overrides;
  const edits: Edit[] = [];
  for (const [at, component] of components.entries()) {
    if (at % stepComponents === 0 && at > 0) yield;
    edits.push(...answerEdits(component, given, now));
  }
  return applyEdits(object.bytes, edits);
}

/** The object with the override of an instance, which is made if there is none. */
function* overriding(
  object: CalendarObject,
  instance: Instance,
  zone: Zone,
): Steps<{ readonly made: CalendarObject; readonly override: Component }> {
  const own = overrideOf(object, instance, zone);
  const made = own ? object : yield* parsedSteps(withOverride(object, instance));
  const override = own ?? made.overrides.at(-1);
  if (!override) throw new Error('the override is not where it was put');
  return { made, override };
}

/** Without one instance; `undefined`: nothing is left. */
export function* withoutSteps(
  object: CalendarObject,
  instance: Instance,
  context: EditContext,
): Steps<Uint8Array | undefined> {
  const { master } = object;
  const edits: Edit[] = [];
  const { every, series } = instancePlan(object, context.zone);
  if (overrideOf(object, instance, context.zone)) {
    // All overrides of the instance go, or an older one would reappear.
    for (const { at, timing } of every)
      if (at === instance.recurrenceId) edits.push(remove(timing.component));
  }
  // An EXDATE takes nothing from what does not recur.
  if (master && !isRecurring(master) && series?.timing.start === instance.recurrenceId)
    edits.push(remove(master));
  else if (master) {
    edits.push(
      insert(master, dateLine('EXDATE', instance.recurrenceValue)),
      ...revisionEdits(master, context.now),
    );
  }
  return yield* remaining(applyEdits(object.bytes, edits), context.zone);
}

/** The override of this very instance, not an earlier one with RANGE=THISANDFUTURE. */
function overrideOf(
  object: CalendarObject,
  { component, recurrenceId }: Instance,
  zone: Zone,
): Component | undefined {
  const { overrides } = instancePlan(object, zone);
  const own = overrides.some(({ at, timing }) => at === recurrenceId && timing.component === component);
  return own ? component : undefined;
}

const seriesProperties = ['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID'];

/** The object with an override that says what the series says, for one instance. */
function withOverride(object: CalendarObject, instance: Instance): Uint8Array {
  const { component } = instance;
  const edits = [
    ...seriesProperties.flatMap((name) => component.all(name).map(remove)),
    ...timeEdits(component, instance.value, instance.endValue),
    insert(component, dateLine('RECURRENCE-ID', instance.recurrenceValue)),
  ].map((edit) => ({ ...edit, start: edit.start - component.start, end: edit.end - component.start }));
  const text = applyEdits(object.bytes.subarray(component.start, component.end), edits);
  const last = object.overrides.at(-1) ?? component;
  return applyEdits(object.bytes, [insertAfter(last, Buffer.from(text).toString('utf8'))]);
}

function movedMaster(master: Component, move: TimeMove, withRule: boolean): readonly Edit[] {
  const start = dateTimeOf(master.first('DTSTART'));
  if (!start) return [];
  const moved = move.moved(start);
  const edits: Edit[] = [...timeEdits(master, moved, move.endOf(moved)), ...movedDates(master, move)];
  if (!withRule) return edits;
  for (const rule of master.all('RRULE')) {
    const text = movedRule(rule.rawValue, move.clock(start), move.clock(moved));
    if (text !== undefined && text !== rule.rawValue) edits.push(replace(rule, contentLine('RRULE', text)));
  }
  return edits;
}

function movedDates(component: Component, move: TimeMove): readonly Edit[] {
  return [...component.all('EXDATE'), ...component.all('RDATE')].flatMap((property) => {
    const options = { tzid: property.param('TZID'), valueType: property.param('VALUE') };
    const values = splitList(property.rawValue).map((text) => parseDateTime(text, options));
    // Periods have an end of their own; they stay what they are.
    if (values.length === 0 || values.includes(undefined)) return [];
    const lines = values.map((value) => (value ? dateLine(property.name, move.moved(value)) : ''));
    return [replace(property, lines.join(''))];
  });
}

function overrideEdits(
  override: Component,
  series: SeriesFacts | undefined,
  change: EventChange,
  move: TimeMove | undefined,
  context: EditContext,
): readonly Edit[] {
  const fields = series ? followed(series, override, change) : change;
  const edits: Edit[] = [...fieldEdits(override, fields)];
  if (move) {
    const id = override.first('RECURRENCE-ID');
    const value = dateTimeOf(id);
    const start = dateTimeOf(override.first('DTSTART'));
    const range = id?.param('RANGE');
    if (id && value) {
      const line = dateLine('RECURRENCE-ID', move.moved(value));
      edits.push(
        replace(
          id,
          range === undefined ? line : line.replace('RECURRENCE-ID', `RECURRENCE-ID;RANGE=${range}`),
        ),
      );
    }
    if (start) {
      const end = dateTimeOf(override.first('DTEND'));
      const moved = move.moved(start);
      edits.push(...timeEdits(override, moved, end ? move.moved(end) : move.endOf(moved)));
    }
  }
  return edits.length === 0 ? [] : [...edits, ...revisionEdits(override, context.now)];
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What a series says, as far as its instances may follow a change of it. */
interface SeriesFacts {
  readonly master: Component;
  /** Present only if the change concerns these fields: reading them from thousands of instances takes a while. */
  readonly facts: EventFacts | undefined;
}

function seriesFacts(master: Component, { reminders, attendees, links }: EventChange): SeriesFacts {
  return { master, facts: (reminders ?? attendees ?? links) ? eventFacts(master) : undefined };
}

/** The part of a change of the series that an instance follows: where it said the same as the series. */
function followed(
  { master, facts: ours }: SeriesFacts,
  override: Component,
  change: EventChange,
): FieldChanges {
  const shared = sharedFields(master, override, change);
  if (!ours) return shared;
  const theirs = eventFacts(override);
  const { reminders, attendees, links, organizer } = change;
  const people = (facts: typeof ours): readonly string[] => facts.attendees.map(({ address }) => address);
  return {
    ...shared,
    ...(reminders && same(ours.reminders, theirs.reminders) && { reminders }),
    ...(attendees && same(people(ours), people(theirs)) && { attendees, ...(organizer && { organizer }) }),
    ...(links && same(ours.links, theirs.links) && { links }),
  };
}

function ruleEdits(master: Component, { repeat, start }: EventChange, zones: ZoneResolver): readonly Edit[] {
  if (repeat === null) {
    return ['RRULE', 'RDATE', 'EXDATE', 'EXRULE'].flatMap((name) => master.all(name).map(remove));
  }
  const first = start ?? dateTimeOf(master.first('DTSTART'));
  if (repeat === undefined || !first) return [];
  const text = typeof repeat === 'string' ? repeat : ruleOf(repeat, seriesStart(first, zones));
  return setProperty(master, 'RRULE', contentLine('RRULE', text));
}

/** The start of a series as its rule sees it. */
export function seriesStart(value: DateTimeValue, zones: ZoneResolver): SeriesStart {
  const zone = zones.zoneOf(value);
  return { kind: value.kind, zone, local: value.kind === 'utc' ? zone.toLocal(value.instant) : value.local };
}

/** Without the overrides whose instance a new rule does not have. */
function* withoutStrays(bytes: Uint8Array, zone: Zone): Steps<Uint8Array> {
  const object = yield* parsedSteps(bytes);
  if (!object.master || object.overrides.length === 0) return bytes;
  const zones = zoneResolver(object.timezones, zone);
  const series = { ...object, overrides: [] };
  const strays: Component[] = [];
  for (const [at, override] of object.overrides.entries()) {
    // To prove that the rule lacks the instance, the instances of two years are looked at.
    if (at % stepStrays === 0 && at > 0) yield;
    const value = dateTimeOf(override.first('RECURRENCE-ID'));
    if (value && !instanceAt(series, zones.toInstant(value), zone)) strays.push(override);
  }
  return applyEdits(bytes, strays.map(remove));
}

/** With a definition of each zone that is named and not defined (RFC 5545 §3.2.19). */
export function withZones(bytes: Uint8Array, zone: Zone): Uint8Array {
  return completed(zoneSteps(bytes, zone));
}

function* zoneSteps(bytes: Uint8Array, zone: Zone): Steps<Uint8Array> {
  return yield* definedZoneSteps(yield* parsedSteps(bytes), zone);
}

/** The bytes, unless nothing in them ever happens. */
export function* remaining(bytes: Uint8Array, zone: Zone): Steps<Uint8Array | undefined> {
  const object = yield* preparedSteps(bytes, zone);
  return object && hasInstances(object, zone) ? bytes : undefined;
}

/** An object, and its instances prepared: of thousands of changed ones both take their time. */
export function* preparedSteps(bytes: Uint8Array, zone: Zone): Steps<CalendarObject | undefined> {
  const object = yield* objectSteps(bytes);
  if (object) yield* planSteps(object, zone);
  return object;
}

/** Parses the bytes that an edit has made. */
export function* parsedSteps(bytes: Uint8Array): Steps<CalendarObject> {
  const object = yield* objectSteps(bytes);
  if (!object) throw new Error('an edit has left no object');
  return object;
}
