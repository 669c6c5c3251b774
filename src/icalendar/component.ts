/** Content lines -> the tree of components. Nothing is interpreted here; what is wrong is reported, never thrown. */
import { normalise, type ReadMode } from './charset.ts';
import { type Finding, type FindingCode, shortened } from './finding.ts';
import { maxDepth, maxFindings, maxLines, maxPhysicalLines } from './limits.ts';
import { mendedLine } from './line-mending.ts';
import { BrokenLine, LineScanner, type Property, type PropertyLine } from './scan.ts';
import { completed, type Steps, Stride, stepBytes } from './steps.ts';

export type { ReadMode } from './charset.ts';
export type { Finding, FindingCode } from './finding.ts';
export type { Parameter, Property } from './scan.ts';

export interface Component {
  /** In upper case: VCALENDAR, VEVENT... */
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
  /** 1-based physical line of its BEGIN. */
  readonly line: number;
  /** Byte offsets from its BEGIN to behind its END line. */
  readonly start: number;
  readonly end: number;
  /** Byte offset behind its BEGIN line: where a line can be added. */
  readonly bodyStart: number;
  first(name: string): Property | undefined;
  all(name: string): readonly Property[];
}

export interface Parsed {
  readonly calendars: readonly Component[];
  readonly findings: readonly Finding[];
  /** The bytes that all offsets refer to: the given ones, or the mended ones if something had to be mended. */
  readonly bytes: Uint8Array;
}

/**
 * Parses an iCalendar stream: its VCALENDAR components and all that is wrong with its form.
 *
 * In strict mode (a PUT) a malformed line, a wrong END or text outside a calendar is a fatal finding. In forgiving mode
 * (imports, subscriptions) such lines are mended or left out, and reported. Either way a tree comes back.
 *
 * Time and memory: linear in the bytes. Depth and lines are bounded by limits.ts.
 * RFC 5545 §3.1, §3.4, §3.6.
 */
export function parseCalendar(source: Uint8Array, mode: ReadMode): Parsed {
  return completed(parseSteps(source, mode));
}

/** The same in steps, of which a short text takes one. */
export function* parseSteps(source: Uint8Array, mode: ReadMode): Steps<Parsed> {
  const { bytes, findings: found } = normalise(source, mode);
  const builder = new TreeBuilder(mode, [...found]);
  if (bytes.length > stepBytes) yield;
  const scanner = new LineScanner(bytes);
  while (takeLines(scanner, builder)) yield;
  builder.finish(bytes.length, scanner.lineNumber);
  if (builder.roots.length === 0) builder.report('no-calendar', 1, 'there is no VCALENDAR', true);
  return { calendars: builder.roots, findings: builder.findings, bytes };
}

/** Content lines of one step, and their bytes where they are only split: some milliseconds. */
const stepLines = 4_000;
const splitBytes: number = 8 * stepBytes;

/** Takes the lines of one step. Returns whether there are more. */
function takeLines(scanner: LineScanner, builder: TreeBuilder): boolean {
  const stride = new Stride(stepLines, splitBytes);
  for (let line = scanner.next(); line; line = scanner.next()) {
    if (builder.lineCount === maxLines || scanner.lineNumber > maxPhysicalLines) {
      builder.report('too-long', line.line, `more than ${maxLines} lines, or too many folds`, true);
      return false;
    }
    builder.take(line);
    if (stride.isOver(line.end - line.start)) return true;
  }
  return false;
}

/**
 * Parses a part of a forgivingly read stream: whole components, told in the line numbers of the stream. The bytes have
 * been through `normalise` already.
 */
export function parseFragment(bytes: Uint8Array, firstLine: number): Fragment {
  return completed(fragmentSteps(bytes, firstLine));
}

export interface Fragment {
  readonly components: readonly Component[];
  readonly findings: readonly Finding[];
}

/** The same in steps, of which few lines take one. */
export function* fragmentSteps(bytes: Uint8Array, firstLine: number): Steps<Fragment> {
  const builder = new TreeBuilder('forgiving', [], true);
  const scanner = new LineScanner(bytes, firstLine, 0, true);
  const stride = new Stride(stepLines);
  for (let line = scanner.next(); line; line = scanner.next()) {
    builder.take(line);
    if (stride.isOver(line.end - line.start)) yield;
  }
  if (bytes.length > stepBytes) yield;
  builder.finish(bytes.length, scanner.lineNumber);
  return { components: builder.roots, findings: builder.findings };
}

/** Builds components from lines as they come. */
class TreeBuilder {
  readonly findings: Finding[];
  readonly roots: TreeComponent[] = [];
  /** How many lines were taken. */
  lineCount = 0;
  private readonly stack: TreeComponent[] = [];
  /** How many components are open below the deepest permitted one; their lines are passed over. */
  private tooDeep = 0;
  private readonly fatal: boolean;
  /** Components of any name may stand at the top. */
  private readonly fragment: boolean;
  private readonly depth: number;

