import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LdapOptions, ldapMethod } from '../../src/auth/ldap.ts';
import type { SignInMethod } from '../../src/auth/method.ts';
import { gate, type Installation, install, told } from './installation.ts';

/** Debian's `slapd`, started for these tests on a free port with data of their own. */
describe('sign-in by LDAP', function ldap() {
  this.timeout(120_000);

  let directory: Directory;
  let site: Installation;
  const errors: unknown[] = [];

  before(async function start() {
    if (!existsSync('/usr/sbin/slapd')) {
      console.log('    skipped: there is no slapd here (Debian: apt-get install slapd)');
      this.skip();
    }
    directory = await Directory.start();
  });

  after(async () => {
    await (directory as Directory | undefined)?.stop();
  });

  beforeEach(async () => {
    errors.length = 0;
    site = install();
    await site.person({ name: 'alice', addresses: ['alice@example.com'] });
    await site.person({ name: 'Юлия, ёлкина' });
  });

  afterEach(async () => {
    await site.close();
  });

  const method = (options: Partial<LdapOptions> = {}): SignInMethod =>
    ldapMethod({
      url: directory.url,
      bind: 'uid={name},ou=people,dc=example,dc=com',
      base: '',
      filter: '(|(uid={name})(mail={name}))',
      searchDn: '',
      searchPassword: '',
      startTls: false,
      timeoutMs: 3000,
      onError: (error) => errors.push(error),
      ...options,
    });
  const signIn = async (
    name: string,
    password: string,
    options: Partial<LdapOptions> = {},
  ): Promise<string> =>
    told(
      await gate(site.services, { methods: ['password', 'ldap'], ldap: method(options) }).try(name, password),
    );

  it('lets in whom the directory knows under the name that is built from the login', async () => {
    assert.equal(await signIn('alice', 'alice-secret'), 'alice by ldap');
    assert.equal(await signIn('alice@example.com', 'alice-secret'), 'alice by ldap');
    assert.equal(await signIn('Юлия, ёлкина', 'секрет'), 'юлия, ёлкина by ldap');
    assert.equal(await signIn('alice', 'wrong'), 'refused');
    assert.deepEqual(errors, []);
  });

  it('lets in whom a search finds', async () => {
    const search = {
      bind: '',
      base: 'dc=example,dc=com',
      searchDn: 'cn=admin,dc=example,dc=com',
      searchPassword: 'admin-secret',
    };
    assert.equal(await signIn('alice', 'alice-secret', search), 'alice by ldap');
    assert.equal(await signIn('alice', 'alice-secret', { ...search, searchDn: '' }), 'alice by ldap');
    assert.equal(await signIn('alice', 'wrong', search), 'refused');
  });

  it('binds as often for whom it does not know, and for whom another way has refused', async () => {
    const wire = await countingBinds(directory.url);
    for (const options of [{}, { bind: '', base: 'dc=example,dc=com' }]) {
      const binds = async (work: (method: SignInMethod) => Promise<unknown>): Promise<number> => {
        const before = wire.bindCount();
        await work(method({ ...options, url: wire.url }));
        return wire.bindCount() - before;
      };
      const attempt = { password: 'wrong', person: undefined };
      const known = await binds((ldap) => ldap.attempt({ ...attempt, name: 'alice' }));
      assert.equal(known, 1);
      assert.equal(await binds((ldap) => ldap.attempt({ ...attempt, name: 'nobody-at-all' })), known);
      assert.equal(await binds(async (ldap) => assert.equal(await ldap.pretend?.('wrong'), 'done')), known);
    }
    assert.deepEqual(errors, []);
    wire.close();
  });

  it('refuses a password that is none: the directory would take the bind for an anonymous one', async () => {
    assert.equal(await signIn('alice', ''), 'refused');
  });

  it('refuses people whom the directory knows and the portal does not', async () => {
    assert.equal(await signIn('mallory', 'mallory-secret'), 'refused');
  });

  it('cannot be led to other entries by what is typed', async () => {
    const search = { bind: '', base: 'dc=example,dc=com' };
    for (const name of ['*', 'alice)(uid=*', 'alice,ou=people', '*)(|(uid=alice'])
      assert.equal(await signIn(name, 'alice-secret', search), 'refused', name);
    assert.equal(await signIn('alice,ou=people,dc=example,dc=com+x=', 'alice-secret'), 'refused');
  });

  it('is nobody where a search finds several', async () => {
    assert.equal(
      await signIn('alice', 'alice-secret', {
        bind: '',
        base: 'dc=example,dc=com',
        filter: '(objectClass=inetOrgPerson)',
      }),
      'refused',
    );
  });

  it('is unavailable, not refused, while the directory is away or refuses the account that searches', async () => {
    const port = await freePort();
    assert.equal(await signIn('alice', 'alice-secret', { url: `ldap://127.0.0.1:${port}` }), 'unavailable');
    const search = {
      bind: '',
      base: 'dc=example,dc=com',
      searchDn: 'cn=admin,dc=example,dc=com',
      searchPassword: 'wrong',
    };
    assert.equal(await signIn('alice', 'alice-secret', search), 'unavailable');
    assert.equal(await signIn('alice', 'alice-secret', { startTls: true }), 'unavailable');
    assert.equal(errors.length, 3);
  });

  it('gives up on a directory that takes the connection and says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    // Without a limit of its own this would wait for as long as the test may.
    assert.equal(
      await signIn('alice', 'alice-secret', { url: `ldap://127.0.0.1:${port}`, timeoutMs: 300 }),
      'unavailable',
    );
    silent.close();
  });
});

