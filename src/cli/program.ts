/** The command line as one program: its families of commands, its exit codes, and how errors are said. */
import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../app/version.ts';
import { databaseFile, knownUrl, openServices } from '../app.ts';
import { reasonOf } from '../config/reason.ts';
import { type Loaded, loadSettings, SettingError, type Settings } from '../config.ts';
import { Refusal } from '../core/refusal.ts';
import { createLog } from '../observability/log.ts';
import { operator } from '../service/access.ts';
import { appPasswordCommands } from './app-password.ts';
import { calendarCommands } from './calendar.ts';
import type { Cli } from './commands.ts';
import { configCommands } from './config-command.ts';
import { dataCommands } from './data.ts';
import { doctorCommand } from './doctor/command.ts';
import { exchangeCommands } from './exchange.ts';
import { fileCommands } from './files.ts';
import { groupCommands } from './group.ts';
import { CommandError, complain, type ExitCode, type Io, type Report, say } from './io.ts';
import { linkCommands } from './link.ts';
import { policyCommands } from './policy.ts';
import { refusedCommands } from './refused.ts';
import { setUpCommand } from './setup-command.ts';
import { trashCommands } from './trash.ts';
import { userCommands } from './user.ts';

interface GlobalOptions {
  readonly data?: string;
  readonly config?: string;
  readonly publicUrl?: string;
  readonly json?: boolean;
}

/**
 * Runs one command. Answers its exit code: 0 done, 1 failed, 2 wrong usage, 3 partly done. Writes nothing but through `io`.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = new Command('portcal')
    .description('The calendar server’s command line. It works beside a running server.')
    .option('--data <folder>', 'folder of the database')
    .option('--config <file>', 'settings file (TOML)')
    .option('--public-url <url>', 'address under which clients reach the server, for printed links')
    .option('--json', 'print the result as JSON')
    .version(await packageVersion(), '--version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => complain(io, text),
    })
    .exitOverride();
  program.command('serve').description('run the server: portcal serve --help lists its settings');

  const load = (): Promise<Loaded> => {
    const { data, config, publicUrl } = program.opts<GlobalOptions>();
    const argvOfSettings = [
      ...(data === undefined ? [] : ['--data', data]),
      ...(config === undefined ? [] : ['--config', config]),
      ...(publicUrl === undefined ? [] : ['--public-url', publicUrl]),
    ];
    return loadSettings({
      argv: argvOfSettings,
      env: io.env,
      readFile: (path) => readFileSync(path, 'utf8'),
    });
  };
  const settings = async (): Promise<Settings> => (await load()).settings;
  const report = (said: Report): void => {
    exitCode = say(io, said, program.opts<GlobalOptions>().json ?? false);
  };
  const cli: Cli = {
    io,
    async run(work) {
      const known = await settings();
      const log = createLog({ level: 'error', format: 'pretty', to: 2 });
      const isNew = !existsSync(databaseFile(known));
      const services = await openServices(known, log);
      // Otherwise somebody in the wrong folder would back up nothing and be told that it went well.
      if (isNew) complain(io, `portcal: there was no database in ${known.data}: a new one was made\n`);
      try {
        report(
          await work({
            settings: known,
            services,
            actor: operator('command-line'),
            publicUrl: await knownUrl(known),
          }),
        );
      } finally {
        await services.storage.close();
      }
    },
    async runBare(work) {
      report(await work());
    },
  };
  setUpCommand(program, cli);
  userCommands(program, cli);
  groupCommands(program, cli);
  calendarCommands(program, cli);
  appPasswordCommands(program, cli);
  linkCommands(program, cli);
  trashCommands(program, cli);
  refusedCommands(program, cli);
  policyCommands(program, cli);
  fileCommands(program, cli);
  dataCommands(program, cli, settings);
  exchangeCommands(program, cli, settings);
  configCommands(program, cli, load);
  doctorCommand(program, cli);
  inheritOutput(program);

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

/** Subcommands take these from their parent only if they are made after them. */
function inheritOutput(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritOutput(child);
  }
}

/** An expected "no" becomes a sentence; anything else is a bug or an outage and keeps its trace. */
function explain(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError) {
    complain(io, `portcal: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof SettingError) {
    complain(io, `portcal: ${error.message}\n`);
    return 2;
  }
  if (error instanceof Refusal) {
    complain(io, `portcal: ${error.message}\n`);
    return 1;
  }
  const reason = reasonOf(error) ?? (error instanceof Error ? error.stack : String(error));
  complain(io, `portcal: ${reason}\n`);
  return 1;
}
