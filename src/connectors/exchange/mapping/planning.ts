/** From what an event is, was, and should be, to the steps that make it so (exchange.md 8.4, 10.2 to 10.5, 11.3, 11.4). */
import type { TimeRange } from '../../../icalendar/time.ts';
import { isSame } from '../../agreed.ts';
import type { NeutralEvent, RecurrenceKey } from '../../event.ts';
import type { Creation } from '../../remote.ts';
import { type ExchangeForm, exchangeForm, type MainItem } from './form.ts';
import type { Mapping } from './mapping.ts';
import { hasOccurrence } from './occurrences.ts';
import { fieldChanges, setRecurrence, setTimes, timeChanges } from './patch.ts';
import type {
  DeleteStep,
  Plan,
  PlanStep,
  RefusedPlan,
  Rewriting,
  Send,
  Shortfall,
  UpdateStep,
} from './plan.ts';
import { occurrenceSteps } from './plan-occurrences.ts';
import { createPart, partFor, partSteps, wantedParts } from './plan-parts.ts';
import { sendOnUpdate } from './send.ts';
import { calendarItem } from './write.ts';

export function createPlan(
  { marker, event }: Pick<Creation, 'marker' | 'event'>,
  window: TimeRange,
  mapping: Mapping,
): Plan | RefusedPlan {
  const form = exchangeForm(event, window, mapping);
  if (form.refused !== undefined) return form;
  if (!form.main && form.parts.size === 0) return { refused: 'no-instances' };
  const steps = form.main ? createMain(form.main, marker, [...form.parts.keys()], 'none', mapping) : [];
  const parts = [...form.parts].map(([key, part]) => createPart(event, key, part, 'none', mapping));
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

export function updatePlan(update: Rewriting, window: TimeRange, mapping: Mapping): Plan | RefusedPlan {
  const { before, after, role, notify } = update;
  const was = exchangeForm(before, window, mapping);
  const will = exchangeForm(after, window, mapping);
  if (will.refused !== undefined) return will;
  if (role === 'guest') return guestPlan(before, will, mapping);
  const send = sendOnUpdate(notify, before, after, mapping);
  const parts = wantedParts(will, update);
  const [wasMain, wereParts] = was.refused === undefined ? [was.main, was.parts] : [null, new Map()];
  const main = mainSteps(update, wasMain, will.main, [...parts.keys()], send, mapping);
  const others = partSteps(update, wereParts, parts, send, mapping);
  // What takes the place of the series is there before it goes.
  return planOf(will.main ? [...main, ...others] : [...others, ...main], will, parts.keys());
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
  { id, parts: known, marker, endsSeries }: Rewriting,
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
  const ends = endsSeries === true ? setRecurrence(null, mapping) : [];
  const changes = [...fieldChanges(was.event, will.event, mapping, { guest: false }), ...when, ...ends];
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
  return [...setTimes(will.event, mapping), ...(from || to ? setRecurrence(to, mapping) : [])];
}

/** What of the steps for its occurrences the series does not show, read back after they were carried out. */
export function shortfall(
  after: NeutralEvent,
  readBack: NeutralEvent,
  rest: readonly PlanStep[],
  window: TimeRange,
  mapping: Mapping,
): Shortfall | undefined {
  const form = exchangeForm(after, window, mapping);
  const main = form.refused === undefined ? form.main : null;
  if (!main?.series) return undefined;
  const isShown = ({ on }: UpdateStep | DeleteStep): boolean =>
    on.item === 'occurrence' && readBack.overrides[on.occurrence.key] !== undefined;
  const unwritten = rest.filter(
    (step): step is UpdateStep =>
      step.do === 'update' && step.on.item === 'occurrence' && !isShown(step) && step.onCrossing.length > 0,
  );
  const undeleted = rest.some((step) => step.do === 'delete' && isShown(step));
  const changes = [...setTimes(main.event, mapping), ...setRecurrence(main.series.recurrence, mapping)];
  const reset: PlanStep = { do: 'update', on: { item: 'main' }, changes, send: 'none', onCrossing: [] };
  return { undeleted, unwritten, reset };
}

/**
 * The rest of a plan after a `restore` step: what the series lacks, read back after its pattern was written. `parts` are
 * those of the plan. An instance that the server has deleted and that takes place becomes a part: then there are more of
 * them than the plan knew.
 */
export function restoreSteps(
  after: NeutralEvent,
  readBack: NeutralEvent,
  { parts }: Pick<Plan, 'parts'>,
  window: TimeRange,
  send: Send,
  mapping: Mapping,
): readonly PlanStep[] {
  const form = exchangeForm(after, window, mapping);
  const main = form.refused === undefined ? form.main : null;
  const series = main?.series;
  if (!main || !series) return [];
  const lost = readBack.excluded.filter(
    (key) => hasOccurrence(series, key) && !main.event.excluded.includes(key) && !parts.includes(key),
  );
  return [
    ...occurrenceSteps({ before: readBack, after: main, parts, guest: false, send }, mapping),
    ...lost.map((key) => createPart(after, key, partFor(after, main, key), send, mapping)),
  ];
}