const tree = `dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people
${[
  ['alice', 'alice-secret'],
  ['mallory', 'mallory-secret'],
  ['юлия, ёлкина', 'секрет'],
]
  .map(
    ([name = '', password = '']) => `
dn:: ${base64(`uid=${name.replace(',', '\\,')},ou=people,dc=example,dc=com`)}
objectClass: inetOrgPerson
uid:: ${base64(name)}
cn:: ${base64(name)}
sn: x
userPassword:: ${base64(password)}
`,
  )
  .join('')}`;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

class Directory {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, process: ChildProcess, folder: string) {
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  static async start(): Promise<Directory> {
    const folder = mkdtempSync(join(tmpdir(), 'portcal-slapd-'));
    const configuration = join(folder, 'slapd.conf');
    writeFileSync(
      configuration,
      `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile ${folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "dc=example,dc=com"
rootdn "cn=admin,dc=example,dc=com"
rootpw admin-secret
directory ${folder}
access to attrs=userPassword by anonymous auth
access to * by * read
`,
    );
    writeFileSync(join(folder, 'tree.ldif'), tree);
    execFileSync('/usr/sbin/slapadd', ['-f', configuration, '-l', join(folder, 'tree.ldif')], {
      stdio: 'pipe',
    });
    const port = await freePort();
    const url = `ldap://127.0.0.1:${port}`;
    const process = spawn('/usr/sbin/slapd', ['-f', configuration, '-h', url, '-d', '0'], {
      stdio: 'ignore',
    });
    while (!(await answers(port)))
      if (process.exitCode !== null) throw new Error(`slapd ended with ${process.exitCode}`);
    return new Directory(url, process, folder);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** In front of a directory: counts the bind requests that go through (RFC 4511 §4.2: their tag is 0x60). */
async function countingBinds(
  url: string,
): Promise<{ readonly url: string; readonly bindCount: () => number; readonly close: () => void }> {
  let count = 0;
  const server = createServer((client) => {
    const directory = connect(Number(new URL(url).port), '127.0.0.1');
    client.on('data', (message) => {
      if (message[5] === 0x60) count += 1;
    });
    for (const socket of [client, directory]) socket.on('error', () => {});
    client.pipe(directory).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `ldap://127.0.0.1:${port}`, bindCount: () => count, close: () => void server.close() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
    server.once('error', reject);
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setImmediate(() => resolve(false)));
  });
}
