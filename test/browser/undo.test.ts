/** Ctrl+Z: what was done last is taken back first, and then what was done before it. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { closeBrowser, focusEvent, inMonth, type Opened, openNext } from './browser.ts';
import { type CalDav, caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

const personal = 'dav/calendars/anna/personal/';

describe('taking back', () => {
  let server: Server;
  let phone: CalDav;
  let opened: Opened | undefined;
  let page: Page;

  before(async () => {
    server = await startServer();
    phone = caldav(server.url, 'anna', server.password);
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  beforeEach(async () => {
    opened = await openNext(opened, server, 'anna');
    page = opened.page;
  });

  afterEach(() => {
    assert.deepEqual(opened?.complaints ?? [], []);
  });

  const event = (title: string): Locator => page.locator(`[data-occurrence]:has-text("${title}")`);

  async function add(title: string, date: string): Promise<void> {
    await page.locator(`[role=gridcell][data-date="${date}"]`).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type(title);
    await page.keyboard.press('Enter');
    await focusEvent(page, title);
  }

  /** By the day that its name says, and by what a phone finds. */
  async function isOn(title: string, date: string): Promise<void> {
    const day = String(Number(date.slice(8)));
    await page.locator(`[data-occurrence][aria-label*="${title}"][aria-label*=" ${day} "]`).waitFor();
    const text = (await phone.find(personal, title))?.text ?? '';
    assert.match(text, new RegExp(`DTSTART[^:]*:${date.replaceAll('-', '')}`));
  }

  it('takes back several moves one by one, the last first', async () => {
    await add('Thrice moved', inMonth(10));
    for (const [key, date] of [
      ['ArrowRight', 11],
      ['ArrowRight', 12],
      ['ArrowDown', 19],
    ] as const) {
      await page.keyboard.press(`Alt+${key}`);
      await isOn('Thrice moved', inMonth(date));
      // The key after it is for the event, once that is drawn where it is now.
      await page.waitForFunction(() => document.activeElement?.matches('[data-occurrence]'));
    }
    await page.keyboard.press('Control+z');
    await isOn('Thrice moved', inMonth(12));
    // Two at once: the second waits for the first.
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await isOn('Thrice moved', inMonth(10));
    assert.equal(await page.locator('.toast-error').count(), 0);
    await page.keyboard.press('Control+z');
    await event('Thrice moved').waitFor({ state: 'detached' });
    assert.equal(await phone.find(personal, 'Thrice moved'), undefined);
  });

  it('means the change that is being written, where it is pressed so soon', async () => {
    await add('Soon regretted', inMonth(24));
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const detail = '**/api/v1/calendars/*/events/**';
    await page.route(detail, async (route) => {
      await held;
      await route.continue();
    });
    const undone = page.waitForResponse((answer) => answer.url().includes('/undo/'));
    for (const key of ['Alt+ArrowRight', 'Alt+ArrowRight', 'Control+z']) await page.keyboard.press(key);
    letGo();
    assert.equal((await undone).status(), 204);
    await page.unroute(detail);
    // Pressed while the first was on its way, the second is a change of its own.
    await isOn('Soon regretted', inMonth(25));
    assert.equal(await page.locator('.toast-error').count(), 0);
  });
});
