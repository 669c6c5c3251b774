/**
 * What RFC 4791 §4.1 and RFC 5545 demand of an object that is stored by PUT, as a list of findings.
 *
 * Lenient where real programs err without harm (they keep their bytes and their events), strict where two readers would
 * understand different things. Each fatal finding belongs to one precondition of RFC 4791 §5.3.2.1.
 */
import type { Component, Finding, FindingCode, Parsed, Property } from './component.ts';
import { shortened } from './finding.ts';
import { maxOverrides, maxRules } from './limits.ts';
import { canStandIn, isPart, needsStart } from './nesting.ts';
import { type CalendarObject, isObjectKind, objectOf } from './object.ts';
import { isRuleText } from './rule-text.ts';
import type { Steps } from './steps.ts';
import type { Instant } from './time.ts';
import { listEntries, parseDateTime, parseDuration, parsePeriod } from './value.ts';

/** The preconditions of RFC 4791 §5.3.2.1 that speak about the data alone. */
export type Precondition =
  | 'supported-calendar-data'
  | 'valid-calendar-data'
  | 'valid-calendar-object-resource'
  | 'supported-calendar-component'
  | 'max-attendees-per-instance'
  | 'max-instances'
  | 'min-date-time'
  | 'max-date-time';

/** What a calendar accepts. The numbers are those it announces as properties (RFC 4791 §5.2.3 to §5.2.9). */
export interface ObjectRules {
  readonly components: ReadonlySet<string>;
  readonly maxAttendeesPerInstance: number;
  readonly maxInstances: number;
  readonly minDateTime: Instant;
  readonly maxDateTime: Instant;
}

export interface Refused {
  readonly precondition: Precondition;
  /** For people: says what was found and where. */
  readonly message: string;
  readonly line?: number;
}

export interface Validated {
  /** Present if nothing is fatal. */
  readonly object: CalendarObject | undefined;
  /** Present if something is fatal. */
  readonly refused: Refused | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Judges a text that `parseCalendar` has read in strict mode.
 *
 * VERSION, PRODID and METHOD are reported as repairable; `repair.ts` mends them before it asks here again.
 * A short object takes one step. Time: linear. RFC 4791 §4.1, §5.3.2.1.
 */
export function* validateSteps(parsed: Parsed, rules: ObjectRules): Steps<Validated> {
  const check = new Check(parsed.findings);
  const [calendar, second] = parsed.calendars;
  let object: CalendarObject | undefined;
  // Only a part of a text that is too long was read, so nothing else is reported about it.
  if (parsed.findings.some(({ code }) => code === 'too-long'))
    return { object, refused: refusal(parsed.findings), findings: parsed.findings };
  if (second)
    check.fatal('object', second.line, 'a calendar object is one VCALENDAR, here begins a second one');
  if (calendar) {
    checkCalendar(calendar, check);
    object = objectOf(calendar, parsed.bytes);
    if (calendar.components.length > stepSize) yield;
    yield* checkSet(calendar, object, rules, check);
  }
  const refused = refusal(check.findings);
  return { object: refused ? undefined : object, refused, findings: check.findings };
}

/** The answer that the findings make necessary: the first one of the precondition that says most. */
export function refusal(findings: readonly Finding[]): Refused | undefined {
  let best: Refused | undefined;
  for (const finding of findings) {
    if (!finding.fatal) continue;
    const precondition = preconditions[finding.code];
    if (best && order.indexOf(precondition) >= order.indexOf(best.precondition)) continue;
    const { message, line } = finding;
    best = { precondition, message, ...(line !== undefined && { line }) };
  }
  return best;
}

/** A file of the wrong version is told so, even if it also breaks rules of the right one; then form, set, limits. */
const order: readonly Precondition[] = [
  'supported-calendar-data',
  'valid-calendar-data',
  'valid-calendar-object-resource',
  'supported-calendar-component',
  'max-attendees-per-instance',
  'max-instances',
  'min-date-time',
  'max-date-time',
];

const preconditions: Readonly<Record<FindingCode, Precondition>> = {
  empty: 'valid-calendar-data',
  encoding: 'valid-calendar-data',
  'byte-order-mark': 'valid-calendar-data',
  nul: 'valid-calendar-data',
  'control-character': 'valid-calendar-data',
  'split-character': 'valid-calendar-data',
  'malformed-line': 'valid-calendar-data',
  unbalanced: 'valid-calendar-data',
  'outside-calendar': 'valid-calendar-data',
  'too-deep': 'valid-calendar-data',
  'too-long': 'valid-calendar-data',
  'no-calendar': 'valid-calendar-data',
  version: 'supported-calendar-data',
  'version-missing': 'valid-calendar-data',
  'prodid-missing': 'valid-calendar-data',
  method: 'valid-calendar-object-resource',
  object: 'valid-calendar-object-resource',
  nesting: 'valid-calendar-data',
  uid: 'valid-calendar-object-resource',
  component: 'supported-calendar-component',
  required: 'valid-calendar-data',
  value: 'valid-calendar-data',
  recurrence: 'valid-calendar-data',
  'max-attendees': 'max-attendees-per-instance',
  'max-instances': 'max-instances',
  'min-date-time': 'min-date-time',
  'max-date-time': 'max-date-time',
};

/** Properties and values of one step: some milliseconds. */
const stepSize = 4_000;

class Check {
  readonly findings: Finding[];
  private passed = 0;

