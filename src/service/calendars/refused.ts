/**
 * Objects that a calendar has refused, put aside for whoever sent them: a program says "error" and no more, and goes on with
 * what it has, so that an event may be lost in silence (clients.md demand 58).
 *
 * Kept for a month, of each name the last; bounded in the storage for each person, and here in how often something is
 * noted: whoever sends nonsense all day makes no work of it.
 */
import { setImmediate } from 'node:timers/promises';
import type { SeenCalendar } from '../../core/calendar.ts';
import type { RefusedId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal, type RefusalCode } from '../../core/refusal.ts';
import type { RefusedObject } from '../../core/refused.ts';
import { dayMs, instant, minuteMs } from '../../icalendar/time.ts';
import { calendarById, isOperator, requireSelf } from '../access.ts';
import type { Services } from '../context.ts';
import { etagOf } from '../fingerprint.ts';
import { Kept } from '../memory.ts';
import { commit } from '../writing.ts';
import { type ImportReport, importCalendar } from './import.ts';

/** What somebody wanted to store. */
export interface Sent {
  readonly name: string;
  /** Absent if the body was too large to be read. */
  readonly bytes: Uint8Array | undefined;
  readonly program: string;
}

/** Refusals of the content; not those for lack of rights, or because of what is stored already. */
const ofContent: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'unsupported-calendar-data',
  'invalid-calendar-data',
  'invalid-calendar-object',
  'unsupported-component',
  'uid-in-use',
  'too-large',
  'before-min-date',
  'after-max-date',
  'too-many-instances',
  'too-many-attendees',
]);

const maxKeptBytes: number = 256 * 1024;
const maxMessageLength = 500;
const maxProgramLength = 200;
const keptMs: number = 30 * dayMs;
/** The same refusal of the same name is noted again after an hour; of one person at most so many are noted in a minute. */
const repeatMs: number = 60 * minuteMs;
const maxNotesPerMinute = 20;

/** Waits for `work`. A refusal of the content is noted before it is thrown on. */
export async function notingRefusal<Result>(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  sent: Sent,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal && ofContent.has(error.code)) await note(services, actor, seen, sent, error);
    throw error;
  }
}

async function note(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { name, bytes, program }: Sent,
  { code, message, detail }: Refusal,
): Promise<void> {
  if (isOperator(actor) || !seen.access.canWrite) return;
  if (!isNews(services, actor, `${seen.calendar.id} ${name}`, code, bytes)) return;
  const id = services.ids<RefusedId>();
  const { line } = detail;
  const refused = {
    id,
    principal: actor.principal.id,
    calendar: seen.calendar.id,
    name,
    code,
    message: message.slice(0, maxMessageLength),
    line: line ?? null,
    uid: bytes ? uidIn(bytes) : null,
    program: program.slice(0, maxProgramLength),
    bytes: bytes && bytes.length <= maxKeptBytes ? bytes : null,
  };
  services.log({
    event: 'object-refused',
    calendar: refused.calendar,
    code,
    refused: id,
    ...(line !== undefined && { line }),
  });
  try {
    await services.storage.commit({
      actor: refused.principal,
      changes: [{ do: 'note-refused', refused }],
    });
  } catch {
    // The refusal is the answer, whether or not it could be noted: the disk may be full.
  }
}

/** What this process has noted lately. */
interface Lately {
  readonly seen: Kept<{ readonly what: string; readonly at: number }>;
  readonly counts: Kept<{ readonly minute: number; readonly count: number }>;
}

const lately = new WeakMap<Services['memory'], Lately>();

function isNews(
  { memory, clock }: Services,
  { principal }: Actor,
  place: string,
  code: RefusalCode,
  bytes: Uint8Array | undefined,
): boolean {
  let known = lately.get(memory);
  if (!known) lately.set(memory, (known = { seen: new Kept(), counts: new Kept() }));
  const at = clock.now();
  const key = `${principal.id} ${place}`;
  const what = `${code} ${bytes ? etagOf(bytes) : ''}`;
  const before = known.seen.known(key);
  if (before?.what === what && Math.abs(at - before.at) < repeatMs) return false;
  const minute = Math.floor(at / minuteMs);
  const counted = known.counts.known(principal.id);
  const count = counted?.minute === minute ? counted.count : 0;
  if (count >= maxNotesPerMinute) return false;
  known.counts.keep(principal.id, { minute, count: count + 1 });
  known.seen.keep(key, { what, at });
  return true;
}

