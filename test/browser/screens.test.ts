/**
 * Every screen in three languages, light and dark, wide and narrow: pictures to look at, and what axe finds. Half of the
 * twelve looks, so that each language, theme and width meets each other; BROWSER_TEST_LOOKS=all takes all.
 */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, faults, inMonth, type Language, open, screenshot, signIn } from './browser.ts';
import { type Server, startServer } from './server.ts';

type Theme = 'light' | 'dark';

interface Screen {
  readonly name: string;
  /** From the calendar in the month (or the list, where it is narrow) to what is to be seen. */
  readonly reach: (page: Page) => Promise<void>;
}

async function openDrawer(page: Page): Promise<void> {
  const button = page.locator('.drawer-button');
  if ((await button.isVisible()) && !(await page.locator('.sidebar-open').isVisible())) await button.click();
}

/** Nothing lies over the screen any more: a dialog is closed by its cross; under a menu or a question the page begins anew. */
async function clear(page: Page): Promise<void> {
  const over = page.locator('dialog, .menu');
  const crosses = page.locator('dialog .dialog-head .button-icon');
  if ((await over.count()) === 0) return;
  if ((await over.count()) === 1 && (await crosses.count()) === 1) {
    await crosses.click();
    await over.waitFor({ state: 'detached' });
  } else {
    await page.reload();
    await page.locator('.home').waitFor();
  }
}

const action = (index: number) => async (page: Page) => {
  await openDrawer(page);
  await page.locator('.calendar-row .button-icon').first().click();
  await page.locator('.menu-item').nth(index).click();
  await page.locator('dialog').waitFor();
};

const view = (index: number) => async (page: Page) => {
  const button = page.locator('.segments button').nth(index);
  await button.click();
  await button.and(page.locator('[aria-pressed=true]')).waitFor();
};

const fragment = (hash: string) => async (page: Page) => {
  await page.evaluate((to) => location.assign(new URL(to, document.baseURI)), `#/${hash}`);
  await page.locator('main.page h1').waitFor();
};

/** In this order, so that most are reached from the one before, as people do. */
const screens: readonly Screen[] = [
  { name: 'list', reach: view(3) },
  { name: 'day', reach: view(2) },
  { name: 'week', reach: view(1) },
  { name: 'month', reach: view(0) },
  {
    name: 'menu',
    async reach(page) {
      await openDrawer(page);
      await page.locator('.calendar-row .button-icon').first().click();
      await page.locator('.menu-item').first().waitFor();
    },
  },
  { name: 'edit-calendar', reach: action(0) },
  {
    name: 'connect',
    async reach(page) {
      await page.locator('.banner-items .button').first().click();
      await page.locator('.tab-panel .steps, .tab-panel .note').first().waitFor();
    },
  },
  {
    name: 'connect-outlook',
    async reach(page) {
      await page.locator('.banner-items .button').nth(1).click();
      await page.locator('dialog h3').first().waitFor();
    },
  },
  {
    name: 'export',
    async reach(page) {
      await action(4)(page);
      await page.locator('.link-card').first().waitFor();
    },
  },
  { name: 'import', reach: action(6) },
  {
    name: 'share',
    async reach(page) {
      await action(7)(page);
      await page.locator('dialog table').waitFor();
    },
  },
  { name: 'delete-calendar', reach: action(8) },
  {
    name: 'favourites',
    async reach(page) {
      await openDrawer(page);
      await page.locator('.section-head .button-icon').nth(2).click();
      await page.locator('.choice-list li').first().waitFor();
    },
  },
  {
    name: 'quick-event',
    async reach(page) {
      await view(0)(page);
      const cell = page.locator(`[role=gridcell][data-date="${inMonth(14)}"]`);
      await cell.focus();
      await page.keyboard.press('Enter');
      await page.locator('dialog').waitFor();
    },
  },
  {
    name: 'new-event',
    async reach(page) {
      await openDrawer(page);
      await page.locator('.sidebar .button-primary').click();
      await page.locator('dialog select').first().waitFor();
      await page.locator('.repeat select').first().selectOption('weekly');
    },
  },
  {
    name: 'event',
    async reach(page) {
      await view(3)(page);
      await page.locator('.agenda-row').first().click();
      await page.locator('dialog .line').nth(2).waitFor();
    },
  },
  {
    name: 'question',
    async reach(page) {
      await view(3)(page);
      await page.locator('.agenda-row:has(.icon-repeat)').first().click();
      await page.locator('dialog .button-danger-quiet').click();
      await page.locator('.dialog-foot-stack').waitFor();
    },
  },
  { name: 'profile', reach: fragment('profile') },
  {
    name: 'trash',
    async reach(page) {
      await fragment('trash')(page);
      await page.locator('main.page .empty, main.page table').first().waitFor();
    },
  },
  ...['overview', 'people', 'groups', 'calendars', 'policies', 'sign-in', 'appearance', 'audit'].map(
    (tab) => ({
      name: `admin-${tab}`,
      async reach(page: Page) {
        await fragment(`admin/${tab}`)(page);
        await page.locator('.tab-panel > *').first().waitFor();
      },
    }),
  ),
];

