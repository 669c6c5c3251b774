/** Two processes of the server with one data folder, as people run them: one run at a time, and no double whatever dies. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type FakeExchange, startLab } from '../../conformance/exchange/exchange.ts';
import type { Outlook } from '../../conformance/exchange/outlook.ts';
import { type Browser, event, ownCalendar } from '../portal/world.ts';
import { ServerProcess, until } from './security/server-process.ts';

const password = 'a secret of hers';

describe('two processes of the server', function () {
  this.timeout(180_000);
  let fake: FakeExchange;
  let outlook: Outlook;
  let first: ServerProcess;
  let second: ServerProcess;
  let atFirst: Browser;
  let atSecond: Browser;

  before(async () => {
    fake = await startLab();
    outlook = fake.outlook('alice@lab.test');
    fake.account('svc@lab.test').password = password;
    first = await ServerProcess.start(password);
    const root = await first.browser('root', password);
    const body = { name: 'alice', email: 'alice@lab.test', password, timeZone: 'Europe/Berlin' };
    await root.ok('POST /admin/people', { body });
    await root.ok('PATCH /admin/exchange/settings', {
      body: {
        settings: { enabled: true, host: '127.0.0.1', port: fake.port, tls: false, autodiscover: 'off' },
        serviceAccounts: [{ login: 'svc@lab.test', domain: '', password }],
      },
    });
    second = await first.beside();
    atFirst = await first.browser('alice', password);
    atSecond = await second.browser('alice', password);
    await atFirst.ok('PUT /exchange/account', { body: { mailbox: '', login: '', password: '' } });
    const { id: calendar } = await ownCalendar(atFirst);
    const { calendars } = await atFirst.ok('GET /exchange/calendars');
    await atFirst.ok('PUT /exchange/link', {
      body: { calendar, remoteCalendar: calendars[0]?.id ?? '', direction: 'both', startDate: null },
    });
    await settled(atSecond);
  });
  after(async () => {
    await second.stop();
    await fake.close();
  });

  const settled = (who: Browser): Promise<string> =>
    until('the end of a run', async () => {
      const { state } = await who.ok('GET /exchange/status');
      return !['queued', 'running'].includes(state) && state;
    });

  const inDays = (days: number, hour = '09'): string =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T${hour}:00:00`;

  async function add(who: Browser, title: string): Promise<void> {
    const { id } = await ownCalendar(who);
    const at = (hour: string) => ({ dateTime: inDays(3, hour), zone: 'Europe/Berlin' });
    await who.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({ title, start: at('09'), end: at('10') }),
    });
  }

  const subjects = (): readonly string[] => outlook.all().map(({ subject }) => subject);

  it('make one run of clicks, changes and notifications at both, and nothing twice', async () => {
    fake.counters.reset();
    const titles = Array.from({ length: 6 }, (_, at) => `Event ${at}`);
    await Promise.all([
      ...titles.map((title, at) => add(at % 2 === 0 ? atFirst : atSecond, title)),
      ...[atFirst, atSecond, atFirst, atSecond].map((who) => who.call('POST /exchange/sync')),
    ]);
    for (let at = 0; at < 3; at++)
      outlook.create({ subject: `There ${at}`, start: inDays(4), end: inDays(4, '10') });
    await Promise.all([atFirst, atSecond].map((who) => who.call('POST /exchange/sync')));
    await until('everything there', async () => subjects().length >= 9);
    await settled(atFirst);
    assert.deepEqual(subjects().toSorted(), [...titles, 'There 0', 'There 1', 'There 2']);
    const runs = (await atSecond.ok('GET /exchange/runs')).runs.map(({ started, finished }) => [
      Date.parse(started),
      Date.parse(finished ?? ''),
    ]);
    for (const [at, [begun = 0]] of runs.entries())
      for (const [, end = 0] of runs.slice(at + 1)) assert.ok(begun >= end, 'two runs at a time');
  });

  it('go on without the one that is killed in the middle of a write', async () => {
    await settled(atFirst);
    // Exchange has made the event; its answer never comes.
    fake.faults.add({ on: 'CreateItem', fault: { kind: 'hold', until: new Promise(() => undefined) } });
    await add(atFirst, 'In the middle');
    await until('the write', async () => subjects().includes('In the middle'));
    const holder = await until('who writes', async () => holderIn(first.folder));
    await first.kill();
    const leftMs = holder.until - Date.now();
    assert.ok(leftMs > 60_000 && leftMs <= 90_000, String(leftMs));
    lapse(first.folder);
    await until('the other one has done it', async () => {
      const { runs } = await atSecond.ok('GET /exchange/runs');
      return runs[0]?.outcome === 'ok' && runs.some(({ outcome }) => outcome === 'failed');
    });
    await settled(atSecond);
    assert.equal(subjects().filter((subject) => subject === 'In the middle').length, 1);
  });
});

interface Holder {
  readonly until: number;
}

function holderIn(folder: string): Holder | undefined {
  const database = new Sqlite(join(folder, 'data', 'portcal.sqlite'), { readonly: true });
  try {
    return database.prepare<[], Holder>('SELECT until FROM connector_lease').get();
  } finally {
    database.close();
  }
}

/** A minute and a half later. */
function lapse(folder: string): void {
  const database = new Sqlite(join(folder, 'data', 'portcal.sqlite'));
  try {
    database.prepare('UPDATE connector_lease SET until = 0').run();
  } finally {
    database.close();
  }
}
