/** The whole server, its page and its command line against a fake Exchange: what people see and what happens. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeExchange, startLab } from '../../conformance/exchange/exchange.ts';
import { type App, startApp } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import { type CalendarId, id, type PrincipalId } from '../../src/core/ids.ts';
import type { Log } from '../../src/observability/log.ts';
import { silentLog } from '../../src/observability/log.ts';
import type { ExchangeStatus } from '../../src/portal/api.ts';
import { operator } from '../../src/service/access.ts';
import { linkOfPerson } from '../../src/service/connectors/accounts.ts';
import { createPerson } from '../../src/service/people/people.ts';
import { Browser, event, ownCalendar } from '../portal/world.ts';

const password = 'a secret of hers';
/** In Exchange; nowhere else in the data of a server. */
const hers = 'correct-horse-77';

/** Waits for what comes by itself; a test that waits in vain says for what. */
async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  withinMs = 30_000,
): Promise<Value> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < end, `waited in vain: ${what}`);
    await sleep(50);
  }
}

describe('the server and Exchange', function () {
  this.timeout(120_000);
  let exchange: FakeExchange;
  let folder: string;
  let app: App;
  let alice: Browser;
  let root: Browser;
  let person: PrincipalId;
  let calendarHere: CalendarId;
  const logged: string[] = [];

  before(async () => {
    exchange = await startLab();
    for (const login of ['svc@lab.test', 'alice@lab.test']) exchange.account(login).password = hers;
    folder = mkdtempSync(join(tmpdir(), 'portcal-exchange-'));
    await start();
    for (const [name, isAdmin] of [
      ['alice', false],
      ['bob', false],
      ['root', true],
    ] as const) {
      const addresses = [`${name}@lab.test`];
      const values = { name, displayName: name, addresses, password, isAdmin, timeZone: 'Europe/Berlin' };
      const made = await createPerson(app.services, operator(), values);
      if (name === 'alice') person = made.id;
    }
    await signIn();
  });
  after(async () => {
    await app.stop();
    await exchange.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const flags = [`--data=${folder}`, '--port=0'];
    const { settings } = await loadSettings({ argv: flags, env: {}, readFile: () => '' });
    const log: Log = {
      ...silentLog,
      event: (level, message, fields) => void logged.push(JSON.stringify([level, message, fields])),
      failure: (message, error) => void logged.push(`${message} ${String(error)}`),
    };
    app = await startApp(settings, log, { env: {} });
  }

  async function signIn(): Promise<void> {
    [alice, root] = await Promise.all([browser('alice'), browser('root')]);
  }

  async function browser(name: string): Promise<Browser> {
    const made = new Browser(async (method, path, { headers = {}, body } = {}) => {
      const given = Object.entries(headers).filter((one): one is [string, string] => one[1] !== undefined);
      const answer = await fetch(`${app.url}${path}`, {
        method,
        headers: given,
        ...(body !== undefined && { body: Buffer.from(body) }),
      });
      const text = await answer.text();
      const isJson = answer.headers.get('content-type')?.includes('json') && text !== '';
      const told = Object.fromEntries(answer.headers);
      return { status: answer.status, headers: told, text, body: isJson ? JSON.parse(text) : undefined };
    });
    await made.ok('POST /session', { body: { name, password } });
    return made;
  }

  const settled = (who = alice): Promise<ExchangeStatus> =>
    until('the end of the run', async () => {
      const status = await who.ok('GET /exchange/status');
      return !['queued', 'running'].includes(status.state) && status;
    });
  /** Is there an event with this title in the calendar here? */
  const here = async (title: string): Promise<boolean> => {
    const calendar = (await linkOfPerson(app.services, person))?.calendar ?? calendarHere;
    const pages = app.services.storage.objects({ calendar, select: { by: 'all' } });
    for await (const page of pages) {
      if (page.some(({ bytes }) => Buffer.from(bytes).toString().includes(`SUMMARY:${title}\r\n`)))
        return true;
    }
    return false;
  };
  const outlook = () => exchange.outlook('alice@lab.test');
  const there = (title: string): boolean => outlook().find(title) !== undefined;
  /** In some days, at nine. */
  const inDays = (days: number): string =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T09:00:00`;
  const add = async (title: string, days = 3): Promise<void> => {
    const { id } = await ownCalendar(alice);
    const start = { dateTime: inDays(days), zone: 'Europe/Berlin' };
    const end = { dateTime: inDays(days).replace('T09', 'T10'), zone: 'Europe/Berlin' };
    await alice.ok('POST /calendars/{id}/events', { path: { id }, body: event({ title, start, end }) });
  };
  const link = async (): Promise<ExchangeStatus> => {
    const { id: calendar } = await ownCalendar(alice);
    const { calendars } = await alice.ok('GET /exchange/calendars');
    const remoteCalendar = calendars[0]?.id ?? '';
    const body = { calendar, remoteCalendar, direction: 'both', startDate: null } as const;
    await alice.ok('PUT /exchange/link', { body });
    return await settled();
  };

  it('is set up by an administrator, who sees each step of the test', async () => {
    const given = { login: 'svc@lab.test', domain: '', password: hers };
    await root.ok('PATCH /admin/exchange/settings', {
      body: {
        settings: { enabled: true, host: '127.0.0.1', port: exchange.port, tls: false, autodiscover: 'off' },
        serviceAccounts: [given],
      },
    });
    const { steps } = await root.ok('POST /admin/exchange/test', {
      body: { mailbox: 'alice@lab.test', probe: true },
    });
    assert.deepEqual(
      steps.filter(({ ok }) => ok === false),
      [],
    );
    assert.equal(steps.find(({ step }) => step === 'login')?.ok, true);
    assert.equal(steps.find(({ step }) => step === 'probe')?.ok, true);
    assert.equal((await alice.ok('GET /exchange/status')).state, 'needs_authorisation');
  });

  it('where everyone signs in, a test without a service account passes for what it can try', async () => {
    const change = async (accessMode: 'perUser' | 'impersonation'): Promise<void> => {
      await root.ok('PATCH /admin/exchange/settings', { body: { settings: { accessMode } } });
    };
    await change('perUser');
    const { steps } = await root.ok('POST /admin/exchange/test', { body: { mailbox: '', probe: false } });
    const of = (name: string) => steps.find(({ step }) => step === name)?.ok;
    assert.deepEqual([of('tcp'), of('http'), of('login')], [true, true, null]);
    assert.equal((await alice.ok('GET /exchange/status')).state, 'needs_authorisation');
    await change('impersonation');
    assert.equal((await alice.ok('GET /exchange/status')).state, 'needs_authorisation');
  });

  it('signs somebody in, shows what would happen, and brings both sides in step', async () => {
    outlook().create({ subject: 'From there', start: inDays(2), end: inDays(2).replace('T09', 'T10') });
    await add('From here');
    await alice.ok('PUT /exchange/account', { body: { mailbox: '', login: '', password: '' } });
    const { id: calendar } = await ownCalendar(alice);
    calendarHere = id<CalendarId>(Number(calendar));
    const { calendars } = await alice.ok('GET /exchange/calendars');
    assert.deepEqual([calendars[0]?.isDefault, calendars[0]?.canWrite], [true, true]);
    const input = {
      calendar,
      remoteCalendar: calendars[0]?.id ?? '',
      direction: 'both',
      startDate: null,
    } as const;
    const preview = await alice.ok('POST /exchange/preview', { body: input });
    assert.deepEqual([preview.toImport, preview.toExport, preview.paired], [1, 1, 0]);
    assert.ok(!there('From here'));
    const status = await link();
    assert.deepEqual([status.state, status.issues], ['ready', 0]);
    assert.ok(there('From here'));
    assert.ok(await here('From there'));
    assert.equal(exchange.mails.length, 0);
    const { text, runs } = await alice.ok('GET /exchange/runs');
    assert.match(text, /manual {2}ok/);
    assert.equal(runs[0]?.counters.created, 2);
  });

  it('brings a change from there within seconds, and one from here soon', async () => {
    await until('somebody listens', async () => exchange.streams.size > 0);
    outlook().create({ subject: 'Just now', start: inDays(4), end: inDays(4).replace('T09', 'T10') });
    await until('the change from there', () => here('Just now'));
    // The schedule alone would have taken a quarter of an hour.
    await add('Pushed', 5);
    await until('the change from here', async () => there('Pushed'));
  });

  it('makes one run of two clicks', async () => {
    const [one, two] = await Promise.all([alice.ok('POST /exchange/sync'), alice.ok('POST /exchange/sync')]);
    assert.equal(one.runId, two.runId);
    assert.equal((await settled()).state, 'ready');
  });

  it('asks before it deletes many, and does it when it is told to', async () => {
    const guard = { settings: { massDeleteGuard: { count: 2, percent: 25 } } };
    await root.ok('PATCH /admin/exchange/settings', { body: guard });
    for (const { id } of outlook().all()) outlook().delete(id);
    await alice.call('POST /exchange/sync');
    const asked = await until('the question of the guard', async () => {
      const status = await alice.ok('GET /exchange/status');
      return status.state === 'paused' && status;
    });
    assert.equal(asked.reason, 'guard');
    assert.ok(await here('From there'));
    await alice.ok('POST /exchange/guard', { body: { proceed: true } });
    assert.equal((await settled()).state, 'ready');
    assert.ok(!(await here('From there')));
  });

  it('doubles nothing when somebody unsubscribes and subscribes again', async () => {
    await add('Once', 6);
    await until('the event is there', async () => there('Once'));
    await alice.ok('DELETE /exchange/link');
    assert.equal((await link()).state, 'ready');
    assert.equal(outlook().all().length, 1);
    await alice.ok('DELETE /exchange/link', { query: { keep: 'portal' } });
    assert.deepEqual([outlook().all().length, await here('Once')], [0, true]);
    await link();
    await alice.ok('DELETE /exchange/link', { query: { keep: 'exchange' } });
    assert.deepEqual([outlook().all().length, await here('Once')], [1, true]);
    await link();
    assert.deepEqual([outlook().all().length, await here('Once')], [1, true]);
  });

  it('removes copies and nothing else', async () => {
    outlook().create({ subject: 'Theirs', start: inDays(7), end: inDays(7).replace('T09', 'T10') });
    await alice.call('POST /exchange/sync');
    await until('the event is here', () => here('Theirs'));
    await settled();
    await alice.ok('DELETE /exchange/link', { query: { keep: 'portal' } });
    assert.deepEqual([there('Theirs'), await here('Theirs')], [true, true]);
    assert.deepEqual([there('Once'), await here('Once')], [false, true]);
    await link();
    assert.ok(there('Once'));
    await alice.ok('DELETE /exchange/link', { query: { keep: 'exchange' } });
    assert.deepEqual([there('Theirs'), await here('Theirs')], [true, false]);
    assert.deepEqual([there('Once'), await here('Once')], [true, true]);
    await link();
    assert.ok(await here('Theirs'));
    assert.equal(outlook().all().length, 2);
  });

  it('carries another setting for private events through, also where nothing changes', async () => {
    const telling = async (privateEvents: string): Promise<void> => {
      await root.ok('PATCH /admin/exchange/settings', { body: { settings: { privateEvents } } });
    };
    await telling('full');
    outlook().create({
      subject: 'Secret',
      sensitivity: 'Private',
      start: inDays(7),
      end: inDays(7).replace('T09', 'T10'),
      required: ['dora@lab.test'],
    });
    await until('the event is here', () => here('Secret'));
    const [mails, known] = [exchange.mails.length, outlook().all().length];
    for (const less of ['skip', 'busyOnly']) {
      await telling(less);
      await until(`no secret with ${less}`, async () => !(await here('Secret')));
      await telling('full');
      await until(`the secret after ${less}`, () => here('Secret'));
    }
    assert.ok(await here('Theirs'));
    assert.deepEqual([exchange.mails.length, outlook().all().length], [mails, known]);
    outlook().delete(outlook().find('Secret')?.id ?? '');
    await until('the event is gone', async () => !(await here('Secret')));
  });

  it('tells a wrong password apart, and keeps the right one to itself', async () => {
    const mailbox = 'alice@lab.test';
    const wrong = await alice.refused('PUT /exchange/account', {
      body: { mailbox, login: mailbox, password: 'wrong' },
    });
    assert.deepEqual([wrong.status, wrong.reason], [422, 'wrong-password']);
    await alice.ok('PUT /exchange/account', { body: { mailbox, login: mailbox, password: hers } });
    await alice.call('POST /exchange/sync');
    assert.equal((await settled()).state, 'ready');
    const files = ['portcal.sqlite', 'portcal.sqlite-wal'].map((name) =>
      readFileSync(join(folder, name), 'latin1'),
    );
    for (const text of [...files, ...logged]) {
      assert.ok(!text.includes(hers), 'a password in the clear');
    }
  });

  it('connects the mailboxes that the administrator lists', async () => {
    await root.ok('PATCH /admin/exchange/settings', { body: { settings: { users: ['bob@lab.test'] } } });
    const bob = await browser('bob');
    await until('bob is linked', async () => (await bob.ok('GET /exchange/status')).link !== null);
    assert.equal((await settled(bob)).state, 'ready');
    const { links } = await root.ok('GET /admin/exchange/links', { query: {} });
    assert.deepEqual(links.map(({ person, state }) => `${person} ${state}`).sort(), [
      'alice ready',
      'bob ready',
    ]);
  });

  it('says in its log when the list of somebody’s calendars cannot be had', async () => {
    exchange.faults.add({
      on: 'GetFolder',
      fault: { kind: 'code', code: 'ErrorAccessDenied', where: 'fault' },
    });
    assert.equal((await alice.call('GET /exchange/calendars')).status, 503);
    exchange.faults.clear();
    assert.ok(
      logged.includes('["warn","exchange calendar list failed",{"code":"ErrorAccessDenied"}]'),
      logged.slice(-3).join('\n'),
    );
  });

  it('tells monitors how it is', async () => {
    const answer = await fetch(`${app.url}/health/exchange`);
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(text, /"state":"active".*"reachable":true.*"links":\{"total":2/);
    assert.doesNotMatch(text, /@|correct/);
  });

  it('ends what it does when it is switched off, and begins again', async () => {
    await root.ok('PATCH /admin/exchange/settings', { body: { settings: { enabled: false } } });
    assert.equal((await alice.ok('GET /exchange/status')).state, 'absent');
    await until('nobody listens', async () => exchange.streams.size === 0);
    assert.equal((await fetch(`${app.url}/health/exchange`)).status, 404);
    await root.ok('PATCH /admin/exchange/settings', { body: { settings: { enabled: true } } });
    await until('somebody listens', async () => exchange.streams.size > 0);
    assert.equal((await settled()).state, 'ready');
  });

  it('leaves those alone who may not use it any more, until they may again', async () => {
    const filter = async (userFilter: readonly string[]): Promise<void> => {
      await root.ok('PATCH /admin/exchange/settings', { body: { settings: { userFilter } } });
    };
    const run = async () => {
      const { links } = await root.ok('GET /admin/exchange/links', { query: { text: 'alice' } });
      return await root.ok('POST /admin/exchange/links/{link}/run', { path: { link: links[0]?.id ?? '' } });
    };
    await filter(['bob']);
    assert.equal((await alice.ok('GET /exchange/status')).state, 'absent');
    outlook().create({ subject: 'Hers alone', start: inDays(8), end: inDays(8).replace('T09', 'T10') });
    await run();
    await until('the run that is refused', async () => {
      const { links } = await root.ok('GET /admin/exchange/links', { query: { text: 'alice' } });
      return links[0]?.code === 'person-not-allowed';
    });
    assert.equal(await here('Hers alone'), false);
    await filter([]);
    await run();
    await until('what was waiting', () => here('Hers alone'));
    assert.equal((await settled()).state, 'ready');
  });

  it('goes on after a restart', async () => {
    await app.stop();
    outlook().create({ subject: 'Meanwhile', start: inDays(7), end: inDays(7).replace('T09', 'T10') });
    await start();
    await signIn();
    await until('what happened meanwhile', () => here('Meanwhile'), 30_000);
  });

  it('stops as a whole when the service account is refused, until the test is good again', async () => {
    exchange.account('svc@lab.test').password = 'another';
    // With other settings come other connections: those that are signed in would go on.
    await root.ok('PATCH /admin/exchange/settings', { body: { settings: { batchSize: 9 } } });
    const bob = await browser('bob');
    const { links } = await root.ok('GET /admin/exchange/links', { query: { text: 'bob' } });
    const path = { link: links[0]?.id ?? '' };
    await root.ok('POST /admin/exchange/links/{link}/run', { path });
    const status = await until('the stop', async () => {
      const seen = await bob.ok('GET /exchange/status');
      return seen.state === 'paused' && seen;
    });
    assert.equal(status.reason, 'service-account');
    assert.equal((await fetch(`${app.url}/health/exchange`)).status, 503);
    // A server that ends waits for whatever it has begun; the next one remembers that nothing is to begin.
    const again = async (): Promise<void> => {
      await app.stop();
      await start();
      await Promise.all([signIn(), bob.ok('POST /session', { body: { name: 'bob', password } })]);
    };
    await again();
    const { requests } = exchange.counters;
    await root.call('POST /admin/exchange/links/{link}/run', { path });
    await again();
    assert.equal(exchange.counters.requests, requests);
    await root.ok('PATCH /admin/exchange/settings', {
      body: { serviceAccounts: [{ login: 'svc@lab.test', domain: '', password: 'another' }] },
    });
    await root.ok('POST /admin/exchange/test', { body: { mailbox: '', probe: false } });
    await until('bob goes on', async () => (await bob.ok('GET /exchange/status')).state === 'ready', 30_000);
  });
});
