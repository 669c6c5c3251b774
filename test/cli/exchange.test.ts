import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Terminal, terminal } from './terminal.ts';

describe('portcal exchange', () => {
  let at: Terminal;
  beforeEach(async () => {
    at = await terminal();
  });
  afterEach(() => at.close());

  const key = (): string => join(at.folder, 'data', 'connector-key');

  it('encrypts a password that comes by standard input, never as an argument', async () => {
    await at.json(['user', 'list']);
    const { code, out } = await at.run(['exchange', 'hash-pass'], 'correct horse\n');
    assert.equal(code, 0);
    assert.match(out, /^enc:v1:[0-9a-f]{8}:[\w-]+\n$/);
    assert.notEqual((await at.run(['exchange', 'hash-pass'], 'correct horse\n')).out, out);
    assert.equal((await at.run(['exchange', 'hash-pass', 'correct horse'], '')).code, 2);
    assert.equal((await at.run(['exchange', 'hash-pass'], '\n')).code, 2);
    if (process.platform === 'win32') return;
    assert.equal((await stat(key())).mode & 0o777, 0o600);
    await chmod(key(), 0o644);
    assert.match((await at.run(['exchange', 'hash-pass'], 'x\n')).err, /may be read by others/);
  });

  it('takes settings from a file with comments, and passwords that it has encrypted', async () => {
    await at.json(['user', 'list']);
    const sealed = (await at.run(['exchange', 'hash-pass'], 'correct horse\n')).out.trim();
    const file = join(at.folder, 'exchange.json');
    await writeFile(
      file,
      `{ // ours
        "wsPort": 4315,
        "calendarProviders": [{ "type": "ews", "host": "mail.corp.example",
          "credentials": [{ "login": "svc", "password": "${sealed}" }] }],
      }`,
    );
    const { code, out, err } = await at.run(['exchange', 'import-config', file]);
    assert.equal(code, 0, err);
    assert.match(out, /taken: host, serviceAccounts \(1\)/);
    assert.match(err, /wsPort was left out/);
    const wrong = await at.run(['exchange', 'import-config', '-'], '{ "host": "outlook.office365.com" }');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Exchange Online/);
  });

  it('encrypts everything under a new key, and keeps the one before', async () => {
    const config = '{ "serviceAccounts": [{ "login": "svc", "password": "p" }] }';
    assert.equal((await at.run(['exchange', 'import-config', '-'], config)).code, 0);
    const before = (await readFile(key(), 'utf8')).trim();
    assert.match((await at.run(['exchange', 'rotate-key'])).out, /1 password is encrypted/);
    const after = (await readFile(key(), 'utf8')).trim().split('\n');
    assert.deepEqual([after.length, after[1]], [2, before]);
    assert.match((await at.run(['exchange', 'rotate-key'])).out, /1 password is/);
  });

  it('puts its key back with a backup, and sets the present one aside', async () => {
    const config = '{ "serviceAccounts": [{ "login": "svc", "password": "p" }] }';
    assert.equal((await at.run(['exchange', 'import-config', '-'], config)).code, 0);
    const backup = join(at.folder, 'backup.sqlite');
    await at.json(['backup', backup]);
    const before = await readFile(key(), 'utf8');
    assert.equal(await readFile(`${backup}.connector-key`, 'utf8'), before);
    // The second new key leaves nothing of the one that the backup needs.
    for (let time = 0; time < 2; time++) await at.run(['exchange', 'rotate-key']);
    const after = await readFile(key(), 'utf8');
    if (process.platform !== 'win32') await chmod(`${backup}.connector-key`, 0o644);
    await at.json(['restore', backup, '--replace']);
    assert.equal(await readFile(key(), 'utf8'), before);
    assert.match((await at.run(['exchange', 'rotate-key'])).out, /1 password is encrypted/);
    const names = await readdir(join(at.folder, 'data'));
    const aside = names.find((name) => name.startsWith('connector-key.before-')) ?? '';
    assert.equal(await readFile(join(at.folder, 'data', aside), 'utf8'), after);
  });

  it('says how things stand in its exit code', async () => {
    assert.deepEqual(await at.json(['exchange', 'status']), { state: 'off' });
    await at.run(
      ['exchange', 'import-config', '-'],
      '{ "enabled": true, "host": "127.0.0.1", "tls": false }',
    );
    const { code, out } = await at.run(['exchange', 'status']);
    assert.equal(code, 0);
    assert.match(out, /^active\n/);
    const sync = await at.run(['exchange', 'sync']);
    assert.equal(sync.code, 1);
    assert.match(sync.err, /nobody is linked/);
  });

  it('tries the connection and says what to do', async () => {
    const config = '{ "host": "127.0.0.1", "port": 9, "tls": false, "requestTimeoutSeconds": 5 }';
    await at.run(['exchange', 'import-config', '-'], config);
    const { code, out } = await at.run(['exchange', 'check']);
    assert.equal(code, 1);
    assert.match(out, /BAD {2}Connection/);
    assert.match(out, /Check port, firewall/);
    assert.match(out, / - {2}Sign-in/);
  });
});
