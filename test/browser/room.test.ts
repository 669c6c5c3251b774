/** What is seen where there is little room: the words first, and whose calendar it is. */
import assert from 'node:assert/strict';
import { closeBrowser, faults, inMonth, openAs } from './browser.ts';
import { caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

describe('where there is little room', () => {
  let server: Server;

  before(async () => {
    server = await startServer([], { prepare });
  });

  /** An event of each year on a day that is shown. */
  async function prepare({ url, password }: Server): Promise<void> {
    const phone = caldav(url, 'carol', password);
    const date = inMonth(4).replaceAll('-', '');
    const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:roomy\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T100000Z\r\nDTEND:${date}T110000Z\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Gardeners\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
    assert.equal(await phone.put('dav/calendars/carol/personal/roomy.ics', text), 201);
  }

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  for (const width of [360, 800, 1024])
    it(`an event of the month is called by its title and has the colour of its calendar, ${width} px wide`, async () => {
      const viewport = { width, height: 768 };
      const { page, context } = await openAs(server, 'carol', { language: 'en', viewport });
      await page.locator('.segments button').nth(0).click();
      // It is drawn, measured and drawn again: one look is not enough.
      await page.waitForFunction(() => {
        const event = [...document.querySelectorAll('[data-occurrence]')].find((one) =>
          one.textContent?.includes('Gardeners'),
        );
        const title = event?.querySelector('.g-event-title');
        const mark = event?.querySelector('.g-dot');
        const box = document.querySelector('.calendar-row .color-check');
        if (!event || !title || !mark || !box) return false;
        const width = (element: Element): number => element.getBoundingClientRect().width;
        const color = (element: Element): string => getComputedStyle(element).backgroundColor;
        return (
          width(title) > 0 &&
          width(title) > width(event) / 2 &&
          width(mark) >= 3 &&
          color(mark) === color(box)
        );
      });
      await context.close();
    });

  it('the time of an event is told in the month where there is room for both', async () => {
    const { page, context } = await openAs(server, 'carol', { language: 'en' });
    await page.locator('[data-occurrence]:has-text("Gardeners") .g-event-time').waitFor();
    await context.close();
  });

  for (const language of ['en', 'ru', 'sv'] as const)
    it(`the days of the week stand in one row on a phone (${language})`, async () => {
      const viewport = { width: 360, height: 740 };
      const { page, context } = await openAs(server, 'carol', { language, viewport });
      await page.keyboard.press('n');
      await page.locator('.repeat select').first().selectOption('weekly');
      const days = await page
        .locator('.repeat .toggles button')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
      assert.equal(days.length, 7);
      assert.equal(new Set(days).size, 1);
      assert.deepEqual(await faults(page), []);
      await context.close();
    });
});
