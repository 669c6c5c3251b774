/** From what an event is, was, and should be, to the steps that make it so (exchange.md 8.4, 10.2 to 10.5, 11.3, 11.4). */
import type { TimeRange } from '../../icalendar/time.ts';
import { isSame } from '../agreed.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../event.ts';
import type { Creation, Update } from '../remote.ts';
import { instanceContent, occursAt } from '../series.ts';
import { type ExchangeForm, exchangeForm, type MainItem, type PartItem } from './form.ts';
import type { Mapping } from './mapping.ts';
import { partMarker } from './marker.ts';
import { hasOccurrence } from './occurrences.ts';
import { allFields, fieldChanges, setRecurrence, setTimes, type Told, timeChanges } from './patch.ts';
import type { Plan, PlanStep, RefusedPlan, Send } from './plan.ts';
import { occurrenceSteps } from './plan-occurrences.ts';
import { sendOnCreate, sendOnUpdate } from './send.ts';
import { calendarItem } from './write.ts';

export function createPlan(
  { marker, event, notify }: Creation,
  window: TimeRange,
  mapping: Mapping,
): Plan | RefusedPlan {
  const form = exchangeForm(event, window, mapping);
  if (form.refused !== undefined) return form;
  const send = sendOnCreate(notify, event.content, mapping);
  const steps = form.main ? createMain(form.main, marker, [...form.parts.keys()], send, mapping) : [];
  const parts = [...form.parts].map(([key, part]) => createPart(event, key, part, send, mapping));
  return planOf([...steps, ...parts], form, form.parts.keys());
}

function planOf(steps: readonly PlanStep[], form: ExchangeForm, parts: Iterable<RecurrenceKey>): Plan {
  return { steps, main: form.main !== null, parts: [...parts].sort(), notes: form.notes };
}

function createMain(
  main: MainItem,
  marker: string,
  parts: readonly RecurrenceKey[],
  send: Send,
  mapping: Mapping,
): readonly PlanStep[] {
  const { event, series } = main;
  const { content, zones, uid } = event;
  const recurrence = series?.recurrence ?? null;
  const element = calendarItem({ content, zones, marker, uid, recurrence }, mapping);
  return [
    { do: 'create', part: null, marker, element, send },
    ...occurrenceSteps({ before: null, after: main, parts, guest: false, send: later(send) }, mapping),
  ];
}

/** Of what follows an invitation, only news is mailed. */
const later = (send: Send): Send => (send === 'none' ? 'none' : 'changed');

function createPart(
  { uid, zones }: NeutralEvent,
  recurrenceId: RecurrenceKey,
  { kind, content }: PartItem,
  send: Send,
  mapping: Mapping,
): PlanStep {
  const marker = partMarker({ kind, uid, recurrenceId });
  const element = calendarItem({ content, zones, marker, uid: null, recurrence: null }, mapping);
  return { do: 'create', part: recurrenceId, marker, element, send };
}

export function updatePlan(update: Update, window: TimeRange, mapping: Mapping): Plan | RefusedPlan {
  const { before, after, role, notify } = update;
  const was = exchangeForm(before, window, mapping);
  const will = exchangeForm(after, window, mapping);
  if (will.refused !== undefined) return will;
  if (role === 'guest') return guestPlan(before, will, mapping);
  const send = sendOnUpdate(notify, before, after, mapping);
  const parts = wantedParts(will, update);
  const wasMain = was.refused === undefined ? was.main : null;
  return planOf(
    [
      ...mainSteps(update, wasMain, will.main, [...parts.keys()], send, mapping),
      ...partSteps(update, was.refused === undefined ? was.parts : new Map(), parts, send, mapping),
    ],
    will,
    parts.keys(),
  );
}

/** In a copy of somebody else's meeting only what is the guest's own is written, and nobody is mailed (exchange.md 11.3). */
function guestPlan(before: NeutralEvent, will: ExchangeForm, mapping: Mapping): Plan {
  const { main } = will;
  if (!main) return planOf([], will, []);
  const { content, zones } = main.event;
  const changes = fieldChanges(before, { content, zones }, mapping, { guest: true });
  const steps: PlanStep[] =
    changes.length === 0
      ? []
      : [{ do: 'update', on: { item: 'main' }, changes, send: 'none', onCrossing: [] }];
  const occurrences = occurrenceSteps({ before, after: main, parts: [], guest: true, send: 'none' }, mapping);
  return planOf([...steps, ...occurrences.filter((step) => step.do === 'update')], will, []);
}

