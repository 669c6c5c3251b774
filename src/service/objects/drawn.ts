/** What the page's grid draws of an instance, whoever looks. */
import type { Reach } from '../../core/acl.ts';
import type { ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import type { Component } from '../../icalendar/component.ts';
import { type EventSummary, eventSummary } from '../../icalendar/event-facts.ts';
import type { EventLines, Line } from '../../icalendar/event-lines.ts';
import { type Happening, type Instance, singleHappening } from '../../icalendar/instances/instances.ts';
import type { DateTimeValue } from '../../icalendar/time.ts';
import { formatDate, formatLocal, formatUtc } from '../../icalendar/value.ts';
import { namedZone, type ZoneResolver } from '../../icalendar/zones/timezone.ts';
import { dependsOnCreator, ownAmong } from '../access.ts';
import type { Services } from '../context.ts';
import { isShownWhole, ownHidden, type Reducible } from './shown.ts';

/** What all instances of one component have in common; they share one value of it. */
export interface DrawnFacts extends EventSummary {
  readonly hasReminder: boolean;
  readonly hasAttendees: boolean;
}

/** What must be known of the object besides its text. */
export type DrawnHead = Pick<ObjectHead, 'uid' | 'etag' | 'classification'>;

export interface Drawn {
  readonly head: DrawnHead;
  readonly instance: DrawnInstance;
}

export interface DrawnInstance extends Happening {
  readonly facts: DrawnFacts;
  /** Names the instance; `undefined` if the object has only one. */
  readonly recurrenceId: string | undefined;
  /** IANA name as written; undefined for floating times and days. */
  readonly tz: string | undefined;
}

/**
 * Characters of a title or place that are sent to the grid, which has room for one line of each. A text of megabytes would be
 * sent once for each of hundreds of instances.
 */
export const maxDrawnText = 500;

/** Characters that are sent of the name of a zone which only the object defines: enough to tell it from others. */
const maxZoneName = 255;

export function drawnInstance(
  { value, endValue, start, end, allDay }: Happening,
  facts: DrawnFacts,
  recurrenceId: string | undefined,
): DrawnInstance {
  return { facts, start, end, allDay, value, endValue, recurrenceId, tz: zoneNameOf(value) };
}

export function drawnFacts(component: Component): DrawnFacts {
  return factsOf(
    eventSummary(component, maxDrawnText),
    component.components.some(({ name }) => name === 'VALARM'),
    component.first('ATTENDEE') !== undefined,
  );
}

/** The instance of a single event; `undefined` where its lines alone do not tell. */
export function drawnSingle(event: EventLines, zones: ZoneResolver): DrawnInstance | undefined {
  // Any other TZID may be defined in the object, so the object has to be parsed.
  if (!hasKnownZone(event.first('DTSTART')) || !hasKnownZone(event.first('DTEND'))) return undefined;
  const happening = singleHappening(event, zones);
  if (!happening) return undefined;
  const facts = factsOf(
    eventSummary(event, maxDrawnText),
    event.hasAlarm,
    event.first('ATTENDEE') !== undefined,
  );
  return drawnInstance(happening, facts, undefined);
}

/** Written out field by field: a spread would take longer than all the rest, and there are very many of these. */
function factsOf(
  { title, location, busy, status, privacy }: EventSummary,
  hasReminder: boolean,
  hasAttendees: boolean,
): DrawnFacts {
  return { title, location, busy, status, privacy, hasReminder, hasAttendees };
}

function hasKnownZone(line: Line | undefined): boolean {
  const tzid = line?.param('TZID');
  return tzid === undefined || namedZone(tzid) !== undefined;
}

/** The name of an instance in its series: a day, a floating time, or an instant in UTC. */
export function recurrenceIdOf({ recurrenceValue: value, recurrenceId }: Instance): string {
  if (value.kind === 'date') return formatDate(value.local);
  return value.kind === 'floating' ? formatLocal(value.local) : formatUtc(recurrenceId);
}

/** The zone a value was written in. */
export function zoneNameOf(value: DateTimeValue): string | undefined {
  if (value.kind === 'utc') return 'UTC';
  if (value.kind !== 'zoned') return undefined;
  return namedZone(value.tzid)?.id ?? value.tzid.slice(0, maxZoneName);
}

/** The UIDs of those objects that the actor has made. Looked up only if the actor's rights depend on it. */
export async function ownOf(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  objects: readonly Reducible[],
): Promise<ReadonlySet<string>> {
  if (!dependsOnCreator(seen.access)) return await ownHidden(services, actor, seen, objects);
  return await ownAmong(services, actor, seen, [...new Set(objects.map(({ uid }) => uid))]);
}

/**
 * Whether the actor may change this object: the calendar allows it, and nothing of the object is hidden from them.
 * `own`: the answer of `ownOf`.
 */
export function mayChange(seen: SeenCalendar, head: Reducible, own: ReadonlySet<string>): boolean {
  return isWithin(seen.access.changes, seen, head, own);
}

/** Whether the actor may remove the whole object. */
export function mayRemove(seen: SeenCalendar, head: Reducible, own: ReadonlySet<string>): boolean {
  return isWithin(seen.access.removes, seen, head, own);
}

function isWithin(reach: Reach, seen: SeenCalendar, head: Reducible, own: ReadonlySet<string>): boolean {
  const isOwn = own.has(head.uid);
  return (reach === 'all' || (reach === 'own' && isOwn)) && (isOwn || isShownWhole(seen, head));
}
