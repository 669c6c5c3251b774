/**
 * The state of reminders that a client keeps in an object: dismissed, snoozed, seen.
 *
 * It belongs to the person, not to the event. A client that dismisses a reminder PUTs the whole object, also on calendars
 * that its user may only read; when nothing else has changed, only the state is kept, for that user (RFC 9074 §6).
 */
import type { Component, Property } from '../component.ts';
import { applyEdits, type Edit, insert, remove } from '../edit.ts';
import type { CalendarObject } from '../object.ts';
import { componentText, propertyText } from '../write.ts';

/** The state of one component. Lines are in wire form. */
export interface ComponentAlarmState {
  /** The value of its RECURRENCE-ID; empty for the master. */
  readonly recurrenceId: string;
  readonly lines: string;
  /** State lines of its alarms, in their order; snoozing alarms are not counted. */
  readonly alarms: readonly string[];
  /** Whole alarms that a client added to remind again (RFC 9074 §7). */
  readonly snoozes: string;
}

export type AlarmState = readonly ComponentAlarmState[];

/**
 * Do the two objects say the same, but for alarm state and for what every client rewrites when it saves (DTSTAMP,
 * LAST-MODIFIED, PRODID, the order of lines, definitions of time zones)?
 */
export function differsOnlyInAlarmState(before: CalendarObject, after: CalendarObject): boolean {
  if (before.kind !== after.kind || before.uid !== after.uid) return false;
  const left = signatures(before);
  const right = signatures(after);
  return left.size === right.size && [...left].every(([id, signature]) => right.get(id) === signature);
}

/** The alarm state in an object. It is plain data, fit for storage as JSON. */
export function alarmState(object: CalendarObject): AlarmState {
  const states: ComponentAlarmState[] = [];
  for (const [recurrenceId, component] of components(object)) {
    const alarms = ordinaryAlarms(component).map(stateLines);
    const snoozes = component.components
      .filter(isSnooze)
      .map((alarm) => componentText(alarm))
      .join('');
    const lines = stateLines(component);
    if (lines || snoozes || alarms.some((alarm) => alarm !== ''))
      states.push({ recurrenceId, lines, alarms, snoozes });
  }
  return states;
}

/** The bytes of an object with another alarm state in the place of its own; all other bytes stay. */
export function withAlarmState(object: CalendarObject, state: AlarmState): Uint8Array {
  const byId = new Map(state.map((entry) => [entry.recurrenceId, entry]));
  const edits: Edit[] = [];
  for (const [recurrenceId, component] of components(object)) {
    const entry = byId.get(recurrenceId);
    edits.push(...component.properties.filter(isState).map(remove));
    if (entry?.lines) edits.push(insert(component, entry.lines));
    ordinaryAlarms(component).forEach((alarm, index) => {
      edits.push(...alarm.properties.filter(isState).map(remove));
      const lines = entry?.alarms[index];
      if (lines) edits.push(insert(alarm, lines));
    });
    edits.push(...component.components.filter(isSnooze).map(remove));
    if (entry?.snoozes) edits.push(beforeEnd(component, entry.snoozes));
  }
  return applyEdits(object.bytes, edits);
}

/** Alarms stand behind the properties, so they are added before the END line (RFC 5545 §3.6.1). */
function beforeEnd(component: Component, text: string): Edit {
  let at = component.bodyStart;
  for (const part of [...component.properties, ...component.components]) at = Math.max(at, part.end);
  return { start: at, end: at, text };
}

function* components(object: CalendarObject): Generator<[recurrenceId: string, component: Component]> {
  if (object.master) yield ['', object.master];
  for (const component of object.overrides)
    yield [component.first('RECURRENCE-ID')?.rawValue ?? '', component];
}

/** Thunderbird's X-MOZ-*, Apple's X-APPLE-DEFAULT-ALARM and X-WR-ALARMUID, ACKNOWLEDGED of RFC 9074. */
const stateName =
  /^(X-MOZ-(LASTACK|SNOOZE-TIME.*|GENERATION)|ACKNOWLEDGED|X-APPLE-DEFAULT-ALARM|X-WR-ALARMUID|X-APPLE-LOCAL-DEFAULT-ALARM)$/;

/** What a client rewrites without meaning anything by it. */
const incidental: ReadonlySet<string> = new Set(['DTSTAMP', 'LAST-MODIFIED', 'CREATED']);

export function isAlarmStateName(name: string): boolean {
  return stateName.test(name);
}

function isState(property: Property): boolean {
  return isAlarmStateName(property.name);
}

function stateLines(component: Component): string {
  return component.properties
    .filter(isState)
    .map((property) => propertyText(property))
    .join('');
}

function isSnooze(component: Component): boolean {
  return (
    component.name === 'VALARM' && component.first('RELATED-TO')?.param('RELTYPE')?.toUpperCase() === 'SNOOZE'
  );
}

function ordinaryAlarms(component: Component): readonly Component[] {
  return component.components.filter((inner) => inner.name === 'VALARM' && !isSnooze(inner));
}

function signatures(object: CalendarObject): ReadonlyMap<string, string> {
  return new Map([...components(object)].map(([id, component]) => [id, signature(component)]));
}

/** All that a component says, but for state and incidentals, in an order that does not depend on its writer. */
function signature(component: Component): string {
  const lines = component.properties
    .filter(
      (property) => !isState(property) && !incidental.has(property.name) && !isAlarmUid(component, property),
    )
    .map((property) => {
      const params = property.params.map(({ name, values }) => `${name}=${JSON.stringify(values)}`).sort();
      return JSON.stringify([property.name, params, property.rawValue]);
    })
    .sort();
  const inner = component.components.filter((part) => !isSnooze(part)).map(signature);
  return `${component.name}[${lines.join()}|${inner.sort().join()}]`;
}

/** Clients give alarms names of their own when they save (RFC 9074 §4). */
function isAlarmUid(component: Component, property: Property): boolean {
  return component.name === 'VALARM' && property.name === 'UID';
}
