/** The calendars of the person as the page knows them: loaded whole, each shown or not. */
import type { Calendar } from '../../portal/api.ts';
import { call } from '../client.ts';
import { app } from '../state/app-state.ts';

export async function loadCalendars(): Promise<void> {
  const { calendars } = await call('GET /calendars');
  app.set({ calendars, calendarsLoaded: true });
}

/** Remembered on the server; the box answers at once. */
export async function setVisible(which: readonly Calendar[], visible: boolean): Promise<void> {
  const ids = new Set(which.map(({ id }) => id));
  app.set({
    calendars: app
      .get()
      .calendars.map((calendar) => (ids.has(calendar.id) ? { ...calendar, visible } : calendar)),
  });
  const all = [...ids];
  while (all.length > 0)
    await Promise.all(
      all
        .splice(0, atOnce)
        .map((id) => call('PUT /calendars/{id}/visibility', { path: { id }, body: { visible } })),
    );
}

/** As many requests as a browser has open to one server. */
const atOnce = 6;
