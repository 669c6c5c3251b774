import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checks, demand } from '../checks.ts';
import { type FakeExchange, startExchange } from '../exchange/exchange.ts';
import { profileNames } from '../exchange/profile.ts';
import { event } from '../objects.ts';
import { Portcal } from '../portcal.ts';
import { isInstalled } from '../process.ts';
import type { Suite } from '../suite.ts';

import { PythonOutlook } from './exchange/outlook.ts';
import { day, password, Side, until } from './exchange/side.ts';
import { PageSession } from './page-api.ts';
import { Thunderbird } from './thunderbird/program.ts';
import * as scripts from './thunderbird/scripts.ts';

/** `EXCHANGE_PROFILE=gromox` and the like: another server. */
const profile = profileNames.find((name) => name === process.env['EXCHANGE_PROFILE']) ?? 'exchange2016';

/**
 * The demo company with two people whose calendars are linked with Exchange: what is made by CalDAV, in the page and in
 * Exchange by exchangelib meets on all three sides.
 */
export const exchangeEndToEnd: Suite = {
  name: 'exchange-end-to-end',
  about:
    'demo company, fake Exchange server and two people: CalDAV, page and exchangelib see the same events',
  limitSeconds: 240,
  programs: [{ name: 'python:exchangelib', packages: ['python3-exchangelib'] }],

  async run({ checks, outFolder, signal }) {
    const exchange = await startExchange({ keepAliveMs: 2_000, profile });
    exchange.addMailbox('anna@example.com', { name: 'Anna Lindqvist' });
    exchange.addMailbox('carol@example.com', { name: 'Carol Hughes', zone: 'GMT Standard Time' });
    exchange.addService('svc@lab.test');
    const portcal = await startPortcal(exchange, outFolder);
    const outlook = new PythonOutlook(exchange.url);

    signal.addEventListener('abort', () => outlook.close(), { once: true });
    try {
      await administration(portcal, checks);
      const people: readonly [Side, Side] = [
        await Side.open(portcal, outlook, 'anna'),
        await Side.open(portcal, outlook, 'carol'),
      ];
      if (!(await linking(people, exchange, checks))) return;
      await meeting(people[0], exchange, checks);
      await editing(people[0], checks);
      await withThunderbird(people[0], join(outFolder, 'thunderbird.log'), signal, checks);
      await invitation(people, exchange, checks);
      checks.check(
        'nobody was mailed but those who were invited by Outlook',
        exchange.mails.every(({ subject }) => subject.includes('Invited by Outlook')),
        JSON.stringify(exchange.mails),
      );
      checks.check(
        'never more than one request at a time about one mailbox',
        exchange.counters.maxConcurrentOfOneMailbox <= 1,
        String(exchange.counters.maxConcurrentOfOneMailbox),
      );
    } finally {
      outlook.close();
      await portcal.stop();
      await exchange.close();
    }
  },
};

async function startPortcal(exchange: FakeExchange, folder: string): Promise<Portcal> {
  const settings = join(folder, 'exchange.json');
  const secret = join(folder, 'password');
  await writeFile(secret, password);
  await writeFile(
    settings,
    JSON.stringify({
      enabled: true,
      host: '127.0.0.1',
      port: exchange.port,
      tls: false,
      autodiscover: 'off',
      accessMode: 'impersonation',
      serviceAccounts: [{ login: 'svc@lab.test', password: 'secret' }],
      periodMinutes: 1,
    }),
  );
  return Portcal.start({
    logName: 'exchange-end-to-end',
    settings: [
      '--demo',
      '--demo-password-file',
      secret,
      '--admin-name',
      'root',
      '--admin-password-file',
      secret,
      '--exchange-settings',
      settings,
    ],
  });
}

interface Status {
  readonly state: string;
  readonly lastSync: string | null;
  readonly code: string | null;
  readonly issues: number;
}

/** What an administrator does first. It also finds out what a server does in its own way. */
async function administration(portcal: Portcal, checks: Checks): Promise<void> {
  const root = await PageSession.signIn(portcal.origin, 'root', password);
  await checks.attempt("the administrator's test of the connection finds nothing wrong", async () => {
    const { steps } = await root.ask<{ steps: { step: string; ok: boolean | null; found: string }[] }>(
      'POST',
      '/admin/exchange/test',
      { mailbox: 'anna@example.com', probe: true },
    );
    const wrong = steps.filter(({ ok }) => ok === false);
    demand(wrong.length === 0 && steps.length > 3, JSON.stringify(steps));
  });
}

