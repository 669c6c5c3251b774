/** What portal.md promises of screens and words, where no flow of the other files passes by. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Api, RouteName } from '../../src/portal/api.ts';
import { closeBrowser, type Language, open, openAs, signIn } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('the page as it is specified', () => {
  let server: Server;

  before(async () => {
    server = await startServer(['--public-url', 'https://cal.example.com']);
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  /** Calls the API as the page does; `path` is that of the call with its parameters filled in. */
  const api = async <Name extends RouteName>(
    page: Page,
    name: Name,
    path: string,
    body?: Api[Name]['body'],
  ): Promise<Api[Name]['answer']> =>
    await page.evaluate(
      async ([method, where, sent]) => {
        const answer = await fetch(new URL(`api/v1/${where}`, document.baseURI), {
          method,
          headers: { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' },
          ...(sent !== undefined && { body: sent }),
        });
        return answer.status === 204 ? undefined : await answer.json();
      },
      [name.split(' ')[0] ?? '', path, body && JSON.stringify(body)] as const,
    );

  const menuOf = async (page: Page, calendar: string): Promise<Readonly<Record<string, string>>> => {
    await page.locator(`.calendar-row:has-text("${calendar}") .button-icon`).first().click();
    const items = page.locator('.menu-item');
    await items.first().waitFor();
    const found: Record<string, string> = {};
    for (const item of await items.all()) {
      const label = (await item.locator('> span').first().textContent()) ?? '';
      const isOff = (await item.getAttribute('aria-disabled')) === 'true';
      found[label] = isOff ? ((await item.locator('small').textContent()) ?? '') : '';
    }
    await page.keyboard.press('Escape');
    return found;
  };

  it('keeps the banner away once it was put away (3.1)', async () => {
    const { page, context } = await openAs(server, 'carol', { language: 'en' });
    const items = page.locator('.banner-items .button');
    assert.deepEqual(await items.allTextContents(), ['Mobile devices', 'Connect to Outlook']);
    await page.getByRole('button', { name: 'Hide' }).click();
    await items.first().waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('.banner-collapsed').waitFor();
    await page.locator('.banner [aria-expanded=false]').click();
    await items.first().waitFor();
    await context.close();
  });

  it('is a list with a drawer on a narrow screen, and says what is empty (3.1)', async () => {
    const { page, context } = await openAs(server, 'carol', {
      language: 'en',
      viewport: { width: 719, height: 800 },
    });
    await page.locator('.segments [aria-pressed=true]:has-text("List")').waitFor();
    assert.equal(await page.locator('.drawer-button').isVisible(), true);
    await page.evaluate(() => location.assign(new URL('#/list/2001-02-01', document.baseURI)));
    await page.getByText('Nothing planned').waitFor();
    await page.locator('main').getByRole('button', { name: 'Add event' }).waitFor();
    await page.route('**/api/v1/calendars', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...(await answer.json()), calendars: [] } });
    });
    await page.reload();
    await page.getByRole('button', { name: 'Create your first calendar' }).click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).waitFor();
    await context.close();
  });

  it('keeps each action in its place, and says why one is off (3.2)', async () => {
    const anna = await openAs(server, 'anna', { language: 'en' });
    const { calendars } = await api(anna.page, 'GET /calendars', 'calendars');
    const mine = calendars.find(({ section, name }) => section === 'mine' && name !== 'Uppgifter');
    const { people } = await api(anna.page, 'GET /people', 'people?text=erik');
    await api(anna.page, 'POST /calendars/{id}/shares', `calendars/${mine?.id}/shares`, {
      who: people[0]?.id ?? '',
      level: 'read',
    });
    const erik = await openAs(server, 'erik', { language: 'en' });
    const row = 'Anna Lindqvist';
    await erik.page.locator(`.calendar-row:has-text("${row}")`).first().waitFor();
    const theirs = await menuOf(erik.page, row);
    assert.deepEqual(Object.keys(theirs), [
      'Edit…',
      'Show only this',
      'Connect phone or app',
      'Connect to Outlook',
      'Export (iCal)',
      'Download .ics',
      'Add to favourites',
    ]);
    assert.equal(theirs['Edit…'], 'Only the owner can change this calendar');
    await erik.page.locator('.calendar-row:has-text("Anna") .mark[title="Read only"]').first().waitFor();
    await api(anna.page, 'PATCH /calendars/{id}', `calendars/${mine?.id}`, { exportAllowed: false });
    await anna.page.reload();
    await anna.page.locator('.calendar-row').first().waitFor();
    const own = await menuOf(anna.page, mine?.name ?? '');
    for (const item of ['Connect to Outlook', 'Export (iCal)', 'Download .ics'])
      assert.equal(own[item], 'Export is turned off for this calendar.', item);
    assert.equal(own['Connect phone or app'], '', 'the owner’s own phones go on');
    await api(anna.page, 'PATCH /calendars/{id}', `calendars/${mine?.id}`, { exportAllowed: true });
    await anna.context.close();
    await erik.context.close();
  });

  it('calls a calendar by its last name, however late the answer comes that has the one before', async () => {
    const { page, context } = await openAs(server, 'boris', { language: 'en' });
    const late: (() => Promise<void>)[] = [];
    let isRenamed = false;
    const made = await api(page, 'POST /calendars', 'calendars', { name: 'Before' });
    await page.locator('.calendar-row:has-text("Before")').waitFor();
    const isHeld = new Promise<void>((resolve) => {
      void page.route('**/api/v1/calendars', async (route) => {
        if (isRenamed) return await route.fallback();
        const response = await route.fetch();
        late.push(async () => {
          const arrived = page.waitForEvent('requestfinished', (request) => request === route.request());
          await route.fulfill({ response });
          await arrived;
        });
        resolve();
      });
    });
    // Something changes, and the answer with the name of now is on its way for long.
    await api(page, 'PATCH /calendars/{id}', `calendars/${made.id}`, { description: 'changed' });
    await isHeld;
    isRenamed = true;
    await api(page, 'PATCH /calendars/{id}', `calendars/${made.id}`, { name: 'After' });
    await page.locator('.calendar-row:has-text("After")').waitFor();
    for (const answer of late) await answer();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    assert.equal(await page.locator('.calendar-row:has-text("Before")').count(), 0);
    await api(page, 'DELETE /calendars/{id}', `calendars/${made.id}`);
    await context.close();
  });

  it('asks before links stop, and tells which (3.3)', async () => {
    const { page, context } = await openAs(server, 'boris', { language: 'en' });
    const { calendars } = await api(page, 'GET /calendars', 'calendars');
    const { id, name } = calendars.find(({ section }) => section === 'mine') ?? { id: '', name: '' };
    for (const label of ['Kitchen', 'Hall'])
      await api(page, 'POST /calendars/{id}/links', `calendars/${id}/links`, { label });
    await page.locator(`.calendar-row:has-text("${name}") .button-icon`).first().click();
    await page.getByRole('menuitem', { name: 'Edit…' }).click();
    await page.getByLabel('Allow export').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    const question = page.getByRole('dialog').last();
    await question.getByText(/2 subscription links stop working at once/).waitFor();
    const text = (await question.textContent()) ?? '';
    assert.match(text, /Kitchen: never used.*Hall: never used.*They are kept/);
    await question.getByRole('button', { name: 'Cancel' }).click();
    await context.close();
  });

  it('leads with its export buttons where each provider wants it (3.6)', async () => {
    const { page, context } = await openAs(server, 'carol', { language: 'en' });
    await page.locator('.calendar-row .button-icon').first().click();
    await page.getByRole('menuitem', { name: 'Export (iCal)' }).click();
    const card = page.locator('.link-card').first();
    await card.waitFor();
    const https = await card.getByLabel('Subscription link', { exact: true }).inputValue();
    assert.match(https, /^https:\/\/cal\.example\.com\/feed\/[\w-]{22,}\/[^/]+\.ics$/);
    const webcal = https.replace('https:', 'webcal:');
    const hrefs = await card.locator('a.button').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    const [google, work, home, apple] = hrefs.map((href) => new URL(href ?? ''));
    assert.equal(`${google?.origin}${google?.pathname}`, 'https://calendar.google.com/calendar/r');
    assert.equal(google?.searchParams.get('cid'), webcal);
    for (const [provider, host] of [
      [work, 'outlook.office.com'],
      [home, 'outlook.live.com'],
    ] as const) {
      assert.equal(`${provider?.host}${provider?.pathname}`, `${host}/calendar/0/addfromweb`);
      assert.equal(provider?.searchParams.get('url'), https);
      assert.ok(provider?.searchParams.get('name'));
    }
    assert.equal(apple?.href, webcal);
    await card.getByText(/Never fetched · created/).waitFor();
    await context.close();
  });

  for (const language of ['en', 'ru', 'sv'] as const satisfies readonly Language[])
    it(`tells each step of connecting in twelve words at most (3.5, ${language})`, async () => {
      const { page, context } = await openAs(server, 'carol', { language });
      await page.locator('.banner-items .button').first().click();
      const tabs = page.getByRole('dialog').getByRole('tab');
      await tabs.first().waitFor();
      const found: string[] = [];
      for (const tab of await tabs.all()) {
        await tab.click();
        await page.locator('.tab-panel .steps li, .tab-panel .copy-row').first().waitFor();
        for (const step of await page.locator('.tab-panel .steps li').all()) {
          const words = (await step.innerText())
            .split('\n')[0]
            ?.split(/\s+/)
            .filter((word) => /[\p{L}\d]/u.test(word));
          if ((words?.length ?? 0) > 12) found.push(words?.join(' ') ?? '');
        }
      }
      assert.deepEqual(found, []);
      await context.close();
    });

  it('offers the test once nothing has arrived for three minutes (3.5, 3.11)', async () => {
    const { page, context } = await open({ language: 'en' });
    await page.clock.install();
    await signIn(page, server, 'carol', server.password);
    await page.locator('.banner-items .button').first().click();
    await page.getByText('Waiting for the first connection').waitFor();
    // Again where the page had not yet begun to wait: what it says and its timer do not come at once.
    for (const offered = page.getByText(/Nothing arrived yet/); !(await offered.isVisible()); )
      await page.clock.fastForward('03:01');
    assert.match((await page.locator('.test button').getAttribute('class')) ?? '', /button-primary/);
    await context.close();
  });

  it('marks today, moves by Home and End, and leaves single letters alone where they are off (8)', async () => {
    const { page, context } = await openAs(server, 'carol', { language: 'en' });
    const today = page.locator('[role=gridcell][aria-current=date]');
    await today.waitFor();
    assert.equal(await today.count(), 1);
    const from = (await today.getAttribute('data-date')) ?? '';
    const weekday = (new Date(from).getUTCDay() + 6) % 7;
    const focusIs = async (offset: number): Promise<void> => {
      const wanted = new Date(Date.parse(from) + offset * 86_400_000).toISOString().slice(0, 10);
      await page.waitForFunction(
        (date) => document.activeElement?.getAttribute('data-date') === date,
        wanted,
      );
    };
    await today.focus();
    await page.keyboard.press('Home');
    await focusIs(-weekday);
    await page.keyboard.press('End');
    await focusIs(6 - weekday);
    assert.equal(await page.locator('[role=gridcell][tabindex="0"]').count(), 1, 'one tab stop');
    await page.keyboard.press('w');
    await page.locator('.grid-week').waitFor();
    // The address follows when the keys have come to rest.
    await page.waitForFunction(() => location.hash.startsWith('#/week'));
    await api(page, 'PATCH /me', 'me', { preferences: { shortcuts: false } });
    await page.reload();
    await page.locator('.grid-week').waitFor();
    await page.locator('body').press('m');
    await page.locator('body').press('t');
    assert.equal(await page.locator('.grid-week').count(), 1);
    await context.close();
  });

  it('needs no scrolling sideways at 400 % (8)', async () => {
    const { page, context } = await openAs(server, 'carol', {
      language: 'ru',
      viewport: { width: 320, height: 640 },
    });
    const excess = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    for (const place of ['', '#/month', '#/week', '#/profile', '#/trash']) {
      await page.evaluate((to) => location.assign(new URL(to, document.baseURI)), place);
      await page.locator('main').waitFor();
      assert.ok((await excess()) <= 0, `${place}: ${await excess()} px`);
    }
    await page.evaluate(() => location.assign(new URL('#/', document.baseURI)));
    await page.locator('.drawer-button').click();
    await page.locator('.sidebar .button-primary').click();
    await page.locator('dialog select').first().waitFor();
    assert.ok((await excess()) <= 0);
    await context.close();
  });
});
