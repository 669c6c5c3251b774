/** `portcal app-password ...`: one random password for each device. */
import { type Command, Option } from 'commander';
import { type AppPasswordId, type CalendarId, id } from '../core/ids.ts';
import type { AppPassword, AppPasswordScope } from '../core/principal.ts';
import { calendarById } from '../service/access.ts';
import { addAppPassword, listAppPasswords, revokeAppPassword } from '../service/people/passwords.ts';
import { type Cli, calendarOf, example, idArgument, personOf, repeatable } from './commands.ts';
import { table } from './io.ts';
import type { Session } from './session.ts';

interface AddOptions {
  readonly label: string;
  readonly scope: AppPasswordScope;
  readonly calendar?: readonly string[];
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
    .addOption(
      repeatable('--calendar <owner/name>', 'opens this calendar and no other; may stand several times'),
    )
    .addHelpText('after', example('portcal app-password add alice --label "Alice’s phone"'))
    .addHelpText(
      'after',
      example('portcal app-password add alice --label Screen --scope read --calendar alice/work'),
    )
    .action((name: string, { label, scope, calendar: written }: AddOptions) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const found: CalendarId[] = [];
        for (const one of written ?? []) found.push((await calendarOf(session, one)).calendar.id);
        const values = { label, scope, calendars: written && found };
        const made = await addAppPassword(session.services, session.actor, person, values);
        return {
          json: {
            id: made.id,
            user: person.name,
            label,
            scope,
            calendars: written ?? null,
            password: made.secret,
          },
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
        const named = await Promise.all(found.map((one) => calendarNames(session, one)));
        const rows = found.map((one, at) => [
          String(one.id),
          one.label,
          one.scope,
          named[at]?.join(' ') ?? 'all',
          time(one.created),
          one.lastUsed === null ? 'never' : time(one.lastUsed),
          one.lastProgram ?? '',
        ]);
        return {
          json: found.map((one, at) => ({
            id: one.id,
            label: one.label,
            scope: one.scope,
            calendars: named[at] ?? null,
            created: time(one.created),
            lastUsed: one.lastUsed === null ? null : time(one.lastUsed),
            lastProgram: one.lastProgram,
            lastAddress: one.lastAddress,
          })),
          lines: table([['ID', 'LABEL', 'SCOPE', 'CALENDARS', 'CREATED', 'LAST USED', 'PROGRAM'], ...rows]),
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

/** The present names of the calendars; one that no longer exists is shown by its number. */
async function calendarNames(
  { services, actor }: Session,
  { calendars }: AppPassword,
): Promise<readonly string[] | undefined> {
  if (calendars === null) return undefined;
  return await Promise.all(
    calendars.map(async (one) => {
      const found = (await calendarById(services, actor, one))?.calendar;
      return found ? `${found.ownerName}/${found.name}` : String(one);
    }),
  );
}

export function time(ms: number): string {
  return new Date(ms).toISOString();
}
