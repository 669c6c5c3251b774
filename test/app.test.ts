import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverFile } from '../conformance/paths.ts';
import { addressLines, clientUrl } from '../src/app/addresses.ts';
import { announceAddress, announcedAddress, withdrawAddress } from '../src/app/announced-address.ts';
import { maintain, startMaintenance } from '../src/app/maintenance.ts';
import { setUpLines } from '../src/app/portal.ts';
import { serverSecret } from '../src/app/secret.ts';
import { type App, knownUrl, openServices, publicUrlOf, startApp } from '../src/app.ts';
import { loadSettings, type Settings } from '../src/config.ts';
import { Refusal } from '../src/core/refusal.ts';
import { type Log, silentLog } from '../src/observability/log.ts';

const certificates = fileURLToPath(new URL('../../test/data/tls', import.meta.url));
const withPassword = { PORTCAL_ADMIN_PASSWORD: 'admin secret' };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcal-app-'));
});

afterEach(async () => {
  await Running.endAll();
  rmSync(folder, { recursive: true, force: true });
});

describe('server process', function serverProcess() {
  this.timeout(120_000);

  it('makes an administrator at its first start, shows the password once, and lets in with it', async () => {
    const first = await Running.start(['--data', join(folder, 'data')]);
    const password = /Administrator admin, password (\S+) \(shown this once\)\n/.exec(first.said)?.[1] ?? '';
    assert.match(first.said, /portcal listens on http:\/\/127\.0\.0\.1:\d+\n/);
    assert.match(first.said, /iPhone, iPad, Mac .*server 127\.0\.0\.1:\d+/s);
    assert.match(first.said, /Thunderbird .* http:\/\/127\.0\.0\.1:\d+\/dav\//);
    const feed = /Feed +http:\/\/[^/]+(\/feed\/\S+\.ics)/.exec(first.said)?.[1] ?? '';
    assert.match((await ask(first.url, 'GET', feed)).body, /^BEGIN:VCALENDAR\r\n/);
    const { status } = await ask(first.url, 'PROPFIND', '/dav/', {
      auth: `admin:${password}`,
      headers: { Depth: '0' },
    });
    assert.equal(status, 207);
    assert.equal(await first.stop(), 0);
    assert.doesNotMatch(first.logged, new RegExp(password));

    const second = await Running.start(['--data', join(folder, 'data')]);
    assert.doesNotMatch(second.said, /Administrator/);
    const { status: again } = await ask(second.url, 'PROPFIND', '/dav/', {
      auth: `admin:${password}`,
      headers: { Depth: '0' },
    });
    assert.equal(again, 207);
    assert.equal(await second.stop(), 0);
  });

  it('says at its first start that the password it shows opens nothing where passwords are no way to sign in', async () => {
    const server = await Running.start(['--data', join(folder, 'data'), '--sign-in', 'app-password']);
    assert.match(
      server.said,
      /\(shown this once\)\nA password of portcal opens nothing yet: "password" is not/,
    );
    assert.equal(await server.stop(), 0);
  });

  it('tells systemd when it listens and when it stops, and goes on where that cannot be told', async () => {
    const told = join(folder, 'told');
    writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> '${told}'\n`, {
      mode: 0o755,
    });
    const path = `${folder}:${process.env['PATH'] ?? ''}`;
    const env = { ...withPassword, PATH: path, NOTIFY_SOCKET: '/run/there' };
    const server = await Running.start(['--data', join(folder, 'data')], env);
    assert.equal((await ask(server.url, 'GET', '/healthz')).status, 200);
    assert.equal(await server.stop(), 0);
    assert.equal(readFileSync(told, 'utf8'), '/run/there READY=1\n/run/there STOPPING=1\n');

    const untold = await Running.start(['--data', join(folder, 'data')], { ...env, PATH: '/nowhere' });
    assert.equal((await ask(untold.url, 'GET', '/healthz')).status, 200);
    assert.equal(await untold.stop(), 0);
    assert.match(untold.logged, /systemd could not be told/);
  });

  it('gives out the page that lies beside it', async () => {
    const server = await Running.start(['--data', folder], withPassword);
    const document = (await ask(server.url, 'GET', '/')).body;
    const script = /src="([^"]*assets\/[^"]+\.js)"/.exec(document)?.[1] ?? '';
    assert.equal((await ask(server.url, 'GET', `/${script}`)).status, 200, document);
    assert.equal(await server.stop(), 0);
  });

  it('keeps its data from other users of the machine', async () => {
    const server = await Running.start(['--data', join(folder, 'data')]);
    assert.equal(statSync(join(folder, 'data')).mode & 0o077, 0);
    assert.equal(statSync(join(folder, 'data/secret')).mode & 0o077, 0);
    await server.stop();
  });

  it('leaves on SIGTERM what was acknowledged in one checkpointed file', async () => {
    const server = await Running.start(['--data', folder], withPassword);
    const { status } = await ask(server.url, 'PUT', '/dav/calendars/admin/personal/a.ics', {
      auth: 'admin:admin secret',
      headers: { 'Content-Type': 'text/calendar' },
      body: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    });
    assert.equal(status, 201);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(readdirSync(folder).sort(), ['portcal.sqlite', 'processes', 'secret']);
  });

  it('says what is wrong with its settings and ends with 2', async () => {
    const server = await Running.start(['--prot', '1']);
    assert.equal(await server.ended, 2);
    assert.match(server.logged, /unknown flag --prot \(did you mean --port\?\)/);
    assert.match(server.logged, /npm start -- --help lists the settings/);
    const surplus = await Running.start(['surplus']);
    assert.equal(await surplus.ended, 2);
  });

  it('says why it cannot start and ends with 1', async () => {
    const first = await Running.start(['--data', folder], withPassword);
    const second = await Running.start(['--data', join(folder, 'b'), '--port', new URL(first.url).port]);
    assert.equal(await second.ended, 1);
    assert.match(second.logged, /portcal cannot start: the address is taken/);
    await first.stop();
    writeFileSync(join(folder, 'file'), '');
    // Found out when it listens already.
    const late = await Running.start([
      '--data',
      join(folder, 'c'),
      '--exchange-settings',
      join(folder, 'none'),
    ]);
    assert.equal(await late.ended, 1);
    assert.match(late.logged, /portcal cannot start: .*none is not there\n/);
    const third = await Running.start(['--data', join(folder, 'file')]);
    assert.equal(await third.ended, 1);
    assert.match(third.logged, /portcal cannot start: .*file is a file, and a folder is wanted\n/);
  });

  it('says in a sentence what it cannot use, never by a trace, and waits for nothing', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    mkdirSync(join(folder, 'other'));
    writeFileSync(
      join(folder, 'other', 'portcal.sqlite'),
      'no database, but as long as the head of one'.repeat(9),
    );
    symlinkSync('circle', join(folder, 'circle'));
    const wrong: readonly (readonly [args: readonly string[], code: number, sentence: RegExp])[] = [
      // Where the system takes no folders, Node's own way of making them never ends.
      ...(existsSync('/proc/self')
        ? [[['--data', '/proc/portcal'], 1, /no folder can be made at \/proc\/portcal/] as const]
        : []),
      [['--data', ''], 2, /data: wanted the name of a folder/],
      [['--data', join(file, 'x')], 1, /a part of the path is a file, and no folder/],
      [['--data', join(folder, 'circle')], 1, /circle is a link that leads to itself/],
      [['--data', join(folder, 'x'.repeat(300))], 1, /the name .*x… is too long/],
      [['--data', join(folder, 'other')], 1, /portcal\.sqlite cannot be opened: file is not a database/],
      [['--data', folder, '--host', '192.0.2.1'], 1, /this machine does not have the address 192\.0\.2\.1/],
      [['--data', folder, '--socket', file], 1, /file exists and is no socket: choose another name/],
      [
        ['--data', folder, '--tls-cert', file, '--tls-key', file],
        1,
        /certificate and its key cannot be used/,
      ],
      [['--config', join(folder, 'none.toml')], 2, /^portcal: [^:]*none\.toml is not there\n/],
      [['--config', folder], 2, /it is a folder, and a file is wanted/],
      [['--oidc-issuer', 'garbage'], 2, /wanted an address like https:/],
      [['--ldap-url', 'garbage'], 2, /wanted an address like ldaps:/],
      [['--public-url', 'https://cal.example.com/?a=b'], 2, /wanted an address like https:/],
    ];
    for (const [args, code, sentence] of wrong) {
      const server = await Running.start(args);
      assert.equal(await server.ended, code, args.join(' '));
      assert.match(server.logged, sentence);
      assert.doesNotMatch(server.logged, /^\s+at |"stack"/m, args.join(' '));
    }
    assert.equal(readFileSync(file, 'utf8'), '');
  }).timeout(60_000);

  it('tells its settings', async () => {
    const server = await Running.start(['--help']);
    assert.equal(await server.ended, 0);
    assert.match(server.said, /--public-url URL/);
    assert.match(server.said, /Example:\n {2}npm start -- /);
  });

  it('reads its certificate again on SIGHUP, and keeps the old one when the new one cannot be used', async () => {
    const cert = join(folder, 'cert.pem');
    const key = join(folder, 'key.pem');
    const install = (name: string): void => {
      copyFileSync(join(certificates, `${name}.cert.pem`), cert);
      copyFileSync(join(certificates, `${name}.key.pem`), key);
    };
    install('first');
    const server = await Running.start(
      ['--data', join(folder, 'data'), '--tls-cert', cert, '--tls-key', key],
      withPassword,
    );
    assert.match(server.url, /^https:/);
    assert.equal(await certificateName(server.url), 'first.example');
    install('second');
    server.signal('SIGHUP');
    await server.untilLogged('certificate read again');
    assert.equal(await certificateName(server.url), 'second.example');
    writeFileSync(cert, 'no certificate');
    server.signal('SIGHUP');
    await server.untilLogged('the old one stays');
    assert.equal(await certificateName(server.url), 'second.example');
    assert.equal(await server.stop(), 0);
  });
});

describe('app', function app() {
  this.timeout(120_000);

  const started: App[] = [];

  afterEach(async () => {
    for (const one of started.splice(0)) await one.stop();
  });

  const start = async (
    argv: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<App> => {
    const one = await startApp(await settingsOf(argv, env), silentLog);
    started.push(one);
    return one;
  };

  it('fills a small company on demand, with people who see each other’s calendars', async () => {
    const { url, notice } = await start(['--demo'], { PORTCAL_DEMO_PASSWORD: 'demo secret' });
    assert.doesNotMatch(notice.join('\n'), /demo secret|admin secret/);
    const { status, body } = await ask(url, 'PROPFIND', '/dav/calendars/carol/', {
      auth: 'carol:demo secret',
      headers: { Depth: '1' },
      body: '<propfind xmlns="DAV:"><prop><displayname/></prop></propfind>',
    });
    assert.equal(status, 207);
    assert.match(body, /Company/);
    assert.match(body, /Resor och mässor/);
    const exported = await ask(url, 'GET', '/dav/calendars/boris/personal/', { auth: 'boris:demo secret' });
    assert.match(exported.body, /SUMMARY:Встреча/);
    assert.match(exported.body, /EXDATE;TZID=Europe\/Moscow/);
    const second = await start(['--demo', '--data', join(folder, 'other')]);
    assert.match(second.notice.join('\n'), /Demo people anna, .*, password \S+/);
    await started.pop()?.stop();
    const third = await start(['--demo', '--data', join(folder, 'other')]);
    assert.match(third.notice.join('\n'), /There are people already: nothing was added for --demo/);
  });

  it('lives below a base path that its public address tells', async () => {
    const { url, notice } = await start(['--public-url', 'https://portal.example.com/calendar']);
    assert.match(notice.join('\n'), /location https:\/\/portal\.example\.com\/calendar\/dav\//);
    const discovery = await ask(url, 'PROPFIND', '/.well-known/caldav');
    assert.equal(discovery.status, 301);
    assert.equal(discovery.headers['location'], '/calendar/dav/');
    for (const path of ['/calendar/dav/', '/dav/']) {
      const { status, body } = await ask(url, 'PROPFIND', path, {
        auth: 'admin:admin secret',
        headers: { Depth: '0' },
        body: '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>',
      });
      assert.equal(status, 207);
      assert.match(body, /<D:current-user-principal><D:href>\/calendar\/dav\/principals\/admin\/<\/D:href>/);
    }
  });

  it('listens on a Unix socket, also where an old one was left behind', async () => {
    const socket = join(folder, 'portcal.sock');
    for (let round = 0; round < 2; round += 1) {
      await leaveSocket(socket);
      const { url } = await start(['--socket', socket]);
      assert.equal(url, socket);
      const { status } = await ask(url, 'GET', '/healthz');
      assert.equal(status, 200);
      const second = await Running.start(['--data', join(folder, 'second'), '--socket', socket]);
      assert.equal(await second.ended, 1);
      assert.match(second.logged, /another server listens on /);
      await started.pop()?.stop();
    }
  });

  it('tells a supervisor whether it can be given work', async () => {
    const { url } = await start();
    assert.deepEqual(await ask(url, 'GET', '/readyz').then(({ status, body }) => [status, body]), [
      200,
      'ready\n',
    ]);
  });

  it('counts what it does on a listener of its own, if asked to', async () => {
    const port = await freePort();
    const { url } = await start(['--metrics-port', String(port)]);
    await ask(url, 'OPTIONS', '/dav/');
    await ask(url, 'OPTIONS', '/dav/', { auth: 'admin:wrong' });
    assert.equal((await ask(url, 'GET', '/metrics')).status, 401);
    const { body } = await ask(`http://127.0.0.1:${port}`, 'GET', '/metrics');
    assert.match(body, /portcal_request_seconds_count\{door="dav",method="OPTIONS",status="401"\} 2/);
    assert.match(body, /portcal_sign_in_failures_total\{reason="wrong-credentials"\} 1/);
    assert.match(body, /portcal_connections \d/);
  });

  it('lets nobody in without credentials, but for feeds and what tells nothing', async () => {
    const { url } = await start();
    for (const [method, path] of [
      ['PROPFIND', '/'],
      ['GET', '/dav/calendars/admin/personal/'],
      ['PUT', '/dav/calendars/admin/personal/a.ics'],
      ['MKCALENDAR', '/dav/calendars/admin/x/'],
      ['PUT', '/dav/files/admin/x'],
      ['REPORT', '/dav/principals/'],
      ['PROPFIND', '/principals/users/admin/'],
      ['PROPFIND', '/caldav/v2'],
      ['PROPFIND', '/calendar/dav/'],
      ['GET', '/anything/else'],
      ['DELETE', '/healthz'],
    ] as const)
      assert.equal((await ask(url, method, path)).status, 401, `${method} ${path}`);
    assert.equal((await ask(url, 'GET', '/feed/0123456789abcdef0123456789abcdef/x.ics')).status, 404);
  });

  it('leads a browser that is signed in at the page from CalDAV’s addresses to it (clients.md, demand 84)', async () => {
    const { url } = await start(['--data', folder], withPassword);
    const signedIn = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'portal' },
      body: JSON.stringify({ name: 'admin', password: 'admin secret' }),
    });
    assert.equal(signedIn.status, 200);
    const [cookie = ''] = signedIn.headers.getSetCookie().map((one) => one.split(';', 1)[0] ?? '');
    const led = await fetch(`${url}/dav/`, {
      redirect: 'manual',
      headers: { Accept: 'text/html', Cookie: cookie },
    });
    assert.equal(led.status, 303);
    assert.equal(led.headers.get('location'), '/');
  });

  it('shows a directory’s people to the proxy’s word only where that is configured', async () => {
    const { url } = await start(['--trust-proxy', '127.0.0.1', '--sign-in', 'proxy']);
    const headers = { 'X-Remote-User': 'admin', Depth: '0' };
    assert.equal((await ask(url, 'PROPFIND', '/dav/', { headers })).status, 207);
    const other = await start(['--trust-proxy', '127.0.0.1', '--data', join(folder, 'other')]);
    assert.equal((await ask(other.url, 'PROPFIND', '/dav/', { headers })).status, 401);
  });

  it('asks a directory when told to, and says 503 while it is away', async () => {
    const { url } = await start([
      '--sign-in',
      'ldap',
      '--ldap-url',
      'ldap://127.0.0.1:1',
      '--ldap-bind',
      'uid={name}',
    ]);
    assert.equal((await ask(url, 'OPTIONS', '/dav/', { auth: 'admin:x' })).status, 503);
  });
});

