/** Into which calendars this person may put events, and which one is proposed. */
import type { Calendar } from '../../portal/api.ts';
import { loadCalendars } from '../calendars/known-calendars.ts';
import { app } from '../state/app-state.ts';

export function writableCalendars(): readonly Calendar[] {
  return app.get().calendars.filter(({ canEdit, kind }) => canEdit && kind !== 'tasks');
}

export function defaultCalendar(): string {
  const all = writableCalendars();
  const chosen = app.get().me?.preferences.defaultCalendar;
  const found =
    all.find(({ id }) => id === chosen) ?? all.find(({ section }) => section === 'mine') ?? all[0];
  return found?.id ?? '';
}

/** The chosen calendar; where a form was opened and sent before the calendars had come, the one that is meant. */
export async function calendarFor(chosen: string): Promise<string> {
  if (chosen !== '') return chosen;
  if (!app.get().calendarsLoaded) await loadCalendars();
  return defaultCalendar();
}