  constructor(findings: readonly Finding[]) {
    this.findings = [...findings];
  }

  fatal(code: FindingCode, line: number, message: string): void {
    this.findings.push({ code, line, message, fatal: true });
  }

  repairable(code: FindingCode, line: number, message: string): void {
    this.findings.push({ code, line, message, fatal: false, repaired: true });
  }

  /** Adds `count`; returns whether it is time for a pause. */
  isStepOver(count: number): boolean {
    this.passed += count;
    if (this.passed < stepSize) return false;
    this.passed = 0;
    return true;
  }
}

function checkCalendar(calendar: Component, check: Check): void {
  const version = calendar.first('VERSION');
  if (!version) check.repairable('version-missing', calendar.line, 'VERSION is missing');
  else if (!/(^|;)\s*2\.0\s*$/.test(version.rawValue)) {
    check.fatal('version', version.line, `VERSION is ${shown(version.rawValue)}, only 2.0 is understood`);
  }
  if (!calendar.first('PRODID')) check.repairable('prodid-missing', calendar.line, 'PRODID is missing');
  const method = calendar.first('METHOD');
  if (method) check.repairable('method', method.line, 'a stored object has no METHOD');
  const scale = calendar.first('CALSCALE');
  if (scale && !/^\s*(GREGORIAN)?\s*$/i.test(scale.rawValue)) {
    check.fatal('version', scale.line, `CALSCALE is ${shown(scale.rawValue)}, only GREGORIAN is understood`);
  }
}

/** The set of components: one kind, one UID, one master (RFC 4791 §4.1). */
function* checkSet(
  calendar: Component,
  object: CalendarObject | undefined,
  rules: ObjectRules,
  check: Check,
): Steps<void> {
  if (!object) {
    const other = calendar.components.find((component) => component.name !== 'VTIMEZONE');
    if (other && !isPart(other.name)) {
      check.fatal('component', other.line, `${shown(other.name)} is no kind of object that can be stored`);
    } else
      check.fatal('object', calendar.line, 'there is no event, task, journal entry or free/busy time in it');
    return;
  }
  const { kind, uid } = object;
  let master: Component | undefined;
  let overrides = 0;
  let dates = 0;
  for (const component of calendar.components) {
    checkNesting(component, 'VCALENDAR', check);
    if (check.isStepOver(1)) yield;
    if (!isObjectKind(component.name)) continue;
    const own = component.first('UID');
    if (component.name !== kind) {
      check.fatal(
        'object',
        component.line,
        `an object holds one kind of component, here are ${kind} and ${component.name}`,
      );
    }
    if (!own || own.rawValue.trim() === '')
      check.fatal('uid', component.line, `the ${component.name} of line ${component.line} has no UID`);
    else if (own.rawValue !== uid)
      check.fatal('uid', own.line, 'the components of an object have one UID, here is a second one');
    if (component.first('RECURRENCE-ID')) overrides++;
    else if (master) {
      check.fatal(
        'object',
        component.line,
        `lines ${master.line} and ${component.line} begin two ${kind} with one UID and no RECURRENCE-ID`,
      );
    } else master = component;
    dates += yield* checkComponent(component, rules, check);
    for (const inner of component.components)
      if (inner.name === 'AVAILABLE') yield* checkComponent(inner, rules, check);
  }
  if (!rules.components.has(kind))
    check.fatal('component', calendar.line, `${kind} is not stored in this calendar`);
  if (overrides > maxOverrides) {
    const line = master?.line ?? calendar.line;
    check.fatal('max-instances', line, `${overrides} changed instances, at most ${maxOverrides} are stored`);
  }
  const count = Math.max(countOf(master), overrides, dates);
  if (count > rules.maxInstances) {
    check.fatal(
      'max-instances',
      master?.line ?? calendar.line,
      `${count} instances or dates without one, at most ${rules.maxInstances} are stored`,
    );
  }
}

function checkNesting(component: Component, parent: string, check: Check): void {
  const { name, line } = component;
  if (!canStandIn(name, parent))
    check.fatal(
      'nesting',
      line,
      `${shortened(name)} in line ${line} cannot stand inside ${shortened(parent)}`,
    );
  for (const inner of component.components) checkNesting(inner, name, check);
}

/** Properties that may not come twice, since two could contradict each other. */
const single: readonly string[] = ['UID', 'DTSTART', 'DTEND', 'DUE', 'DURATION', 'RECURRENCE-ID'];

/** Checks one component of the set; returns its number of RDATE values or of EXDATE values, whichever is more. */
function* checkComponent(component: Component, rules: ObjectRules, check: Check): Steps<number> {
  const seen = new Set<string>();
  let attendees = 0;
  let ruleCount = 0;
  let rdates = 0;
  let exdates = 0;
  for (const property of component.properties) {
    const { name } = property;
    if (check.isStepOver(1)) yield;
    if (name === 'ATTENDEE') {
      if (++attendees === rules.maxAttendeesPerInstance + 1) {
        check.fatal('max-attendees', property.line, `more than ${rules.maxAttendeesPerInstance} attendees`);
      }
      continue;
    }
    const test = tests.get(name);
    const listTest = listTests.get(name);
    if (!test && !listTest) continue;
    if (single.includes(name)) {
      if (seen.has(name))
        check.fatal(
          'value',
          property.line,
          `${component.name} has a second ${name} in line ${property.line}`,
        );
      seen.add(name);
    }
    if (name === 'RDATE') rdates += entryCount(property.rawValue);
    else if (name === 'EXDATE') exdates += entryCount(property.rawValue);
    else if (name === 'RRULE' && ++ruleCount === maxRules + 1)
      check.fatal('recurrence', property.line, `more than ${maxRules} rules in one ${component.name}`);
    // Too many dates are refused below and need not be read.
    if (Math.max(rdates, exdates) > rules.maxInstances || ruleCount > maxRules) continue;
    if (!(listTest ? yield* isListOf(property, listTest, check) : test?.(property))) {
      const code = name === 'RRULE' ? 'recurrence' : 'value';
      check.fatal(
        code,
        property.line,
        `${name} in line ${property.line} is ${shown(property.rawValue)}, which is no value of its type`,
      );
    }
    if (name === 'DTSTART' || name === 'DTEND' || name === 'DUE') checkBounds(property, rules, check);
  }
  if (needsStart(component.name) && !seen.has('DTSTART')) {
    check.fatal('required', component.line, `the ${component.name} of line ${component.line} has no DTSTART`);
  }
  return Math.max(rdates, exdates);
}

function entryCount(list: string): number {
  let count = 1;
  for (let at = list.indexOf(','); at !== -1; at = list.indexOf(',', at + 1)) count++;
  return count;
}

function checkBounds(property: Property, rules: ObjectRules, check: Check): void {
  const value = parseDateTime(property.rawValue);
  if (!value) return;
  // The zone is left out of account: the bounds are years away from any date that is meant.
  const at: number = value.kind === 'utc' ? value.instant : value.local;
  if (at < rules.minDateTime)
    check.fatal('min-date-time', property.line, `${property.name} in line ${property.line} is too early`);
  if (at > rules.maxDateTime)
    check.fatal('max-date-time', property.line, `${property.name} in line ${property.line} is too late`);
}

/** Checks of the properties that decide when a component happens. All others are kept, whatever they say. */
const tests: ReadonlyMap<string, (property: Property) => boolean> = new Map([
  ['UID', () => true],
  ['DTSTART', isDateTime],
  ['DTEND', orEmpty(isDateTime)],
  ['DUE', orEmpty(isDateTime)],
  ['DURATION', orEmpty((property) => parseDuration(property.rawValue) !== undefined)],
  ['RECURRENCE-ID', isDateTime],
  ['RRULE', orEmpty((property) => isRuleText(property.rawValue))],
]);

/** Checks of lists, of which some have a hundred thousand values. */
const listTests: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['EXDATE', (value) => parseDateTime(value) !== undefined],
  ['RDATE', isDateTimeOrPeriod],
  ['FREEBUSY', (value) => parsePeriod(value) !== undefined],
]);

function* isListOf(property: Property, test: (value: string) => boolean, check: Check): Steps<boolean> {
  for (const value of listEntries(property.rawValue)) {
    if (!test(value)) return false;
    if (check.isStepOver(1)) yield;
  }
  return true;
}

function orEmpty(test: (property: Property) => boolean): (property: Property) => boolean {
  return (property) => property.rawValue.trim() === '' || test(property);
}

function isDateTime(property: Property): boolean {
  return parseDateTime(property.rawValue) !== undefined;
}

function isDateTimeOrPeriod(value: string): boolean {
  return (value.includes('/') ? parsePeriod(value) : parseDateTime(value)) !== undefined;
}

/** The number of instances that a finite rule says itself; series without COUNT are evaluated in windows instead. */
function countOf(master: Component | undefined): number {
  let count = 0;
  for (const rule of master?.all('RRULE') ?? []) {
    const match = /(?:^|;)\s*COUNT=\s*(\d+)/i.exec(rule.rawValue);
    if (match) count = Math.max(count, Number(match[1]));
  }
  return count;
}

/** A value of the client in a message: short, and on one line. */
function shown(value: string): string {
  return JSON.stringify(shortened(value));
}
