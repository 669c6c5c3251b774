/** Steps for the single items that stand for instances of a series (exchange.md 10.2, 10.4, 10.5). */
import { isSame } from '../../agreed.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { instanceContent, occursAt } from '../../series.ts';
import type { ExchangeForm, MainItem, PartItem } from './form.ts';
import type { Mapping } from './mapping.ts';
import { partMarker } from './marker.ts';
import { hasOccurrence } from './occurrences.ts';
import { allFields, fieldChanges, type Told, timeChanges } from './patch.ts';
import type { PlanStep, Rewriting, Send } from './plan.ts';
import { calendarItem } from './write.ts';

/**
 * The parts that there are to be: those that the form needs, and those that there are already, as long as the series has
 * their instance. A deleted occurrence cannot be brought back, so an instance that comes back becomes a part as well.
 */
export function wantedParts(
  { main, parts }: ExchangeForm,
  { before, after, parts: known }: Rewriting,
): ReadonlyMap<RecurrenceKey, PartItem> {
  const there = new Set(known.map(({ recurrenceId }) => recurrenceId));
  // An override of nothing that came from there is none of ours.
  const isTheirs = (key: RecurrenceKey, { orphan }: PartItem): boolean =>
    orphan && !there.has(key) && before.overrides[key] !== undefined;
  const wanted = new Map([...parts].filter(([key, part]) => !isTheirs(key, part)));
  // Under another pattern there are other occurrences.
  const stays = main === null || (main.series !== null && keepsPattern(before, main));
  for (const key of stays ? [...there, ...before.excluded] : []) {
    // Also those of the pattern that only comes near to the rule.
    const isExcluded = after.excluded.includes(key) || main?.event.excluded.includes(key) === true;
    if (wanted.has(key) || isExcluded || !isInstance(after, main, key)) continue;
    if (!main && !there.has(key)) continue;
    wanted.set(key, partFor(after, main, key));
  }
  return wanted;
}

export function partFor(after: NeutralEvent, main: MainItem | null, key: RecurrenceKey): PartItem {
  const content = after.overrides[key] ?? instanceContent(main?.event ?? after, key);
  return { kind: main ? 'override' : 'series', content, orphan: false };
}

const keepsPattern = (before: NeutralEvent, main: MainItem): boolean =>
  isSame(before.recurrence?.rules, main.event.recurrence?.rules);

function isInstance(after: NeutralEvent, main: MainItem | null, key: RecurrenceKey): boolean {
  if (main?.series && hasOccurrence(main.series, key)) return true;
  if (main && !main.series) return false;
  return after.overrides[key] !== undefined || occursAt(after, key);
}

export function partSteps(
  { before, after, parts: known }: Rewriting,
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

export function createPart(
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