  constructor(mode: ReadMode, findings: Finding[], fragment = false) {
    this.findings = findings;
    this.fatal = mode === 'strict';
    this.fragment = fragment;
    // A fragment lies inside a VCALENDAR, which counts as one level.
    this.depth = fragment ? maxDepth - 1 : maxDepth;
  }

  report(code: FindingCode, line: number, message: string, fatal: boolean = this.fatal): void {
    if (this.findings.length < maxFindings) this.findings.push({ code, line, message, fatal });
  }

  take(line: PropertyLine | BrokenLine): void {
    this.lineCount++;
    if (line instanceof BrokenLine) this.takeBroken(line);
    else if (line.name === 'BEGIN') this.begin(line);
    else if (line.name === 'END') this.close(line);
    else if (this.tooDeep === 0) {
      const open = this.stack[this.stack.length - 1];
      if (open) open.add(line);
      else
        this.report(
          'outside-calendar',
          line.line,
          `${shortened(line.name)} in line ${line.line} is outside of a calendar`,
        );
    }
  }

  private takeBroken(line: BrokenLine): void {
    const mended = this.fatal ? undefined : mendedLine(line);
    if (mended) {
      this.report('malformed-line', line.line, mended.message);
      this.lineCount--;
      this.take(mended.line);
    } else if (this.stack.length === 0)
      this.report('outside-calendar', line.line, `line ${line.line} is outside of a calendar`);
    else this.report('malformed-line', line.line, `line ${line.line} ${line.reason}`);
  }

  finish(end: number, lastLine: number): void {
    const open = this.stack[this.stack.length - 1];
    if (open)
      this.report(
        'unbalanced',
        lastLine,
        `the text ends inside the ${shortened(open.name)} of line ${open.line}`,
      );
    for (const component of this.stack) component.end = end;
  }

  private begin(line: PropertyLine): void {
    const name = line.rawValue.trim().toUpperCase();
    if (this.tooDeep > 0 || this.stack.length >= this.depth) {
      if (this.tooDeep++ === 0)
        this.report('too-deep', line.line, `components are nested deeper than ${maxDepth}`);
      return;
    }
    const component = new TreeComponent(name, line);
    const parent = this.stack[this.stack.length - 1];
    if (parent) parent.components.push(component);
    else if (name === 'VCALENDAR' || this.fragment) this.roots.push(component);
    else
      this.report(
        'outside-calendar',
        line.line,
        `${shortened(name) || 'a component'} in line ${line.line} is outside of a calendar`,
      );
    this.stack.push(component);
  }

  private close(line: PropertyLine): void {
    if (this.tooDeep > 0) {
      this.tooDeep--;
      return;
    }
    const name = line.rawValue.trim().toUpperCase();
    let depth = this.stack.length - 1;
    while (depth >= 0 && this.stack[depth]?.name !== name) depth--;
    if (depth !== this.stack.length - 1 || depth < 0) {
      this.report(
        'unbalanced',
        line.line,
        `END:${shortened(name)} in line ${line.line} does not match its BEGIN`,
      );
    }
    if (depth < 0) return;
    for (const component of this.stack.splice(depth)) component.end = line.end;
  }
}

/** Above this many properties a component keeps an index of their names. */
const indexedFrom = 32;

class TreeComponent implements Component {
  readonly name: string;
  readonly properties: Property[] = [];
  readonly components: TreeComponent[] = [];
  readonly line: number;
  readonly start: number;
  readonly bodyStart: number;
  end: number;
  /** A name that occurs once maps to the property itself: a hundred thousand lists of one would be made for nothing. */
  private byName: Map<string, Property | Property[]> | undefined;

  constructor(name: string, begin: Property) {
    this.name = name;
    this.line = begin.line;
    this.start = begin.start;
    this.bodyStart = begin.end;
    this.end = begin.end;
  }

  add(property: Property): void {
    this.properties.push(property);
    if (this.byName) this.keep(property);
    // The index grows while the component is read, which is done in steps: building it afterwards would take a while
    // for a hundred thousand lines.
    else if (this.properties.length === indexedFrom) {
      this.byName = new Map();
      for (const one of this.properties) this.keep(one);
    }
  }

  first(name: string): Property | undefined {
    if (this.byName) {
      const found = this.byName.get(name);
      return Array.isArray(found) ? found[0] : found;
    }
    for (const property of this.properties) if (property.name === name) return property;
    return undefined;
  }

  all(name: string): readonly Property[] {
    if (!this.byName) return this.properties.filter((property) => property.name === name);
    const found = this.byName.get(name);
    if (found === undefined) return none;
    return Array.isArray(found) ? found : [found];
  }

  private keep(property: Property): void {
    const known = this.byName?.get(property.name);
    if (known === undefined) this.byName?.set(property.name, property);
    else if (Array.isArray(known)) known.push(property);
    else this.byName?.set(property.name, [known, property]);
  }
}

const none: readonly Property[] = [];
