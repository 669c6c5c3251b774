/** The calendars of the person as the page knows them: loaded whole, each shown or not. */
import type { Calendar } from '../../portal/api.ts';
import { call } from '../client.ts';
import { app } from '../state/app-state.ts';

export async function loadCalendars(): Promise<void> {
  for (;;) {
    const before = ticking;
    await before;
    const mine = ++asked;
    const { calendars } = await call('GET /calendars');
    // What somebody has ticked meanwhile is not in this answer.
    if (before !== ticking) continue;
    // Nor what is in the answer to a later question, if that has come first.
    if (mine < known) return;
    known = mine;
    app.set({ calendars, calendarsLoaded: true });
    return;
  }
}

/** Questions for the calendars, by number: the last one, and the one whose answer is known. */
let asked = 0;
let known = 0;

/** What is being remembered of boxes; never fails. */
let ticking: Promise<unknown> | undefined;

/** Remembered on the server; the box answers at once. */
export async function setVisible(which: readonly Calendar[], visible: boolean): Promise<void> {
  const ids = new Set(which.map(({ id }) => id));
  app.set({
    calendars: app
      .get()
      .calendars.map((calendar) => (ids.has(calendar.id) ? { ...calendar, visible } : calendar)),
  });
  const told = tell([...ids], visible);
  ticking = Promise.allSettled([ticking, told]);
  await told;
}

async function tell(all: string[], visible: boolean): Promise<void> {
  while (all.length > 0)
    await Promise.all(
      all
        .splice(0, atOnce)
        .map((id) => call('PUT /calendars/{id}/visibility', { path: { id }, body: { visible } })),
    );
}

/** As many requests as a browser has open to one server. */
const atOnce = 6;
