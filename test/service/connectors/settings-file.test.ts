import assert from 'node:assert/strict';
import {
  readEnvironment,
  readSettingsFile,
  withoutComments,
} from '../../../src/service/connectors/settings-file.ts';

describe('a file with settings of the Exchange connector', () => {
  it('is JSON in which comments and last commas are tolerated', () => {
    const text = `\uFEFF// first
      { "a": "http://x/*no comment*/", /* b
      */ "c": "say \\"//\\"", "d": ["x,]", 1,], }`;
    assert.deepEqual(JSON.parse(withoutComments(text)), {
      a: 'http://x/*no comment*/',
      c: 'say "//"',
      d: ['x,]', 1],
    });
  });

  it('speaks in the names of the table', () => {
    const { patch, notices } = readSettingsFile(`{
      "enabled": true, "host": "mail.corp.example", "users": ["a@b.example"],
      "serviceAccounts": [{ "login": "svc", "domain": "CORP", "secret": "enc:v1:x" }]
    }`);
    assert.deepEqual(patch, {
      settings: { enabled: true, host: 'mail.corp.example', users: ['a@b.example'] },
      serviceAccounts: [{ login: 'svc', domain: 'CORP', password: 'enc:v1:x' }],
    });
    assert.deepEqual(notices, []);
  });

  it('may be that of the companion program, of which the rest is left out with a notice', () => {
    const { patch, notices } = readSettingsFile(`{
      "wsPort": 4315,
      "dbConnectionConfig": { "host": "db", "password": "x" }, // not ours
      "launchConference": true,
      "cache": { "autoSync": false, "backward": 3, "forward": 6 },
      "calendarProviders": [
        { "type": "google" },
        { "type": "ews", "host": "mail.corp.example", "port": 443, "path": "/EWS/Exchange.asmx",
          "autodiscoverPath": "/autodiscover/autodiscover.svc", "users": ["anna@corp.example"],
          "credentials": [{ "login": "svc", "password": "p" }, { "login": "svc2", "password": "q" }] }
      ]
    }`);
    assert.deepEqual(patch.settings, {
      autoSync: false,
      backwardMonths: 3,
      forwardMonths: 6,
      host: 'mail.corp.example',
      port: 443,
      path: '/EWS/Exchange.asmx',
      autodiscoverPath: '/autodiscover/autodiscover.svc',
      users: ['anna@corp.example'],
    });
    assert.deepEqual(
      patch.serviceAccounts?.map(({ login }) => login),
      ['svc', 'svc2'],
    );
    assert.deepEqual(
      notices.map((notice) => notice.split(' ')[0]),
      ['wsPort', 'dbConnectionConfig', 'launchConference', 'of'],
    );
  });

  it('is refused where it says what nobody knows', () => {
    assert.throws(() => readSettingsFile('{ "hots": "x" }'), /^Refusal: hots: there is no such setting/);
    assert.throws(() => readSettingsFile('{ "cache": { "back": 1 } }'), /cache\.back/);
    assert.throws(() => readSettingsFile('{ "calendarProviders": [{ "type": "x" }] }'), /none of them/);
    assert.throws(() => readSettingsFile('{ "serviceAccounts": [{}] }'), /wanted a login/);
    assert.throws(() => readSettingsFile('[]'), /wanted an object/);
    assert.throws(() => readSettingsFile('{ "a": '), /no JSON/);
  });

  it('may be the environment instead', () => {
    const env = {
      PORTCAL_DATA: 'x',
      PORTCAL_EXCHANGE_SETTINGS: 'file',
      PORTCAL_EXCHANGE_ENABLED: 'yes',
      PORTCAL_EXCHANGE_PERIOD_MINUTES: '5',
      PORTCAL_EXCHANGE_MASS_DELETE_GUARD: '5 10',
      PORTCAL_EXCHANGE_USERS: 'a@b.example, c@d.example',
      PORTCAL_EXCHANGE_LOGIN: 'svc',
      PORTCAL_EXCHANGE_PASSWORD: 'p',
    };
    assert.deepEqual(readEnvironment(env, ['PORTCAL_EXCHANGE_SETTINGS']), {
      settings: {
        enabled: true,
        periodMinutes: 5,
        massDeleteGuard: { count: 5, percent: 10 },
        users: ['a@b.example', 'c@d.example'],
      },
      serviceAccounts: [{ login: 'svc', domain: '', password: 'p' }],
    });
    assert.throws(() => readEnvironment({ PORTCAL_EXCHANGE_HOTS: 'x' }), /PORTCAL_EXCHANGE_HOTS/);
  });
});
