/**
 * `CALDAV:filter` -> `CompFilter` (RFC 4791 §9.7).
 *
 * Whatever a query asks that has no meaning is refused rather than answered by guess: `invalid-filter` where the grammar
 * or iCalendar forbids it, `CALDAV:supported-filter` where it names something this server cannot search in.
 */
import { Refusal } from '../../core/refusal.ts';
import { DavError } from '../../dav/error.ts';
import { collations } from '../../icalendar/query/collation.ts';
import type {
  Collation,
  CompFilter,
  ParamFilter,
  PropFilter,
  TextMatch,
} from '../../icalendar/query/filter.ts';
import { caldav, localNameOf, namespaceOf, namespaces } from '../../xml/name.ts';
import type { XmlElement } from '../../xml/reader.ts';
import { timeRange } from './time-range.ts';

/** Elements of one filter; each costs time for every object that is looked at. */
const maxFilterElements = 500;

/** Characters of a text-match: a UID may have half as many. */
const maxTextLength = 2_000;

/** Refuses `invalid-filter`, `unsupported-collation`, and with `CALDAV:supported-filter`. */
export function filter(element: XmlElement | undefined): CompFilter {
  if (!element) throw invalid('there is no filter');
  if (count(element) > maxFilterElements) {
    throw new Refusal('unsupported-filter', `a filter may have at most ${maxFilterElements} elements`);
  }
  const [top, ...others] = known(element, ['comp-filter']);
  if (!top || others.length > 0) throw invalid('a filter holds exactly one comp-filter');
  if (nameOf(top) !== 'VCALENDAR') throw invalid('the outermost comp-filter is VCALENDAR');
  return compFilter(top, undefined);
}

/** RFC 4791 §9.7.1. */
function compFilter(element: XmlElement, parent: string | undefined): CompFilter {
  const name = nameOf(element);
  if (parent !== undefined) requireNesting(element, name, parent);
  const children = known(element, ['is-not-defined', 'time-range', 'prop-filter', 'comp-filter']);
  if (isNotDefined(element, children)) return { name, is: 'not-defined' };
  const range = atMostOne(children, 'time-range');
  if (range) requireTimed(element, name);
  return {
    name,
    is: 'defined',
    ...(range && { timeRange: timeRange(range) }),
    props: named(children, 'prop-filter').map(propFilter),
    comps: named(children, 'comp-filter').map((child) => compFilter(child, name)),
  };
}

/** RFC 4791 §9.7.2. */
function propFilter(element: XmlElement): PropFilter {
  const name = nameOf(element);
  const children = known(element, ['is-not-defined', 'time-range', 'text-match', 'param-filter']);
  if (isNotDefined(element, children)) return { name, is: 'not-defined' };
  const range = atMostOne(children, 'time-range');
  const text = atMostOne(children, 'text-match');
  if (range && text) throw invalid(`the filter of ${name} has both a time-range and a text-match`);
  if (range && !datedProperties.has(name)) {
    if (name.startsWith('X-')) throw unsupported(element, `nothing is known of dates in ${name}`);
    throw invalid(`${name} holds no date that a time-range could be compared with`);
  }
  return {
    name,
    is: 'defined',
    ...(range && { timeRange: timeRange(range) }),
    ...(text && { textMatch: textMatch(text) }),
    params: named(children, 'param-filter').map(paramFilter),
  };
}

/** RFC 4791 §9.7.3. */
function paramFilter(element: XmlElement): ParamFilter {
  const name = nameOf(element);
  const children = known(element, ['is-not-defined', 'text-match']);
  if (isNotDefined(element, children)) return { name, is: 'not-defined' };
  const text = atMostOne(children, 'text-match');
  return { name, is: 'defined', ...(text && { textMatch: textMatch(text) }) };
}

/** RFC 4791 §9.7.5. */
function textMatch(element: XmlElement): TextMatch {
  if (element.children.length > 0) throw invalid('a text-match holds text only');
  const negate = element.attributes.get('{}negate-condition') ?? 'no';
  if (negate !== 'yes' && negate !== 'no') throw invalid('negate-condition is yes or no');
  if (element.text.length > maxTextLength)
    throw new Refusal(
      'unsupported-filter',
      `a text to be found may have at most ${maxTextLength} characters`,
    );
  return {
    text: element.text,
    collation: collation(element.attributes.get('{}collation')),
    negate: negate === 'yes',
  };
}

/** RFC 4791 §7.5.1. */
function collation(written: string | undefined): Collation {
  if (written === undefined) return 'i;ascii-casemap';
  const found = collations.find((one) => one === written);
  if (found) return found;
  throw new Refusal('unsupported-collation', `${JSON.stringify(written)} is not a collation offered here`);
}

