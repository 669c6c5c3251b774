/** Preconditions in the order of RFC 9110 §13.2.2, with the `If` header of RFC 4918 after them. */
import type { Expectation } from '../core/change-set.ts';
import { etag as etagOf } from '../core/ids.ts';
import { Refusal } from '../core/refusal.ts';
import { type IfState, ifHolds } from './if-header.ts';
import type { Conditions, DavPath, EntityTags } from './request.ts';
import type { Instant } from './resource.ts';

/** The resource's state that the conditions are compared with. */
export interface Selected {
  readonly exists: boolean;
  readonly etag: string | undefined;
  readonly modified: Instant | undefined;
}

/** `unchanged`: a GET or HEAD is answered with 304. */
export type ConditionsResult = 'unchanged' | { readonly expect: Expectation };

/**
 * Evaluates all conditions of a request, and says what must still be true when the change is applied.
 *
 * Refuses: `stale` (412).
 */
export async function checkConditions(
  conditions: Conditions,
  isRead: boolean,
  selected: Selected,
  stateOf: (resource: DavPath | undefined) => Promise<IfState>,
): Promise<ConditionsResult> {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, selected, 'strongly'))
      throw stale('If-Match names another version, or nothing is there');
  } else if (ifUnmodifiedSince !== undefined && isNewer(selected, ifUnmodifiedSince)) {
    throw stale('it has been modified since the time in If-Unmodified-Since');
  }
  if (conditions.if !== undefined && !(await ifHolds(conditions.if, stateOf))) {
    throw stale('no list of the If header holds');
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, selected, 'weakly')) {
      if (isRead) return 'unchanged';
      throw stale('If-None-Match names what is there');
    }
  } else if (
    ifModifiedSince !== undefined &&
    isRead &&
    selected.exists &&
    !isNewer(selected, ifModifiedSince)
  ) {
    return 'unchanged';
  }
  return { expect: expectation(conditions, selected) };
}

/** Whether a validator in `If-Range` still holds, so that a part may be sent (RFC 9110 §13.1.5). */
export function ifRangeHolds(value: string | undefined, selected: Selected): boolean {
  if (value === undefined) return true;
  const trimmed = value.trim();
  return trimmed.startsWith('"') && trimmed === selected.etag;
}

function expectation(
  { ifMatch, ifNoneMatch, if: ifHeader }: Conditions,
  { exists, etag }: Selected,
): Expectation {
  if (!exists) return ifNoneMatch === '*' ? 'absent' : 'anything';
  if (ifMatch === '*') return 'present';
  const namesVersion = ifHeader?.lists.some(({ conditions }) =>
    conditions.some(({ is, not }) => is === 'etag' && !not),
  );
  return (ifMatch !== undefined || namesVersion === true) && etag !== undefined
    ? { etag: etagOf(etag) }
    : 'anything';
}

function matches(tags: EntityTags, { exists, etag }: Selected, how: 'strongly' | 'weakly'): boolean {
  if (!exists) return false;
  if (tags === '*') return true;
  return tags.some((tag) => (how === 'weakly' ? tag.replace(/^W\//, '') : tag) === etag);
}

/** Header dates have whole seconds only. */
function isNewer({ modified }: Selected, than: Instant): boolean {
  return modified !== undefined && Math.floor(modified / 1000) > Math.floor(than / 1000);
}

function stale(sentence: string): Refusal {
  return new Refusal('stale', sentence);
}
