/**
 * The form in which Exchange keeps an event: a main item that is single or a series of one pattern, and parts beside it for
 * the instances that it cannot say (exchange.md 10.2, 10.4, 10.5). Everything that is written or expected follows from it.
 */
import type { TimeRange } from '../../../icalendar/time.ts';
import { usedZones } from '../../agreed.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { instanceContent, keyOf } from '../../series.ts';
import { approximated } from './approximate.ts';
import { instancesIn, maxSingles } from './instances.ts';
import type { Mapping } from './mapping.ts';
import type { PartKind } from './marker.ts';
import { hasOccurrence, mayMove, type WalkedSeries, walkedSeries } from './occurrences.ts';
import type { ExchangeRecurrence } from './pattern.ts';
import { isOwnMeeting } from './people.ts';
import type { MappingNote, RefusedPlan } from './plan.ts';
import { exportRecurrence, importRecurrence } from './recurrence.ts';
import { keyAt } from './series-walk.ts';
import { refusedTimes } from './times.ts';
import { wireTitle } from './title.ts';

export interface MainItem {
  /** What the main item says, as an event: its start fits its rule, and `overrides` are occurrences of it. */
  readonly event: NeutralEvent;
  /** Null: it is single. */
  readonly series: (WalkedSeries & { readonly recurrence: ExchangeRecurrence }) | null;
}

export interface PartItem {
  readonly kind: PartKind;
  readonly content: EventContent;
  /** It has no instance to stand for but its own: perhaps it is an exception of a pattern that was changed there. */
  readonly orphan: boolean;
}

export interface ExchangeForm {
  readonly refused?: undefined;
  /** Null: all instances are parts. */
  readonly main: MainItem | null;
  readonly parts: ReadonlyMap<RecurrenceKey, PartItem>;
  /**
   * What all of it says together. Where there is a main item: that, with the parts as changed instances; its recurrence is
   * the main item's, and an instance beside the rule is an override of its own.
   */
  readonly whole: NeutralEvent;
  readonly notes: readonly MappingNote[];
}

export function exchangeForm(
  event: NeutralEvent,
  window: TimeRange,
  mapping: Mapping,
): ExchangeForm | RefusedPlan {
  const refused = [event.content, ...Object.values(event.overrides)]
    .map((content) => refusedTimes(content, event.zones))
    .find((reason) => reason !== undefined);
  if (refused !== undefined) return { refused };
  const form = formOf(event, window, mapping);
  if (form.refused !== undefined) return form;
  return { ...form, notes: [...new Set([...form.notes, ...contentNotes(event, mapping)])] };
}

function formOf(event: NeutralEvent, window: TimeRange, mapping: Mapping): ExchangeForm | RefusedPlan {
  const exported = exportRecurrence(event, mapping);
  if (exported.as === 'single') {
    const single = { ...event, recurrence: null, excluded: [], overrides: {} };
    return { main: { event: single, series: null }, parts: new Map(), whole: single, notes: [] };
  }
  if (exported.as === 'series') return seriesForm(event, exported);
  if (mapping.unsupportedRecurrence === 'skip') return { refused: 'recurrence-unsupported' };
  const near = mapping.unsupportedRecurrence === 'approximate' ? approximated(event, window) : undefined;
  const nearly = near && exportRecurrence(near.series, mapping);
  if (near && nearly?.as === 'series') {
    const behind = [...instancesIn(event, window)].filter(([key]) => !near.has(key));
    const form = seriesForm(near.series, nearly, new Map(behind));
    const notes = behind.length > 0 ? (['recurrence-as-singles'] as const) : [];
    return { ...form, notes: [...form.notes, 'recurrence-approximated', ...notes] };
  }
  return singlesForm(event, window);
}

function singlesForm(event: NeutralEvent, window: TimeRange): ExchangeForm {
  const parts = new Map<RecurrenceKey, PartItem>();
  for (const [key, content] of instancesIn(event, window)) {
    parts.set(key, { kind: 'series', content, orphan: false });
  }
  return { main: null, parts, whole: event, notes: ['recurrence-as-singles'] };
}

type SeriesExport = Extract<ReturnType<typeof exportRecurrence>, { as: 'series' }>;

