/** Passwords for Exchange, looked for everywhere after the connector has used them (exchange.md 18.1, 18.2, 18.8). */
import assert from 'node:assert/strict';
import { type FakeExchange, startLab } from '../../../conformance/exchange/exchange.ts';
import type { ExchangeStatus } from '../../../src/portal/api.ts';
import { type Browser, event, ownCalendar } from '../../portal/world.ts';
import { ServerProcess, until } from './server-process.ts';

/** Found nowhere else, whatever the machine does. */
const secrets = {
  service: 'Kq7-service-hidden',
  person: 'Zw4-person-hidden',
  mistyped: 'Px3-mistyped-hidden',
};
const logins = { service: 'svc@lab.test', person: 'alice@lab.test', mistyped: 'alice@lab.test' };
const here = 'she may enter here';
const titles = ['Vertraulich: Kündigung', 'Surgery on Monday'];

/** A password in every form in which somebody could write it down. */
function forms(name: keyof typeof secrets): readonly Buffer[] {
  const secret = secrets[name];
  const plain = Buffer.from(secret);
  const encoded = ['', 'x', 'xy'].map((before) => {
    const text = Buffer.from(before + secret).toString('base64');
    // The characters that what stands before or behind it has a part in are left out.
    return Buffer.from(text.slice(before === '' ? 0 : before.length + 1, -4));
  });
  const basic = Buffer.from(Buffer.from(`${logins[name]}:${secret}`).toString('base64').slice(0, -4));
  const lower = Buffer.from(plain.toString('hex'));
  return [plain, Buffer.from(secret, 'utf16le'), ...encoded, basic, lower];
}

function assertAbsent(where: string, bytes: Buffer | string): void {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  for (const name of ['service', 'person', 'mistyped'] as const)
    for (const form of forms(name))
      assert.ok(!all.includes(form), `${name}: ${form.toString('latin1')} in ${where}`);
}

