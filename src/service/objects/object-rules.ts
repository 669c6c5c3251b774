/** What a calendar accepts: names, media types, and objects by the preconditions of RFC 4791 §5.3.2.1. */
import type { ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import type { PrincipalId } from '../../core/ids.ts';
import { decodeSegment, encodeSegment, isSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal, type RefusalCode } from '../../core/refusal.ts';
import { type Accepted, acceptSteps } from '../../icalendar/repair.ts';
import { completed, type Steps } from '../../icalendar/steps.ts';
import type { ObjectRules, Precondition } from '../../icalendar/validate.ts';
import type { Services } from '../context.ts';
import { inTurns } from '../pace.ts';
import { isShownWhole, ownHidden, show } from './shown.ts';

/** The limits that a calendar announces (RFC 4791 §5.2.3 to §5.2.9). */
function objectRules(services: Pick<Services, 'limits'>, seen: Pick<SeenCalendar, 'calendar'>): ObjectRules {
  const { limits } = services;
  return {
    components: new Set(seen.calendar.components),
    maxAttendeesPerInstance: limits.maxAttendees,
    maxInstances: limits.maxInstances,
    minDateTime: limits.minDateTime,
    maxDateTime: limits.maxDateTime,
  };
}

/** The object in the bytes, mended where that is harmless; else the refusal of the precondition that it fails. */
export function accept(
  services: Services,
  seen: Pick<SeenCalendar, 'calendar'>,
  bytes: Uint8Array,
): Accepted {
  return completed(accepting(services, seen, bytes));
}

/** The same, with turns for others while a long object is read and judged. */
export async function acceptInTurns(
  services: Services,
  seen: Pick<SeenCalendar, 'calendar'>,
  bytes: Uint8Array,
): Promise<Accepted> {
  return await inTurns(accepting(services, seen, bytes));
}

function* accepting(
  services: Services,
  seen: Pick<SeenCalendar, 'calendar'>,
  bytes: Uint8Array,
): Steps<Accepted> {
  if (bytes.length > services.limits.maxObjectBytes) {
    throw new Refusal('too-large', `an object may have at most ${services.limits.maxObjectBytes} bytes`);
  }
  const result = yield* acceptSteps(bytes, objectRules(services, seen));
  if (!result.ok) {
    const { precondition, message, line } = result.refused;
    throw new Refusal(refusals[precondition], message, line === undefined ? {} : { line });
  }
  const { uid } = result.object;
  if (Buffer.byteLength(uid) > services.limits.maxUidBytes) {
    throw new Refusal(
      'invalid-calendar-object',
      `a UID may have at most ${services.limits.maxUidBytes} bytes`,
    );
  }
  if (result.repaired) {
    const codes = [...new Set(result.findings.map(({ code }) => code))];
    services.log({ event: 'object-repaired', calendar: seen.calendar.id, codes });
  }
  return result;
}

const refusals: Readonly<Record<Precondition, RefusalCode>> = {
  'supported-calendar-data': 'unsupported-calendar-data',
  'valid-calendar-data': 'invalid-calendar-data',
  'valid-calendar-object-resource': 'invalid-calendar-object',
  'supported-calendar-component': 'unsupported-component',
  'max-attendees-per-instance': 'too-many-attendees',
  'max-instances': 'too-many-instances',
  'min-date-time': 'before-min-date',
  'max-date-time': 'after-max-date',
};

/**
 * Refuses names that an object cannot have, and other spellings than the canonical one. A `%2F` is data: the name belongs to
 * the client, and nobody makes a path of it (clients.md W1, W4).
 */
export function requireObjectName(services: Services, name: string): void {
  const decoded = decodeSegment(name);
  if (decoded === undefined || !isSegment(decoded.replaceAll('/', '-'), services.limits.maxNameBytes)) {
    throw new Refusal('bad-name', `${shortened(name)} is no name that a calendar object can have`);
  }
  if (encodeSegment(decoded) !== name)
    throw new Refusal('bad-name', `the name ${shortened(name)} is not in canonical form`);
}

function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/** Types that count as none: libraries of Python, PHP, Java and Qt send them by default when the program sets no type. */
const meansNothing: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
]);

/** Only iCalendar 2.0 is stored. A body without a type, or of unknown type, is judged by its content. */
export function requireCalendarType(contentType: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice('version='.length);
  const known = type === 'text/calendar' || meansNothing.has(type);
  if (known && (version === undefined || /^"?2\.0"?$/.test(version))) return;
  throw new Refusal('unsupported-calendar-data', 'calendar objects are text/calendar, version 2.0');
}

/**
 * The person whose own alarm state replaces that in the shared bytes: somebody who may read the calendar, but not
 * change what others have made.
 */
export function personOf(actor: Actor, seen: SeenCalendar): PrincipalId | undefined {
  const { rights } = seen.access;
  return (rights === 'read' || rights === 'contribute') && !seen.isOwn ? actor.principal.id : undefined;
}

/**
 * Refuses to change an object that the actor sees reduced: they would write the reduced form over what it hides.
 * Where the head alone does not tell, the object is read.
 */
export async function requireShownWhole(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  head: ObjectHead,
): Promise<void> {
  if (isShownWhole(seen, head)) return;
  const object = await services.storage.object(seen.calendar.id, head.name);
  const own = await ownHidden(services, actor, seen, [head]);
  if (object && (await show(services, actor, seen, object, own))?.shown === 'full') return;
  throw new Refusal('need-privileges', 'you do not see all of it, so you cannot change it', {
    privilege: 'write-content',
  });
}
