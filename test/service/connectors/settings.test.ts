import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Refusal } from '../../../src/core/refusal.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { createVault, parseKeys, portablePlace } from '../../../src/service/connectors/secrets.ts';
import {
  type ConnectorContext,
  changeSettings,
  loadSettings,
  noteTest,
  resealSecrets,
  type SettingsPatch,
  seedSettings,
  servicePassword,
  stopConnector,
  warningsOf,
} from '../../../src/service/connectors/setting-store.ts';
import {
  defaultSettings,
  isExchangeOnline,
  readSettings,
  requireAgreement,
  settingNames,
  settingTable,
} from '../../../src/service/connectors/settings.ts';
import { actor, type Office, office, refuses } from '../office.ts';

const one = 'a1'.repeat(32);
const two = 'b2'.repeat(32);

describe('settings of the Exchange connector', () => {
  let at: Office;
  let context: ConnectorContext;
  let keys = one;
  beforeEach(async () => {
    keys = one;
    at = await office();
    context = { services: at.services, vault: createVault(async () => parseKeys(keys), randomBytes) };
  });
  afterEach(() => at.close());

  const change = (patch: SettingsPatch) => changeSettings(context, at.system, patch);
  const refusal = async (settings: Readonly<Record<string, unknown>>): Promise<string> => {
    try {
      await change({ settings });
    } catch (error) {
      assert.ok(error instanceof Refusal);
      assert.equal(error.code, 'invalid-property');
      return error.message;
    }
    return 'taken';
  };

  it('are the defaults of the table until something is set', async () => {
    const { values, serviceAccounts } = await loadSettings(at.services);
    assert.deepEqual(values, defaultSettings());
    assert.deepEqual(serviceAccounts, []);
    assert.deepEqual(
      [values.enabled, values.port, values.path, values.tls, values.tlsVerify, values.periodMinutes],
      [false, 443, '/EWS/Exchange.asmx', true, 'system', 15],
    );
    assert.deepEqual(values.authMethods, ['ntlm', 'basic']);
    assert.deepEqual(values.massDeleteGuard, { count: 20, percent: 25 });
  });

  it('take their own defaults, and have words and a group each', () => {
    for (const name of settingNames) {
      const entry = settingTable[name];
      assert.deepEqual(entry.read(entry.default, name), entry.default, name);
      assert.ok(entry.help.length > 0, name);
      assert.equal(entry.type === 'choice', entry.choices !== undefined && entry.type !== 'list', name);
    }
    requireAgreement(defaultSettings());
  });

  it('are changed by administrators only, all or none', async () => {
    const alice = await actor(at, at.alice);
    await refuses(changeSettings(context, alice, { settings: { port: 444 } }), 'need-privileges');
    assert.match(
      await refusal({ host: 'mail.corp.example', port: 0 }),
      /^port: wanted a whole number from 1/,
    );
    assert.equal((await loadSettings(at.services)).values.host, '');
    const root = await actor(at, at.root);
    const loaded = await changeSettings(context, root, {
      settings: { host: ' mail.corp.example ', users: ['Anna@Corp.example', 'anna@corp.example', ' '] },
    });
    assert.equal(loaded.values.host, 'mail.corp.example');
    assert.deepEqual(loaded.values.users, ['anna@corp.example']);
  });

  it('refuse what is no value of theirs', async () => {
    assert.match(await refusal({ nosuch: 1 }), /^nosuch: there is no such setting/);
    assert.match(await refusal({ enabled: 'yes' }), /true or false/);
    assert.match(await refusal({ realtime: 'push' }), /one of streaming, pull, off/);
    assert.match(await refusal({ authMethods: [] }), /one or more of/);
    assert.match(await refusal({ authMethods: ['ntlm', 'digest'] }), /one of negotiate/);
    assert.match(await refusal({ host: 'https://mail.corp.example/' }), /without scheme/);
    assert.match(await refusal({ path: 'EWS' }), /wanted a path/);
    assert.match(await refusal({ massDeleteGuard: { count: 0, percent: 10 } }), /massDeleteGuard.count/);
    assert.match(await refusal({ periodMinutes: 1441 }), /from 1 to 1440/);
    assert.match(await refusal({ users: 'anna' }), /wanted a list/);
    assert.match(await refusal({ proxy: 'http://me:secret@proxy:1' }), /must not stand here/);
    assert.match(await refusal({ tlsPin: 'abc' }), /SHA-256/);
    assert.match(await refusal({ tlsCa: 'abc' }), /PEM/);
    assert.equal(await refusal({ maxAccounts: null, proxy: null }), 'taken');
  });

  it('refuse Exchange Online with the dates, and name the backend that it needs', async () => {
    for (const host of ['outlook.office365.com', 'outlook.office.com', 'x.OFFICE365.com.']) {
      const message = await refusal({ host });
      assert.match(message, /1 October 2026.*1 April 2027.*Graph/, host);
    }
    assert.match(await refusal({ allowedHosts: ['autodiscover-s.outlook.com'] }), /Exchange Online/);
    assert.match(await refusal({ protocol: 'graph' }), /Graph backend is not part.*1 April 2027/);
    assert.match(
      await refusal({ authMethods: ['ntlm', 'negotiate'] }),
      /negotiate is not part of this release/,
    );
    assert.deepEqual(settingTable.protocol.choices, ['ews']);
    assert.deepEqual(settingTable.authMethods.choices, ['ntlm', 'basic']);
    assert.ok(!isExchangeOnline('notoffice365.com'));
    assert.ok(!isExchangeOnline('office365.com.corp.example'));
  });

  it('allow plain HTTP to this machine, and to others when that is said twice', async () => {
    assert.match(await refusal({ host: 'mail.corp.example', tls: false }), /^tls: plain HTTP/);
    assert.equal(await refusal({ host: '127.0.0.1', tls: false }), 'taken');
    assert.match(await refusal({ host: 'mail.corp.example' }), /^tls: plain HTTP/);
    assert.equal(await refusal({ host: 'mail.corp.example', allowInsecureHttp: true }), 'taken');
    assert.deepEqual(warningsOf(await loadSettings(at.services)), ['insecureHttp']);
  });

  it('want what belongs together', async () => {
    assert.match(await refusal({ tlsVerify: 'ca' }), /^tlsCa/);
    assert.match(await refusal({ tlsVerify: 'pin' }), /^tlsPin/);
    assert.match(await refusal({ mailboxRule: 'loginTemplate' }), /^mailboxTemplate/);
    assert.match(await refusal({ mailboxes: ['anna'] }), /^mailboxes/);
    assert.equal(await refusal({ tlsVerify: 'pin', tlsPin: 'ab'.repeat(32) }), 'taken');
  });

  it('keep passwords sealed, and keep them when the form comes back without', async () => {
    const account = { login: 'svc', domain: 'CORP', password: 'correct horse' };
    await change({ serviceAccounts: [account, { login: 'two', domain: '' }] });
    const { serviceAccounts, values } = await loadSettings(at.services);
    assert.ok(!JSON.stringify(serviceAccounts).includes('horse'));
    assert.deepEqual(
      serviceAccounts.map(({ secretSet }) => secretSet !== null),
      [true, false],
    );
    assert.deepEqual(warningsOf({ values, serviceAccounts, tested: undefined, stopped: undefined }), [
      'noSecret',
    ]);
    const rows = await at.services.storage.connectors.settings('exchange');
    assert.ok(!JSON.stringify([...rows]).includes('horse'));
    const [stored] = (await change({ serviceAccounts: [{ login: 'SVC', domain: 'corp' }] })).serviceAccounts;
    assert.ok(stored);
    assert.equal(await servicePassword(context, stored), 'correct horse');
    assert.equal(await refusalOfAccounts([account, account]), 'serviceAccounts: svc stands there twice');
    assert.equal(await refusalOfAccounts([{ login: ' ', domain: '' }]), 'serviceAccounts: wanted a login');
  });

  const refusalOfAccounts = async (
    serviceAccounts: NonNullable<SettingsPatch['serviceAccounts']>,
  ): Promise<string> => {
    try {
      await change({ serviceAccounts });
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'taken';
  };

  it('take a password that the command line has sealed', async () => {
    const sealed = await context.vault.seal(portablePlace, 'correct horse');
    const { serviceAccounts } = await change({
      serviceAccounts: [{ login: 'svc', domain: '', password: sealed }],
    });
    const [account] = serviceAccounts;
    assert.ok(account?.secret);
    assert.notEqual(account.secret, sealed);
    assert.equal(await servicePassword(context, account), 'correct horse');
  });

  it('are sealed again with a new key, and then need the old one no more', async () => {
    await change({ serviceAccounts: [{ login: 'svc', domain: '', password: 'p' }] });
    keys = `${two} ${one}`;
    assert.equal(await resealSecrets(context, at.system), 1);
    assert.equal(await resealSecrets(context, at.system), 0);
    keys = two;
    const [account] = (await loadSettings(at.services)).serviceAccounts;
    assert.ok(account);
    assert.equal(await servicePassword(context, account), 'p');
  });

  it('are seeded where nobody has set them', async () => {
    await change({ settings: { port: 444 } });
    const seeds = {
      settings: { port: 8443, host: 'mail.corp.example' },
      serviceAccounts: [{ login: 'svc', domain: '', password: 'p' }],
    };
    assert.deepEqual(await seedSettings(context, at.system, seeds), ['host', 'serviceAccounts']);
    const { values, serviceAccounts } = await loadSettings(at.services);
    assert.deepEqual([values.port, values.host, serviceAccounts.length], [444, 'mail.corp.example', 1]);
    assert.deepEqual(await seedSettings(context, at.system, seeds), []);
  });

  it('end a trace by themselves', async () => {
    await change({ settings: { traceMailboxes: ['anna@corp.example'] } });
    assert.equal((await loadSettings(at.services)).values.traceMailboxes.length, 1);
    at.clock.advance(hourMs);
    assert.equal((await loadSettings(at.services)).values.traceMailboxes.length, 0);
  });

  it('remember a test and a stop until something changes', async () => {
    await noteTest(at.services, false);
    assert.equal((await loadSettings(at.services)).tested?.ok, false);
    await stopConnector(at.services, 'auth-global');
    assert.equal((await loadSettings(at.services)).stopped?.code, 'auth-global');
    await noteTest(at.services, true);
    const { tested, stopped } = await loadSettings(at.services);
    assert.deepEqual([tested?.ok, stopped], [true, undefined]);
    await change({ settings: { port: 444 } });
    assert.equal((await loadSettings(at.services)).tested, undefined);
  });

  it('leave a trace in the audit, without values', async () => {
    await change({
      settings: { host: 'mail.corp.example' },
      serviceAccounts: [{ login: 'svc', domain: '', password: 'p' }],
    });
    await noteTest(at.services, true);
    const subjects: string[] = [];
    for await (const page of at.services.storage.audit({ action: 'exchange.setting' }))
      subjects.push(...page.map(({ subject }) => subject));
    assert.deepEqual(subjects.sort(), ['host', 'serviceAccounts']);
  });

  it('are read from JSON by the same table', () => {
    assert.deepEqual(readSettings({ users: ['A@b.example'] }), { users: ['a@b.example'] });
    assert.deepEqual(settingTable.massDeleteGuard.fromText('5 10'), { count: 5, percent: 10 });
    assert.equal(settingTable.enabled.fromText('yes'), true);
  });
});
