/** A zone that has no Windows name, as a full TimeZoneDefinition with explicit transitions, both ways (exchange.md 12.2). */
import { type Instant, instant, localTime } from '../../../icalendar/time.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { attribute, child, list, localName, make, makeText, numberOf, textOf } from '../wire/elements.ts';
import { durationText, localText, readDuration, readTime } from './date-text.ts';
import { weekdayWords } from './pattern.ts';
import type { Era, EraChange } from './zone-eras.ts';

/** More than a server has ever sent of either; the rest is not read. */
const maxParts = 200;

/** `local` is `StartTimeZone` or `EndTimeZone`. */
export function definitionElement(local: string, name: string, eras: readonly Era[]): DocumentElement {
  const periods = new Map<string, DocumentElement>();
  const period = (offset: number, kind: 'Standard' | 'Daylight'): DocumentElement => {
    const id = `${kind}${durationText(-offset)}`;
    periods.set(id, make('Period', [], { Bias: durationText(-offset), Name: kind, Id: id }));
    return make('To', [id], { Kind: 'Period' });
  };
  const groups = eras.map((era, index) => {
    const base = Math.min(era.offset, ...era.changes.map(({ offsetTo }) => offsetTo));
    const transitions = era.changes.map((change) =>
      changeElement(change, period(change.offsetTo, change.offsetTo > base ? 'Daylight' : 'Standard')),
    );
    const content =
      transitions.length > 0 ? transitions : [make('Transition', [period(era.offset, 'Standard')])];
    return make('TransitionsGroup', content, { Id: String(index) });
  });
  const transitions = eras.map((era, index) => {
    const to = make('To', [String(index)], { Kind: 'Group' });
    if (era.from === null) return make('Transition', [to]);
    // By the clock that runs until then, as servers tell their own zones.
    const before = lastOffset(eras[index - 1] ?? era);
    return make('AbsoluteDateTransition', [
      to,
      makeText('DateTime', localText(localTime(era.from + before))),
    ]);
  });
  return make(
    local,
    [
      make('Periods', [...periods.values()]),
      make('TransitionsGroups', groups),
      make('Transitions', transitions),
    ],
    { Id: name, Name: name },
  );
}

/** The offset at the end of an era's years. */
const lastOffset = (era: Era): number => era.changes.at(-1)?.offsetTo ?? era.offset;

function changeElement(change: EraChange, to: DocumentElement): DocumentElement {
  const { day } = change;
  const when = [to, makeText('TimeOffset', durationText(change.time)), makeText('Month', change.month)];
  if ('date' in day) return make('RecurringDateTransition', [...when, makeText('Day', day.date)]);
  return make('RecurringDayTransition', [
    ...when,
    makeText('DayOfWeek', weekdayWords[day.weekday] ?? ''),
    makeText('Occurrence', day.ordinal),
  ]);
}

/** Undefined where the element names a zone without defining it, or defines nothing that can be understood. */
export function readDefinition(element: XmlElement | undefined): readonly Era[] | undefined {
  if (!element) return undefined;
  const offsets = new Map<string, number>();
  for (const period of list(element, 'Periods', 'Period').slice(0, maxParts)) {
    const bias = readDuration(attribute(period, 'Bias') ?? '');
    const id = attribute(period, 'Id');
    if (bias !== undefined && id !== undefined && Math.abs(bias) <= maxOffset) offsets.set(id, -bias || 0);
  }
  const groups = new Map<string, Omit<Era, 'from'>>();
  for (const group of list(element, 'TransitionsGroups', 'TransitionsGroup').slice(0, maxParts)) {
    const era = readGroup(group, offsets);
    if (era) groups.set(attribute(group, 'Id') ?? '', era);
  }
  const eras = readTransitions(child(element, 'Transitions'), groups, offsets);
  if (eras.length > 0) return eras;
  // Only periods, as some write a zone that never changes.
  const [offset] = offsets.values();
  return offset === undefined || groups.size > 0 ? undefined : [{ from: null, offset, changes: [] }];
}

const maxOffset = 15 * 3_600_000;

function targetOf(transition: XmlElement): string {
  return textOf(transition, 'To')?.trim() ?? '';
}

function readGroup(group: XmlElement, offsets: ReadonlyMap<string, number>): Omit<Era, 'from'> | undefined {
  const transitions = group.children.slice(0, maxParts);
  const changes = transitions.flatMap((transition, index) => {
    // The clock before a change is the one after the change before; before the first, that of the year's end.
    const earlier = transitions.at(index - 1);
    const offsetFrom = earlier && offsets.get(targetOf(earlier));
    const offsetTo = offsets.get(targetOf(transition));
    const change = readChange(transition);
    if (change === undefined || offsetFrom === undefined || offsetTo === undefined) return [];
    return offsetFrom === offsetTo ? [] : [{ ...change, offsetFrom, offsetTo }];
  });
  changes.sort((one, other) => one.month - other.month);
  const last = transitions.at(-1);
  const offset = changes.at(-1)?.offsetTo ?? (last && offsets.get(targetOf(last)));
  return offset === undefined ? undefined : { offset, changes };
}

function readChange(transition: XmlElement): Pick<EraChange, 'month' | 'day' | 'time'> | undefined {
  const month = numberOf(transition, 'Month');
  const time = readDuration(textOf(transition, 'TimeOffset') ?? '');
  if (month === undefined || month < 1 || month > 12 || time === undefined) return undefined;
  if (localName(transition) === 'RecurringDateTransition') {
    const date = numberOf(transition, 'Day');
    return date === undefined || date < 1 || date > 31 ? undefined : { month, time, day: { date } };
  }
  const weekday = weekdayWords.indexOf(textOf(transition, 'DayOfWeek')?.trim() ?? '');
  const occurrence = numberOf(transition, 'Occurrence');
  if (weekday < 0 || occurrence === undefined || occurrence === 0) return undefined;
  // The fifth is the last in the registry's way of counting.
  const ordinal = occurrence < 0 || occurrence > 4 ? -1 : occurrence;
  return { month, time, day: { weekday, ordinal } };
}

function readTransitions(
  transitions: XmlElement | undefined,
  groups: ReadonlyMap<string, Omit<Era, 'from'>>,
  offsets: ReadonlyMap<string, number>,
): readonly Era[] {
  const eras: Era[] = [];
  for (const transition of (transitions?.children ?? []).slice(0, maxParts)) {
    const target = targetOf(transition);
    const offset = offsets.get(target);
    const era = groups.get(target) ?? (offset === undefined ? undefined : { offset, changes: [] });
    if (!era) continue;
    const before = eras.at(-1);
    if (!before) eras.push({ ...era, from: null });
    else {
      const from = readTime(textOf(transition, 'DateTime') ?? '');
      if (from) eras.push({ ...era, from: momentOf(from, lastOffset(before)) });
    }
  }
  return eras;
}

function momentOf(time: NonNullable<ReturnType<typeof readTime>>, offset: number): Instant {
  return 'at' in time ? time.at : instant(time.local - offset);
}
