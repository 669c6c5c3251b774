/**
 * The forgiving way in: any .ics file (an upload, a subscription, a hand-over) becomes one object per UID.
 *
 * The file is read twice. The first pass notes where each component lies, which costs some hundred bytes an event; the
 * second builds one object at a time. So a file of 100,000 events needs the memory of its bytes and of one object.
 */
import { createHash } from 'node:crypto';
import { type Component, type Finding, parseFragment } from './component.ts';
import { normaliseSteps } from './import-bytes.ts';
import { type ImportedCalendar, note, type Outline, outlineSteps, type Place } from './import-outline.ts';
import { repairedComponent } from './import-repair.ts';
import { maxGroupBytes, maxGroupLines } from './limits.ts';
import { isObjectKind, type ObjectKind } from './object.ts';
import { productId } from './repair.ts';
import { calendarText } from './write.ts';

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
  /** Grows while `objects` is read: of how many UIDs nothing could be kept. */
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
  const { bytes, findings: found } = yield* normaliseSteps(source);
  const findings: Finding[] = [...found];
  const outline = yield* outlineSteps(bytes, findings);
  const groups = yield* groupSteps(outline.places);
  const opened = {
    calendar: outline.calendar,
    componentCount: outline.places.length,
    isCalendar: outline.calendarCount > 0,
    isComplete: outline.calendarCount > 0 && outline.complete,
    objects: { [Symbol.iterator]: () => objects(bytes, groups, outline, findings, opened) },
    findings,
    unusableCount: 0,
  };
  return opened;
}

/** Places of one step. */
const stepPlaces = 2_000;

/** By kind and UID, in the order of the file. */
function* groupSteps(places: readonly Place[]): Generator<void, ReadonlyMap<string, readonly Place[]>> {
  // UIDs are compared octet by octet; a Map has no keys of its own, whatever a UID is called.
  const groups = new Map<string, Place[]>();
  let count = 0;
  for (const place of places) {
    // Without a UID nothing ties components together.
    const key = place.uid === '' ? `${place.start}` : `${place.name} ${place.uid}`;
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
): Generator<ImportedObject> {
  counted.unusableCount = 0;
  for (const group of groups.values()) {
    const object = isReadable(group, findings) ? buildObject(bytes, group, outline, findings) : undefined;
    if (object) yield object;
    else counted.unusableCount++;
  }
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

function buildObject(
  bytes: Uint8Array,
  group: readonly Place[],
  outline: Outline,
  findings: Finding[],
): ImportedObject | undefined {
  const byRecurrenceId = new Map<string, Component>();
  for (const place of group) {
    const component = readPlace(bytes, place, findings);
    if (!component) continue;
    const id = component.first('RECURRENCE-ID')?.content ?? '';
    const other = byRecurrenceId.get(id);
    if (!other) byRecurrenceId.set(id, component);
    else {
      const newer = isNewer(component, other) ? component : other;
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
  const zones = new Set<string>();
  for (const component of byRecurrenceId.values()) {
    const repaired = repairedComponent(component, (line, message) => note(findings, 'value', line, message));
    if (!repaired || !isObjectKind(component.name)) continue;
    kind ??= component.name;
    lines += repaired.text;
    for (const tzid of repaired.tzids) zones.add(tzid);
  }
  if (!kind) return undefined;
  const first = group[0];
  let uid = first?.uid ?? '';
  const uidDerived = uid === '';
  if (uidDerived) {
    uid = derivedUid(lines);
    lines = lines.replace('\r\n', `\r\nUID:${uid}\r\n`);
  }
  let zoneLines = '';
  for (const tzid of zones) {
    const place = outline.zones.get(tzid) ?? outline.zones.get(tzid.trim());
    const zone = place && readPlace(bytes, place, findings);
    if (zone) zoneLines += repairedComponent(zone, () => undefined)?.text ?? '';
  }
  return { kind, uid, uidDerived, bytes: Buffer.from(calendarText(zoneLines + lines, productId), 'utf8') };
}

function readPlace(bytes: Uint8Array, place: Place, findings: Finding[]): Component | undefined {
  const parsed = parseFragment(bytes.subarray(place.start, place.end), place.line);
  // That the file ends inside a component was found by the first pass.
  for (const { code, line, message } of parsed.findings) {
    if (code !== 'unbalanced') note(findings, code, line ?? place.line, message);
  }
  return parsed.components[0];
}

/** RFC 5546 §2.1.5: SEQUENCE, then DTSTAMP; LAST-MODIFIED for those who raise neither. */
function isNewer(a: Component, b: Component): boolean {
  for (const name of ['SEQUENCE', 'DTSTAMP', 'LAST-MODIFIED']) {
    const left = a.first(name)?.rawValue ?? '';
    const right = b.first(name)?.rawValue ?? '';
    if (left === right) continue;
    return name === 'SEQUENCE' ? (Number(left) || 0) > (Number(right) || 0) : left > right;
  }
  return false;
}

/** A UID from what the object says; the times at which it was written down do not count. */
function derivedUid(lines: string): string {
  const content = lines.replace(/^(DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE|UID)[;:].*\r\n(?: .*\r\n)*/gim, '');
  return `${createHash('sha256').update(content).digest('hex').slice(0, 32)}@import`;
}