describe('maintenance', () => {
  it('does all its steps, each even if another fails', async () => {
    const services = await openServices(await settingsOf(), silentLog);
    const failures: string[] = [];
    const log: Log = { ...silentLog, failure: (message) => failures.push(message) };
    const backups = { folder: '', everyMs: 3_600_000, keep: 1, keys: { secret: '', connector: '' } };
    const options = { trashDays: 30, keepChanges: 1000, auditDays: 365, backups, log };
    await maintain(services, options);
    assert.equal(failures.length, 0);
    await services.storage.close();
    await maintain(services, options);
    assert.ok(failures.includes('maintenance failed: trash'), failures.join());
    assert.ok(failures.includes('maintenance failed: tidy'), failures.join());
    await startMaintenance(services, { ...options, trashDays: 0 }).stop();
  });
});

describe('server secret', () => {
  it('is made once and kept', async () => {
    const first = await serverSecret(folder);
    assert.equal(first.length, 32);
    assert.deepEqual(await serverSecret(folder), first);
  });

  it('is one, whoever of many processes makes it', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => serverSecret(folder)));
    assert.equal(new Set(all.map((one) => Buffer.from(one).toString('hex'))).size, 1);
    assert.equal(statSync(join(folder, 'secret')).mode & 0o077, 0);
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  it('is not replaced silently when it is damaged', async () => {
    writeFileSync(join(folder, 'secret'), 'short');
    await assert.rejects(serverSecret(folder), /is damaged/);
    await assert.rejects(serverSecret(join(folder, 'nowhere')), /ENOENT/);
  });
});

