/** The command line without a process: runs commands on a data folder of their own and keeps what they said. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { ExitCode } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';

export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface Terminal {
  readonly folder: string;
  /** Runs one command; `input` is standard input. */
  readonly run: (argv: readonly string[], input?: string) => Promise<Said>;
  /** Runs one command at a terminal, on which this is typed, each text at a stroke. */
  readonly typed: (argv: readonly string[], ...keys: readonly string[]) => Promise<Said>;
  /** Runs one command with `--json` that must succeed, and reads what it said. */
  readonly json: (argv: readonly string[], input?: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export async function terminal(env: Readonly<Record<string, string>> = {}): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'portcal-cli-'));
  const data = join(folder, 'data');
  const run = async (argv: readonly string[], input: string, keys?: Readable): Promise<Said> => {
    const [stdout, stderr] = [new Kept(false), new Kept(keys !== undefined)];
    const code = await runProgram(['--data', data, ...argv], {
      stdin: keys ?? Readable.from([Buffer.from(input)]),
      stdout,
      stderr,
      env,
    });
    return { code, out: stdout.text, err: stderr.text };
  };
  return {
    folder,
    run: (argv, input = '') => run(argv, input),
    async typed(argv, ...keys) {
      const keyboard = new Keyboard(keys);
      const said = await run(argv, '', keyboard);
      assert.ok(!keyboard.isRaw, 'the terminal is left as it was');
      return said;
    },
    async json(argv, input = '') {
      const said = await run([...argv, '--json'], input);
      assert.equal(said.code, 0, said.err);
      return JSON.parse(said.out) as unknown;
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** A terminal at data in which one person is. */
export async function withAlice(): Promise<Terminal> {
  const at = await terminal();
  const added = await at.run(
    ['user', 'add', 'alice', '--email', 'alice@example.com', '--password-file', '-'],
    'correct horse\n',
  );
  assert.deepEqual([added.code, added.out], [0, 'alice added\n'], added.err);
  return at;
}

class Kept extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

class Keyboard extends Readable {
  readonly isTTY = true;
  isRaw = false;
  readonly #keys: string[];

  constructor(keys: readonly string[]) {
    super();
    this.#keys = [...keys];
  }

  setRawMode(on: boolean): this {
    this.isRaw = on;
    return this;
  }

  override _read(): void {
    const next = this.#keys.shift();
    this.push(next === undefined ? null : Buffer.from(next));
  }
}

/** The named fields of each thing in a list. */
export function pick(of: unknown, ...names: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return list(of).map((one) => Object.fromEntries(names.map((name) => [name, one[name]])));
}

export function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  assert.ok(Array.isArray(value));
  return value.map(record);
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}
