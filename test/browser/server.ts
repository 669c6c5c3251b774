/** A started server with the demo company, as somebody would start it: another process, a free port, a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const root: string = process.env['BROWSER_TEST_ROOT'] ?? process.cwd();

/** How far the clocks of server and page are moved (clock.mjs). */
export const clockMs: number = Number(process.env['BROWSER_TEST_CLOCK_MS'] ?? 0);

export interface Server {
  /** With the base path and a slash at its end. */
  readonly url: string;
  readonly setUpUrl: string;
  readonly password: string;
  readonly adminPassword: string;
  readonly stop: () => Promise<void>;
}

/** Each begins anew at the same address, with the data of a first start. */
export async function renewServers(): Promise<void> {
  for (const renew of renewals) await renew();
}

const renewals = new Set<() => Promise<void>>();

const password = 'demo people may enter';
const adminPassword = 'the admin may enter too';

export interface Beginning {
  /** Done whenever it has begun anew, too. */
  readonly prepare?: (server: Server) => Promise<void>;
  /** It never begins anew: each test stands on what the ones before it have set up. */
  readonly isKept?: boolean;
}

export async function startServer(
  args: readonly string[] = [],
  { prepare = async () => {}, isKept = false }: Beginning = {},
): Promise<Server> {
  let started = await start(args, '0');
  const server: Server = {
    url: `${started.url.replace(/\/$/, '')}/`,
    get setUpUrl() {
      return started.setUpUrl;
    },
    password,
    adminPassword,
    async stop() {
      renewals.delete(renew);
      await started.stop();
    },
  };
  const renew = async (): Promise<void> => {
    await started.stop();
    started = await start(args, new URL(server.url).port);
    await prepare(server);
  };
  if (!isKept) renewals.add(renew);
  await prepare(server);
  return server;
}

async function start(
  args: readonly string[],
  port: string,
): Promise<Pick<Server, 'url' | 'setUpUrl' | 'stop'>> {
  const data = mkdtempSync(join(tmpdir(), 'portcal-browser-'));
  const file = join(data, 'password');
  const adminFile = join(data, 'admin-password');
  writeFileSync(file, password);
  writeFileSync(adminFile, adminPassword);
  const child = spawn(
    process.execPath,
    [
      // The server reads the variable by itself; nothing of the product knows of it.
      '--import',
      pathToFileURL(join(root, 'test/browser/clock.mjs')).href,
      join(root, 'dist/start/main.js'),
      '--demo',
      '--demo-password-file',
      file,
      '--admin-password-file',
      adminFile,
      '--port',
      port,
      '--data',
      join(data, 'db'),
      '--log-level',
      'warn',
      ...args,
    ],
    { cwd: data, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = await notice(child);
  return {
    url: /listens on (\S+)/.exec(said)?.[1] ?? '',
    setUpUrl: /Set-up in a browser\s+(\S+)/.exec(said)?.[1] ?? '',
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** All that is printed until the server listens and has said how it is set up. */
function notice(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let problems = '';
    child.stderr?.on('data', (bytes: Buffer) => (problems += bytes.toString()));
    child.once('exit', () => reject(new Error(`the server ended: ${problems}${said}`)));
    child.stdout?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes('listens on')) setImmediate(() => resolve(said));
    });
  });
}