function mainSteps(
  { id, parts: known, marker }: Update,
  was: MainItem | null,
  will: MainItem | null,
  parts: readonly RecurrenceKey[],
  send: Send,
  mapping: Mapping,
): readonly PlanStep[] {
  const exists = !known.some((part) => part.id === id);
  if (!will) return exists ? [{ do: 'delete', on: { item: 'main' }, send: 'none' }] : [];
  if (!exists || !was) return createMain(will, marker, parts, send, mapping);
  const when = whenChanges(was, will, mapping);
  const changes = [...fieldChanges(was.event, will.event, mapping, { guest: false }), ...when];
  const steps: PlanStep[] =
    changes.length === 0 ? [] : [{ do: 'update', on: { item: 'main' }, changes, send, onCrossing: [] }];
  if (!will.series) return steps;
  // A new pattern can make the server forget what it knew of the occurrences: it is asked before they are written.
  if (when.length > 0) return [...steps, { do: 'restore', send: was.series ? 'none' : send }];
  const gone = [...was.event.excluded, ...known.map(({ recurrenceId }) => recurrenceId)];
  const before = { ...was.event, excluded: gone };
  return [...steps, ...occurrenceSteps({ before, after: will, parts, guest: false, send }, mapping)];
}

function whenChanges(was: MainItem, will: MainItem, mapping: Mapping): ReturnType<typeof setTimes> {
  const times = timeChanges(was.event, will.event, mapping);
  const [from, to] = [was.series?.recurrence ?? null, will.series?.recurrence ?? null];
  if (times.length === 0 && isSame(from, to)) return [];
  return [...setTimes(will.event, mapping), ...(from || to ? [setRecurrence(to, mapping)] : [])];
}

/**
 * The rest of a plan after a `restore` step: what the series lacks, read back after its pattern was written.
 * `parts` are those of the plan.
 */
export function restoreSteps(
  after: NeutralEvent,
  readBack: NeutralEvent,
  plan: Pick<Plan, 'parts'>,
  window: TimeRange,
  send: Send,
  mapping: Mapping,
): readonly PlanStep[] {
  const form = exchangeForm(after, window, mapping);
  if (form.refused !== undefined || !form.main) return [];
  return occurrenceSteps(
    { before: readBack, after: form.main, parts: plan.parts, guest: false, send },
    mapping,
  );
}

/**
 * The parts that there are to be: those that the form needs, and those that there are already, as long as the series has
 * their instance. A deleted occurrence cannot be brought back, so an instance that comes back becomes a part as well.
 */
function wantedParts(
  { main, parts }: ExchangeForm,
  { before, after, parts: known }: Update,
): ReadonlyMap<RecurrenceKey, PartItem> {
  const there = new Set(known.map(({ recurrenceId }) => recurrenceId));
  // An override of nothing that came from there is none of ours.
  const isTheirs = (key: RecurrenceKey, { orphan }: PartItem): boolean =>
    orphan && !there.has(key) && before.overrides[key] !== undefined;
  const wanted = new Map([...parts].filter(([key, part]) => !isTheirs(key, part)));
  const returned = main?.series && keepsPattern(before, main) ? before.excluded : [];
  for (const key of [...there, ...returned]) {
    if (wanted.has(key) || after.excluded.includes(key) || !isInstance(after, main, key)) continue;
    const content = after.overrides[key] ?? instanceContent(main?.event ?? after, key);
    wanted.set(key, { kind: main ? 'override' : 'series', content, orphan: false });
  }
  return wanted;
}

const keepsPattern = (before: NeutralEvent, main: MainItem): boolean =>
  isSame(before.recurrence?.rules, main.event.recurrence?.rules);

function isInstance(after: NeutralEvent, main: MainItem | null, key: RecurrenceKey): boolean {
  if (main) return main.series !== null && hasOccurrence(main.series, key);
  return after.overrides[key] !== undefined || occursAt(after, key);
}

function partSteps(
  { before, after, parts: known }: Update,
  was: ReadonlyMap<RecurrenceKey, PartItem>,
  wanted: ReadonlyMap<RecurrenceKey, PartItem>,
  send: Send,
  mapping: Mapping,
): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  const there = new Set(known.map(({ recurrenceId }) => recurrenceId));
  for (const [key, part] of wanted) {
    if (!there.has(key)) steps.push(createPart(after, key, part, send, mapping));
    else {
      const base = was.get(key)?.content ?? before.overrides[key] ?? instanceOf(before, key);
      const changes = partChanges(
        base && { content: base, zones: before.zones },
        part.content,
        after,
        mapping,
      );
      if (changes.length > 0) {
        const on = { item: 'part', recurrenceId: key } as const;
        steps.push({ do: 'update', on, changes, send, onCrossing: [] });
      }
    }
  }
  for (const key of there) {
    if (!wanted.has(key)) steps.push({ do: 'delete', on: { item: 'part', recurrenceId: key }, send });
  }
  return steps;
}

function instanceOf(event: NeutralEvent, key: RecurrenceKey): EventContent | undefined {
  return occursAt(event, key) ? instanceContent(event, key) : undefined;
}

/** Where it is not known what the part says, all of it is written. */
function partChanges(
  before: Told | undefined,
  content: EventContent,
  { zones }: NeutralEvent,
  mapping: Mapping,
): ReturnType<typeof allFields> {
  const after = { content, zones };
  if (!before) return allFields(after, mapping);
  const own = fieldChanges(before, after, mapping, { guest: false });
  return [...own, ...timeChanges(before, after, mapping)];
}
