import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Checks, demand } from '../checks.ts';
import { basic } from '../dav.ts';
import { event } from '../objects.ts';
import { Portcal } from '../portcal.ts';
import type { Suite } from '../suite.ts';
import type { Asked, Learnt, WebClient } from './web-clients/page.ts';
import { scripts, serve } from './web-clients/served.ts';

/** In pages: what `web-clients/page.ts` puts there. */
declare const webClient: WebClient;

const person = { name: 'alice', password: 'correct horse' };
const signedIn = { Authorization: basic(person) };

/** Calendar programs that are pages of other origins, in Chromium: what they may, and what is kept from them (CORS). */
export const webClients: Suite = {
  name: 'web-clients',
  about:
    'Chromium with pages of other origins: tsdav and FullCalendar where they are let in, nothing where not',
  limitSeconds: 240,
  programs: [{ name: 'chromium', packages: ['chromium'] }],
  modules: ['@fullcalendar/icalendar@6', '@fullcalendar/list@6'],
  needsOwnServer: true,

  async run({ checks }) {
    const { chromium } = await import('playwright-core');
    const given = await scripts();
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const named = await serve(given);
    const other = await serve(given);
    try {
      await withServer([named.origin], async (lab) => {
        await letIn(browser, named.origin, lab, checks);
        await cookiesOpenNothing(browser, named.origin, lab, checks);
        const page = await open(browser, other.origin);
        await keptOut('of an origin that is not named', page, lab, checks, ['calendars', 'feed']);
      });
      await withServer([], async (lab) => {
        const page = await open(browser, named.origin);
        await keptOut('without the setting', page, lab, checks, ['calendars', 'feed']);
      });
      await withServer(['*'], async (lab) => {
        const page = await open(browser, other.origin);
        await checks.attempt('where * is set, a page of any origin reads a feed', async () => {
          const { text } = answered(await ask(page, { url: lab.feed }));
          demand(text.includes('SUMMARY:Stands in the feed'), text);
        });
        await keptOut('where * is set', page, lab, checks, ['calendars']);
      });
    } finally {
      await browser.close();
      named.server.close();
      other.server.close();
    }
  },
};

interface Lab {
  readonly portcal: Portcal;
  readonly calendar: string;
  readonly feed: string;
}

/** A server with these origins, and an event in a calendar that has a feed. */
async function withServer(origins: readonly string[], work: (lab: Lab) => Promise<void>): Promise<void> {
  const settings = origins.length === 0 ? [] : ['--cors-origins', origins.join()];
  const portcal = await Portcal.start({ settings, logName: 'web-clients' });
  try {
    await portcal.addPerson(person.name, person.password);
    const calendar = `${portcal.origin}/dav/calendars/alice/personal/`;
    const { status } = await fetch(`${calendar}feed.ics`, {
      method: 'PUT',
      headers: { ...signedIn, 'Content-Type': 'text/calendar' },
      body: event('feed', 'Stands in the feed', '20300304T100000Z'),
    });
    demand(status === 201, `PUT answers ${status}`);
    await work({ portcal, calendar, feed: await portcal.addLink('alice/personal', 'intranet') });
  } finally {
    await portcal.stop();
  }
}

async function letIn(browser: Browser, origin: string, lab: Lab, checks: Checks): Promise<void> {
  const page = await open(browser, origin);
  const url = `${lab.portcal.origin}/`;
  const start = { url, homeUrl: new URL('dav/calendars/alice/', url).href, ...person };
  const lines = await page.evaluate((from) => webClient.walk(from), start);
  for (const { claim, outcome, detail } of lines)
    checks.check(`tsdav in a page: ${claim}`, outcome === 'passed', detail);
  checks.check('tsdav in a page goes to the end', lines.at(-1)?.claim === 'the calendar is deleted');

  await checks.attempt('the well-known address leads a page to the calendars', async () => {
    const asked = {
      url: `${url}.well-known/caldav`,
      method: 'PROPFIND',
      headers: { ...signedIn, Depth: '0' },
    };
    const { status } = answered(await ask(page, asked));
    demand(status === 207, `status ${status}`);
  });
  await checks.attempt(
    'a page sees that a password is wrong, that nothing is there, that something is already',
    async () => {
      const wrong = { Authorization: basic({ ...person, password: 'wrong' }) };
      const refused = answered(await ask(page, { url: lab.calendar, method: 'PROPFIND', headers: wrong }));
      demand(refused.status === 401, `status ${refused.status} for a wrong password`);
      demand(refused.headers['www-authenticate']?.startsWith('Basic ') === true, 'no challenge is seen');
      const missing = answered(await ask(page, { url: `${lab.calendar}none.ics`, headers: signedIn }));
      demand(missing.status === 404, `status ${missing.status} for nothing`);
      const again = answered(await put(page, `${lab.calendar}feed.ics`, { 'If-None-Match': '*' }));
      demand(again.status === 412, `status ${again.status} for a second creation`);
    },
  );
  await checks.attempt('a page learns the ETag of what it writes, and what OPTIONS says', async () => {
    const made = answered(await put(page, `${lab.calendar}page.ics`, { 'If-None-Match': '*' }));
    demand(made.status === 201 && made.headers['etag'] !== undefined, JSON.stringify(made));
    const options = answered(await ask(page, { url: lab.calendar, method: 'OPTIONS', headers: signedIn }));
    demand(/calendar-access/.test(options.headers['dav'] ?? ''), JSON.stringify(options.headers));
  });
  await checks.attempt('a page locks a file, changes and unlocks it, and moves it', async () => {
    const file = `${lab.portcal.origin}/dav/files/alice/note.txt`;
    const tell = async (method: string, headers: Readonly<Record<string, string>>, body?: string) =>
      answered(
        await ask(page, {
          url: file,
          method,
          headers: { ...signedIn, ...headers },
          ...(body !== undefined && { body }),
        }),
      );
    const body =
      '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>';
    const lock = await tell('LOCK', { Timeout: 'Second-60', Depth: '0' }, body);
    const token = lock.headers['lock-token'] ?? '';
    demand(lock.status === 201 && token !== '', JSON.stringify(lock));
    const statuses = [
      (await tell('PUT', {}, 'without the token')).status,
      (await tell('PUT', { If: `(${token})` }, 'with it')).status,
      (await tell('UNLOCK', { 'Lock-Token': token })).status,
      (await tell('MOVE', { Destination: `${file}.old`, Overwrite: 'F' })).status,
    ];
    demand(statuses.join() === '423,204,204,201', statuses.join());
  });
  await checks.attempt('a page reads a feed, and is told when it has not changed', async () => {
    const first = answered(await ask(page, { url: lab.feed }));
    demand(first.text.includes('SUMMARY:Stands in the feed'), first.text);
    const headers = { 'If-None-Match': first.headers['etag'] ?? '' };
    const second = answered(await ask(page, { url: lab.feed, headers }));
    demand(second.status === 304, `status ${second.status}`);
  });
  await checks.attempt('FullCalendar shows a feed', async () => {
    await page.goto(`${origin}/calendar?${encodeURIComponent(lab.feed)}`);
    await page.getByText('Stands in the feed').waitFor({ timeout: 10_000 });
  });
  await page.context().close();
}