/** The first in the text, as it is written there: of what cannot be read, something to recognize it by. */
function uidIn(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16 * 1024)).toString(
    'utf8',
  );
  return /^UID(?:;[^:\r\n]{0,100})?:([^\r\n]{1,255})/im.exec(text)?.[1]?.trim() ?? null;
}

/** What of a person's was refused and has not been stored under its name since, newest first. */
export async function listRefused(
  services: Services,
  actor: Actor,
  person: Principal,
): Promise<readonly RefusedObject[]> {
  requireSelfToo(actor, person);
  const open: RefusedObject[] = [];
  for (const refused of await services.storage.refused(person.id)) {
    const stored = await services.storage.head(refused.calendar, refused.name);
    // The program has stored a good version since.
    if (stored && stored.modified > refused.at) await forget(services, actor, refused.id);
    else open.push(refused);
    await setImmediate();
  }
  return open;
}

/** One of them, with its bytes where they were kept. */
export async function refusedObject(
  services: Services,
  actor: Actor,
  person: Principal,
  id: RefusedId,
): Promise<RefusedObject & { readonly bytes: Uint8Array | undefined }> {
  requireSelfToo(actor, person);
  const refused = (await services.storage.refused(person.id)).find((one) => one.id === id);
  if (!refused) throw new Refusal('not-found', 'there is no such refused object');
  return { ...refused, bytes: await services.storage.refusedBytes(id) };
}

/**
 * Takes it into its calendar as an import does, which mends more than a program is told to rely on; it is put aside no longer
 * when all of it was taken. Nothing is overwritten: refuses `already-exists` where the calendar has something of its UID.
 * `actor` needs the right to write there.
 */
export async function mendRefused(
  services: Services,
  actor: Actor,
  person: Principal,
  id: RefusedId,
): Promise<ImportReport> {
  const { calendar, bytes } = await refusedObject(services, actor, person, id);
  if (!bytes) throw new Refusal('gone', 'the refused object was too long to be kept');
  const seen = await calendarById(services, actor, calendar);
  if (!seen) throw new Refusal('not-found', 'the calendar is not there any more');
  const plan = await importCalendar(services, actor, seen, bytes, { dryRun: true });
  if (plan.updated + plan.unchanged > 0)
    throw new Refusal('already-exists', 'the calendar has an object of the same UID');
  if (plan.failed > 0 || plan.added === 0) return { ...plan, added: 0 };
  const report = await importCalendar(services, actor, seen, bytes);
  if (report.failed === 0) await forget(services, actor, id);
  return report;
}

/** Removes one of them from the list. */
export async function dropRefused(
  services: Services,
  actor: Actor,
  person: Principal,
  id: RefusedId,
): Promise<void> {
  await refusedObject(services, actor, person, id);
  await commit(services, actor, [{ do: 'drop-refused', id }]);
}

/** Forgets what is older than a month. */
export async function purgeRefused(services: Services): Promise<void> {
  const before = instant(services.clock.now() - keptMs);
  await services.storage.commit({ actor: null, changes: [{ do: 'purge-refused', before }] });
}

async function forget(services: Services, actor: Actor, id: RefusedId): Promise<void> {
  const who = isOperator(actor) ? null : actor.principal.id;
  // It may have been removed meanwhile, which is just as good.
  await services.storage.commit({ actor: who, changes: [{ do: 'drop-refused', id }] });
}

/** Refuses everyone but the person and the command line: what somebody could not store is nobody else's business, not even an administrator's. */
function requireSelfToo(actor: Actor, person: Principal): void {
  requireSelf(actor, person);
  if (isOperator(actor) || actor.principal.id === person.id) return;
  throw new Refusal('need-privileges', 'this belongs to somebody else', { privilege: 'read' });
}
