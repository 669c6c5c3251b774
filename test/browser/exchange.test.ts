/**
 * Exchange as people meet it: the whole way from the first sign-in to the end. Longer than other files, because each step
 * stands on what the ones before it have set up.
 */
import assert from 'node:assert/strict';
import type { Page, Route } from 'playwright-core';
import { type FakeExchange, startLab } from '../../conformance/exchange/exchange.ts';
import type { ExchangeConflict, ExchangeIssue, ExchangeRun, ExchangeStatus } from '../../src/portal/api.ts';
import { closeBrowser, day, faults, type Language, openAs, screenshot } from './browser.ts';
import { at, began } from './exchange-runs.ts';
import { type Server, startServer } from './server.ts';

describe('Exchange', () => {
  let server: Server;
  let exchange: FakeExchange;

  before(async () => {
    exchange = await startLab();
    server = await startServer([], { isKept: true });
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
    await exchange.close();
  });

  const item = (page: Page) => page.locator('.exchange-item');
  const card = (page: Page) => page.locator('.card', { hasText: 'Exchange' }).first();

  it('is nowhere while it is switched off', async () => {
    const { page, context } = await openAs(server, 'anna');
    assert.equal(await item(page).count(), 0);
    await page.goto(`${server.url}#/profile`);
    await page.locator('.card').first().waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Exchange' }).count(), 0);
    await context.close();
  });

  it('is set up and tried by the administrator', async () => {
    const { page, context, complaints } = await openAs(server, 'admin');
    await page.goto(`${server.url}#/admin/exchange`);
    await page.getByLabel('Exchange is switched on').check();
    await page.getByLabel('Server name').fill('127.0.0.1');
    await page.getByLabel('Port', { exact: true }).fill(String(exchange.port));
    await page.getByLabel('Encrypted connection (TLS)').uncheck();
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('The connection is not encrypted.').waitFor();
    await page.getByRole('button', { name: 'Add an account' }).click();
    await page.getByLabel('User name').fill('svc@lab.test');
    await page.locator('input[type=password]').fill('secret');
    await page
      .locator('.card', { hasText: 'Service accounts' })
      .getByRole('button', { name: 'Save' })
      .click();
    await page.getByText(/^Set on /).waitFor();
    const test = page.locator('.card', { hasText: 'Test connection' });
    await test.getByLabel('Try with this mailbox').fill('alice@lab.test');
    await test.getByRole('button', { name: 'Test' }).click();
    await test.getByText('Sign-in: passed').waitFor();
    await test.getByText('Calendar of the mailbox: passed').waitFor();
    assert.deepEqual(await faults(page), []);
    await screenshot(page, 'exchange-admin', true);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('says the choices of its settings in words', async () => {
    const { page, context } = await openAs(server, 'admin', { language: 'ru' });
    await page.goto(`${server.url}#/admin/exchange`);
    await page.locator('select').first().waitFor();
    const raw = await page.evaluate(() =>
      [...document.querySelectorAll('option')]
        .filter((option) => option.textContent === option.value)
        .map(({ value }) => value),
    );
    // Names of the protocol and of its versions are the same in every language.
    assert.deepEqual(
      raw.filter((value) => !/^(?:ews|graph|Exchange\w*)$/.test(value)),
      [],
    );
    assert.deepEqual(await faults(page), []);
    await context.close();
  });

  it('says what went wrong with a sign-in, and takes the right one', async () => {
    const { page, context } = await openAs(server, 'anna');
    await item(page).getByRole('link', { name: 'Connect' }).click();
    await card(page).getByLabel('E-mail address').fill('alice@lab.test');
    await card(page).getByLabel('Sign in with my own password').check();
    await card(page).getByLabel('Password', { exact: true }).fill('wrong');
    await card(page).getByRole('button', { name: 'Sign in' }).click();
    await card(page).getByText('Wrong user name or password.').waitFor();
    await card(page).getByLabel('Password', { exact: true }).fill('secret');
    await card(page).getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are signed in to Exchange.').waitFor();
    await context.close();
  });

  it('shows what will happen before it happens, and nobody is mailed', async () => {
    exchange.outlook('alice@lab.test').create({
      subject: 'Made in Outlook',
      start: `${day(1)}T09:00:00`,
      end: `${day(1)}T10:00:00`,
    });
    const { page, context } = await openAs(server, 'anna');
    await page.goto(`${server.url}#/profile`);
    await card(page).getByRole('button', { name: 'Preview' }).click();
    await card(page).getByText('1 event comes in').waitFor();
    await screenshot(page, 'exchange-preview', true);
    await card(page).getByRole('button', { name: 'Synchronise' }).click();
    await card(page).getByText('Last run').waitFor();
    await page.goto(`${server.url}#/`);
    await item(page).getByText('Exchange: synchronised').waitFor();
    await page.getByText('Made in Outlook').first().waitFor();
    assert.deepEqual(exchange.mails, []);
    assert.deepEqual(await faults(page), []);
    await context.close();
  });

  it('makes one run of two clicks in two tabs', async () => {
    const first = await openAs(server, 'anna');
    const second = await openAs(server, 'anna');
    let release = (): void => {};
    const until = new Promise<void>((resolve) => (release = resolve));
    // The run of the first click lasts until the second has been answered.
    exchange.faults.add({ on: 'SyncFolderItems', fault: { kind: 'hold', until } });
    const runs = await Promise.all(
      [first.page, second.page].map(
        async (page) =>
          await page.evaluate(async () => {
            const answer = await fetch('api/v1/exchange/sync', {
              method: 'POST',
              headers: { 'X-Requested-With': 'portal' },
            });
            const { runId }: { runId: string } = await answer.json();
            return runId;
          }),
      ),
    ).finally(release);
    assert.equal(runs[0], runs[1]);
    await first.context.close();
    await second.context.close();
  });

  it('shows without a reload what somebody does in Outlook', async () => {
    const { page, context } = await openAs(server, 'anna');
    await item(page).getByText('Exchange: synchronised').waitFor();
    exchange.outlook('alice@lab.test').create({
      subject: 'Suddenly there',
      start: `${day(1)}T13:00:00`,
      end: `${day(1)}T14:00:00`,
    });
    await page.getByText('Suddenly there').first().waitFor();
    await context.close();
  });

  it('answers an invitation there, and the organizer is told once', async () => {
    exchange.outlook('bob@lab.test').create(
      {
        subject: 'Please come',
        start: `${day(1)}T15:00:00`,
        end: `${day(1)}T16:00:00`,
        required: ['alice@lab.test'],
      },
      { send: true },
    );
    const { page, context } = await openAs(server, 'anna');
    await page.getByText('Please come').first().waitFor();
    const mailed = exchange.mails.length;
    await page.getByText('Please come').first().click();
    await page.getByRole('button', { name: 'Maybe' }).click();
    await page.locator('.toggles [aria-pressed=true]:has-text("Maybe")').waitFor();
    const response = (): string | undefined =>
      exchange.outlook('bob@lab.test').find('Please come')?.attendees[0]?.response;
    for (let tries = 0; tries < 600 && response() !== 'Tentative'; tries++) await page.waitForTimeout(100);
    assert.equal(response(), 'Tentative');
    assert.equal(exchange.mails.length, mailed + 1);
    await context.close();
  });

  it('tells in the history of an event what both sides had changed', async () => {
    const conflict: ExchangeConflict = {
      id: '1',
      at: at(-5),
      title: 'Made in Outlook',
      instance: null,
      recurrenceId: null,
      field: 'location',
      here: 'Room 1',
      there: 'Room 2',
      kept: 'there',
      take: { location: 'Room 1' },
    };
    const { page, context } = await openAs(server, 'anna');
    await page.route('**/exchange/conflicts?uid=*', (route) =>
      route.fulfill({ json: { conflicts: [conflict] } }),
    );
    await page.locator('.mark[title=Exchange]').first().waitFor();
    await page.getByText('Made in Outlook').first().click();
    await page.locator('dialog summary').getByText('Changed on both sides').click();
    await page.getByText('stands as in Exchange: “Room 2”; here it was “Room 1”').waitFor();
    assert.deepEqual(await faults(page), []);
    await screenshot(page, 'exchange-history');
    // What lost is taken after all: a write like any other, which Exchange gets with the next run.
    await page.getByRole('button', { name: 'Take it: place' }).click();
    await page.locator('dialog .line', { hasText: 'Room 1' }).waitFor();
    await context.close();
  });

  for (const language of ['en', 'ru', 'sv'] as const)
    it(`asks what is to become of a series behind a note, on a phone, in ${language}`, async () => {
      const { page, context, complaints } = await openAs(server, 'anna', {
        language,
        viewport: { width: 360, height: 740 },
      });
      const asking = (id: string, code: string, title: string): ExchangeIssue => ({
        id,
        title,
        start: day(1),
        code,
        text: '',
      });
      await page.route('**/exchange/status', async (route) => {
        const status: ExchangeStatus = await (await route.fetch()).json();
        await route.fulfill({ json: { ...status, state: 'partial', issues: 2 } satisfies ExchangeStatus });
      });
      const answers: unknown[] = [];
      // Asked for by every run that ends meanwhile, too: like the server's, it says what has been answered.
      await page.route('**/exchange/issues', (route) => {
        const second = answers.length === 0 ? 'note-deleted' : 'note-agreed';
        const issues = [asking('1', 'note-changed', 'Daily'), asking('2', second, 'Retro')];
        return route.fulfill({ json: { issues } });
      });
      await page.route('**/exchange/issues/2/answer', async (route) => {
        answers.push(route.request().postDataJSON());
        await route.fulfill({ status: 204 });
      });
      // What really happens meanwhile would be told in the place of this.
      await page.route('**/api/v1/stream', (route) =>
        route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\n\n' }),
      );
      await page.goto(`${server.url}#/profile`);
      await page.reload();
      const row = card(page).locator('li', { hasText: 'Retro' });
      await row.scrollIntoViewIfNeeded();
      assert.deepEqual(await faults(page), []);
      await screenshot(page, `exchange-notes-${language}-phone`);
      await row.getByRole('button').first().focus();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await row.getByRole('button').first().waitFor({ state: 'detached' });
      assert.deepEqual(answers, [{ proceed: true }]);
      assert.equal(await card(page).locator('h3:focus').count(), 1);
      assert.equal(await card(page).locator('li', { hasText: 'Daily' }).getByRole('button').count(), 2);
      assert.deepEqual(complaints, []);
      await context.close();
    });

  it('keeps an answer against a list that was asked for before it and comes behind it', async () => {
    const { page, context } = await openAs(server, 'anna', { language: 'en' });
    const waiting: Route[] = [];
    let [lastSync, isAnswered, isHeld] = [at(-2), false, false];
    await page.route('**/exchange/status', async (route) => {
      const status: ExchangeStatus = await (await route.fetch()).json();
      // A run that is really under way would be a reason for one more list.
      await route.fulfill({ json: { ...status, state: 'partial', issues: 1, lastSync, run: null } });
    });
    const listed = (code: string): { readonly json: object } => ({
      json: { issues: [{ id: '2', title: 'Retro', start: day(1), code, text: '' }] },
    });
    await page.route('**/exchange/issues', (route) =>
      isHeld ? void waiting.push(route) : route.fulfill(listed(isAnswered ? 'note-agreed' : 'note-deleted')),
    );
    await page.route('**/exchange/issues/2/answer', async (route) => {
      isAnswered = true;
      await route.fulfill({ status: 204 });
    });
    await page.route('**/api/v1/stream', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\n\n' }),
    );
    await page.goto(`${server.url}#/profile`);
    await page.reload();
    const buttons = card(page).locator('li', { hasText: 'Retro' }).getByRole('button');
    await buttons.first().waitFor();
    // A run has ended, and the list that follows it is still on its way when somebody answers.
    isHeld = true;
    lastSync = at(-1);
    const asked = page.waitForRequest('**/exchange/issues');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await asked;
    const askedAgain = page.waitForRequest('**/exchange/issues');
    await buttons.last().click();
    await askedAgain;
    assert.equal(await buttons.count(), 0);
    const [early, late] = waiting;
    const arrived = page.waitForResponse('**/exchange/issues');
    await early?.fulfill(listed('note-deleted'));
    await (await arrived).finished();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    assert.equal(await buttons.count(), 0);
    await late?.fulfill(listed('note-agreed'));
    await context.close();
  });

  it('names the right that is missing, and tells the definition of a zone that was guessed', async () => {
    const { page, context, complaints } = await openAs(server, 'anna', { language: 'en' });
    await page.route('**/exchange/status', async (route) => {
      const status: ExchangeStatus = await (await route.fetch()).json();
      const json: ExchangeStatus = {
        ...status,
        state: 'paused',
        reason: 'permission',
        code: 'ErrorImpersonateUserDenied',
      };
      await route.fulfill({ json });
    });
    const text = 'Europe/Berlin <- BEGIN:VTIMEZONE TZID:Custom';
    const guessed: ExchangeIssue = { id: '7', title: 'Abroad', start: day(1), code: 'zone-guessed', text };
    await page.route('**/exchange/issues', (route) => route.fulfill({ json: { issues: [guessed] } }));
    await page.route('**/api/v1/stream', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\n\n' }),
    );
    await page.goto(`${server.url}#/profile`);
    await page.reload();
    await card(page).getByText('It is the role ApplicationImpersonation for this mailbox.').waitFor();
    const row = card(page).locator('li', { hasText: 'Abroad' });
    await row.getByText('The time zone has no known name: one with the same clocks is used.').waitFor();
    assert.equal(await row.locator('code').textContent(), `zone-guessed: ${text}`);
    assert.equal(await row.getByRole('button').count(), 0);
    assert.deepEqual(await faults(page), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  const lists: readonly (readonly [Language, 'light' | 'dark', number])[] = [
    ['en', 'light', 1280],
    ['ru', 'dark', 360],
    ['sv', 'light', 360],
  ];
  for (const [language, colorScheme, width] of lists)
    it(`shows who is on an invited list, in ${language}, ${colorScheme}, ${width} px`, async () => {
      exchange.store.lists.set('team@lab.test', ['bob@lab.test', 'carol@lab.test']);
      const title = `Team ${language}`;
      exchange.outlook('alice@lab.test').create({
        subject: title,
        start: `${day(0)}T15:00:00`,
        end: `${day(0)}T16:00:00`,
        required: ['team@lab.test', 'bob@lab.test'],
      });
      const { page, context, complaints } = await openAs(server, 'anna', {
        language,
        colorScheme,
        viewport: { width, height: 740 },
      });
      await page.getByText(title).first().click();
      const guest = (name: string) => page.locator('details', { hasText: name });
      await guest('team').locator('summary').click();
      await guest('team').getByText('carol@lab.test').waitFor();
      await screenshot(page, `exchange-list-${language}-${width}`);
      assert.deepEqual(await faults(page), []);
      await guest('team').locator('summary').click();
      await guest('team').getByText('carol@lab.test').waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
      await context.close();
    });

  const unsure: readonly (readonly [Language, readonly RegExp[]])[] = [
    ['en', [/invited\. Ask them.*\(1\)/, /cut to 255 characters.*\(12\)/, /never answered it/]],
    ['ru', [/Спросите их.*\(1\)/, /урезано до 255 знаков.*\(12\)/, /не ответил/]],
    ['sv', [/Fråga dem.*\(1\)/, /kortad till 255 tecken.*\(12\)/, /svarade aldrig/]],
  ];
  for (const [language, words] of unsure)
    it(`says in the sync log what a run was unsure of, on a phone, in ${language}`, async () => {
      const { page, context, complaints } = await openAs(server, 'anna', {
        language,
        viewport: { width: 360, height: 740 },
      });
      const run: ExchangeRun = {
        ...began(at(-1)),
        finished: at(0),
        outcome: 'ok',
        phase: 'done',
        notes: [
          { code: 'invitation-unsure', count: 1 },
          { code: 'title-cut', count: 12 },
        ],
      };
      const failed: ExchangeRun = {
        ...run,
        id: '2',
        outcome: 'failed',
        reason: 'server',
        code: 'no-answer',
        notes: [],
      };
      await page.route('**/exchange/runs', (route) =>
        route.fulfill({ json: { runs: [run, failed], text: 'run 1' } }),
      );
      await page.goto(`${server.url}#/profile`);
      await page.reload();
      const log = card(page).locator('details').last();
      await log.locator('summary').click();
      for (const said of words) await log.getByText(said).waitFor();
      assert.deepEqual(await faults(page), []);
      await log.scrollIntoViewIfNeeded();
      await screenshot(page, `exchange-log-${language}-phone`);
      assert.deepEqual(complaints, []);
      await context.close();
    });

  it('keeps the sync log open while a run ends, and says what it has added', async () => {
    const { page, context } = await openAs(server, 'anna', { language: 'en' });
    const before = at(-2);
    let lastSync = before;
    await page.route('**/exchange/status', async (route) => {
      const status: ExchangeStatus = await (await route.fetch()).json();
      await route.fulfill({ json: { ...status, lastSync, run: null } });
    });
    await page.route('**/exchange/runs', (route) => {
      const run: ExchangeRun = { ...began(at(-1)), finished: at(0), outcome: 'ok', phase: 'done' };
      const notes = lastSync === before ? [] : [{ code: 'title-cut', count: 12 }];
      return route.fulfill({ json: { runs: [{ ...run, notes }], text: 'run 1' } });
    });
    await page.route('**/api/v1/stream', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\n\n' }),
    );
    await page.goto(`${server.url}#/profile`);
    await page.reload();
    const log = card(page).locator('details').last();
    await log.locator('summary').click();
    await log.locator('li').waitFor();
    lastSync = at(-1);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await log.getByText('(12)').waitFor();
    assert.equal(await log.getAttribute('open'), '');
    await context.close();
  });

  it('proposes calendars that are there, where the ones before are gone or may only be read', async () => {
    const { page, context, complaints } = await openAs(server, 'anna', { language: 'en' });
    await page.route('**/exchange/status', async (route) => {
      const status: ExchangeStatus = await (await route.fetch()).json();
      const link = status.link && { ...status.link, calendar: '1', remoteCalendar: 'AAMkGone=' };
      await route.fulfill({ json: { ...status, state: 'paused', reason: 'folder', link } });
    });
    await page.route('**/api/v1/stream', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\n\n' }),
    );
    await page.goto(`${server.url}#/profile`);
    await page.reload();
    assert.equal(await card(page).getByRole('button', { name: 'Synchronise' }).isDisabled(), true);
    await card(page).getByRole('button', { name: 'Change calendar' }).click();
    const chosen = (label: string) => card(page).getByLabel(label).locator('option:checked').textContent();
    await card(page).getByText('Calendar (default)').waitFor({ state: 'attached' });
    assert.deepEqual(
      [await chosen('Calendar in Exchange'), await chosen('Calendar here')],
      ['Calendar (default)', 'Personlig'],
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('ends when it is told to, and keeps everything', async () => {
    const { page, context } = await openAs(server, 'anna');
    await page.goto(`${server.url}#/profile`);
    await card(page).getByRole('button', { name: 'Unsubscribe' }).click();
    await page.getByRole('button', { name: 'Stop and keep everything' }).click();
    await page.getByText('Synchronisation has ended.').waitFor();
    await page.goto(`${server.url}#/`);
    await page.getByText('Made in Outlook').first().waitFor();
    await context.close();
  });
});
