/** Exchange in the banner: each state in one sentence, with the one action that leads on. */
import assert from 'node:assert/strict';
import type { Page, Route } from 'playwright-core';
import type {
  ExchangeReason,
  ExchangeRun,
  ExchangeSettingsPatch,
  ExchangeState,
  ExchangeStatus,
} from '../../src/portal/api.ts';
import { closeBrowser, faults, type Language, openAs, screenshot } from './browser.ts';
import { at, began } from './exchange-runs.ts';
import { type Server, startServer } from './server.ts';

describe('Exchange in the banner', () => {
  let server: Server;

  before(async () => {
    server = await startServer([], { prepare: switchOn });
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  const item = (page: Page) => page.locator('.exchange-item');

  for (const language of ['en', 'ru', 'sv'] as const)
    for (const colorScheme of ['light', 'dark'] as const)
      it(`says each state in one sentence, in ${language}, ${colorScheme}`, async () => {
        const { page, context, complaints } = await openAs(server, 'boris', { language, colorScheme });
        for (const state of shownStates) {
          await meet(page, state);
          await item(page).getByText(sentences[language][state]).first().waitFor();
          // What lies around the banner stays what it was.
          assert.deepEqual(await faults(page, state === shownStates[0] ? 'html' : '.banner'), [], state);
          await screenshot(page, `exchange-${state}-${language}-${colorScheme}`);
        }
        assert.deepEqual(complaints, []);
        await context.close();
      });

  it('offers the one thing that resolves a pause, and nothing where only an administrator can', async () => {
    const { page, context } = await openAs(server, 'boris', { language: 'en' });
    const offered: readonly (readonly [ExchangeReason, string | null, string | undefined])[] = [
      ['guard', null, 'Decide'],
      ['permission', 'ErrorAccessDenied', undefined],
      ['quota', 'ErrorQuotaExceeded', 'Try now'],
      ['mailbox-not-found', 'ErrorNonExistentMailbox', undefined],
      ['credentials', 'login-refused', 'Sign in again'],
      ['administrator', null, undefined],
      ['folder', 'ErrorFolderNotFound', 'Change calendar'],
      ['interrupted', 'interrupted', undefined],
      ['permission', 'calendar-read-only', 'Change calendar'],
      ['service-account', 'auth-global', undefined],
    ];
    for (const [reason, code, action] of offered) {
      await meet(page, 'paused', at(0), { reason, code });
      await page.waitForFunction(
        (wanted) =>
          [...document.querySelectorAll('.exchange-item :is(a, button)')]
            .map(({ textContent }) => textContent)
            .join() === wanted,
        action ?? '',
      );
    }
    await context.close();
  });

  it('offers to cancel a run that lasts, and not one that has just begun', async () => {
    const { page, context } = await openAs(server, 'boris', { language: 'en' });
    await page.clock.install();
    // As it was drawn first, however late that is read.
    const drawn = page.waitForFunction(() => {
      const running = document.querySelector('.exchange-item[data-state=running]');
      return running && [...running.querySelectorAll('button')].map(({ textContent }) => textContent);
    });
    // By a clock that runs ahead of the page's: never more than ten seconds are waited.
    await meet(page, 'running', at(60));
    assert.deepEqual(await (await drawn).jsonValue(), ['Synchronise']);
    const cancel = item(page).getByRole('button', { name: 'Cancel' });
    while (!(await cancel.isVisible())) await page.clock.fastForward('00:11');
    await context.close();
  });

  it('fits on a phone', async () => {
    const { page, context } = await openAs(server, 'boris', {
      language: 'ru',
      viewport: { width: 360, height: 740 },
    });
    for (const state of shownStates) {
      await meet(page, state);
      await screenshot(page, `exchange-${state}-phone`);
    }
    await context.close();
  });
});

/** Somebody has set it up; that its server answers nobody matters to nothing that is shown here. */
async function switchOn({ url, adminPassword }: Server): Promise<void> {
  const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
  const session = await fetch(new URL('api/v1/session', url), {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'admin', password: adminPassword }),
  });
  const cookie = session.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const body: ExchangeSettingsPatch = {
    settings: { enabled: true, host: '127.0.0.1', port: 9, tls: false },
    serviceAccounts: [{ login: 'svc@lab.test', domain: '', password: 'secret' }],
  };
  const answer = await fetch(new URL('api/v1/admin/exchange/settings', url), {
    method: 'PATCH',
    headers: { ...headers, Cookie: cookie },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** The page asks again when somebody looks at it again, and is told this state. */
async function meet(
  page: Page,
  state: Shown,
  started = at(-1),
  more: Partial<ExchangeStatus> = {},
): Promise<void> {
  await page.unroute('**/exchange/status');
  await page.route('**/exchange/status', async (route) => await answer(route, state, started, more));
  const told = page.waitForResponse('**/exchange/status');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await told;
  await page.locator(`.exchange-item[data-state=${state}]`).waitFor();
}

type Shown = Exclude<ExchangeState, 'absent'>;

const shownStates: readonly Shown[] = [
  'not_configured',
  'needs_authorisation',
  'ready',
  'queued',
  'running',
  'partial',
  'error',
  'paused',
];

/** What is only shown there, so that no other state passes for it. */
const sentences: Readonly<Record<Language, Readonly<Record<Shown, RegExp>>>> = {
  en: {
    not_configured: /switched on but not set up/,
    needs_authorisation: /Connect your Exchange calendar/,
    ready: /Exchange: synchronised .*\.$/,
    queued: /waiting for its turn/,
    running: /synchronising… reading 40 of 100/,
    partial: /2 events need attention/,
    error: /not reachable.*Last success.*Next try/,
    paused: /Unusually many events/,
  },
  ru: {
    not_configured: /включено, но не настроено/,
    needs_authorisation: /Подключите свой календарь/,
    ready: /Exchange: синхронизировано .*\.$/,
    queued: /ожидание очереди/,
    running: /синхронизация… чтение 40 из 100/,
    partial: /2 события требуют внимания/,
    error: /Сервер недоступен.*Последний успех.*Следующая попытка/,
    paused: /необычно много событий/,
  },
  sv: {
    not_configured: /påslaget men inte konfigurerat/,
    needs_authorisation: /Anslut din Exchange-kalender/,
    ready: /Exchange: synkroniserad .*\.$/,
    queued: /väntar på sin tur/,
    running: /synkroniserar… läser 40 av 100/,
    partial: /2 händelser behöver åtgärdas/,
    error: /kan inte nås.*Lyckades senast.*Nästa försök/,
    paused: /Ovanligt många händelser/,
  },
};

/** A server that says what the test wants to see; what it says has the server's own types. */
async function answer(
  route: Route,
  state: Shown,
  started: string,
  more: Partial<ExchangeStatus>,
): Promise<void> {
  const isBusy = state === 'queued' || state === 'running';
  const run: ExchangeRun = { ...began(started), phase: state === 'queued' ? 'waiting' : 'pulling' };
  const status: ExchangeStatus = {
    etag: '"1"',
    state,
    reason: state === 'error' ? 'unreachable' : state === 'paused' ? 'guard' : null,
    code: state === 'error' ? 'ECONNREFUSED' : null,
    lastSync: at(-12),
    nextSync: state === 'error' ? at(3) : null,
    run: isBusy ? run : null,
    issues: state === 'partial' ? 2 : 0,
    link: null,
    account: null,
    proposal: null,
    ...more,
  };
  await route.fulfill({ json: status });
}
