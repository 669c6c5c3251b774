/** What stays as it was: the place after a reload, what was typed when the session ends or the server is away. */
import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';
import { closeBrowser, dialogsClosed, inMonth, openAs } from './browser.ts';
import { caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

describe('a page that stays open', () => {
  let server: Server;
  let page: Page;
  let context: BrowserContext;
  let complaints: readonly string[];

  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await closeBrowser();
    await server.stop();
  });
  beforeEach(async () => {
    ({ page, context, complaints } = await openAs(server, 'anna'));
  });
  afterEach(async () => {
    await context.close();
  });

  const hash = (): string => new URL(page.url()).hash;
  const hashIs = async (wanted: string): Promise<void> => {
    await page.waitForFunction((text) => location.hash === text, wanted);
  };
  const view = (name: string) => page.getByRole('button', { name, exact: true });
  const title = (): Promise<string | null> => page.locator('.toolbar-title').textContent();

  it('keeps view and day in its address, through reloads and the buttons of the browser', async () => {
    const shown = new Set<string | null>();
    const see = async (): Promise<void> => void shown.add(await title());
    await see();
    await view('Week').click();
    await hashIs('#/week');
    await page.getByRole('button', { name: 'Next week' }).click();
    await page.waitForFunction(() => location.hash.startsWith('#/week/'));
    const [week, address] = [await title(), hash()];
    await page.reload();
    await page.locator('.grid-week').waitFor();
    assert.deepEqual([await title(), hash()], [week, address]);
    await page.goBack();
    await hashIs('#/week');
    await page.goBack();
    await page.locator('.grid-month').waitFor();
    await page.goForward();
    await page.goForward();
    await page.waitForFunction(
      (text) => document.querySelector('.toolbar-title')?.textContent === text,
      week,
    );
    await page.evaluate(() => location.assign(new URL('#/profile', document.baseURI)));
    await page.getByRole('link', { name: 'Calendar', exact: true }).first().click();
    await page.locator('.grid-week').waitFor();
    assert.equal(await title(), week);
    assert.deepEqual(complaints, []);
  });

  it('opens where a link leads, also after signing in, and today where it leads nowhere', async () => {
    const link = new URL(`#/day/${inMonth(9)}`, server.url).href;
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('.grid-day').waitFor();
    assert.match((await title()) ?? '', /^Mon,? 9 /);
    await context.clearCookies();
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('input[autocomplete=username]').fill('anna');
    await page.locator('input[type=password]').fill(server.password);
    await page.locator('button[type=submit]').click();
    await page.locator('.grid-day').waitFor();
    await page.goto('about:blank');
    await page.goto(new URL('#/week/2026-02-31', server.url).href);
    await page.locator('.grid-week .g-today').first().waitFor();
    await page.goto('about:blank');
    await page.goto(new URL('#/nowhere/x', server.url).href);
    await page.locator('.grid-month').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('makes one step of moving through the days of a month', async () => {
    const before = await page.evaluate(() => history.length);
    await page
      .locator(`[data-date="${inMonth(10)}"]`)
      .first()
      .focus();
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');
    await hashIs(`#/month/${inMonth(15)}`);
    assert.equal(await page.evaluate(() => history.length), before);
  });

  it('begins the list with the day that was asked for, and leads there from a day that is too full', async () => {
    const phone = caldav(server.url, 'carol', server.password);
    const date = inMonth(25).replaceAll('-', '');
    const event = (uid: string, start: string, rule = ''): string =>
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${start}\r\nDURATION:PT1H\r\n${rule}SUMMARY:${uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
    const home = 'dav/calendars/carol/personal/';
    const first = inMonth(1).replaceAll('-', '');
    await phone.put(`${home}daily.ics`, event('Daily', `${first}T070000Z`, 'RRULE:FREQ=DAILY;COUNT=30\r\n'));
    for (let at = 0; at < 20; at++)
      await phone.put(`${home}${at}.ics`, event(`Same time ${at}`, `${date}T090000Z`));
    const { page: hers, context: carol } = await openAs(server, 'carol', { language: 'en' });
    const isAtTop = (day: string) =>
      hers.waitForFunction((wanted) => {
        const [list, heading] = [document.querySelector('.agenda'), document.getElementById(`day-${wanted}`)];
        const below = (heading?.getBoundingClientRect().top ?? -1) - (list?.getBoundingClientRect().top ?? 0);
        return below >= 0 && below < 40;
      }, day);
    await hers.getByRole('button', { name: 'List', exact: true }).click();
    await isAtTop(inMonth(11));
    await hers.locator('.agenda').evaluate((list) => list.scrollTo(0, 0));
    await hers.getByRole('button', { name: 'Today' }).click();
    await hers.locator('.agenda-today').waitFor();
    await hers.goto('about:blank');
    await hers.goto(new URL(`#/day/${inMonth(25)}`, server.url).href);
    await hers.locator('.g-more').click();
    await isAtTop(inMonth(25));
    await hers.getByRole('button', { name: /Same time 19/ }).waitFor();
    await hers.setViewportSize({ width: 360, height: 740 });
    await hers.goto('about:blank');
    await hers.goto(server.url);
    await isAtTop(inMonth(11));
    await hers.getByRole('button', { name: 'Mobile devices' }).waitFor();
    assert.equal(await hers.evaluate(() => scrollY), 0);
    // And nothing of it reaches beyond the list.
    assert.ok((await hers.evaluate(() => document.documentElement.scrollHeight)) < 760);
    await carol.close();
  });

  it('keeps a menu open while the list beside it goes to its day, and closes it when the page moves', async () => {
    await page.setViewportSize({ width: 1000, height: 400 });
    await view('List').click();
    await page.locator('.agenda-row').first().waitFor();
    const menu = page.locator('.menu');
    await page.locator('.calendar-row .button-icon').first().click();
    await menu.waitFor();
    // Ends once everybody was told of it.
    await page.locator('.agenda').evaluate(
      (list) =>
        new Promise<void>((resolve) => {
          list.addEventListener('scroll', () => requestAnimationFrame(() => resolve()));
          list.scrollTo(0, list.scrollTop > 0 ? 0 : 20);
        }),
    );
    assert.equal(await menu.count(), 1);
    await page.evaluate(() => scrollTo(0, 20));
    await menu.waitFor({ state: 'detached' });
  });

  it('has room for the days in a low window, and says which days a narrow week has', async () => {
    await page.setViewportSize({ width: 640, height: 450 });
    await page.reload();
    await view('Month').click();
    await page.waitForFunction(
      (date) =>
        (document.querySelector(`[role=gridcell][data-date="${date}"]`)?.getBoundingClientRect().height ??
          0) > 50,
      inMonth(11),
    );
    await page.setViewportSize({ width: 360, height: 740 });
    await view('Week').click();
    // Drawn, measured, and drawn again for as little room as there is.
    await page.locator('.g-day-head-inner', { hasText: /^\p{L}+\n11$/u }).waitFor();
    await page.waitForFunction(() => {
      const heads = [...document.querySelectorAll('.g-day-head-inner')];
      return heads.length === 7 && new Set(heads.map((head) => head.clientHeight)).size === 1;
    });
  });

  it('asks to sign in over what is typed, and goes on with it', async () => {
    await view('Add event').click();
    await page.getByLabel('Title').fill('Typed before');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Save' }).click();
    const again = page.getByRole('dialog', { name: 'Sign in' });
    await again.getByLabel('Password').fill(server.password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('[data-occurrence]', { hasText: 'Typed before' }).first().waitFor();
    await dialogsClosed(page);
  });

  it('goes on when somebody has signed in again in another window', async () => {
    const other = await context.newPage();
    await other.goto(server.url);
    await other.locator('.home').waitFor();
    await view('Add event').click();
    await page.getByLabel('Title').fill('Typed in the first');
    await other.getByRole('button', { name: 'Anna' }).click();
    await other.getByRole('menuitem', { name: 'Sign out' }).click();
    const again = page.getByRole('dialog', { name: 'Sign in' });
    await again.waitFor();
    await other.locator('input[autocomplete=username]').fill('anna');
    await other.locator('input[type=password]').fill(server.password);
    await other.locator('button[type=submit]').click();
    await other.locator('.home').waitFor();
    await page.bringToFront();
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await again.waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Title').inputValue(), 'Typed in the first');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[data-occurrence]', { hasText: 'Typed in the first' }).first().waitFor();
  });

  it('closes the question once it is signed in, when the session was ended elsewhere', async () => {
    const other = await context.newPage();
    await other.goto(server.url);
    await other.getByRole('button', { name: 'Anna' }).click();
    await other.getByRole('menuitem', { name: 'Sign out' }).click();
    const again = page.getByRole('dialog', { name: 'Sign in' });
    await again.getByLabel('Password').fill(server.password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.waitFor({ state: 'detached' });
    // And changes arrive again.
    await view('Add event').click();
    await page.getByLabel('Title').fill('After all');
    await page.keyboard.press('Enter');
    await page.locator('[data-occurrence]', { hasText: 'After all' }).first().waitFor();
  });

  it('says that it waits for a slow server, and sends a form once', async () => {
    let sent = 0;
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/events', async (route) => {
      if (route.request().method() === 'POST') {
        sent++;
        await held;
      }
      await route.continue();
    });
    await view('Add event').click();
    await page.getByLabel('Title').fill('Slowly added');
    const save = page.getByRole('button', { name: 'Save' });
    await save.click();
    await save.click({ force: true });
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await page.locator('progress.busy').waitFor({ state: 'attached' });
    answer();
    await page.locator('[data-occurrence]', { hasText: 'Slowly added' }).first().waitFor();
    await page.locator('progress.busy').waitFor({ state: 'detached' });
    assert.equal(sent, 1);
  });

  /** What is asked there is answered with what stood when it was asked, and comes when it is let go. */
  async function held(
    address: string,
  ): Promise<{ readonly asked: Promise<void>; readonly letGo: () => Promise<void> }> {
    const [asked, ask] = signal();
    const [free, letGo] = signal();
    const [arrived, arrive] = signal();
    await page.route(address, async (route) => {
      const response = await route.fetch();
      ask();
      await free;
      await route.fulfill({ response });
      arrive();
    });
    return {
      asked,
      async letGo() {
        letGo();
        await arrived;
        await page.unroute(address);
        await page.waitForLoadState('networkidle');
      },
    };
  }

  it('keeps a box ticked against a list of calendars that was asked for before', async () => {
    const list = await held('**/api/v1/calendars');
    const headers = { 'X-Requested-With': 'portal' };
    const made = await context.request.post(new URL('api/v1/calendars', server.url).href, {
      headers,
      data: { name: 'Made elsewhere' },
    });
    assert.ok(made.ok());
    await list.asked;
    const box = page.locator('.color-check').first();
    const told = page.waitForResponse((answer) => answer.url().endsWith('/visibility'));
    await box.uncheck();
    await told;
    await list.letGo();
    await page.locator('.calendar-row', { hasText: 'Made elsewhere' }).waitFor();
    assert.equal(await box.isChecked(), false);
    // What follows needs its events.
    const shown = page.waitForResponse((answer) => answer.url().endsWith('/visibility'));
    await box.check();
    await shown;
  });

  it('keeps a favourite ticked against what a search answers that was begun before', async () => {
    await page.getByRole('button', { name: 'Choose favourites' }).click();
    const dialog = page.getByRole('dialog');
    const box = dialog.getByRole('checkbox').first();
    const [wasTicked, name] = [
      await box.isChecked(),
      await dialog.locator('.choice-list label').first().textContent(),
    ];
    const found = await held('**/favourites/choices?**');
    await dialog.getByLabel('Search').fill((name ?? '').slice(0, 3));
    await found.asked;
    const told = page.waitForResponse((answer) => answer.url().endsWith('/favourite'));
    await box.click();
    await told;
    await found.letGo();
    const again = dialog.getByRole('checkbox', { name: name ?? '' });
    assert.equal(await again.isChecked(), !wasTicked);
    const taken = page.waitForResponse((answer) => answer.url().endsWith('/favourite'));
    await again.click();
    await taken;
  });

  it('does once what somebody presses twice', async () => {
    await page.route('**/api/v1/**', async (route) => {
      if (route.request().method() !== 'GET') await page.waitForTimeout(300);
      await route.continue();
    });
    await page.goto(`${server.url}#/profile`);
    const make = page.getByRole('button', { name: 'Create app password' });
    await page.getByLabel('Name of the device').fill('Pressed twice');
    const made = page.waitForResponse((answer) => answer.request().method() === 'POST');
    await make.dblclick();
    await made;
    const row = page.locator('.rows li', { hasText: 'Pressed twice' });
    await row.first().waitFor();
    await page.waitForLoadState('networkidle');
    assert.equal(await row.count(), 1);
    // And its password is no longer shown as one to be copied.
    await row.getByRole('button').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).press('Enter');
    await row.waitFor({ state: 'detached' });
    assert.equal(await page.locator('.note-good').count(), 0);
    // What had the focus is gone; the keys go on in its card.
    await page.locator('h2:focus', { hasText: 'My devices' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('says when the server is away, keeps what is typed, and comes back by itself', async () => {
    await view('Add event').click();
    await page.getByLabel('Title').waitFor();
    await page.keyboard.press('Escape');
    await context.setOffline(true);
    // A month that cannot be asked for is no second complaint, and is asked for later.
    const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('/events?'));
    await page.getByRole('button', { name: 'Next month' }).click();
    await failed;
    await page.locator('.toast-error', { hasText: 'You are offline' }).first().waitFor();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.equal(await page.locator('.toast-error').count(), 1);
    await view('Add event').click();
    await page.getByLabel('Title').fill('Typed offline');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog .problem', { hasText: 'You are offline' }).waitFor();
    await page.locator('dialog .toast-error', { hasText: 'You are offline' }).waitFor();
    assert.equal(await page.getByLabel('Title').inputValue(), 'Typed offline');
    const asked = page.waitForResponse((answer) => answer.url().includes('/events?') && answer.ok());
    await context.setOffline(false);
    await page.locator('.toast-error', { hasText: 'You are offline' }).waitFor({ state: 'detached' });
    await asked;
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[data-occurrence]', { hasText: 'Typed offline' }).first().waitFor();
  });

  it('says what went wrong where it can be read, above a dialog too', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.reload();
    await page.getByRole('button', { name: 'Calendars' }).click();
    await page.locator('.calendar-row .button-icon').first().click();
    await page.getByRole('menuitem', { name: 'Export (iCal)' }).click();
    await page.locator('.link-card').first().waitFor();
    await page.route('**/links/**', (route) =>
      route.fulfill({ status: 500, json: { error: 'E20', message: 'No luck', id: '1', reason: 'x' } }),
    );
    await page.getByRole('button', { name: 'Reset link' }).click();
    await page
      .getByRole('dialog', { name: 'Reset this link?' })
      .getByRole('button', { name: 'Reset link' })
      .click();
    const told = page.locator('.toast', { hasText: 'No luck' });
    await told.waitFor();
    const isOnTop = await told.evaluate((element) => {
      const box = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
    });
    assert.ok(isOnTop);
    await told.getByRole('button', { name: 'Close' }).click();
    await told.waitFor({ state: 'detached' });
    await page.locator('.link-card').first().waitFor();
  });

  it('comes back to the changes of others after a proxy has answered in the place of the server', async () => {
    let isDown = true;
    await page.route('**/api/v1/stream', async (route) => {
      if (isDown) await route.fulfill({ status: 502, body: 'bad gateway' });
      else await route.continue();
    });
    const refused = page.waitForResponse((answer) => answer.url().endsWith('/stream') && !answer.ok());
    await page.reload();
    await page.locator('.grid-month').waitFor();
    await refused;
    const back = page.waitForResponse((answer) => answer.url().endsWith('/stream') && answer.ok());
    isDown = false;
    await back;
    const other = await openAs(server, 'anna');
    await other.page.getByRole('button', { name: 'Add event' }).click();
    await other.page.getByLabel('Title').fill('From elsewhere');
    await other.page.keyboard.press('Enter');
    await page.locator('[data-occurrence]', { hasText: 'From elsewhere' }).first().waitFor();
    await other.context.close();
  });

  it('says that the page is older than the server where a part of it is gone', async () => {
    await page.route('**/assets/parts-pages-*.js', (route) => route.fulfill({ status: 404, body: '' }));
    await page.evaluate(() => location.assign(new URL('#/profile', document.baseURI)));
    await page.getByText('The server has been renewed').waitFor();
    await page.unroute('**/assets/parts-pages-*.js');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
  });
});

function signal(): readonly [Promise<void>, () => void] {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return [given, () => give()];
}
