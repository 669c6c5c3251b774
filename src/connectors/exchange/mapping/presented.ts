/** An event as the settings want it told: without what is private, or as a note on the first day of a series. */
import { dayMs } from '../../../icalendar/time.ts';
import type { EventContent, NeutralEvent } from '../../event.ts';
import { dayText } from '../../series.ts';
import type { Mapping } from './mapping.ts';
import { emptyContent } from './read-content.ts';

export function presented(event: NeutralEvent, { privateEvents, recurrencePolicy }: Mapping): NeutralEvent {
  const veil = (content: EventContent): EventContent =>
    content.privacy === 'public' || privateEvents !== 'busyOnly' ? content : veiled(content);
  const overrides = Object.entries(event.overrides).map(([key, content]) => [key, veil(content)] as const);
  const told = { ...event, content: veil(event.content), overrides: Object.fromEntries(overrides) };
  return recurrencePolicy === 'firstAsNote' && event.recurrence ? asNote(told) : told;
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
