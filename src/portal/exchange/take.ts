/** The word that lost, as the change of the event that brings it back (exchange.md §9.1): what the page then sends is a write like any other. */
import { ianaZone } from '../../icalendar/zones/timezone.ts';
import type { EventPatch, EventTime } from '../api.ts';
import type { ExchangeConflictField } from './api.ts';
import { at, listOf, wordOf } from './values.ts';

/** Null where no form says such a thing: people and their answers, and an event that was deleted. */
export function patchOf(field: ExchangeConflictField, value: unknown): EventPatch | null {
  if (field === 'event' || field === 'instance') return wholePatch(at(value, 'content') ?? value, value);
  return readers[field]?.(value) ?? null;
}

type Reader = (value: unknown) => EventPatch | null;

const readers: Readonly<Partial<Record<ExchangeConflictField, Reader>>> = {
  title: (value) => (typeof value === 'string' ? { title: value } : null),
  location: (value) => (typeof value === 'string' ? { location: value } : null),
  description(value) {
    const text = typeof value === 'string' ? value : at(value, 'text');
    return typeof text === 'string' ? { description: text } : null;
  },
  busy: (value) => (typeof value === 'string' ? { busy: value !== 'free' } : null),
  privacy: (value) =>
    value === 'public' || value === 'private' || value === 'confidential' ? { privacy: value } : null,
  categories: (value) =>
    Array.isArray(value) ? { categories: value.filter((one) => typeof one === 'string') } : null,
  reminder(value) {
    if (value === null) return { reminders: [] };
    return typeof value === 'number' ? { reminders: [value] } : null;
  },
  cancelled: (value) => (typeof value === 'boolean' ? { status: value ? 'cancelled' : 'confirmed' } : null),
  when(value) {
    const [start, end] = [timeOf(at(value, 'start')), timeOf(at(value, 'end'))];
    if (!start || !end) return null;
    const recurrence = at(value, 'recurrence');
    if (recurrence === undefined) return { start, end };
    const rules = listOf(at(recurrence, 'rules'));
    const [rule] = rules;
    // Days one by one, or several rules: the form would lose all but one.
    if (rules.length > 1 || listOf(at(recurrence, 'dates')).length > 0) return null;
    return { start, end, repeat: typeof rule === 'string' ? { rule } : null };
  },
};

/** All that was said of it there, as far as the form has a place for it. */
function wholePatch(content: unknown, event: unknown): EventPatch | null {
  const when = readers.when?.({
    start: at(content, 'start'),
    end: at(content, 'end'),
    recurrence: at(event, 'recurrence'),
  });
  if (!when) return null;
  const said = (
    ['title', 'location', 'description', 'busy', 'privacy', 'categories', 'reminder', 'cancelled'] as const
  ).map((field) => readers[field]?.(at(content, field)) ?? {});
  return Object.assign({}, ...said, when);
}

function timeOf(time: unknown): EventTime | undefined {
  const [date, local, zone] = [at(time, 'date'), at(time, 'local'), wordOf(at(time, 'zone'))];
  if (typeof date === 'string') return { date };
  if (typeof local !== 'string' || (zone !== 'UTC' && !ianaZone(zone))) return undefined;
  return { dateTime: local, zone };
}
