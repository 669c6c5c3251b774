/** Values of the query of a request, and what a pattern means. */
import { dayMs, type Instant, instant } from '../icalendar/time.ts';
import { type ErrorCode, Problem } from './problem.ts';

/** Years that a date may lie in: beyond them calendars have no dates, and no zone has rules of its own. */
const firstYear = 1601;
const lastYear = 9_000;

/** The one value of a parameter; `undefined` where it is absent. Refused where it occurs more than once. */
export function single(query: URLSearchParams, name: string, code: ErrorCode): string | undefined {
  const [value, ...others] = query.getAll(name);
  if (others.length > 0) throw new Problem(code, `${name} occurs more than once`);
  return value;
}

/** A moment in UTC as RFC 3339 writes it: `2010-01-01T00:00:00Z`. */
function moment(query: URLSearchParams, name: 'start' | 'end'): Instant | undefined {
  const code = `invalid-${name}` as const;
  const text = single(query, name, code);
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/i.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  // The 30th of February is read as a day in March.
  if (Number.isNaN(at) || utcText(at) !== text.toUpperCase())
    throw new Problem(code, `${name} is ${text.slice(0, 40)} and not like 2010-01-01T00:00:00Z`);
  const year = new Date(at).getUTCFullYear();
  if (year < firstYear || year > lastYear)
    throw new Problem(code, `${name} is not between the years ${firstYear} and ${lastYear}`);
  return instant(at);
}

/** Both ends of a stretch of time, in order. */
export function stretchOf(query: URLSearchParams): { readonly start?: Instant; readonly end?: Instant } {
  const start = moment(query, 'start');
  const end = moment(query, 'end');
  if (start !== undefined && end !== undefined && end <= start)
    throw new Problem('invalid-end', 'end is not behind start');
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

/** `2010-01-01T00:00:00Z`. */
export function utcText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** The furthest that an expansion reaches in one answer: 200 years. */
export const maxExpansionMs: number = 73_050 * dayMs;

const maxPatternLength = 200;

/** Whether a name matches a pattern: a text, or one with an asterisk at either end or both (RFC 7808 §5.5). */
export function matcher(pattern: string): (name: string) => boolean {
  if (pattern === '' || pattern.length > maxPatternLength)
    throw new Problem('invalid-pattern', `a pattern has 1 to ${maxPatternLength} characters`);
  // `\*` and `\\` are the characters themselves; whatever else a backslash stands before is an error.
  const parts = pattern.match(/\\[\\*]|[^\\]/gu) ?? [];
  if (parts.join('') !== pattern)
    throw new Problem('invalid-pattern', 'a backslash stands before \\ or * only');
  const anyBefore = parts[0] === '*';
  const anyAfter = parts.length > 1 && parts.at(-1) === '*';
  const inner = parts.slice(anyBefore ? 1 : 0, anyAfter ? -1 : undefined);
  if (inner.includes('*')) throw new Problem('invalid-pattern', 'an asterisk stands at either end only');
  const wanted = comparable(inner.map((part) => part.replace(/^\\/, '')).join(''));
  return (name) => {
    const text = comparable(name);
    if (anyBefore && anyAfter) return text.includes(wanted);
    if (anyBefore) return text.endsWith(wanted);
    return anyAfter ? text.startsWith(wanted) : text === wanted;
  };
}

/** Underscores are spaces, and case does not count in ASCII. */
function comparable(name: string): string {
  return name.replaceAll('_', ' ').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