/** False when somebody could not be linked: nothing after it would say anything. */
async function linking(people: readonly Side[], exchange: FakeExchange, checks: Checks): Promise<boolean> {
  exchange.outlook('anna@example.com').create({
    subject: 'Was in Outlook before',
    start: `${day(3)}T10:00`,
    end: `${day(3)}T11:00`,
  });
  for (const side of people) {
    const { name, page, calendar } = side;
    await checks.attempt(
      `${name} links a calendar by the service account and the first run ends well`,
      async () => {
        await page.ask('PUT', '/exchange/account', { mailbox: side.mailbox, login: '', password: '' });
        const { calendars } = await page.ask<{ calendars: { id: string; isDefault: boolean }[] }>(
          'GET',
          '/exchange/calendars',
        );
        const remote = calendars.find(({ isDefault }) => isDefault)?.id;
        await page.ask('PUT', '/exchange/link', {
          calendar,
          remoteCalendar: remote,
          direction: 'both',
          startDate: day(-30),
        });
        await until(async () => {
          const { state, lastSync, code, issues } = await page.ask<Status>('GET', '/exchange/status');
          return state === 'ready' && lastSync !== null ? undefined : `${state} ${code} issues ${issues}`;
        });
      },
    );
    await checks.attempt(`${name} has the events of the demo company in Exchange`, async () => {
      const there = await side.inExchange();
      demand(there.length > 1, JSON.stringify(there));
    });
  }
  await checks.attempt(
    'what was in Outlook before is in the portal',
    () => people[0]?.meets('Was in Outlook before') ?? Promise.reject(new Error('nobody')),
  );
  checks.check('the first runs mailed nobody', exchange.mails.length === 0, JSON.stringify(exchange.mails));
  return checks.count('failed') === 0;
}

async function meeting(anna: Side, exchange: FakeExchange, checks: Checks): Promise<void> {
  const start = `${day(4).replaceAll('-', '')}T090000Z`;
  await anna.put('end-to-end-1', event('end-to-end-1', 'Made by CalDAV', start, ['LOCATION:Room 5']));
  await checks.attempt('an event made by CalDAV is on all three sides', () => anna.meets('Made by CalDAV'));
  const at = (hour: string): object => ({ dateTime: `${day(5)}T${hour}:00:00`, zone: 'Europe/Stockholm' });
  await anna.page.ask('POST', `/calendars/${anna.calendar}/events`, {
    title: 'Made in the page',
    start: at('13'),
    end: at('14'),
  });
  await checks.attempt('an event made in the page is on all three sides', () =>
    anna.meets('Made in the page'),
  );
  await checks.attempt('the connector listens to notifications of both mailboxes', () =>
    until(() => {
      const heard = new Set([...exchange.streams].flatMap(({ mailboxes }) => mailboxes));
      return Promise.resolve(heard.size === 2 ? undefined : `streams of ${[...heard].join() || 'nobody'}`);
    }, 90_000),
  );
  await anna.outlook({
    do: 'create',
    subject: 'Made in Exchange',
    start: `${day(6)}T15:00:00`,
    end: `${day(6)}T16:00:00`,
  });
  await checks.attempt('an event made in Exchange is in the page within five seconds, by notification', () =>
    until(
      async () => ((await anna.inPage()).includes('Made in Exchange') ? undefined : 'not yet'),
      5_000 + 2_000,
    ),
  );
  await checks.attempt('and on all three sides', () => anna.meets('Made in Exchange'));
}

async function editing(anna: Side, checks: Checks): Promise<void> {
  await anna.outlook({ do: 'rename', subject: 'Made by CalDAV', to: 'Renamed in Exchange' });
  await checks.attempt('a title changed in Exchange reaches the other sides', () =>
    anna.meets('Renamed in Exchange'),
  );
  const text = await anna.byCaldav();
  checks.check('and nothing else of the event was lost', /LOCATION:Room 5/.test(text));
  const start = `${day(4).replaceAll('-', '')}T090000Z`;
  await anna.put('end-to-end-1', event('end-to-end-1', 'Renamed by CalDAV', start, ['LOCATION:Room 6']));
  await checks.attempt('a title changed by CalDAV reaches the other sides', () =>
    anna.meets('Renamed by CalDAV'),
  );
  await anna.outlook({
    do: 'create',
    subject: 'Series of Exchange',
    start: `${day(7)}T10:00:00`,
    end: `${day(7)}T10:30:00`,
    days: 4,
  });
  await checks.attempt('a series made in Exchange is on all three sides', () =>
    anna.meets('Series of Exchange'),
  );
  await occurrence(anna, checks);
  await anna.outlook({ do: 'delete', subject: 'Made in Exchange' });
  await checks.attempt('what is deleted in Exchange is gone everywhere', () =>
    anna.meets('Made in Exchange', false),
  );
}

