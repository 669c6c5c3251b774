/**
 * The way in for an object by PUT: read, mend the few things that may be mended, judge.
 *
 * What is mended: byte order mark, NUL and other control characters, a fold inside a character, METHOD (a stored object
 * has none, RFC 4791 §4.1), a missing VERSION or PRODID. Nothing else changes: a client's bytes are the client's.
 */
import { type Finding, parseSteps } from './component.ts';
import { applyEdits, type Edit, insert, remove } from './edit.ts';
import type { CalendarObject } from './object.ts';
import { completed, type Steps, stepBytes } from './steps.ts';
import { type ObjectRules, type Refused, validateSteps } from './validate.ts';
import { contentLine } from './value.ts';

/** The PRODID of everything that this server writes. */
export const productId = '-//portcal//portcal//EN';

export type Accepted = {
  readonly ok: true;
  readonly object: CalendarObject;
  /** The bytes to store; the given array itself if nothing was mended. */
  readonly bytes: Uint8Array;
  /** The stored bytes differ from the sent ones, so the answer carries no ETag (RFC 4791 §5.3.4). */
  readonly repaired: boolean;
  readonly findings: readonly Finding[];
};

export type Rejected = {
  readonly ok: false;
  readonly refused: Refused;
  readonly findings: readonly Finding[];
};

/** Reads, repairs and validates one object resource. Time: linear. RFC 4791 §5.3.2. */
export function acceptObject(source: Uint8Array, rules: ObjectRules): Accepted | Rejected {
  return completed(acceptSteps(source, rules));
}

/** The same in steps, of which a short object takes one. */
export function* acceptSteps(source: Uint8Array, rules: ObjectRules): Steps<Accepted | Rejected> {
  let parsed = yield* parseSteps(source, 'strict');
  if (source.length > stepBytes) yield;
  let result = yield* validateSteps(parsed, rules);
  const findings = result.findings;
  if (!result.refused) {
    const edits = calendarEdits(result.object, findings);
    if (edits.length > 0) {
      if (source.length > stepBytes) yield;
      parsed = yield* parseSteps(applyEdits(parsed.bytes, edits), 'strict');
      if (source.length > stepBytes) yield;
      result = yield* validateSteps(parsed, rules);
    }
  }
  const { object, refused } = result;
  if (refused || !object) return { ok: false, refused: refused ?? nothing, findings };
  const repaired = parsed.bytes !== source;
  return { ok: true, object, bytes: parsed.bytes, repaired, findings };
}

const nothing: Refused = {
  precondition: 'valid-calendar-object-resource',
  message: 'there is no object in the text',
};

function calendarEdits(object: CalendarObject | undefined, findings: readonly Finding[]): readonly Edit[] {
  if (!object) return [];
  const has = (code: Finding['code']): boolean => findings.some((finding) => finding.code === code);
  const missing =
    (has('version-missing') ? contentLine('VERSION', '2.0') : '') +
    (has('prodid-missing') ? contentLine('PRODID', productId) : '');
  const edits = object.calendar.all('METHOD').map(remove);
  return missing ? [insert(object.calendar, missing), ...edits] : edits;
}
