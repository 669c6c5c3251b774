/**
 * Days of a series that stand there as single items, beside a series that tells nothing of them (exchange.md 10.4, 10.5). What
 * happens to that series there happens to them here: they stay days of it, and follow it as other instances do.
 */
import { fieldValue, isSame, withField } from './agreed.ts';
import {
  contentFields,
  type EventContent,
  type EventTime,
  type NeutralEvent,
  type RecurrenceKey,
} from './event.ts';
import { instanceContent, keyOf, occursAt, timeOfKey } from './series.ts';

/**
 * A series that was moved or ended there, with those of `apart` that its pattern does not name as dates of its own. In a series of
 * days they are days, too.
 */
export function withDaysApart(moved: NeutralEvent, apart: ReadonlySet<RecurrenceKey>): NeutralEvent {
  const dates: EventTime[] = [];
  const overrides: Record<RecurrenceKey, EventContent> = {};
  for (const [key, content] of Object.entries(moved.overrides)) {
    const isBeside = apart.has(key) && !occursAt(moved, key);
    const time = isBeside ? dayOf(moved, key, content) : undefined;
    overrides[time ? keyOf(time, moved.zones) : key] = content;
    if (time) dates.push(time);
  }
  if (dates.length === 0) return moved;
  const { rules, dates: others } = moved.recurrence ?? { rules: [], dates: [] };
  return { ...moved, recurrence: { rules, dates: [...others, ...dates] }, overrides };
}

function dayOf(moved: NeutralEvent, key: RecurrenceKey, { start }: EventContent): EventTime {
  const isDay = 'date' in moved.content.start;
  if (!isDay || key.length === 10) return timeOfKey(key, moved);
  return { date: 'date' in start ? start.date : start.local.slice(0, 10) };
}

/** What comes from there of a series: how it is told here by now, and what it says there. */
export interface Coming {
  readonly before: NeutralEvent;
  readonly becoming: NeutralEvent;
  readonly remote: NeutralEvent;
}

/** One that nobody has touched says what its series says by now, its times excepted. */
export function followed(content: EventContent, { before, becoming, remote }: Coming): EventContent {
  return contentFields.reduce((said, field) => {
    if (field === 'when' || field === 'answer') return said;
    const [was, is] = [before, becoming].map((event) => fieldValue(event.content, field));
    return isSame(was, is) ? said : withField(said, field, remote.content);
  }, content);
}

/** How it is told here: as nothing of its own, where the series says the same of it. */
export function toldOf(
  becoming: NeutralEvent,
  key: RecurrenceKey,
  content: EventContent,
): EventContent | 'plain' {
  return occursAt(becoming, key) && isSame(instanceContent(becoming, key), content) ? 'plain' : content;
}
