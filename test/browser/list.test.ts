/** The list: its order, and the way into a search and out of it. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, inMonth, openAs } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('the list', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  /**
   * Into a calendar of this name, which is made. `time` is `09:00`, and `until` the day and the time of the end, the evening
   * of the same day where none is given; without `time` whole days, up to `until`.
   */
  async function addEvents(
    page: Page,
    calendar: string,
    events: readonly {
      readonly title: string;
      readonly day: string;
      readonly time?: string;
      readonly until?: string;
    }[],
  ): Promise<void> {
    await page.evaluate(
      async ({ calendar, events }) => {
        const post = async (path: string, body: object) => {
          const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
          const init = { method: 'POST', headers, body: JSON.stringify(body) };
          return await (await fetch(new URL(`api/v1/${path}`, document.baseURI), init)).json();
        };
        const { id } = await post('calendars', { name: calendar });
        for (const { title, day, time, until = day } of events) {
          const at = (date: string, clock: string) => ({
            dateTime: `${date}T${clock}:00`,
            zone: 'Europe/Stockholm',
          });
          const times =
            time === undefined
              ? { start: { date: day }, end: { date: until } }
              : { start: at(day, time), end: at(until.slice(0, 10), until.slice(11) || '23:00') };
          await post(`calendars/${id}/events`, { title, ...times });
        }
      },
      { calendar, events },
    );
  }

  it('has the whole days of a day first, then what goes by the clock, of whichever calendar', async () => {
    const { page, context } = await openAs(server, 'anna', { language: 'en' });
    const [eve, day, next] = [inMonth(17), inMonth(18), inMonth(19)];
    await addEvents(page, 'First', [
      { title: 'In the evening', day, time: '19:00' },
      { title: 'Since yesterday', day: eve, time: '22:00', until: `${day}T01:00` },
      { title: 'Until midnight', day: eve, time: '21:00', until: `${day}T00:00` },
    ]);
    await addEvents(page, 'Second', [
      { title: 'At noon', day, time: '12:00' },
      { title: 'Three days', day: eve, until: inMonth(20) },
      { title: 'All of it', day, until: next },
    ]);
    await page.evaluate((to) => location.assign(new URL(to, document.baseURI)), `#/list/${day}`);
    const rows = page.locator(`section[aria-labelledby="day-${day}"] .agenda-title`);
    const mine = ['All of it', 'Three days', 'Since yesterday', 'At noon', 'In the evening'];
    // One by one, as they were told.
    for (const title of mine) await rows.filter({ hasText: title }).waitFor();
    const titles = (await rows.allTextContents()).filter((title) =>
      [...mine, 'Until midnight'].includes(title),
    );
    assert.deepEqual(titles.slice(0, 2).sort(), mine.slice(0, 2));
    assert.deepEqual(titles.slice(2), mine.slice(2));
    await context.close();
  });

  it('is where a search ends up, and who empties it is back in the view that it began in', async () => {
    const { page, context } = await openAs(server, 'carol', { language: 'en' });
    const pressed = page.locator('.segments [aria-pressed=true]');
    await page.locator('.segments button').nth(1).click();
    const field = page.getByRole('searchbox');
    await field.pressSequentially('nothing of this kind');
    await page.locator('.empty').waitFor();
    assert.equal(await pressed.textContent(), 'List');
    await field.fill('');
    await page.locator('.grid-week').waitFor();
    assert.equal(await pressed.textContent(), 'Week');
    // Another view that is chosen meanwhile ends the search, and stays.
    await field.fill('nothing');
    await page.locator('.empty').waitFor();
    await page.locator('.segments button').nth(0).click();
    await page.locator('.grid-month').waitFor();
    assert.equal(await field.inputValue(), '');
    await context.close();
  });
});