describe('addresses', () => {
  it('are told to the command line by the server, as long as it runs', async () => {
    const settings = await settingsOf(['--base-path', 'x']);
    const app = await startApp(settings, silentLog);
    assert.equal(await knownUrl(settings), `${app.url}/x`);
    const elsewhere = await settingsOf(['--public-url', 'https://cal.example.com']);
    assert.equal(await knownUrl(elsewhere), 'https://cal.example.com');
    await app.stop();
    assert.equal(await knownUrl(settings), publicUrlOf(settings));
    assert.deepEqual(readdirSync(settings.data).sort(), ['portcal.sqlite', 'processes', 'secret']);
  });

  it('that another server has told stay when one stops, and what is none is not believed', async () => {
    await announceAddress(folder, 'http://127.0.0.1:1');
    await withdrawAddress(folder, 'http://127.0.0.1:2');
    assert.equal(await announcedAddress(folder), 'http://127.0.0.1:1');
    await withdrawAddress(folder, 'http://127.0.0.1:1');
    assert.equal(await announcedAddress(folder), undefined);
    writeFileSync(join(folder, 'address'), 'nonsense');
    assert.equal(await announcedAddress(folder), undefined);
    await assert.rejects(announcedAddress(join(folder, 'address')), /ENOTDIR/);
  });

  it('that cannot be written down, or kept, are no reason not to serve', async () => {
    const settings = await settingsOf([]);
    mkdirSync(join(settings.data, 'address', 'in the way'), { recursive: true });
    const failures: string[] = [];
    const log: Log = { ...silentLog, failure: (message) => void failures.push(message) };
    const app = await startApp(settings, log);
    assert.equal((await fetch(`${app.url}/readyz`)).status, 200);
    assert.deepEqual(failures, ['the command line cannot be told the address']);
    rmSync(join(settings.data, 'address'), { recursive: true });
    assert.deepEqual(
      readdirSync(settings.data).filter((name) => name.startsWith('address')),
      [],
    );

    const full = new Refusal('disk-full', 'the disk of the server is full');
    const storage = { ...app.services.storage, commit: () => Promise.reject(full) };
    assert.deepEqual(await setUpLines({ ...app.services, storage }, app.url), []);
    await app.stop();
  });

  it('begin with the public one, or where the server listens', async () => {
    assert.equal(publicUrlOf(await settingsOf(['--host', '::1', '--port', '1'])), 'http://[::1]:1');
    assert.equal(publicUrlOf(await settingsOf(['--base-path', 'x', '--port', '1'])), 'http://127.0.0.1:1/x');
    assert.equal(
      clientUrl({ listening: '/run/x.sock', publicUrl: '', basePath: '/x' }),
      'http://localhost/x',
    );
    const place = { listening: '/run/x.sock', publicUrl: 'https://cal.example.com', basePath: '' };
    const lines = addressLines(place, { person: 'anna', feed: '/feed/1/x.ics' });
    assert.match(lines.join('\n'), /server cal\.example\.com, user name anna/);
    assert.match(lines.join('\n'), /Feed +https:\/\/cal\.example\.com\/feed\/1\/x\.ics/);
    assert.doesNotMatch(lines.join('\n'), /HTTPS only/);
  });
});

