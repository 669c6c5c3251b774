import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { event } from './objects.ts';
import { buildFolder } from './paths.ts';
import { Portcal } from './portcal.ts';
import { run } from './process.ts';
import { type Random, seededRandom } from './random.ts';
import type { Suite } from './suite.ts';

const kills = 24;
const events = 3_000;

const verbs = ['backup', 'restore', 'migrate'] as const;

/**
 * Kills the command line again and again while it cares for the data: backups, restores and migrations.
 *
 * Afterwards the data are those of before or those of after, without damage; what has the name of a backup is one; and the
 * server starts.
 */
export const careDurability: Suite = {
  name: 'care-durability',
  about: `kill -9 in the middle of backups, restores and migrations, ${kills} times: the data are whole, and so is each backup`,
  limitSeconds: 600,
  needsOwnServer: true,

  async run({ checks, signal }) {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const folder = await mkdtemp(join(tmpdir(), 'portcal-care-'));
    const portcal = await Portcal.start({ logName: 'care-durability', settings: ['--log-level', 'warn'] });
    try {
      const data = new Cared(portcal, folder, seededRandom(seed));
      await data.prepare();
      const faults: string[] = [];
      const cutOff = new Map<string, number>();
      for (let round = 0; round < kills && !signal.aborted; round++) {
        const verb = verbs[round % verbs.length] ?? 'backup';
        if (await data.killed(verb)) cutOff.set(verb, (cutOff.get(verb) ?? 0) + 1);
        for (const fault of await data.faultsAfter(verb)) faults.push(`after ${verb} ${round}: ${fault}`);
      }
      for (const verb of verbs)
        checks.check(`a ${verb} was cut off at least once`, (cutOff.get(verb) ?? 0) > 0);
      checks.check(
        'the data are whole, those of before or those of after, and the server starts',
        faults.length === 0,
        faults.slice(0, 5).join('; '),
      );
    } finally {
      await portcal.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

class Cared {
  readonly #portcal: Portcal;
  readonly #random: Random;
  /** Of the data as they were before `later` came. */
  readonly #backup: string;
  readonly #target: string;
  readonly #elsewhere: string;
  readonly #durations = new Map<string, number>();

  constructor(portcal: Portcal, folder: string, random: Random) {
    this.#portcal = portcal;
    this.#random = random;
    this.#backup = join(folder, 'backup.sqlite');
    this.#target = join(folder, 'target.sqlite');
    this.#elsewhere = join(folder, 'elsewhere');
  }

  async prepare(): Promise<void> {
    await this.#portcal.addPerson('writer', 'a password');
    const file = `${this.#backup}.ics`;
    const components = Array.from({ length: events }, (_, at) => {
      const text = event(`care-${at}`, `Event ${at}`);
      return text.slice(text.indexOf('BEGIN:VEVENT'), text.indexOf('END:VCALENDAR'));
    });
    await writeFile(
      file,
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//care//EN\r\n${components.join('')}END:VCALENDAR\r\n`,
    );
    await this.#portcal.command(['import', 'writer/personal', file]);
    await this.#portcal.terminate();
    await this.#portcal.command(['backup', this.#backup]);
    for (const verb of verbs) {
      await this.#makeReady(verb);
      const started = performance.now();
      await this.#portcal.command(this.#argv(verb));
      this.#durations.set(verb, performance.now() - started);
    }
  }

  /** Runs the command, and answers whether it was killed before its end. */
  async killed(verb: (typeof verbs)[number]): Promise<boolean> {
    await this.#makeReady(verb);
    const killer = new AbortController();
    // The first half of a command is the start of its program.
    const usual = this.#durations.get(verb) ?? 1_000;
    const timer = setTimeout(
      () => killer.abort(),
      this.#random.int(Math.round(usual * 0.3), Math.round(usual * 1.1)),
    );
    const { code } = await this.#cli(this.#argv(verb), { signal: killer.signal });
    clearTimeout(timer);
    return code === undefined;
  }

  async faultsAfter(verb: (typeof verbs)[number]): Promise<readonly string[]> {
    const faults: string[] = [];
    if (verb === 'backup' && (await exists(this.#target))) faults.push(...(await this.#faultsOfBackup()));
    const { code, stdout, stderr } = await this.#cli(['check']);
    if (code !== 0) faults.push(`check ended with ${code}: ${stdout}${stderr}`);
    const count = await this.#eventCount([]);
    if (count !== events) faults.push(`there are ${count} events`);
    try {
      await this.#portcal.launch();
      await this.#portcal.terminate();
    } catch (error) {
      faults.push(`the server does not start: ${String(error)}`);
    }
    return faults;
  }

  async #faultsOfBackup(): Promise<readonly string[]> {
    await rm(this.#elsewhere, { recursive: true, force: true });
    const there = ['--data', this.#elsewhere];
    const faults: string[] = [];
    for (const argv of [['restore', this.#target], ['check']]) {
      const { code, stdout, stderr } = await this.#cli([...there, ...argv]);
      if (code !== 0 || /missing/.test(stdout)) faults.push(`of its backup: ${stdout}${stderr}`);
    }
    const count = await this.#eventCount(there);
    if (count !== events) faults.push(`its backup has ${count} events`);
    return faults;
  }

  async #makeReady(verb: (typeof verbs)[number]): Promise<void> {
    if (verb === 'restore') await this.#cli(['user', 'add', 'later', '--no-password']);
    if (verb !== 'migrate') return;
    // As the program before the newest migrations left it.
    const db = new Sqlite(join(this.#portcal.dataFolder, 'portcal.sqlite'));
    db.exec(`DROP TABLE staged; DROP INDEX file_of_content; DROP TABLE refused; DROP TABLE connector_notice;
      ALTER TABLE session DROP COLUMN opened_by; ALTER TABLE app_password DROP COLUMN calendars;
      ALTER TABLE object DROP COLUMN creator; ALTER TABLE trash_object DROP COLUMN creator; PRAGMA user_version = 3`);
    db.close();
  }

  #argv(verb: (typeof verbs)[number]): readonly string[] {
    if (verb === 'backup') return ['backup', this.#target];
    return verb === 'restore' ? ['restore', this.#backup, '--replace'] : ['migrate'];
  }

  async #eventCount(where: readonly string[]): Promise<number> {
    const { stdout } = await this.#cli([...where, 'calendar', 'list', 'writer', '--json']);
    const [calendar]: readonly { readonly objects?: number }[] = JSON.parse(stdout || '[]');
    return calendar?.objects ?? 0;
  }

  async #cli(
    argv: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Awaited<ReturnType<typeof run>>> {
    const env = { PORTCAL_DATA: this.#portcal.dataFolder };
    return await run(process.execPath, [join(buildFolder, 'src/cli.js'), ...argv], {
      env,
      ...(signal && { signal }),
    });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false; // Nothing of this name.
  }
}
