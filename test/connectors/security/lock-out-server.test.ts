/** The whole server with a password that has become stale: whatever people click, the directory sees it a few times. */
import assert from 'node:assert/strict';
import { type FakeExchange, startLab } from '../../../conformance/exchange/exchange.ts';
import { type Browser, event, ownCalendar } from '../../portal/world.ts';
import { ServerProcess, until } from './server-process.ts';

const here = 'she may enter here';
const there = 'Zw4-person-hidden';

describe('a server whose password for Exchange has become stale', function () {
  this.timeout(120_000);
  let fake: FakeExchange;
  let server: ServerProcess;
  let root: Browser;
  let alice: Browser;

  before(async () => {
    fake = await startLab({ lockAfter: 4 });
    fake.account('alice@lab.test').password = there;
    server = await ServerProcess.start(here);
    root = await server.browser('root', here);
    const body = { name: 'alice', email: 'alice@lab.test', password: here, timeZone: 'Europe/Berlin' };
    await root.ok('POST /admin/people', { body });
    alice = await server.browser('alice', here);
    const settings = {
      enabled: true,
      host: '127.0.0.1',
      port: fake.port,
      tls: false,
      autodiscover: 'off',
      accessMode: 'perUser',
      authMethods: ['basic'],
    };
    await root.ok('PATCH /admin/exchange/settings', { body: { settings } });
    const mine = { mailbox: 'alice@lab.test', login: 'alice@lab.test', password: there };
    await alice.ok('PUT /exchange/account', { body: mine });
    await link();
  });
  after(async () => {
    await server.stop();
    await fake.close();
  });

  async function link(): Promise<void> {
    const { id: calendar } = await ownCalendar(alice);
    const { calendars } = await alice.ok('GET /exchange/calendars');
    const remoteCalendar = calendars[0]?.id ?? '';
    await alice.ok('PUT /exchange/link', {
      body: { calendar, remoteCalendar, direction: 'both', startDate: null },
    });
    await settled();
  }

  const settled = (): Promise<string> =>
    until('the end of a run', async () => {
      const { state } = await alice.ok('GET /exchange/status');
      return !['queued', 'running'].includes(state) && state;
    });

  /** Everything that a person can do about it but typing the new password. */
  async function click(): Promise<void> {
    const { id: calendar } = await ownCalendar(alice);
    for (let i = 0; i < 5; i++) {
      await alice.call('POST /exchange/sync');
      await settled();
      await alice.call('GET /exchange/calendars');
      await alice.call('POST /exchange/preview', {
        body: { calendar, remoteCalendar: 'AAMk=', direction: 'both', startDate: null },
      });
      await alice.ok('POST /calendars/{id}/events', { path: { id: calendar }, body: event() });
    }
  }

  it('sends it three times at most, and says what is wrong', async () => {
    fake.account('alice@lab.test').password = 'changed';
    fake.logins.counters.refused = 0;
    fake.restart();
    await click();
    const { reason } = await until('the pause', async () => {
      const status = await alice.ok('GET /exchange/status');
      return status.state === 'paused' && status;
    });
    assert.equal(reason, 'credentials');
    assert.ok(fake.logins.counters.refused >= 1);
    assert.ok(fake.logins.counters.refused <= 3, String(fake.logins.counters.refused));
  });

  it('does not begin anew because a setting has changed', async () => {
    for (const batchSize of [7, 8, 9, 11]) {
      await root.ok('PATCH /admin/exchange/settings', { body: { settings: { batchSize } } });
      await click();
    }
    assert.ok(fake.logins.counters.refused <= 3, String(fake.logins.counters.refused));
  });

  it('takes the new one, as the account is not locked', async () => {
    const mine = { mailbox: 'alice@lab.test', login: 'alice@lab.test', password: 'changed' };
    await alice.ok('PUT /exchange/account', { body: mine });
    assert.equal(fake.account('alice@lab.test').failures, 0);
  });
});