/** Told by the listing of changes but on Gromox, where only the daily deep check finds it. */
async function occurrence(anna: Side, checks: Checks): Promise<void> {
  const claim = 'a changed occurrence is changed in page and CalDAV';
  if (profile === 'gromox') return checks.skip(claim, 'Gromox does not tell of it (exchange.md 19.4)');
  await anna.outlook({ do: 'rename_second', subject: 'Series of Exchange', to: 'Only the second' });
  await checks.attempt(claim, () =>
    until(async () => {
      const [page, caldav] = [await anna.inPage(), await anna.byCaldav()];
      const inPage =
        page.filter((one) => one === 'Only the second').length === 1 &&
        page.filter((one) => one === 'Series of Exchange').length === 3;
      if (inPage && /RECURRENCE-ID[\s\S]*Only the second|Only the second[\s\S]*RECURRENCE-ID/.test(caldav))
        return undefined;
      await anna.synchronize();
      return page.join();
    }),
  );
}

/** The same calendar in a third program, whose events are its own. */
async function withThunderbird(
  anna: Side,
  logFile: string,
  signal: AbortSignal,
  checks: Checks,
): Promise<void> {
  if (!(await isInstalled('thunderbird'))) {
    checks.skip('an event made in Thunderbird is on all three sides', 'Thunderbird is not installed');
    return;
  }
  const client = await Thunderbird.start(logFile);
  signal.addEventListener('abort', () => void client.stop(), { once: true });
  try {
    const account = { user: anna.name, password, url: anna.url, save: true, skip: ['ics'] };
    const found = await client.script<readonly scripts.FoundCalendar[]>(scripts.detect, account);
    const ours = found.find(({ url }) => url.replace(/\/?$/, '/') === anna.url);
    demand(ours !== undefined, `Thunderbird finds ${JSON.stringify(found)}`);
    const calendar = { provider: 'caldav', url: ours.url, name: ours.name, user: anna.name };
    const id = await client.script<string>(scripts.subscribe, calendar);
    await client.script<scripts.Synchronised>(scripts.synchroniseCalendar, { id });
    const start = `${day(9).replaceAll('-', '')}T120000Z`;
    const [vevent = ''] =
      /BEGIN:VEVENT[\s\S]*END:VEVENT/.exec(event('tb-1', 'Made in Thunderbird', start)) ?? [];
    await client.script(scripts.addEvent, { id, event: vevent });
    await checks.attempt('an event made in Thunderbird is on all three sides', () =>
      anna.meets('Made in Thunderbird'),
    );
    await anna.outlook({ do: 'rename', subject: 'Made in Thunderbird', to: 'Renamed again' });
    await anna.meets('Renamed again');
    const seen = await client.script<scripts.SeenItem>(scripts.synchroniseAndFind, { id, uid: 'tb-1' });
    checks.check(
      'what Exchange makes of it is seen in Thunderbird',
      seen.title === 'Renamed again',
      JSON.stringify(seen),
    );
  } finally {
    await client.stop();
  }
}

async function invitation(
  [anna, carol]: readonly [Side, Side],
  exchange: FakeExchange,
  checks: Checks,
): Promise<void> {
  await anna.outlook({
    do: 'create',
    subject: 'Invited by Outlook',
    start: `${day(8)}T10:00:00`,
    end: `${day(8)}T11:00:00`,
    attendees: [carol.mailbox],
  });
  await checks.attempt('a meeting is in the calendars of both people', async () => {
    await anna.meets('Invited by Outlook');
    await carol.meets('Invited by Outlook');
  });
  exchange
    .outlook(carol.mailbox)
    .respond(exchange.outlook(carol.mailbox).find('Invited by Outlook')?.id ?? '', 'Accept');
  await checks.attempt('an answer given in Outlook is seen by the organizer in the portal', () =>
    until(async () => {
      const text = await anna.byCaldav();
      const [found = ''] =
        /BEGIN:VEVENT(?:(?!END:VEVENT)[\s\S])*Invited by Outlook[\s\S]*?END:VEVENT/.exec(text) ?? [];
      if (/ATTENDEE[^\r\n]*PARTSTAT=ACCEPTED[^\r\n]*carol@example\.com/i.test(found)) return undefined;
      await anna.synchronize();
      return found.slice(0, 500);
    }),
  );
}
