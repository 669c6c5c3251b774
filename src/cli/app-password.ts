/** `portcal app-password ...`: one random password for each device. */
import { type Command, Option } from 'commander';
import { type AppPasswordId, id } from '../core/ids.ts';
import type { AppPasswordScope } from '../core/principal.ts';
import { addAppPassword, listAppPasswords, revokeAppPassword } from '../service/people/passwords.ts';
import { type Cli, idArgument, personOf } from './commands.ts';
import { table } from './io.ts';
import { example } from './user.ts';

interface AddOptions {
  readonly label: string;
  readonly scope: AppPasswordScope;
}

export function appPasswordCommands(program: Command, { run }: Cli): void {
  const appPassword = program.command('app-password').description('passwords for single devices, revocable');

  appPassword
    .command('add <user>')
    .description('make an app password; it is shown once')
    .requiredOption('--label <text>', 'which device it is for')
    .addOption(
      new Option('--scope <scope>', 'how far it reaches').choices(['read', 'write']).default('write'),
    )
    .addHelpText('after', example('portcal app-password add alice --label "Alice’s phone"'))
    .action((name: string, { label, scope }: AddOptions) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const made = await addAppPassword(session.services, session.actor, person, { label, scope });
        return {
          json: { id: made.id, user: person.name, label, scope, password: made.secret },
          lines: [made.secret],
        };
      }),
    );

  appPassword
    .command('list <user>')
    .description('list the app passwords of a person')
    .addHelpText('after', example('portcal app-password list alice'))
    .action((name: string) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const found = await listAppPasswords(session.services, session.actor, person);
        const rows = found.map((one) => [
          String(one.id),
          one.label,
          one.scope,
          time(one.created),
          one.lastUsed === null ? 'never' : time(one.lastUsed),
          one.lastProgram ?? '',
        ]);
        return {
          json: found.map((one) => ({
            id: one.id,
            label: one.label,
            scope: one.scope,
            created: time(one.created),
            lastUsed: one.lastUsed === null ? null : time(one.lastUsed),
            lastProgram: one.lastProgram,
            lastAddress: one.lastAddress,
          })),
          lines: table([['ID', 'LABEL', 'SCOPE', 'CREATED', 'LAST USED', 'PROGRAM'], ...rows]),
        };
      }),
    );

  appPassword
    .command('revoke <user>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('end an app password: its device is signed out at the next request')
    .addHelpText('after', example('portcal app-password revoke alice 7238911083643008'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const appPasswordId = id<AppPasswordId>(typed);
        const person = await personOf(session, name);
        await revokeAppPassword(session.services, session.actor, person, appPasswordId);
        return { json: { id: appPasswordId, revoked: true }, lines: ['revoked'] };
      }),
    );
}

export function time(ms: number): string {
  return new Date(ms).toISOString();
}
