/**
 * A neutral event onto an object of ours, as edits of its bytes: only what has changed is touched, and what the neutral
 * form does not know stays as its client wrote it. A new object is an empty one that is edited in the same way.
 */
import type { Component } from '../../icalendar/component.ts';
import { applyEdits, type Edit, insert, insertAfter, remove } from '../../icalendar/edit.ts';
import { dateLine, revisionEdits, timeEdits } from '../../icalendar/editing/event-edit.ts';
import { withZones } from '../../icalendar/editing/series-edit.ts';
import { currentOverrides } from '../../icalendar/instances/instance-plan.ts';
import { dateTimeOf } from '../../icalendar/instances/instance-times.ts';
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import { productId } from '../../icalendar/repair.ts';
import type { Instant } from '../../icalendar/time.ts';
import {
  contentLine,
  dateTimeParams,
  formatDateTime,
  formatDuration,
  formatUtc,
} from '../../icalendar/value.ts';
import { calendarText } from '../../icalendar/write.ts';
import { isSame } from '../agreed.ts';
import type { EventContent, EventTime, NeutralEvent, RecurrenceKey } from '../event.ts';
import { dateTimeValue, instanceContent, instantOf, keyOf, timeOfKey } from '../series.ts';
import { contentEdits } from './content.ts';
import { contentOf, type LocalEvent, periodContent, readLocal, valuesOf } from './read.ts';
import { TimeReader } from './times.ts';
import type { LocalView } from './view.ts';

/** A new object that says what the event says. */
export function composeLocal(event: NeutralEvent, view: LocalView, now: Instant): Uint8Array {
  const { start, end } = event.content;
  const stamp = formatUtc(now);
  const lines = [
    'BEGIN:VEVENT\r\n',
    contentLine('UID', event.uid),
    contentLine('DTSTAMP', stamp),
    contentLine('CREATED', stamp),
    contentLine('LAST-MODIFIED', stamp),
    dateLine('DTSTART', dateTimeValue(start)),
    dateLine('DTEND', dateTimeValue(end)),
    contentLine('SEQUENCE', '0'),
    'END:VEVENT\r\n',
  ];
  const zones = Object.values(event.zones).join('');
  const empty = Buffer.from(calendarText(zones + lines.join(''), productId));
  return edited(empty, event, view, now, false);
}

/** The object with what the event says where it says otherwise now; the bytes themselves where nothing differs. */
export function editLocal(
  object: CalendarObject,
  event: NeutralEvent,
  view: LocalView,
  now: Instant,
): Uint8Array {
  return edited(object.bytes, event, view, now, true);
}

function edited(
  bytes: Uint8Array,
  event: NeutralEvent,
  view: LocalView,
  now: Instant,
  revise: boolean,
): Uint8Array {
  const object = parsed(bytes);
  const current = read(object, view);
  if (isSame(current.event, event)) return bytes;
  if (!object.master && !isSame(current.event.recurrence, event.recurrence)) {
    // Lone instances become something else: there is no master whose lines could be kept.
    return composeLocal(event, view, now);
  }
  const stamp = (component: Component, edits: readonly Edit[]): readonly Edit[] =>
    edits.length === 0 || !revise ? edits : [...edits, ...revisionEdits(component, now)];
  const edits: Edit[] = [...zoneEdits(object, event)];
  edits.push(
    ...stamp(current.base, [
      ...componentEdits(current.base, current.event.content, event.content, view),
      ...(object.master ? patternEdits(object, object.master, current, event, view) : []),
    ]),
  );
  const periods = keptPeriods(current, event);
  const added: RecurrenceKey[] = [];
  for (const [key, content] of Object.entries(event.overrides)) {
    const component = current.components.get(key);
    const said = current.event.overrides[key];
    if (component && said) edits.push(...stamp(component, componentEdits(component, said, content, view)));
    else if (!periods.has(key)) added.push(key);
  }
  for (const [key, component] of current.components) {
    if (event.overrides[key] === undefined) edits.push(remove(component));
  }
  // What a newer description has replaced would count again if that one goes.
  const counting = new Set(currentOverrides(object, view.zone));
  edits.push(...object.overrides.filter((component) => !counting.has(component)).map(remove));
  const done = applyEdits(bytes, edits);
  return withZones(added.length === 0 ? done : withOverrides(done, event, added, view), view.zone);
}

function componentEdits(
  component: Component,
  current: EventContent,
  wanted: EventContent,
  view: LocalView,
): readonly Edit[] {
  const moved = !isSame([current.start, current.end], [wanted.start, wanted.end]);
  return [
    ...(moved ? timeEdits(component, dateTimeValue(wanted.start), dateTimeValue(wanted.end)) : []),
    ...contentEdits(component, current, wanted, view),
  ];
}

