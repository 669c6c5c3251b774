/** A calendar in which somebody may change what they have added, and what others have added as far as the owner says. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, inMonth, openAs } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('a calendar to contribute to, in the page', () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  /** The calendar of this name, made where there is none yet, gets an event of a day. */
  async function addEvent(page: Page, calendar: string, title: string, date: string): Promise<void> {
    await page.evaluate(
      async (wanted) => {
        const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
        const api = async (path: string, body?: object) => {
          const init = body && { method: 'POST', headers, body: JSON.stringify(body) };
          return await (await fetch(new URL(`api/v1/${path}`, document.baseURI), init)).json();
        };
        const { calendars } = await api('calendars');
        const known = calendars.find(({ name }: { readonly name: string }) => name === wanted.calendar);
        const { id } = known ?? (await api('calendars', { name: wanted.calendar }));
        const [start, end] = [9, 10].map((hour) => ({
          dateTime: `${wanted.date}T${String(hour).padStart(2, '0')}:00:00`,
          zone: 'Europe/Stockholm',
        }));
        await api(`calendars/${id}/events`, { title: wanted.title, start, end });
      },
      { calendar, title, date },
    );
  }

  /** What the open event offers. */
  async function offered(page: Page, title: string): Promise<readonly boolean[]> {
    await page.locator(`[data-occurrence]:has-text("${title}")`).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.line-when').waitFor();
    await page.waitForLoadState('networkidle');
    const buttons = ['Edit', 'Delete'].map((name) => dialog.getByRole('button', { name, exact: true }));
    const found = await Promise.all(buttons.map(async (button) => (await button.count()) === 1));
    await page.keyboard.press('Escape');
    return found;
  }

  it('offers to edit and to delete what is one’s own, and of others’ what the level says', async () => {
    const owner = await openAs(server, 'carol', { language: 'en' });
    const member = await openAs(server, 'dmitri', { language: 'en' });
    await addEvent(owner.page, 'Rota', 'Hers alone', inMonth(12));
    await owner.page.reload();
    await owner.page.locator('.calendar-row:has-text("Rota") .button-icon').click();
    await owner.page.getByRole('menuitem', { name: 'Share…' }).click();
    await owner.page.locator('.share-form input').fill('dmitri');
    await owner.page.locator('.share-form select').selectOption({ label: 'Can add and edit own' });
    await owner.page.locator('.share-form button:not([aria-disabled=true])').click();
    const given = owner.page.locator('tbody tr').nth(1).locator('select');
    await given.waitFor();
    await member.page.locator('.calendar-row:has-text("Rota")').waitFor();
    await addEvent(member.page, 'Rota', 'His own', inMonth(13));
    await member.page.reload();
    assert.deepEqual(await offered(member.page, 'His own'), [true, true]);
    assert.deepEqual(await offered(member.page, 'Hers alone'), [false, false]);
    const saved = owner.page.waitForResponse((response) => response.url().endsWith('/shares'));
    await given.selectOption({ label: 'Can edit, not delete' });
    await saved;
    await member.page.reload();
    assert.deepEqual(await offered(member.page, 'Hers alone'), [true, false]);
    assert.deepEqual(await offered(member.page, 'His own'), [true, true]);
    await owner.context.close();
    await member.context.close();
  });
});