describe('passwords for Exchange', function () {
  this.timeout(120_000);
  let fake: FakeExchange;
  let server: ServerProcess;
  let root: Browser;
  let alice: Browser;
  let bob: Browser;

  before(async () => {
    fake = await startLab();
    fake.account(logins.service).password = secrets.service;
    fake.account(logins.person).password = secrets.person;
    server = await ServerProcess.start(here);
    root = await server.browser('root', here);
    for (const name of ['alice', 'bob'])
      await root.ok('POST /admin/people', {
        body: { name, email: `${name}@lab.test`, password: here, timeZone: 'Europe/Berlin' },
      });
    [alice, bob] = [await server.browser('alice', here), await server.browser('bob', here)];
    const [first, second] = titles;
    for (const [address, subject] of [
      ['alice@lab.test', first],
      ['bob@lab.test', second],
    ] as const)
      fake
        .outlook(address)
        .create({ subject: subject ?? '', start: inDays(3), end: inDays(3).replace('T09', 'T10') });
    await root.ok('PATCH /admin/exchange/settings', {
      body: {
        settings: {
          enabled: true,
          host: '127.0.0.1',
          port: fake.port,
          tls: false,
          autodiscover: 'off',
          logLevel: 'debug',
          traceMailboxes: ['alice@lab.test', 'bob@lab.test'],
        },
        serviceAccounts: [{ login: logins.service, domain: '', password: secrets.service }],
      },
    });
    for (const method of ['ntlm', 'basic']) {
      await root.ok('PATCH /admin/exchange/settings', { body: { settings: { authMethods: [method] } } });
      await root.ok('POST /admin/exchange/test', { body: { mailbox: 'bob@lab.test', probe: true } });
      const wrong = { mailbox: logins.person, login: logins.person, password: secrets.mistyped };
      assert.equal((await alice.refused('PUT /exchange/account', { body: wrong })).reason, 'wrong-password');
      await alice.ok('PUT /exchange/account', { body: { ...wrong, password: secrets.person } });
      await bob.ok('PUT /exchange/account', { body: { mailbox: '', login: '', password: '' } });
      for (const who of [alice, bob]) await synchronized(who);
    }
    await broken();
  });
  after(async () => {
    await server.stop();
    await fake.close();
  });

  const inDays = (days: number): string =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T09:00:00`;
  const settled = (who: Browser): Promise<ExchangeStatus> =>
    until('the end of a run', async () => {
      const status = await who.ok('GET /exchange/status');
      return !['queued', 'running'].includes(status.state) && status;
    });

  /** Linked, something written there, and a run that ended well. */
  async function synchronized(who: Browser): Promise<void> {
    const { id: calendar } = await ownCalendar(who);
    const { calendars } = await who.ok('GET /exchange/calendars');
    const remoteCalendar = calendars[0]?.id ?? '';
    await who.ok('PUT /exchange/link', {
      body: { calendar, remoteCalendar, direction: 'both', startDate: null },
    });
    await settled(who);
    const times = { start: { dateTime: inDays(5), zone: 'Europe/Berlin' } };
    const end = { dateTime: inDays(5).replace('T09', 'T10'), zone: 'Europe/Berlin' };
    await who.ok('POST /calendars/{id}/events', { path: { id: calendar }, body: event({ ...times, end }) });
    await who.call('POST /exchange/sync');
    assert.equal((await settled(who)).state, 'ready');
  }

  /** What is logged when things go wrong. */
  async function broken(): Promise<void> {
    for (const kind of ['not-xml', 'doctype', 'half'] as const) fake.faults.add({ fault: { kind } });
    for (const who of [alice, bob]) {
      await who.call('POST /exchange/sync');
      await settled(who);
    }
    fake.faults.clear();
  }

  it('are not in the database, in no form', () => {
    assertAbsent('the database', server.database());
  });

  it('are in no file of the data folder, nor in the log of the database', () => {
    const files = server.files();
    assert.ok(files.some(({ name }) => name === 'portcal.sqlite-wal'));
    for (const { name, bytes } of files) assertAbsent(name, bytes);
  });

  it('are not in the log at its finest, although every request is traced', () => {
    assert.match(server.written, /exchange trace/);
    assertAbsent('the log', server.written);
    assert.doesNotMatch(server.written, /authorization":"(?!…|\[|redacted)/i);
  });

  it('are neither in the metrics nor in what monitors are told', async () => {
    const metrics = await server.text(server.metricsUrl);
    assert.match(metrics, /portcal_exchange_links/);
    assertAbsent('the metrics', metrics);
    const health = await server.text(`${server.url}/health/exchange`);
    assertAbsent('the health', health);
    assert.doesNotMatch(metrics + health, /@lab\.test/);
  });

  it('are in no answer of the page', async () => {
    for (const who of [alice, bob, root]) {
      await who.ok('GET /exchange/status');
      await who.ok('GET /exchange/runs');
      await who.ok('GET /exchange/issues');
    }
    const { settings, serviceAccounts } = await root.ok('GET /admin/exchange/settings');
    assert.ok(settings.length > 30 && serviceAccounts[0]?.secretSet);
    await root.ok('GET /admin/audit', { query: {} });
    assert.ok(server.answers.length > 40);
    for (const { text } of server.answers) assertAbsent('an answer', text);
  });

  it('tell an administrator no title of anybody, nor do log and metrics', async () => {
    await root.ok('GET /admin/exchange/links', { query: {} });
    await root.ok('GET /admin/exchange/quarantine');
    await root.ok('GET /admin/overview');
    const told = server.answers.filter(({ who }) => who === 'root').map(({ text }) => text);
    for (const text of [...told, server.written, await server.text(server.metricsUrl)])
      for (const title of titles) assert.ok(!text.includes(title), title);
    // They are there: whoever owns them reads them.
    await alice.ok('GET /events', { query: { from: inDays(0).slice(0, 10), to: inDays(9).slice(0, 10) } });
    assert.ok(server.answers.at(-1)?.text.includes(titles[0] ?? ''));
  });

  it('are not in the memory of the process after its work', async () => {
    const heap = await server.heap();
    // It is the right process, and the right time.
    assert.ok(heap.includes('LinkScheduler') && heap.includes('alice@lab.test'));
    assertAbsent('the memory', heap);
  });
});
