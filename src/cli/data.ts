/** `portcal backup`, `restore`, `check` and `migrate`: care for the data. */
import { access, rename } from 'node:fs/promises';
import type { Command } from 'commander';
import { copyKeys, type KeyFiles, keyFilesOf, keysBeside } from '../app/backups.ts';
import { databaseFile } from '../app.ts';
import type { Settings } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { checkIndexes } from '../service/horizon.ts';
import { restoreBackup } from '../storage/sqlite/care/backup.ts';
import { isInUse } from '../storage/sqlite/care/in-use.ts';
import { schemaState } from '../storage/sqlite/database.ts';
import { openSqlite } from '../storage/sqlite/open.ts';
import type { Cli } from './commands.ts';
import { CommandError, progress } from './io.ts';
import { example } from './user.ts';

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
        const bar = progress(io, 'backup');
        await services.storage.backup(file, (share) => bar.advance(Math.round(share * 100), 100));
        bar.finish();
        const keys = await copyKeys(keyFilesOf(settings.data), keysBeside(file));
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
      runBare(async () => {
        const settings = await load();
        const target = databaseFile(settings);
        const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
        const aside = await setAside(target, options.replace ?? false, stamp);
        await restoreBackup(file, target);
        const keys = keyFilesOf(settings.data);
        // The database that was set aside needs its own.
        if (aside !== undefined) await copyKeys(keys, withSuffix(keys, `.before-${stamp}`));
        await copyKeys(keysBeside(file), keys);
        const kept = aside === undefined ? [] : [`the database of before is ${aside}`];
        return { json: { restored: target, aside: aside ?? null }, lines: [`${file} is restored`, ...kept] };
      }),
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
          const state = schemaState(databaseFile(await load()));
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

/** Under another name beside it, with its log; answers that name, or nothing where there was no database. */
async function setAside(target: string, replace: boolean, stamp: string): Promise<string | undefined> {
  if (!(await exists(target))) return undefined;
  if (!replace) throw new CommandError(`${target} exists; --replace sets it aside`);
  if (isInUse(target)) throw new CommandError('the server is running on this database: stop it first');
  const aside = `${target}.before-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (await exists(target + suffix)) await rename(target + suffix, aside + suffix);
  }
  return aside;
}

function withSuffix({ secret, connector }: KeyFiles, suffix: string): KeyFiles {
  return { secret: secret + suffix, connector: connector + suffix };
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

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever keeps us from looking will keep us from writing, and be told then.
    return false;
  }
}
