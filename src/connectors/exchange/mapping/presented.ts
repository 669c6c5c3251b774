/** An event as the settings want it told: without what is private, or as a note on the first day of a series. */
import { dayMs } from '../../../icalendar/time.ts';
import { type EventContent, emptyContent, type NeutralEvent } from '../../event.ts';
import { dayText } from '../../series.ts';
import type { Mapping } from './mapping.ts';

/**
 * How an item is told: one that was created from here is no secret to the calendars here, and its series are series
 * (`isOurs`). Told otherwise, what people here have written themselves would be taken from them.
 */
export function tellingOf(mapping: Mapping, isOurs: boolean): Mapping {
  return isOurs ? { ...mapping, privateEvents: 'full', recurrencePolicy: 'full' } : mapping;
}

export function presented(event: NeutralEvent, { privateEvents, recurrencePolicy }: Mapping): NeutralEvent {
  const isWhole = privateEvents === 'full';
  const isPrivateSeries = event.content.privacy !== 'public';
  const isPrivate = ({ privacy }: EventContent): boolean => isPrivateSeries || privacy !== 'public';
  const veil = (content: EventContent): EventContent =>
    isWhole || !isPrivate(content) ? content : veiled(content);
  const overrides = Object.entries(event.overrides).map(([key, content]) => [key, veil(content)] as const);
  const told = { ...event, content: veil(event.content), overrides: Object.fromEntries(overrides) };
  return recurrencePolicy === 'firstAsNote' && event.recurrence ? asNote(told) : told;
}

/** Something of the event is not told: what is not known cannot be changed either. */
export function isVeiled({ content, overrides }: NeutralEvent, { privateEvents }: Mapping): boolean {
  if (privateEvents === 'full') return false;
  return [content, ...Object.values(overrides)].some(({ privacy }) => privacy !== 'public');
}

function veiled({ start, end, busy, privacy, cancelled }: EventContent): EventContent {
  return { ...emptyContent, start, end, busy, privacy, cancelled };
}

/** For calendars that know no recurrence: a note on the day of the first occurrence (exchange.md 10.6). */
function asNote(event: NeutralEvent): NeutralEvent {
  const { start } = event.content;
  const day = 'date' in start ? start.date : start.local.slice(0, 10);
  const after = dayText(Date.parse(`${day}T00:00:00Z`) + dayMs);
  const content: EventContent = {
    ...event.content,
    start: { date: day },
    end: { date: after },
    busy: 'free',
    reminder: null,
  };
  return { ...event, content, recurrence: null, excluded: [], overrides: {}, zones: {} };
}
