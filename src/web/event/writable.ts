/** Into which calendars this person may put events, and which one is proposed. */
import type { Calendar } from '../../portal/api.ts';
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
