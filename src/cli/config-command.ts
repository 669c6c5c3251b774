/** `portcal config ...`: the settings in force. */
import type { Command } from 'commander';
import { type Loaded, printedSettings } from '../config.ts';
import { type Cli, example } from './commands.ts';
import { table } from './io.ts';

export function configCommands(program: Command, { runBare }: Cli, load: () => Promise<Loaded>): void {
  const config = program.command('config').description('settings: defaults < file < environment < flags');

  config
    .command('print')
    .description('all settings with their values and where these came from; secrets only as set or not')
    .addHelpText('after', example('portcal config print --config portcal.toml'))
    .action(() =>
      runBare(async () => {
        const found = printedSettings(await load());
        const rows = found.map(({ name, value, origin, environment }) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
          origin,
          environment,
        ]);
        return { json: found, lines: table([['SETTING', 'VALUE', 'FROM', 'ENVIRONMENT'], ...rows]) };
      }),
    );

  config
    .command('check')
    .description('read all settings and say what is wrong with them')
    .addHelpText('after', example('portcal config check --config portcal.toml'))
    .action(() =>
      runBare(async () => {
        await load();
        return { json: { ok: true }, lines: ['the settings are sound'] };
      }),
    );
}