/** Which components may stand where (RFC 5545 §3.6, RFC 7953 §3.1, RFC 9073 §7, RFC 9074 §8.2). */
const nesting: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['VCALENDAR', new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY', 'VTIMEZONE'])],
  ['VEVENT', new Set(['VALARM', 'PARTICIPANT', 'VLOCATION', 'VRESOURCE'])],
  ['VTODO', new Set(['VALARM', 'PARTICIPANT', 'VLOCATION', 'VRESOURCE'])],
  ['VJOURNAL', new Set(['PARTICIPANT', 'VLOCATION', 'VRESOURCE'])],
  ['VFREEBUSY', new Set(['PARTICIPANT', 'VLOCATION', 'VRESOURCE'])],
  ['VAVAILABILITY', new Set(['AVAILABLE'])],
  ['VTIMEZONE', new Set(['STANDARD', 'DAYLIGHT'])],
  ['VALARM', new Set(['VLOCATION'])],
  ['PARTICIPANT', new Set(['VLOCATION', 'VRESOURCE'])],
]);
const knownComponents: ReadonlySet<string> = new Set([
  ...nesting.keys(),
  ...[...nesting.values()].flatMap((set) => [...set]),
]);

/**
 * Components in which only standard components stand: a filter for an `X-` component inside them is refused too, as it
 * could find nothing.
 */
const closedComponents: ReadonlySet<string> = new Set(['VALARM', 'STANDARD', 'DAYLIGHT']);

function requireNesting(element: XmlElement, name: string, parent: string): void {
  if (parent.startsWith('X-') || (name.startsWith('X-') && !closedComponents.has(parent))) return;
  if (!name.startsWith('X-') && !knownComponents.has(name)) {
    throw unsupported(element, `${name} is no component that is known here`);
  }
  if (!nesting.get(parent)?.has(name)) throw invalid(`there is no ${name} inside of a ${parent}`);
}

/**
 * Components with a rule of overlap in RFC 4791 §9.9. VCALENDAR stands for all of them: clients that want events, tasks and
 * journals of a week put the range there (clients.md §2.9, demand 55).
 */
const timedComponents: ReadonlySet<string> = new Set([
  'VCALENDAR',
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VAVAILABILITY',
  'VALARM',
]);

function requireTimed(element: XmlElement, name: string): void {
  if (timedComponents.has(name)) return;
  if (name.startsWith('X-')) throw unsupported(element, `nothing is known of the times of ${name}`);
  throw invalid(`a ${name} has no time that a time-range could be compared with`);
}

const datedProperties: ReadonlySet<string> = new Set([
  'ACKNOWLEDGED',
  'COMPLETED',
  'CREATED',
  'DTEND',
  'DTSTAMP',
  'DTSTART',
  'DUE',
  'EXDATE',
  'LAST-MODIFIED',
  'RDATE',
  'RECURRENCE-ID',
  'TRIGGER',
]);

function nameOf(element: XmlElement): string {
  const name = element.attributes.get('{}name')?.trim() ?? '';
  if (/^[A-Za-z0-9-]+$/.test(name)) return name.toUpperCase();
  throw invalid(`${localNameOf(element.name)} names nothing that iCalendar could hold`);
}

/** The children of our namespace, which must be of the given names; foreign ones are ignored (RFC 4918 §17). */
function known(element: XmlElement, locals: readonly string[]): readonly XmlElement[] {
  const children = element.children.filter(({ name }) => namespaceOf(name) === namespaces.caldav);
  for (const { name } of children) {
    if (!locals.includes(localNameOf(name))) {
      throw invalid(`${localNameOf(name)} has no place inside of ${localNameOf(element.name)}`);
    }
  }
  return children;
}

function isNotDefined(element: XmlElement, children: readonly XmlElement[]): boolean {
  if (named(children, 'is-not-defined').length === 0) return false;
  if (children.length === 1) return true;
  throw invalid(`${localNameOf(element.name)} asks for absence and for something else at once`);
}

function named(children: readonly XmlElement[], local: string): readonly XmlElement[] {
  const name = caldav(local);
  return children.filter((child) => child.name === name);
}

function atMostOne(children: readonly XmlElement[], local: string): XmlElement | undefined {
  const [first, ...others] = named(children, local);
  if (others.length > 0) throw invalid(`there is more than one ${local} in one place`);
  return first;
}

function count(element: XmlElement): number {
  return element.children.reduce((sum, child) => sum + count(child), 1);
}

function invalid(message: string): Refusal {
  return new Refusal('invalid-filter', message);
}

/** RFC 4791 §7.8: the answer names the filter that has no support. */
function unsupported({ name, attributes }: XmlElement, message: string): DavError {
  return new DavError(403, message, {
    name: caldav('supported-filter'),
    content: (writer) => writer.element(name, undefined, { name: attributes.get('{}name') ?? '' }),
  });
}
