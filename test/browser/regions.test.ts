/** What depends on where people are: the first day of the week, and the hour that the clock shows twice. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, openAs } from './browser.ts';
import { caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

/** As in a browser that does not tell on which day a week begins. Runs in the page. */
function forgetWeeks(): void {
  Reflect.deleteProperty(Intl.Locale.prototype, 'getWeekInfo');
  Reflect.deleteProperty(Intl.Locale.prototype, 'weekInfo');
}

describe('where people are', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  const firstDay = async (page: Page): Promise<string | null> =>
    await page.locator('.g-day-head').first().textContent();

  for (const isKnown of [true, false]) {
    it(`the week begins as it does there, ${isKnown ? 'as the browser knows' : 'where the browser does not know'}`, async () => {
      const weeks = { 'en-US': 'Sun', 'en-AU': 'Mon', 'en-ZA': 'Sun', 'en-IE': 'Mon', 'en-IN': 'Sun' };
      for (const [locale, day] of Object.entries(weeks)) {
        const { page, context } = await openAs(server, 'carol', {
          locale,
          ...(!isKnown && { inPage: forgetWeeks }),
        });
        assert.equal(await firstDay(page), day, locale);
        await context.close();
      }
    });
  }

  it('an event says how long it lasts where the clock is set back meanwhile, and can be moved by keys', async () => {
    const phone = caldav(server.url, 'anna', server.password);
    const path = '/dav/calendars/anna/personal/twice.ics';
    const text = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//test//EN',
      'BEGIN:VEVENT',
      'UID:twice',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20261025T003000Z',
      'DTEND:20261025T013000Z',
      'SUMMARY:Night shift',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    assert.equal(await phone.put(path, text), 201);
    const { page, context, complaints } = await openAs(server, 'anna', { language: 'en' });
    await page.evaluate(() => location.assign(new URL('#/list/2026-10-25', document.baseURI)));
    const row = page.locator('.agenda-row:has-text("Night shift")');
    await row.waitFor();
    assert.match((await row.locator('.agenda-time').textContent()) ?? '', /^2:30 – 2:30 \(60 mins\)$/);
    await row.click();
    assert.match((await page.locator('.line-when').textContent()) ?? '', /2:30 – 2:30 \(60 mins\)$/);
    await page.keyboard.press('Escape');
    await page.evaluate(() => location.assign(new URL('#/week/2026-10-25', document.baseURI)));
    const drawn = page.locator('[data-occurrence]:has-text("Night shift")');
    await drawn.waitFor();
    assert.match((await drawn.getAttribute('aria-label')) ?? '', /\(60 mins\)/);
    await drawn.focus();
    await page.keyboard.press('Alt+ArrowLeft');
    await page.locator('.toast:has-text("Night shift")').waitFor();
    const { text: moved } = await phone.get(path);
    assert.match(moved, /DTSTART:20261024T003000Z/);
    assert.match(moved, /DTEND:20261024T013000Z/);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
