/**
 * The forgiving way in: any .ics file (an upload, a subscription, a hand-over) becomes one object per UID.
 *
 * The file is read twice. The first pass notes where each component lies, which costs some hundred bytes an event; the
 * second builds one object at a time. So a file of 100,000 events needs the memory of its bytes and of one object.
 */
import { type Component, type Finding, fragmentSteps } from '../component.ts';
import { shortened } from '../finding.ts';
import { maxGroupBytes, maxGroupLines } from '../limits.ts';
import { isObjectKind, type ObjectKind, objectKinds } from '../object.ts';
import { productId } from '../repair.ts';
import { compareRevisions } from '../revision.ts';
import { type Steps, Stride, stepBytes } from '../steps.ts';
import { calendarText } from '../write.ts';
import { utc, zoneResolver } from '../zones/timezone.ts';
import { normaliseSteps } from './import-bytes.ts';
import { plainLayoutSteps } from './import-layout.ts';
import { type ImportedCalendar, note, type Outline, outlineSteps, type Place } from './import-outline.ts';
import { placeInSeries, seriesAlone } from './import-override.ts';
import { plainSteps } from './import-quoted.ts';
import { repairSteps } from './import-repair.ts';
import { uidInstead, uidOfContent, underUid } from './import-uid.ts';

export type { ImportedCalendar } from './import-outline.ts';

export interface ImportedObject {
  readonly kind: ObjectKind;
  readonly uid: string;
  /** The UID was made from the content: the same content gives the same UID. */
  readonly uidDerived: boolean;
  /** A complete object as `acceptObject` takes it, but for the limits of the calendar it goes to. */
  readonly bytes: Uint8Array;
}

export interface Import {
  readonly calendar: ImportedCalendar;
  /** Number of events, tasks and so on in the file, overrides included. */
  readonly componentCount: number;
  /** False for what is no calendar at all (an error page): then nothing may be concluded from the absence of events. */
  readonly isCalendar: boolean;
  /** False when the file ends inside a component: what is missing may only have been cut off. */
  readonly isComplete: boolean;
  readonly objects: Iterable<ImportedObject>;
  /** The same, with `undefined` where others may have their turn: one object may have a hundred thousand lines. */
  readonly steps: Iterable<ImportedObject | undefined>;
  /** Grows while `objects` is read: the number of UIDs of which nothing could be kept. */
  readonly unusableCount: number;
  /** Grows while `objects` is read. Lines are those of the file. */
  readonly findings: readonly Finding[];
}