/** The dates with a length of their own of which nothing else is to be said, and whether they take place is said elsewhere. */
function keptPeriods({ periods }: LocalEvent, wanted: NeutralEvent): LocalEvent['periods'] {
  return new Map(
    [...periods].filter(([key, end]) => {
      const said = wanted.overrides[key] ?? instanceContent(wanted, key);
      return wanted.excluded.includes(key) || isSame(said, periodContent(wanted, key, end));
    }),
  );
}

/** `end`: of a date that is as long as it says itself. */
function rdateLine(time: EventTime, end: Instant | undefined, { zones }: NeutralEvent): string {
  const value = dateTimeValue(time);
  if (end === undefined) return dateLine('RDATE', value);
  const length = formatDuration({ weeks: 0, days: 0, ms: end - instantOf(time, zones) });
  const params = { ...dateTimeParams(value), VALUE: 'PERIOD' };
  return contentLine('RDATE', `${formatDateTime(value)}/${length}`, params);
}

/** RRULE, RDATE and EXDATE of the master. */
function patternEdits(
  object: CalendarObject,
  master: Component,
  read: LocalEvent,
  wanted: NeutralEvent,
  view: LocalView,
): readonly Edit[] {
  const { event: current } = read;
  const edits: Edit[] = [];
  let added = '';
  const [rules, dates] = [wanted.recurrence?.rules ?? [], wanted.recurrence?.dates ?? []];
  if (!isSame(current.recurrence?.rules ?? [], rules)) {
    edits.push(...master.all('RRULE').map(remove));
    added += rules.map((rule) => contentLine('RRULE', rule)).join('');
  }
  const periods = keptPeriods(read, wanted);
  if (!isSame(current.recurrence?.dates ?? [], dates) || periods.size < read.periods.size) {
    edits.push(...master.all('RDATE').map(remove));
    added += dates.map((time) => rdateLine(time, periods.get(keyOf(time, wanted.zones)), wanted)).join('');
  }
  const kept = new Set<RecurrenceKey>();
  const reader = new TimeReader(object.timezones, view.zone);
  const start = dateTimeOf(master.first('DTSTART'));
  for (const property of master.all('EXDATE')) {
    const keys = valuesOf(property).flatMap((value) => (value && start ? [reader.key(value, start)] : []));
    // An instance that has an override here, and is excluded as well, was told as an override.
    const stays = keys.every((key) => wanted.excluded.includes(key) || wanted.overrides[key] !== undefined);
    if (stays && keys.length > 0) for (const key of keys) kept.add(key);
    else edits.push(remove(property));
  }
  for (const key of wanted.excluded) {
    if (!kept.has(key)) added += dateLine('EXDATE', dateTimeValue(timeOfKey(key, wanted)));
  }
  return added === '' ? edits : [...edits, insert(master, added)];
}

/** Definitions of zones that only this event knows. Those that have a name are added by `withZones`. */
function zoneEdits(object: CalendarObject, { zones }: NeutralEvent): readonly Edit[] {
  const missing = Object.entries(zones).filter(([name]) => !object.timezones.has(name));
  const [first] = object.calendar.components;
  const at = first?.start ?? object.calendar.bodyStart;
  return missing.map(([, text]) => ({ start: at, end: at, text }));
}

const seriesProperties = ['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID'];

/** With overrides that begin as copies of the series, so that what only our clients know of it holds for them too. */
function withOverrides(
  bytes: Uint8Array,
  event: NeutralEvent,
  keys: readonly RecurrenceKey[],
  view: LocalView,
): Uint8Array {
  const object = parsed(bytes);
  const base = object.master ?? object.overrides[0];
  if (!base) throw new Error('an object without an event was let through');
  const ids = new Set(keys);
  const text = keys
    .map((key) => {
      const edits = [
        ...seriesProperties.flatMap((name) => base.all(name).map(remove)),
        insert(base, dateLine('RECURRENCE-ID', dateTimeValue(timeOfKey(key, event)))),
      ].map((edit) => ({ ...edit, start: edit.start - base.start, end: edit.end - base.start }));
      return Buffer.from(applyEdits(object.bytes.subarray(base.start, base.end), edits)).toString('utf8');
    })
    .join('');
  const last = object.overrides.at(-1) ?? base;
  const grown = parsed(applyEdits(bytes, [insertAfter(last, text)]));
  const { components } = read(grown, view);
  const reader = new TimeReader(grown.timezones, view.zone);
  const edits: Edit[] = [];
  for (const [key, component] of components) {
    const wanted = event.overrides[key];
    if (!wanted || !ids.has(key)) continue;
    edits.push(...componentEdits(component, contentOf(component, reader, view), wanted, view));
  }
  return applyEdits(grown.bytes, edits);
}

function parsed(bytes: Uint8Array): CalendarObject {
  const object = parseObject(bytes);
  if (!object) throw new Error('an edit has left no object');
  return object;
}

function read(object: CalendarObject, view: LocalView): LocalEvent {
  const result = readLocal(object, view);
  if ('refused' in result)
    throw new Error(`an object that cannot be told was to be edited: ${result.refused}`);
  return result;
}
