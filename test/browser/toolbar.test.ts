/** The toolbar: to a day that is far away. */
import assert from 'node:assert/strict';
import { closeBrowser, faults, openAs } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('the toolbar', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  it('goes to the day that is chosen in the calendar of the browser', async () => {
    const { page, context, complaints } = await openAs(server, 'carol', { language: 'en' });
    // The browser's own calendar is no part of the page: that it is asked for is seen, and the choice made in its place.
    await page.evaluate(() => {
      HTMLInputElement.prototype.showPicker = function chosen(this: HTMLInputElement) {
        this.value = '2031-02-14';
        this.dispatchEvent(new Event('input', { bubbles: true }));
      };
    });
    await page.getByRole('button', { name: 'Go to a day' }).press('Enter');
    await page.locator('[role=gridcell][data-date="2031-02-14"]').waitFor();
    assert.equal(await page.locator('.toolbar-title').textContent(), 'February 2031');
    assert.deepEqual(await faults(page), []);
    await page.getByRole('button', { name: 'Next month' }).click();
    await page.locator('[role=gridcell][data-date="2031-03-14"]').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  for (const language of ['en', 'ru', 'sv'] as const)
    it(`fits a phone (${language})`, async () => {
      const viewport = { width: 360, height: 740 };
      const { page, context } = await openAs(server, 'carol', { language, viewport });
      for (const [at, view] of ['.grid-month', '.grid-week', '.grid-day', '.agenda'].entries()) {
        await page.locator('.segments button').nth(at).click();
        await page.locator(view).waitFor();
        const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(excess <= 0, `view ${at}: ${excess} px too wide`);
      }
      await context.close();
    });
});
