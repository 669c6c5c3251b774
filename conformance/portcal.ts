import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from './dav.ts';
import { buildFolder, outFolder, serverFile } from './paths.ts';
import { killGroup, run } from './process.ts';
import type { Account } from './target.ts';

export interface PortcalOptions {
  /** Further command line settings of the server, such as `['--log-level', 'warn']`. */
  readonly settings?: readonly string[];
  /** Arguments of Node itself, such as `['--import', file]`. */
  readonly nodeArguments?: readonly string[];
  /** The server's log is appended to `conformance/out/<logName>.log`. */
  readonly logName?: string;
}

/**
 * A portcal server of our own: started from the build this file belongs to, on a free port of the loopback interface
 * and with a fresh data folder that is removed at the end.
 */
export class Portcal {
  readonly dataFolder: string;
  readonly port: number;
  readonly origin: string;
  readonly #options: PortcalOptions;
  #process: ChildProcess | undefined;
  #lastWords = '';

  private constructor(dataFolder: string, port: number, options: PortcalOptions) {
    this.dataFolder = dataFolder;
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.#options = options;
  }

  static async start(options: PortcalOptions = {}): Promise<Portcal> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'portcal-conformance-'));
    const portcal = new Portcal(dataFolder, await freePort(), options);
    await portcal.launch();
    return portcal;
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('portcal is not running');
    return pid;
  }

  /** Starts the server on its data folder, and leaves the waiting to others: a start is measured without anybody knocking. */
  begin(): void {
    mkdirSync(outFolder, { recursive: true });
    const log = createWriteStream(join(outFolder, `${this.#options.logName ?? 'portcal'}.log`), {
      flags: 'a',
    });
    const child = spawn(
      process.execPath,
      [
        ...(this.#options.nodeArguments ?? []),
        serverFile,
        '--port',
        String(this.port),
        '--data',
        this.dataFolder,
        ...(this.#options.settings ?? []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    this.#lastWords = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log.write(chunk);
        this.#lastWords = `${this.#lastWords}${chunk.toString('utf8')}`.slice(-1000);
      });
    }
    child.once('close', () => log.end());
    this.#process = child;
  }

  /** Starts the server on its data folder and waits for its first answer, whatever that is. */
  async launch(): Promise<void> {
    this.begin();
    for (const started = Date.now(); ; await pause(10)) {
      const code = this.#process?.exitCode ?? null;
      if (code !== null) throw new Error(`portcal ended at once with code ${code}: ${this.#lastWords}`);
      if (await this.answers()) return;
      if (Date.now() - started > 30_000) throw new Error(`portcal does not answer: ${this.#lastWords}`);
    }
  }

  async answers(): Promise<boolean> {
    try {
      const { status } = await send({ method: 'OPTIONS', url: `${this.origin}/dav/`, limitMs: 2_000 });
      return status > 0;
    } catch {
      return false; // Refused: not listening yet, or no longer.
    }
  }

  /** Runs the `portcal` command line on the same data folder; rejects unless it ends with code 0. */
  async command(args: readonly string[], stdin = ''): Promise<string> {
    const all = [join(buildFolder, 'src/cli.js'), ...args];
    const result = await run(process.execPath, all, { stdin, env: { PORTCAL_DATA: this.dataFolder } });
    if (result.code === 0) return result.stdout;
    throw new Error(`portcal ${args.join(' ')} ended with ${result.code}: ${result.stderr || result.stdout}`);
  }

  async addPerson(name: string, password: string): Promise<Account> {
    const email = `${name}@example.com`;
    await this.command(['user', 'add', name, '--email', email, '--password-file', '-'], `${password}\n`);
    return { name, password, email };
  }

  /** A feed address of the calendar `person/name`. */
  async addLink(calendar: string, label: string): Promise<string> {
    const answer: { url?: unknown } = JSON.parse(
      await this.command(['link', 'add', calendar, '--label', label, '--json']),
    );
    const { url } = answer;
    if (typeof url !== 'string')
      throw new Error(`portcal link add answers without a url: ${JSON.stringify(answer)}`);
    return new URL(new URL(url, this.origin).pathname, this.origin).href;
  }

  /** Ends the server without warning, as a power cut does, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks the server to end and waits; answers its exit code, undefined if it had to be killed. */
  async terminate(): Promise<number | undefined> {
    return this.#end('SIGTERM');
  }

  /** Asks the server to end, waits for it and removes its data. */
  async stop(): Promise<void> {
    await this.terminate();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | undefined> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    killGroup(child, signal);
    const patience = setTimeout(() => killGroup(child), 15_000);
    const code = await gone;
    clearTimeout(patience);
    return code ?? undefined;
  }
}

/** A port nobody listens on at the moment of asking; unlike port 0 it stays the same over restarts. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port for a TCP server'));
        else resolve(address.port);
      });
    });
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