/** Two ports of one host are one site, so the browser does send the cookie of the page along. */
async function cookiesOpenNothing(browser: Browser, origin: string, lab: Lab, checks: Checks): Promise<void> {
  const context = await browser.newContext();
  const api = `${lab.portcal.origin}/api/v1/`;
  const own = { 'X-Requested-With': 'portal' };
  const answer = await context.request.post(`${api}session`, { headers: own, data: person });
  demand(answer.ok(), `the sign-in at the page answers ${answer.status()}`);
  const page = await open(context, origin);
  const blocked = async (claim: string, asked: Asked): Promise<void> => {
    await checks.attempt(`to somebody signed in at the server's page, ${claim}`, async () => {
      demand((await ask(page, asked)).is === 'blocked', 'it is seen');
    });
  };
  for (const credentials of ['include', 'omit'] as const)
    await blocked(`a page of a named origin does not see the API (${credentials})`, {
      url: `${api}calendars`,
      credentials,
    });
  await blocked('it does not see calendars by the cookie', {
    url: lab.calendar,
    method: 'PROPFIND',
    credentials: 'include',
  });
  await blocked('it does not see calendars with cookies sent along, even with the password', {
    url: lab.calendar,
    method: 'PROPFIND',
    headers: signedIn,
    credentials: 'include',
  });
  await blocked('it cannot write by the API', {
    url: `${api}calendars`,
    method: 'POST',
    headers: { ...own, 'Content-Type': 'application/json' },
    body: '{"name":"From elsewhere"}',
    credentials: 'include',
  });
  // A form may be sent anywhere; only what comes back is kept from the script.
  await blocked('nor as a form does', {
    url: `${api}calendars`,
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: '{"name":"From elsewhere"}',
    credentials: 'include',
  });
  await checks.attempt("nothing has come of it, and the server's own page sees what it may", async () => {
    const seen = await context.request.get(`${api}calendars`);
    const text = await seen.text();
    demand(seen.ok() && text.includes('"calendars"') && !text.includes('From elsewhere'), text);
  });
  await context.close();
}

async function keptOut(
  where: string,
  page: Page,
  lab: Lab,
  checks: Checks,
  doors: readonly ('calendars' | 'feed')[],
): Promise<void> {
  await checks.attempt(`${where}, a page sees no ${doors.join(' and no ')}, and writes nothing`, async () => {
    const asked: Asked[] = [
      { url: lab.calendar, method: 'PROPFIND', headers: { ...signedIn, Depth: '1' } },
      { url: `${lab.calendar}feed.ics`, headers: signedIn },
      { url: `${lab.portcal.origin}/.well-known/caldav`, method: 'PROPFIND' },
      ...(doors.includes('feed') ? [{ url: lab.feed }] : []),
    ];
    for (const one of asked) {
      const { is } = await ask(page, one);
      demand(is === 'blocked', `${one.method ?? 'GET'} ${one.url} is seen`);
      // It is the browser that keeps it: any other program sees the answer.
      const { url, ...init } = one;
      const { status } = await fetch(url, { ...init, redirect: 'manual' });
      demand(status < 400, `${one.method ?? 'GET'} ${url} is ${status} for other programs`);
    }
    const target = `${lab.calendar}written.ics`;
    demand((await put(page, target, {})).is === 'blocked', 'PUT is not blocked');
    const { status } = await fetch(target, { headers: signedIn });
    demand(status === 404, `what the page wrote is there: ${status}`);
  });
  await page.context().close();
}

function put(page: Page, url: string, headers: Readonly<Record<string, string>>): Promise<Learnt> {
  return ask(page, {
    url,
    method: 'PUT',
    headers: { ...signedIn, 'Content-Type': 'text/calendar', ...headers },
    body: event('page', 'By a page'),
  });
}

function ask(page: Page, asked: Asked): Promise<Learnt> {
  return page.evaluate((one) => webClient.ask(one), asked);
}

function answered(learnt: Learnt): Extract<Learnt, { is: 'answer' }> {
  demand(learnt.is === 'answer', 'the browser keeps the answer from the page');
  return learnt;
}

async function open(browser: Browser | BrowserContext, origin: string): Promise<Page> {
  const context = 'newContext' in browser ? await browser.newContext() : browser;
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  return page;
}
