/**
 * The state of reminders that a client keeps in an object: dismissed, snoozed, seen.
 *
 * It belongs to the person, not to the event. A client that dismisses a reminder PUTs the whole object, also on calendars
 * that its user may only read: when nothing else has changed, that is for this user alone (RFC 9074 §6).
 */
import type { Component, Property } from '../component.ts';
import type { CalendarObject } from '../object.ts';

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

function* components(object: CalendarObject): Generator<[recurrenceId: string, component: Component]> {
  if (object.master) yield ['', object.master];
  for (const component of object.overrides)
    yield [component.first('RECURRENCE-ID')?.rawValue ?? '', component];
}

/** Thunderbird's X-MOZ-*, Apple's X-APPLE-DEFAULT-ALARM and X-WR-ALARMUID, ACKNOWLEDGED of RFC 9074. */
const stateName =
  /^(X-MOZ-(LASTACK|SNOOZE-TIME.*|GENERATION)|ACKNOWLEDGED|X-APPLE-DEFAULT-ALARM|X-WR-ALARMUID|X-APPLE-LOCAL-DEFAULT-ALARM)$/;

/** Properties that clients rewrite without meaning a change. */
const incidental: ReadonlySet<string> = new Set(['DTSTAMP', 'LAST-MODIFIED', 'CREATED']);

export function isAlarmStateName(name: string): boolean {
  return stateName.test(name);
}

function isState(property: Property): boolean {
  return isAlarmStateName(property.name);
}

function isSnooze(component: Component): boolean {
  return (
    component.name === 'VALARM' && component.first('RELATED-TO')?.param('RELTYPE')?.toUpperCase() === 'SNOOZE'
  );
}

function signatures(object: CalendarObject): ReadonlyMap<string, string> {
  return new Map([...components(object)].map(([id, component]) => [id, signature(component)]));
}

/**
 * Everything that a component says, without alarm state and incidental properties, in an order that does not depend on
 * the program that wrote it.
 */
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