interface Look {
  readonly language: Language;
  readonly theme: Theme;
  readonly width: number;
}

const usual: readonly Look[] = [
  { language: 'en', theme: 'light', width: 1280 },
  { language: 'ru', theme: 'dark', width: 1280 },
  { language: 'sv', theme: 'light', width: 360 },
  { language: 'ru', theme: 'light', width: 360 },
  { language: 'en', theme: 'dark', width: 360 },
  { language: 'sv', theme: 'dark', width: 1280 },
];

const others: readonly Look[] = [
  { language: 'ru', theme: 'dark', width: 360 },
  { language: 'sv', theme: 'dark', width: 360 },
  { language: 'en', theme: 'light', width: 360 },
  { language: 'en', theme: 'dark', width: 1280 },
  { language: 'ru', theme: 'light', width: 1280 },
  { language: 'sv', theme: 'light', width: 1280 },
];

const looks = process.env['BROWSER_TEST_LOOKS'] === 'all' ? [...usual, ...others] : usual;

describe('screens', function screensSuite() {
  // Each screen is waited for by itself; this is for all of them, where a machine is slow.
  this.timeout(900_000);
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  for (const [index, { language, theme, width }] of looks.entries()) {
    const look = `${language}, ${theme}, ${width} px`;
    const options = {
      language,
      colorScheme: theme,
      viewport: { width, height: width === 360 ? 740 : 800 },
    } as const;
    const file = (name: string): string => `${name}-${language}-${theme}-${width}`;

    it(`has no faults before sign-in (${look})`, async () => {
      const { page, context, complaints } = await open(options);
      await page.goto(server.url);
      await page.locator('button[type=submit]').waitFor();
      await screenshot(page, file('sign-in'));
      assert.deepEqual(await faults(page), []);
      await page.goto(server.setUpUrl);
      await page.locator('button[type=submit]').waitFor();
      await screenshot(page, file('set-up'), true);
      assert.deepEqual(await faults(page), []);
      assert.deepEqual(complaints, []);
      await context.close();
    });

    it(`has no faults anywhere, nothing too wide, nothing against the content policy (${look})`, async () => {
      const { page, context, complaints } = await open(options);
      await signIn(page, server, 'admin', server.adminPassword);
      const found: string[] = [];
      await makeEvents(page);
      await page.reload();
      await page.locator('.home').waitFor();
      for (const { name, reach } of screens) {
        await reach(page);
        await screenshot(page, file(name), name === 'profile' || name.startsWith('admin'));
        // What lies behind a dialog is a screen of its own here; in the first look the two are seen together.
        const isAlone = index > 0 && (await page.locator('dialog').count()) > 0;
        const all = await faults(page, isAlone ? 'dialog' : 'html');
        found.push(...all.map((fault) => `${name}: ${fault}`));
        await clear(page);
      }
      assert.deepEqual(found, []);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  /** Something to see: a series, a whole day, a long name, markup that must stay text. */
  async function makeEvents(page: Page): Promise<void> {
    await page.evaluate(
      async ({ first, fifth, eighth }) => {
        const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
        const calendars = await (await fetch(new URL('api/v1/calendars', document.baseURI))).json();
        // Two calendars, or the only one could not be deleted.
        if (calendars.calendars.length < 4)
          await fetch(new URL('api/v1/calendars', document.baseURI), {
            method: 'POST',
            headers,
            body: JSON.stringify({ name: 'Проекты', color: '#2F9E44' }),
          });
        else return;
        const id = calendars.calendars.find(
          (calendar: { section: string; kind: string }) =>
            calendar.section === 'mine' && calendar.kind !== 'tasks',
        ).id;
        const at = (date: string, time: string) => ({
          dateTime: `${date}T${time}:00`,
          zone: 'Europe/Stockholm',
        });
        const events = [
          {
            title: 'Планёрка отдела продаж',
            start: at(first, '09:00'),
            end: at(first, '09:30'),
            repeat: { frequency: 'weekly', interval: 1, weekdays: ['MO', 'WE'], ends: { is: 'never' } },
            location: 'Переговорная «Байкал»',
            reminders: [15],
          },
          { title: 'Conference', start: { date: fifth }, end: { date: eighth } },
          {
            title: '<img src=x onerror=alert(1)> & a very long name that does not fit anywhere at all',
            start: at(fifth, '13:00'),
            end: at(fifth, '15:30'),
            status: 'tentative',
            privacy: 'private',
          },
        ];
        for (const event of events)
          await fetch(new URL(`api/v1/calendars/${id}/events`, document.baseURI), {
            method: 'POST',
            headers,
            body: JSON.stringify(event),
          });
      },
      { first: inMonth(2), fifth: inMonth(17), eighth: inMonth(20) },
    );
  }
});
