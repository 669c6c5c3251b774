/** `portcal setup`: another one-time address for the first run in a browser (portal.md 3.12). */
import type { Command } from 'commander';
import { setUpAddress } from '../app/portal.ts';
import { type Cli, example } from './commands.ts';
import { CommandError } from './io.ts';

export function setUpCommand(program: Command, { run }: Cli): void {
  program
    .command('setup')
    .description('print a one-time address for the first run in a browser, while nobody has signed in')
    .addHelpText('after', example('portcal --public-url https://cal.example.com setup'))
    .action(() =>
      run(async ({ services, publicUrl }) => {
        const url = await setUpAddress(services, publicUrl);
        if (url === undefined)
          throw new CommandError(
            'somebody has signed in already: administrators add others, or portcal user passwd sets a password',
          );
        return { json: { url }, lines: [`${url}   (once, within an hour)`] };
      }),
    );
}