/** Opens an import. Nothing is thrown, whatever the bytes are. Time: linear. */
export function openImport(source: Uint8Array): Import {
  const steps = importSteps(source);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in steps of a millisecond or two, for callers that let others have their turn in between. */
export function* importSteps(source: Uint8Array): Generator<void, Import> {
  const { bytes: written, findings: found } = yield* normaliseSteps(source);
  const findings: Finding[] = [...found];
  const laidOut = yield* plainLayoutSteps(written);
  if (laidOut.isIndented)
    note(findings, 'malformed-line', 1, 'lines are indented; they were read without that');
  const bytes = yield* plainSteps(laidOut.bytes);
  const outline = yield* outlineSteps(bytes, findings);
  const groups = yield* groupSteps(outline.places);
  const opened = {
    calendar: outline.calendar,
    componentCount: outline.places.length,
    isCalendar: outline.calendarCount > 0,
    isComplete: outline.calendarCount > 0 && outline.complete,
    objects: { [Symbol.iterator]: () => made(opened.steps) },
    steps: { [Symbol.iterator]: () => objects(bytes, groups, outline, findings, opened) },
    findings,
    unusableCount: 0,
  };
  return opened;
}

function* made(steps: Iterable<ImportedObject | undefined>): Generator<ImportedObject> {
  for (const object of steps) if (object) yield object;
}

/** Places that are grouped in one step. */
const stepPlaces = 2_000;

/** By kind and UID, in the order of the file. */
function* groupSteps(places: readonly Place[]): Generator<void, ReadonlyMap<string, readonly Place[]>> {
  // UIDs are compared octet by octet; a Map has no keys of its own, whatever a UID is called.
  const groups = new Map<string, Place[]>();
  let count = 0;
  for (const place of places) {
    // Components without a UID are objects of their own.
    const key = place.uid === '' ? `${place.start}` : groupKey(place.name, place.uid);
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
    if (++count % stepPlaces === 0) yield;
  }
  return groups;
}

/** Second pass: one object at a time. */
function* objects(
  bytes: Uint8Array,
  groups: ReadonlyMap<string, readonly Place[]>,
  outline: Outline,
  findings: Finding[],
  counted: { unusableCount: number },
): Generator<ImportedObject | undefined, void, undefined> {
  counted.unusableCount = 0;
  const fileZones = new FileZones(outline.zones, findings);
  for (const [key, group] of groups) {
    const object = isReadable(group, findings)
      ? yield* buildObject(bytes, group, fileZones, findings)
      : undefined;
    if (!object) counted.unusableCount++;
    else yield isTaken(object, key, groups) ? moved(object, group, findings) : object;
  }
}

/** Whether an object of another kind has the UID: a calendar has one object of a UID (RFC 4791 §4.1). */
function isTaken({ kind, uid }: ImportedObject, key: string, groups: ReadonlyMap<string, unknown>): boolean {
  const first = objectKinds.find((other) => groups.has(groupKey(other, uid)));
  return first !== undefined && first !== kind && key === groupKey(kind, uid);
}

function moved(object: ImportedObject, group: readonly Place[], findings: Finding[]): ImportedObject {
  const line = group[0]?.line ?? 1;
  note(
    findings,
    'uid',
    line,
    `the ${object.kind} of line ${line} has the UID of another kind of object; it was given one of its own`,
  );
  return underUid(object, uidInstead(object.kind, object.uid));
}

/** The definitions of zones in the file, and the names for which there is none. */
class FileZones {
  private readonly places: ReadonlyMap<string, Place>;
  private readonly inAnyCase: ReadonlyMap<string, Place>;
  private readonly findings: Finding[];
  private readonly told = new Set<string>();

  constructor(places: ReadonlyMap<string, Place>, findings: Finding[]) {
    this.places = places;
    this.inAnyCase = new Map([...places].map(([tzid, place]) => [tzid.toLowerCase(), place]));
    this.findings = findings;
  }

  place(tzid: string): Place | undefined {
    const name = tzid.trim();
    return this.places.get(tzid) ?? this.places.get(name) ?? this.inAnyCase.get(name.toLowerCase());
  }

  /** Reports a zone name that nothing explains, once: its times may belong to another place. */
  look(tzid: string, definition: Component | undefined, line: number): void {
    if (tzid.trim() === '' || this.told.has(tzid)) return;
    const zones = zoneResolver(new Map(definition ? [[tzid, definition]] : []), utc);
    zones.zone(tzid);
    if (!zones.unresolved.has(tzid)) return;
    this.told.add(tzid);
    const name = JSON.stringify(shortened(tzid));
    note(
      this.findings,
      'value',
      line,
      `the time zone ${name} in line ${line} is not known; its times are those of the calendar's own zone`,
    );
  }
}

function groupKey(kind: string, uid: string): string {
  return `${kind} ${uid}`;
}

/** Whether an object of these components could be stored at all. */
function isReadable(group: readonly Place[], findings: Finding[]): boolean {
  let [sizeBytes, lineCount] = [0, 0];
  for (const { start, end, line, lastLine } of group) {
    sizeBytes += end - start;
    lineCount += lastLine - line + 1;
  }
  if (sizeBytes <= maxGroupBytes && lineCount <= maxGroupLines) return true;
  const line = group[0]?.line ?? 1;
  note(
    findings,
    'too-long',
    line,
    `the object that begins in line ${line} is larger than any that can be stored`,
  );
  return false;
}

function* buildObject(
  bytes: Uint8Array,
  group: readonly Place[],
  fileZones: FileZones,
  findings: Finding[],
): Steps<ImportedObject | undefined> {
  const byRecurrenceId = new Map<string, Component>();
  const read = new Stride(stepComponents);
  for (const place of group) {
    if (read.isOver(place.end - place.start)) yield;
    const component = yield* readPlace(bytes, place, findings);
    if (!component) continue;
    const replaced = component.first('RECURRENCE-ID');
    const id = replaced && replaced.rawValue.trim() !== '' ? replaced.content : '';
    const other = byRecurrenceId.get(id);
    if (!other) byRecurrenceId.set(id, component);
    else {
      const newer = compareRevisions(component, other) > 0 ? component : other;
      byRecurrenceId.set(id, newer);
      note(
        findings,
        'object',
        place.line,
        `line ${place.line} describes the same ${place.name} again; the newer of the two was kept`,
      );
    }
  }
  let lines = '';
  let kind: ObjectKind | undefined;
  const zones = new Map<string, number>();
  const repairing = new Stride(stepComponents);
  for (const component of byRecurrenceId.values()) {
    if (repairing.isOver(component.end - component.start)) yield;
    const repaired = yield* repairSteps(
      component,
      (line, message) => note(findings, 'value', line, message),
      placeInSeries(component, byRecurrenceId.get('')),
    );
    if (!repaired || !isObjectKind(component.name)) continue;
    kind ??= component.name;
    lines += byRecurrenceId.size === 1 ? seriesAlone(component, repaired.text, findings) : repaired.text;
    for (const [tzid, line] of repaired.tzids) if (!zones.has(tzid)) zones.set(tzid, line);
  }
  if (!kind) return undefined;
  const first = group[0];
  let uid = first?.uid ?? '';
  const uidDerived = uid === '';
  if (uidDerived) {
    uid = uidOfContent(lines);
    lines = lines.replace('\r\n', `\r\nUID:${uid}\r\n`);
  }
  let zoneLines = '';
  const defined = new Stride(stepZones);
  for (const [tzid, line] of zones) {
    const place = fileZones.place(tzid);
    if (defined.isOver(place ? place.end - place.start : 0)) yield;
    const zone = place && (yield* readPlace(bytes, place, findings));
    fileZones.look(tzid, zone, line);
    if (zone) zoneLines += (yield* repairSteps(zone, () => undefined))?.text ?? '';
  }
  const text = calendarText(zoneLines + lines, productId);
  if (text.length > stepBytes) yield;
  return { kind, uid, uidDerived, bytes: Buffer.from(text, 'utf8') };
}

/** Components of one step: some milliseconds. */
const stepComponents = 200;
/** The same of definitions of zones, of which each may have hundreds of rules. */
const stepZones = 16;

function* readPlace(bytes: Uint8Array, place: Place, findings: Finding[]): Steps<Component | undefined> {
  const parsed = yield* fragmentSteps(bytes.subarray(place.start, place.end), place.line);
  // That the file ends inside a component was found by the first pass.
  for (const { code, line, message } of parsed.findings) {
    if (code !== 'unbalanced') note(findings, code, line ?? place.line, message);
  }
  return parsed.components[0];
}
