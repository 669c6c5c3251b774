/** The bytes of an object in the form that a request wants. */
import { DavError } from '../dav/error.ts';
import { isSeries } from '../icalendar/query/expand.ts';
import { type DataSelection, selectedPieces, selectsAll } from '../icalendar/query/select.ts';
import type { Zone } from '../icalendar/zones/timezone.ts';
import { isPlain } from '../service/objects/indexing.ts';
import { getObject } from '../service/objects/objects.ts';
import { parsedInTurns } from '../service/objects/parsed.ts';
import type { ShownObject } from '../service/objects/shown.ts';
import { calendarZone } from '../service/objects/zones.ts';
import { Pace } from '../service/pace.ts';
import { escapedPieces } from '../xml/escaped-bytes.ts';
import { caldav, dav } from '../xml/name.ts';
import { Allowance, isBeyond } from './allowance.ts';
import type { Context, ObjectResource } from './world.ts';
import { inZoneForm, zoneForm } from './zone-form.ts';

/** The text of an object in pieces that can be joined into XML as they are; some of them may stand in it many times. */
export type Content = readonly Uint8Array[];

export interface SelectOptions {
  /** The zone by which floating times and days are read. */
  readonly zone: Zone;
  readonly allowance: Allowance;
  readonly pace: Pace;
}

/** The whole object as this client wants it; `undefined` when it has gone since it was found. */
export async function objectBytes(object: ObjectResource, context: Context): Promise<Uint8Array | undefined> {
  const shown = await shownObject(object, context);
  const form = zoneForm(context);
  if (!shown || form === 'stored') return shown?.bytes;
  return await inZoneForm(shown.bytes, form, await calendarZone(context.services, object.seen.calendar));
}

/** The object, reduced to what is selected, or why it is not; `undefined` when it has gone since it was found. */
export async function content(
  object: ObjectResource,
  context: Context,
  selection: DataSelection = {},
): Promise<Content | DavError | undefined> {
  const { services } = context;
  const shown = await shownObject(object, context);
  if (!shown) return undefined;
  const pace = new Pace(services.clock);
  if (isWhole(selection, context)) return shown.plain ? [shown.bytes] : await escaped(shown.bytes, pace);
  const zone = await calendarZone(services, object.seen.calendar);
  return await selected(shown, selection, context, { zone, allowance: allowanceOf(context), pace });
}

async function shownObject(
  object: ObjectResource,
  { services, actor }: Context,
): Promise<ShownObject | undefined> {
  return object.shown ?? (await getObject(services, actor, object.seen, object.head.name));
}

/** The stored bytes are the answer. */
export function isWhole(selection: DataSelection, context: Context): boolean {
  return selectsAll(selection) && zoneForm(context) === 'stored';
}

/** Where objects are read as properties, pages of them are held before they are sent, so one request has less. */
function allowanceOf({ request, services: { limits } }: Context): Allowance {
  let allowance = allowances.get(request);
  if (!allowance) {
    allowance = new Allowance({
      instances: limits.maxInstancesPerQuery,
      bytes: limits.maxExpandedObjectBytes,
    });
    allowances.set(request, allowance);
  }
  return allowance;
}

const allowances = new WeakMap<object, Allowance>();

/**
 * What a selection makes of an object, or why nothing is made of it. An object that cannot be read is given as it is
 * (clients.md, demand 2). What series are written out to is taken off the allowance.
 */
export async function selected(
  shown: ShownObject,
  selection: DataSelection,
  context: Context,
  { zone, allowance, pace }: SelectOptions,
): Promise<Content | DavError> {
  const object = await parsedInTurns(context.services, shown.etag, shown.bytes, zone);
  if (!object) return shown.plain ? [shown.bytes] : await escaped(shown.bytes, pace);
  const { limits } = context.services;
  const share = allowance.share();
  const maxInstances = Math.min(limits.maxInstances, share.instances);
  const maxBytes = Math.min(limits.maxExpandedObjectBytes, share.bytes);
  const selecting = selectedPieces(object, selection, { zone, maxInstances, maxBytes });
  const form = zoneForm(context);
  const isExpanded = selection.recurrence?.form === 'expand';
  // Objects that do not recur cannot grow, so they are not counted.
  const isCounted = isExpanded && isSeries(object);
  // Pieces that occur many times in the text are checked once.
  const known = new Map<Uint8Array, Piece>();
  const pieces: Uint8Array[] = [];
  const made = { instances: 0, bytes: 0 };
  for (let step = selecting.next(); step.done !== true || step.value; step = selecting.next()) {
    if (step.value === undefined) {
      if (pace.isOver()) await pace.breathe();
      continue;
    }
    if (step.done === true || (isCounted && isBeyond(made, share))) {
      allowance.spend(made);
      const isForShare = maxInstances < limits.maxInstances || maxBytes < limits.maxExpandedObjectBytes;
      return isForShare ? answerIsFull : tooManyInstances;
    }
    let piece = known.get(step.value);
    if (!piece) {
      if (pace.isOver()) await pace.breathe();
      const bytes = isExpanded ? step.value : await inZoneForm(step.value, form, zone);
      // What is made of a plain object has its lines and times in UTC in it, and is plain as well. What is escaped here is
      // escaped once, however often it is written.
      const content = shown.plain || isPlain(bytes) ? [bytes] : await escaped(bytes, pace);
      piece = {
        content,
        sizeBytes: content.reduce((sum, { length }) => sum + length, 0),
        componentCount: isCounted ? componentCount(bytes) : 0,
      };
      known.set(step.value, piece);
    }
    made.instances += piece.componentCount;
    made.bytes += piece.sizeBytes;
    for (const bytes of piece.content) pieces.push(bytes);
    if (pace.isOver()) await pace.breathe();
  }
  return allowance.spend(made) ? pieces : answerIsFull;
}

interface Piece {
  readonly content: Content;
  readonly sizeBytes: number;
  readonly componentCount: number;
}

/** Text of an object as XML character data, with turns for others where it is long. */
async function escaped(bytes: Uint8Array, pace: Pace): Promise<Content> {
  const pieces: Uint8Array[] = [];
  for (const piece of escapedPieces(bytes)) {
    pieces.push(piece);
    if (pace.isOver()) await pace.breathe();
  }
  return pieces;
}

/** Components of a calendar in bytes that begin and end with lines. */
function componentCount(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = buffer.indexOf(begin); at !== -1; at = buffer.indexOf(begin, at + begin.length)) {
    if (at === 0 || buffer[at - 1] === 0x0a) count++;
  }
  return count;
}

const begin = 'BEGIN:V';

/**
 * Reported for the one object that expands to too much, in a propstat of its own: RFC 4791 §7.8 bounds how many objects
 * an answer has, not what is made of each, and one series must not keep all others from the client. The status is 404,
 * the only one there that no known client takes for a failure of the whole answer (docs/spec/caldav.md, 2.11).
 */
const tooManyInstances: DavError = new DavError(
  404,
  'the series has more or larger instances in this range than are written out in one answer',
  { name: caldav('max-instances') },
);

/** Reported for an object that fits into an answer with fewer others: the client can ask for it alone. */
export const answerIsFull: DavError = new DavError(
  404,
  'the series before it have become as much as one answer holds; ask for fewer at once',
  { name: dav('number-of-matches-within-limits') },
);
