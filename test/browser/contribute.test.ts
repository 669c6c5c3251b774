/** A calendar in which somebody may change what they have added, and what others have added as far as the owner says. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, focusEvent, inMonth, openAs } from './browser.ts';
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
  async function addEvent(
    page: Page,
    calendar: string,
    title: string,
    date: string,
    rule?: string,
  ): Promise<void> {
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
        const repeat = wanted.rule === undefined ? null : { rule: wanted.rule };
        await api(`calendars/${id}/events`, { title: wanted.title, start, end, repeat });
      },
      { calendar, title, date, rule },
    );
  }

  /** What the open event offers. */
  async function offered(page: Page, title: string): Promise<readonly boolean[]> {
    const told = page.waitForResponse((answer) => answer.url().includes('/events/'));
    await page.locator(`[data-occurrence]:has-text("${title}")`).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.line-when').waitFor();
    await (await told).finished();
    const buttons = ['Edit', 'Delete'].map((name) => dialog.getByRole('button', { name, exact: true }));
    const found = await Promise.all(buttons.map(async (button) => (await button.count()) === 1));
    await page.keyboard.press('Escape');
    return found;
  }

  it('offers to edit and to delete what is one’s own, and of others’ what the level says', async () => {
    const owner = await openAs(server, 'carol', { language: 'en' });
    const member = await openAs(server, 'dmitri', { language: 'en' });
    await addEvent(owner.page, 'Rota', 'Hers alone', inMonth(12));
    await addEvent(owner.page, 'Rota', 'Her series', inMonth(17), 'FREQ=DAILY;COUNT=2');
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
    // The key does no more than the button, and a day of a series is taken out by changing it.
    const deletions: string[] = [];
    member.page.on('request', (request) => {
      if (request.method() === 'DELETE') deletions.push(new URL(request.url()).search);
    });
    await focusEvent(member.page, 'Hers alone');
    await member.page.keyboard.press('Delete');
    await focusEvent(member.page, 'Her series');
    await member.page.keyboard.press('Delete');
    await member.page.getByRole('dialog').waitFor();
    assert.deepEqual(await member.page.getByRole('dialog').getByRole('button').allTextContents(), [
      'Only this event',
      'Cancel',
    ]);
    await member.page.getByRole('button', { name: 'Only this event' }).click();
    await member.page.waitForFunction(
      () => document.querySelectorAll('[data-occurrence][aria-label*="Her series"]').length === 1,
    );
    assert.equal(deletions.length, 1);
    assert.match(deletions[0] ?? '', /scope=one/);
    // Nor is it offered to move it: that would take it away from where it is.
    await member.page.locator('[data-occurrence]:has-text("Hers alone")').first().click();
    await member.page.getByRole('button', { name: 'Edit', exact: true }).click();
    assert.ok(await member.page.getByLabel('Calendar', { exact: true }).isDisabled());
    await owner.context.close();
    await member.context.close();
  });
});