async function settingsOf(
  argv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Settings> {
  const { settings } = await loadSettings({
    argv: ['--port', '0', '--data', join(folder, 'data'), ...argv],
    env: { ...withPassword, ...env },
    readFile: () => '',
  });
  return settings;
}

interface Asked {
  readonly auth?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** `url` is an origin or the file of a Unix socket. */
function ask(
  url: string,
  method: string,
  path: string,
  { auth, headers = {}, body = '' }: Asked = {},
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const target = url.startsWith('http')
      ? { host: new URL(url).hostname, port: new URL(url).port }
      : { socketPath: url };
    const sent = httpRequest(
      { ...target, method, path, headers, agent: false, ...(auth !== undefined && { auth }) },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        );
      },
    );
    sent.once('error', reject).end(body);
  });
}

/** Common name of the certificate that a server shows. */
function certificateName(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(`${url}/healthz`, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      const { socket } = answer;
      resolve(
        'getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function'
          ? socket.getPeerCertificate().subject.CN
          : '',
      );
    });
    sent.once('error', reject).end();
  });
}

/** A socket that a killed server has left behind. */
async function leaveSocket(path: string): Promise<void> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(`${path}.alive`);
  await once(server, 'listening');
  renameSync(`${path}.alive`, path);
  server.close();
  await once(server, 'close');
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The server as its operator starts it. */
class Running {
  readonly ended: Promise<number | null>;
  said = '';
  logged = '';
  readonly #process: ChildProcess;
  static readonly #all = new Set<Running>();

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.ended = new Promise((resolve) => process.once('close', resolve));
    Running.#all.add(this);
  }

  /** What a failed test has left behind. */
  static async endAll(): Promise<void> {
    for (const running of Running.#all) {
      running.signal('SIGKILL');
      await running.ended;
    }
    Running.#all.clear();
  }

  /** Resolves when it says where it listens, or has ended. */
  static async start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
    const child = spawn(process.execPath, [serverFile, '--port', '0', ...argv], {
      env: { ...withoutSettings(process.env), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Running(child);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      running.logged += text;
    });
    const ready = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        running.said += text;
        if (running.said.includes('portcal listens on ')) resolve();
      });
    });
    await Promise.race([ready, running.ended]);
    return running;
  }

  get url(): string {
    return /portcal listens on (\S+)/.exec(this.said)?.[1] ?? '';
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async untilLogged(text: string): Promise<void> {
    while (!this.logged.includes(text)) await once(this.#process.stderr ?? this.#process, 'data');
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return await this.ended;
  }
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PORTCAL_')));
}
