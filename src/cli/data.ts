/** `portcal backup`, `restore`, `check` and `migrate`: care for the data. */
import { open, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { copyKeys, keyFilesOf, keysBeside, writeBackup } from '../app/backups.ts';
import { makeFolder } from '../app/folder.ts';
import { finishRestore, prepareRestore, withSuffix } from '../app/restore.ts';
import { databaseFile } from '../app.ts';
import type { Settings } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { checkIndexes } from '../service/objects/horizon.ts';
import { exists, foldLog } from '../storage/sqlite/care/backup.ts';
import { isInUse } from '../storage/sqlite/care/in-use.ts';
import { schemaState } from '../storage/sqlite/database.ts';
import { openSqlite } from '../storage/sqlite/open.ts';
import { type Cli, example } from './commands.ts';
import { CommandError, progress, type Report, requireFileName } from './io.ts';

export function dataCommands(
  program: Command,
  { io, run, runBare }: Cli,
  load: () => Promise<Settings>,
): void {
  program
    .command('backup <file>')
    .description('copy the database while the server runs; the copy is checked before it gets its name')
    .option('--verify', 'look for damage inside the copy, too, as "check" does in the original')
    .addHelpText('after', example('portcal backup /var/backups/portcal.sqlite --verify'))
    .action((file: string, options: { readonly verify?: boolean }) =>
      run(async ({ services, settings }) => {
        await requireReplaceable(file);
        const bar = progress(io, 'backup');
        const keys = await writeBackup(services, file, keyFilesOf(settings.data), (share) =>
          bar.advance(Math.round(share * 100), 100),
        );
        bar.finish();
        const problems = options.verify ? await problemsIn(file, services.clock) : [];
        if (problems.length > 0) return { json: { file, problems }, lines: problems, exitCode: 1 };
        return {
          json: { file, key: keysBeside(file).secret, keys },
          lines: [`${[file, ...keys].join(' and ')} written and checked`],
        };
      }),
    );

  program
    .command('restore <file>')
    .description(
      'put a backup in place; the server must be stopped. All programs then synchronize from the start',
    )
    .option('--replace', 'set the present database aside')
    .addHelpText('after', example('portcal restore /var/backups/portcal.sqlite --replace'))
    .action((file: string, options: { readonly replace?: boolean }) =>
      runBare(async () => await restore(await load(), file, options.replace ?? false)),
    );

  program
    .command('check')
    .description('look for damage in the data; exit code 1 where there is any')
    .option('--fix', 'mend what is derived from other data: counters, indexes')
    .addHelpText('after', example('portcal check'))
    .action((options: { readonly fix?: boolean }) =>
      run(async ({ services }) => {
        const problems: string[] = [];
        for await (const problem of services.storage.check({ repair: options.fix ?? false }))
          problems.push(problem);
        for await (const problem of checkIndexes(services, { repair: options.fix ?? false }))
          problems.push(problem);
        return {
          json: { problems, fixed: options.fix ?? false },
          lines: problems.length === 0 ? ['no problems found'] : problems,
          exitCode: problems.length === 0 ? 0 : 1,
        };
      }),
    );

  program
    .command('migrate')
    .description('bring the database to the newest form; the server does the same at its start')
    .option('--status', 'only say which form it has')
    .addHelpText('after', example('portcal migrate --status'))
    .action(async (options: { readonly status?: boolean }) => {
      if (options.status) {
        await runBare(async () => {
          const file = databaseFile(await load());
          if (!(await exists(file))) throw new CommandError(`there is no database ${file}`);
          const state = schemaState(file);
          return { json: state, lines: [`schema ${state.found} of ${state.newest}`] };
        });
        return;
      }
      await run(async ({ settings }) => {
        const state = schemaState(databaseFile(settings));
        return { json: state, lines: [`schema ${state.found} of ${state.newest}`] };
      });
    });
}

/**
 * Refuses to overwrite anything but an older backup: if the name were that of the running server's database, the server
 * would go on writing into a file that nobody can find again.
 */
async function requireReplaceable(file: string): Promise<void> {
  requireFileName(file);
  if (!(await exists(dirname(resolve(file))))) throw new CommandError(`there is no folder ${dirname(file)}`);
  if (!(await exists(file))) return;
  if (!(await isDatabase(file)))
    throw new CommandError(`${file} exists and is no backup: choose another name`);
  if (isInUse(file)) throw new CommandError(`${file} is a database in use: choose another name`);
}

/** Every SQLite file begins with these words. */
async function isDatabase(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(15), 0, 15, 0);
    return buffer.toString('latin1') === 'SQLite format 3';
  } finally {
    await handle.close();
  }
}

async function restore(settings: Settings, file: string, replace: boolean): Promise<Report> {
  const target = databaseFile(settings);
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const keys = keyFilesOf(settings.data);
  // First finishes a restore that was interrupted: it may hold the only data there are.
  await finishRestore(target, keys);
  await requireRoom(target, replace);
  await makeFolder(dirname(target));
  let restored: readonly string[];
  let aside: string | undefined;
  try {
    // The present database is set aside only after the backup has proved to be sound.
    restored = await prepareRestore(file, target, keys);
    // The database that is set aside needs its own keys.
    if (await exists(target)) await copyKeys(keys, withSuffix(keys, `.before-${stamp}`));
    aside = await setAside(target, replace, stamp);
    await finishRestore(target, keys);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${file} cannot be restored: ${why}`);
  }
  return {
    json: { restored: target, keys: restored, aside: aside ?? null },
    lines: [
      `${file} is restored`,
      ...(restored.includes(keys.secret) ? [] : [`${keysBeside(file).secret} is missing: ${lostKey}`]),
      ...(aside === undefined ? [] : [`the database of before is ${aside}`]),
    ],
  };
}

const lostKey = 'app passwords work only if those of the backup were made under the key in the data folder';

async function requireRoom(target: string, replace: boolean): Promise<void> {
  if (!(await exists(target))) return;
  if (!replace) throw new CommandError(`${target} exists; --replace sets it aside`);
  if (isInUse(target)) throw new CommandError('the server is running on this database: stop it first');
}

/** Renames the database and its log. Returns the new name, or `undefined` if there was no database. */
async function setAside(target: string, replace: boolean, stamp: string): Promise<string | undefined> {
  await requireRoom(target, replace);
  if (!(await exists(target))) return undefined;
  foldLog(target);
  const aside = `${target}.before-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (await exists(target + suffix)) await rename(target + suffix, aside + suffix);
  }
  return aside;
}

async function problemsIn(file: string, clock: Clock): Promise<readonly string[]> {
  const copy = openSqlite({ file, clock });
  try {
    const problems: string[] = [];
    for await (const problem of copy.check({ repair: false })) problems.push(problem);
    return problems;
  } finally {
    await copy.close();
  }
}
