/** Steps that make the occurrences of a main item say what they should: changed first, then deleted (exchange.md 8.4, 10.3). */

import type { NeutralEvent, RecurrenceKey } from '../../event.ts';
import { instanceContent } from '../../series.ts';
import type { MainItem } from './form.ts';
import type { Mapping } from './mapping.ts';
import { partMarker } from './marker.ts';
import { hasOccurrence, occurrenceRef, type WalkedSeries } from './occurrences.ts';
import { fieldChanges, type Told, timeChanges } from './patch.ts';
import type { PlanStep, Send, Target } from './plan.ts';
import { calendarItem } from './write.ts';

export interface OccurrenceChange {
  /** As the server has the series; null: it was created just now, with nothing but its pattern. */
  readonly before: NeutralEvent | null;
  readonly after: MainItem;
  /** Instances that are parts: as occurrences they are deleted. */
  readonly parts: Iterable<RecurrenceKey>;
  readonly guest: boolean;
  readonly send: Send;
}

export function occurrenceSteps(change: OccurrenceChange, mapping: Mapping): readonly PlanStep[] {
  const { before, after, guest, send } = change;
  const { series, event } = after;
  if (!series) return [];
  const gone = new Set([...event.excluded, ...change.parts].filter((key) => hasOccurrence(series, key)));
  const wasGone = new Set(before?.excluded ?? []);
  const steps: PlanStep[] = [];
  for (const key of touchedKeys(before, event)) {
    if (gone.has(key) || wasGone.has(key) || !hasOccurrence(series, key)) continue;
    const changes = changesOf(key, before ?? bare(event), event, guest, mapping);
    if (changes.length === 0) continue;
    const on = occurrenceTarget(series, key, wasGone, mapping);
    steps.push({ do: 'update', on, changes, send, onCrossing: asPart(event, key, on, send, mapping) });
  }
  for (const key of [...gone].sort()) {
    if (!wasGone.has(key))
      steps.push({ do: 'delete', on: occurrenceTarget(series, key, wasGone, mapping), send });
  }
  return steps;
}

function touchedKeys(before: NeutralEvent | null, after: NeutralEvent): readonly RecurrenceKey[] {
  return [...new Set([...Object.keys(before?.overrides ?? {}), ...Object.keys(after.overrides)])].sort();
}

/** A series of which no occurrence was changed yet. */
const bare = (event: NeutralEvent): NeutralEvent => ({ ...event, overrides: {}, excluded: [] });

function changesOf(
  key: RecurrenceKey,
  before: NeutralEvent,
  after: NeutralEvent,
  guest: boolean,
  mapping: Mapping,
): ReturnType<typeof fieldChanges> {
  const told = (event: NeutralEvent): Told => ({
    content: event.overrides[key] ?? instanceContent(event, key),
    zones: event.zones,
  });
  const master = {
    before: { content: before.content, zones: before.zones },
    after: { content: after.content, zones: after.zones },
  };
  const own = fieldChanges(told(before), told(after), mapping, { guest, master });
  return guest ? own : [...own, ...timeChanges(told(before), told(after), mapping)];
}

function occurrenceTarget(
  series: WalkedSeries,
  key: RecurrenceKey,
  deleted: ReadonlySet<RecurrenceKey>,
  mapping: Mapping,
): Target {
  return { item: 'occurrence', occurrence: occurrenceRef(series, key, deleted, mapping) };
}

/** Where the server does not let the occurrence be moved, it is deleted, and a single item takes its place (exchange.md 10.5). */
function asPart(
  event: NeutralEvent,
  key: RecurrenceKey,
  on: Target,
  send: Send,
  mapping: Mapping,
): readonly PlanStep[] {
  const content = event.overrides[key];
  if (!content) return [];
  const marker = partMarker({ kind: 'override', uid: event.uid, recurrenceId: key });
  const element = calendarItem({ content, zones: event.zones, marker, uid: null, recurrence: null }, mapping);
  return [
    { do: 'delete', on, send },
    { do: 'create', part: key, marker, element, send },
  ];
}
