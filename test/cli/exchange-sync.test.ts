import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type FakeExchange, startLab } from '../../conformance/exchange/exchange.ts';
import { connectorVault } from '../../src/app/connector-key.ts';
import { createExchangeWork } from '../../src/app/exchange.ts';
import { openServices } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import { silentLog } from '../../src/observability/log.ts';
import { actorFor, calendarInHome } from '../../src/service/access.ts';
import { storeAccount } from '../../src/service/connectors/accounts.ts';
import { linkCalendar } from '../../src/service/connectors/links.ts';
import { type Terminal, terminal } from './terminal.ts';

describe('portcal exchange sync', function exchangeSync() {
  this.timeout(60_000);
  let at: Terminal;
  let exchange: FakeExchange;
  beforeEach(async () => {
    exchange = await startLab();
    at = await terminal();
    await at.json(['user', 'add', 'alice', '--email', 'alice@lab.test', '--no-password']);
    await configure({ enabled: true });
  });
  afterEach(async () => {
    await at.close();
    await exchange.close();
  });

  async function configure(changes: Readonly<Record<string, unknown>>): Promise<void> {
    const settings = {
      host: '127.0.0.1',
      port: exchange.port,
      tls: false,
      autodiscover: 'off',
      serviceAccounts: [{ login: 'svc@lab.test', password: 'secret' }],
      ...changes,
    };
    await at.json(['exchange', 'import-config', '-'], JSON.stringify(settings));
  }

  /** What alice does in her profile. */
  async function link(as = { login: '', password: '' }): Promise<void> {
    const argv = ['--data', join(at.folder, 'data')];
    const { settings } = await loadSettings({ argv, env: {}, readFile: () => '' });
    const services = await openServices(settings, silentLog);
    const vault = connectorVault(settings);
    const work = createExchangeWork({ services, vault, log: silentLog, version: '0' });
    const person = await services.storage.principalByName('alice');
    assert.ok(person);
    const actor = await actorFor(services, person, { scope: 'write', via: 'session' });
    const signIn = { mailbox: 'alice@lab.test', ...as };
    const account = await storeAccount({ services, vault }, actor, signIn, { memory: '{}' });
    const mailbox = await (await work.provider()).open(account);
    const [remote] = await mailbox.calendars(AbortSignal.timeout(10_000));
    const own = await calendarInHome(services, actor, person, 'personal');
    assert.ok(remote && own);
    await linkCalendar(services, actor, {
      calendar: own.calendar.id,
      remoteCalendar: remote.id,
      remoteName: remote.title,
      direction: 'both',
      startDate: null,
    });
    await work.close();
    await services.storage.close();
  }

  it('brings both sides in step where no server runs, and says what it did', async () => {
    await link();
    const start = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T09:00:00`;
    exchange
      .outlook('alice@lab.test')
      .create({ subject: 'From there', start, end: start.replace('T09', 'T10') });
    const said = await at.run(['exchange', 'sync', '--mailbox', 'Alice@lab.test']);
    assert.equal(said.code, 0, said.out + said.err);
    assert.match(said.out, /alice@lab\.test +ok +.*created=1/);
    assert.match((await at.run(['export', 'alice/personal'])).out, /SUMMARY:From there/);
    assert.equal((await at.run(['exchange', 'status'])).code, 0);
    assert.equal((await at.run(['exchange', 'sync'])).code, 0);
  });

  it('says in its status that the server is out of reach, which only runs can know', async () => {
    await link();
    const { port } = exchange;
    await exchange.close();
    assert.match((await at.run(['exchange', 'sync'])).out, /failed/);
    const status = await at.run(['exchange', 'status']);
    assert.deepEqual(
      [status.code, status.out.split('\n')[0]],
      [2, 'failed: server-unreachable, links-failing'],
    );
    exchange = await startLab({ port });
    assert.equal((await at.run(['exchange', 'sync'])).code, 0);
    assert.equal((await at.run(['exchange', 'status'])).code, 0);
  });

  it('says why there is nothing to do', async () => {
    const nobody = await at.run(['exchange', 'sync']);
    assert.deepEqual([nobody.code, nobody.err], [1, 'portcal: nobody is linked\n']);
    await link();
    const other = await at.run(['exchange', 'sync', '--mailbox', 'bob@lab.test']);
    assert.deepEqual([other.code, other.err], [1, 'portcal: bob@lab.test is not linked\n']);
    await configure({ enabled: false });
    assert.match((await at.run(['exchange', 'sync'])).err, /switched off in the settings/);
  });

  it('says when the server refuses, and sends nothing more until somebody has tested', async () => {
    await link();
    exchange.account('svc@lab.test').password = 'another';
    const refused = await at.run(['exchange', 'sync']);
    assert.equal(refused.code, 1, refused.out);
    assert.match(refused.out, /alice@lab\.test +(?:failed|not run)/);
    const { requests } = exchange.counters;
    const again = await at.run(['exchange', 'sync']);
    assert.match(
      again.err,
      /the service account was refused .*: set its password, then portcal exchange check/,
    );
    assert.equal(exchange.counters.requests, requests);
    await configure({});
    assert.equal((await at.run(['exchange', 'check'])).code, 1);
    exchange.account('svc@lab.test').password = 'secret';
    assert.equal((await at.run(['exchange', 'check'])).code, 0);
    assert.equal((await at.run(['exchange', 'sync'])).code, 0);
  });

  it('does not try a refused password of a person again', async () => {
    exchange.account('alice@lab.test').password = 'hers';
    await link({ login: 'alice@lab.test', password: 'hers' });
    assert.equal((await at.run(['exchange', 'sync'])).code, 0);
    exchange.account('alice@lab.test').password = 'changed';
    assert.match((await at.run(['exchange', 'sync'])).out, /alice@lab\.test +failed/);
    const { requests } = exchange.counters;
    const again = await at.run(['exchange', 'sync']);
    assert.equal(again.code, 1);
    assert.match(again.out, /alice@lab\.test +not run +stopped: credentials/);
    assert.equal(exchange.counters.requests, requests);
  });
});