/** `behind`: instances after the end of the series, which stand alone. */
function seriesForm(
  event: NeutralEvent,
  { clock, recurrence, oddStart }: SeriesExport,
  behind: ReadonlyMap<RecurrenceKey, EventContent> = new Map(),
): ExchangeForm {
  const pattern: NeutralEvent = {
    ...event,
    content: instanceContent(event, keyAt(clock.start, clock)),
    recurrence: { rules: [importRecurrence(recurrence, clock)], dates: [] },
    excluded: [],
    overrides: {},
  };
  const series = walkedSeries(pattern);
  if (!series) throw new Error('a pattern of Exchange became no rule');
  const excluded = event.excluded.filter((key) => hasOccurrence(series, key));
  const overrides = Object.entries(event.overrides).filter(
    ([key]) => !event.excluded.includes(key) && hasOccurrence(series, key),
  );
  const beside = partsBeside(event, series, oddStart);
  const crossing = crossingParts(new Map(overrides), excluded, series, event.zones);
  const isPart = (key: RecurrenceKey): boolean => crossing.has(key);
  const main = withUsedZones(event, {
    ...pattern,
    excluded: [...excluded, ...crossing.keys()].sort(),
    overrides: Object.fromEntries(overrides.filter(([key]) => !isPart(key))),
  });
  const alone = [...behind].map(([key, content]): [RecurrenceKey, PartItem] => [
    key,
    { kind: 'series', content, orphan: false },
  ]);
  const parts = new Map([...beside, ...crossing, ...alone]);
  const told = [...parts].map(([key, { content }]) => [key, content] as const);
  const whole = withUsedZones(event, {
    ...pattern,
    excluded: excluded.toSorted(),
    overrides: Object.fromEntries([...Object.entries(main.overrides), ...told]),
  });
  const notes: MappingNote[] = [
    ...(crossing.size > 0 ? (['override-moved-past-neighbour'] as const) : []),
    ...([...beside.values()].some(({ orphan }) => orphan) ? (['override-without-instance'] as const) : []),
  ];
  return { main: { event: main, series: { ...series, recurrence } }, parts, whole, notes };
}

const withUsedZones = ({ zones }: NeutralEvent, event: NeutralEvent): NeutralEvent => ({
  ...event,
  zones: usedZones(event, zones),
});

/** Instances beside the rule: RDATEs, a start that the rule does not name, overrides of no instance. */
function partsBeside(
  event: NeutralEvent,
  series: WalkedSeries,
  oddStart: boolean,
): ReadonlyMap<RecurrenceKey, PartItem> {
  const { content, recurrence, zones, overrides } = event;
  const dates = (recurrence?.dates ?? []).map((time) => keyOf(time, zones));
  const keys = new Set([...(oddStart ? [keyOf(content.start, zones)] : []), ...dates]);
  const parts = new Map<RecurrenceKey, PartItem>();
  for (const key of [...keys, ...Object.keys(overrides)].slice(0, maxSingles)) {
    if (parts.has(key) || event.excluded.includes(key) || hasOccurrence(series, key)) continue;
    const own = overrides[key] ?? instanceContent(event, key);
    parts.set(key, { kind: 'series', content: own, orphan: !keys.has(key) });
  }
  return parts;
}

/** Overrides that Exchange does not let be where they are. */
function crossingParts(
  overrides: ReadonlyMap<RecurrenceKey, EventContent>,
  excluded: readonly RecurrenceKey[],
  series: WalkedSeries,
  zones: NeutralEvent['zones'],
): ReadonlyMap<RecurrenceKey, PartItem> {
  const gone = new Set(excluded);
  const parts = new Map<RecurrenceKey, PartItem>();
  for (const [key, content] of overrides) {
    const moved = (other: RecurrenceKey): EventContent['start'] | 'deleted' | undefined =>
      gone.has(other) ? 'deleted' : overrides.get(other)?.start;
    if (mayMove(series, key, content.start, zones, moved)) continue;
    gone.add(key);
    parts.set(key, { kind: 'override', content, orphan: false });
  }
  return parts;
}

/** What the fields lose. */
function contentNotes(event: NeutralEvent, mapping: Mapping): readonly MappingNote[] {
  return [event.content, ...Object.values(event.overrides)].flatMap((content) => {
    const { title, reminder, cancelled, organizer } = content;
    const notes: MappingNote[] = [];
    if (wireTitle(title).length < title.length) notes.push('title-cut');
    if (reminder !== null && reminder < 0) notes.push('reminder-after-start');
    if (cancelled) notes.push('status-not-writable');
    if (organizer !== null && !isOwnMeeting(content, mapping)) notes.push('organizer-elsewhere');
    return notes;
  });
}
