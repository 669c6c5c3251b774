/** The server as people run it, in a process of its own, with everything that can be read of it from outside. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { serverFile } from '../../../conformance/paths.ts';
import { Browser } from '../../portal/world.ts';

/** Waits for what another process does by itself; whoever waits in vain is told for what. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
): Promise<Value> {
  const end = performance.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < end, `waited in vain: ${what}`);
    await sleep(25);
  }
}

export class ServerProcess {
  readonly folder: string;
  readonly url: string;
  readonly metricsUrl: string;
  /** Everything it has written to its log and its terminal. */
  written = '';
  /** The text of every answer that a browser was given, with the name of whoever asked. */
  readonly answers: { readonly who: string; readonly text: string }[] = [];
  readonly #process: ChildProcess;

  private constructor(folder: string, port: number, metricsPort: number, child: ChildProcess) {
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.written += text;
      });
  }

  /** `root` with this password administers it. */
  static async start(password: string): Promise<ServerProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'portcal-security-'));
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    const server = await ServerProcess.#launch(folder, {
      'admin-name': 'root',
      'admin-password-file': passwordFile,
    });
    rmSync(passwordFile);
    return server;
  }

  /** Another process with the same data. */
  async beside(): Promise<ServerProcess> {
    return await ServerProcess.#launch(this.folder, {});
  }

  static async #launch(folder: string, more: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const settings = {
      data: join(folder, 'data'),
      port,
      'metrics-port': metricsPort,
      'log-level': 'debug',
      'log-format': 'json',
      ...more,
    };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    const node = ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${folder}`];
    const child = spawn(process.execPath, [...node, serverFile, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new ServerProcess(folder, port, metricsPort, child);
    await until('the start of the server', async () => {
      assert.equal(child.exitCode, null, server.written);
      return server.written.includes('"started"');
    });
    return server;
  }

  async browser(name: string, password: string): Promise<Browser> {
    const browser = new Browser(async (method, path, { headers = {}, body } = {}) => {
      const given = Object.entries(headers).filter((one): one is [string, string] => one[1] !== undefined);
      const answer = await fetch(`${this.url}${path}`, {
        method,
        headers: given,
        ...(body !== undefined && { body: Buffer.from(body) }),
      });
      const text = await answer.text();
      this.answers.push({ who: name, text });
      const isJson = answer.headers.get('content-type')?.includes('json') && text !== '';
      const told = Object.fromEntries(answer.headers);
      return { status: answer.status, headers: told, text, body: isJson ? JSON.parse(text) : undefined };
    });
    await browser.ok('POST /session', { body: { name, password } });
    return browser;
  }

  async text(url: string): Promise<string> {
    return await (await fetch(url)).text();
  }

  /** Every value of every table, as text and as bytes. */
  database(): Buffer {
    const database = new Sqlite(join(this.folder, 'data', 'portcal.sqlite'), { readonly: true });
    try {
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
      assert.ok(tables.length > 20);
      const values = tables.flatMap((table) =>
        database
          .prepare(`SELECT * FROM "${String(table)}"`)
          .raw()
          .all()
          .flatMap((row) => (Array.isArray(row) ? row : [])),
      );
      return Buffer.concat(
        values.map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(`\n${String(value)}`))),
      );
    } finally {
      database.close();
    }
  }

  /** All files of the data folder as they lie on the disk, logs of the database included. */
  files(): readonly { readonly name: string; readonly bytes: Buffer }[] {
    const folder = join(this.folder, 'data');
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => ({ name, bytes: readFileSync(join(parentPath, name)) }));
  }

  /** What is alive in its memory, after a collection. */
  async heap(): Promise<Buffer> {
    const snapshots = (): readonly string[] =>
      readdirSync(this.folder).filter((name) => name.endsWith('.heapsnapshot'));
    this.#process.kill('SIGUSR2');
    const name = await until('a heap snapshot', async () => snapshots()[0]);
    // Nothing else is done while it is written.
    await this.text(`${this.url}/health/exchange`);
    return readFileSync(join(this.folder, name));
  }

  /** As `kill -9` does it: nothing is given back, and nothing is tidied up. */
  async kill(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Nobody listens on it at the moment of asking. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
