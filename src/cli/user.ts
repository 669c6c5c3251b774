/** `portcal user ...` */
import { type Command, Option } from 'commander';
import type { PrincipalPatch } from '../core/change-set.ts';
import { spokenLanguages } from '../i18n/languages.ts';
import { setPassword } from '../service/people/passwords.ts';
import { createPerson, deletePerson, patchPerson, searchPeople } from '../service/people/people.ts';
import {
  type Cli,
  example,
  onOff,
  personOf,
  principalOf,
  repeatable,
  requireChanges,
  shownPrincipal,
} from './commands.ts';
import { type Io, table } from './io.ts';
import { promptSecret, readSecret } from './secret-input.ts';

interface AddOptions {
  readonly email?: readonly string[];
  readonly displayName?: string;
  readonly passwordFile?: string;
  readonly password: boolean;
  readonly admin?: boolean;
  readonly language?: string;
  readonly timeZone?: string;
}

interface SetOptions {
  readonly email?: readonly string[];
  readonly displayName?: string;
  readonly admin?: boolean;
  readonly language?: string;
  readonly timeZone?: string;
}

export function userCommands(program: Command, { io, run }: Cli): void {
  const user = program.command('user').description('people: add, list, change, disable, remove');

  user
    .command('add <name>')
    .description('add a person, with the calendar "personal" and the list "tasks"')
    .addOption(repeatable('--email <address>', 'e-mail address, the preferred one first'))
    .option('--display-name <text>', 'name as others see it')
    .option(
      '--password-file <file>',
      'file whose first line is the password, - for standard input; asked for otherwise',
    )
    .option('--no-password', 'no password of their own: LDAP, a proxy or app passwords only')
    .option('--admin', 'make an administrator')
    .addOption(languageOption())
    .option('--time-zone <name>', 'IANA name: Europe/Moscow')
    .addHelpText('after', example('portcal user add alice --email alice@example.com --password-file -'))
    .action(async (name: string, options: AddOptions) => {
      const password = await passwordFor(io, options, `Password of ${name}`);
      await run(async ({ services, actor }) => {
        const person = await createPerson(services, actor, {
          name,
          ...(options.displayName !== undefined && { displayName: options.displayName }),
          ...(options.email && { addresses: options.email }),
          ...(password !== undefined && { password }),
          ...(options.admin && { isAdmin: true }),
          ...(options.language !== undefined && { language: options.language }),
          ...(options.timeZone !== undefined && { timeZone: options.timeZone }),
        });
        return { json: shownPrincipal(person), lines: [`${person.name} added`] };
      });
    });

  user
    .command('list')
    .description('list all people')
    .addHelpText('after', example('portcal user list --json'))
    .action(() =>
      run(async ({ services, actor }) => {
        const people = await searchPeople(services, actor, { kinds: ['user'] }, Number.MAX_SAFE_INTEGER);
        const rows = people.map((person) => [
          person.name,
          person.displayName,
          person.addresses.join(' '),
          [person.isAdmin ? 'administrator' : '', person.disabled ? 'disabled' : '']
            .filter(Boolean)
            .join(', '),
        ]);
        return {
          json: people.map(shownPrincipal),
          lines: table([['NAME', 'DISPLAY NAME', 'ADDRESSES', 'STATE'], ...rows]),
        };
      }),
    );

  user
    .command('set <name>')
    .description('change a person')
    .addOption(repeatable('--email <address>', 'e-mail addresses, replacing all they have'))
    .option('--display-name <text>', 'name as others see it')
    .option('--admin <on|off>', 'administrator or not', onOff)
    .addOption(languageOption())
    .option('--time-zone <name>', 'IANA name')
    .addHelpText('after', example('portcal user set alice --time-zone Europe/Stockholm'))
    .action((name: string, options: SetOptions) => {
      requireChanges(options);
      const { email, admin, ...rest } = options;
      const patch: PrincipalPatch = {
        ...rest,
        ...(email && { addresses: email }),
        ...(admin !== undefined && { isAdmin: admin }),
      };
      return changed(run, name, patch, 'changed');
    });

  user
    .command('disable <name>')
    .description('end all access of a person at once; nothing is deleted')
    .addHelpText('after', example('portcal user disable alice'))
    .action((name: string) => changed(run, name, { disabled: true }, 'disabled'));

  user
    .command('enable <name>')
    .description('undo disable')
    .addHelpText('after', example('portcal user enable alice'))
    .action((name: string) => changed(run, name, { disabled: false }, 'enabled'));

  user
    .command('passwd <name>')
    .description('set the password of a person')
    .option(
      '--password-file <file>',
      'file whose first line is the password, - for standard input; asked for otherwise',
    )
    .addHelpText('after', example('portcal user passwd alice --password-file -'))
    .action(async (name: string, options: { readonly passwordFile?: string }) => {
      const password = await passwordFor(io, { ...options, password: true }, `New password of ${name}`);
      await run(async (session) => {
        const person = await personOf(session, name);
        await setPassword(session.services, session.actor, person, password ?? null);
        return { json: shownPrincipal(person), lines: [`password of ${person.name} set`] };
      });
    });

  user
    .command('remove <name>')
    .description('delete a person and all they own for good')
    .requiredOption('--yes', 'yes, for good: there is no trash for people')
    .addHelpText('after', example('portcal user remove alice --yes'))
    .action((name: string) =>
      run(async (session) => {
        const person = await personOf(session, name);
        await deletePerson(session.services, session.actor, person);
        return { json: shownPrincipal(person), lines: [`${person.name} removed`] };
      }),
    );
}

function languageOption(): Option {
  return new Option('--language <tag>', 'of the page, and of what is made for them').choices(spokenLanguages);
}

async function passwordFor(
  io: Io,
  options: { readonly passwordFile?: string; readonly password: boolean },
  question: string,
): Promise<string | undefined> {
  if (!options.password) return undefined;
  if (options.passwordFile !== undefined) return await readSecret(io, options.passwordFile);
  return await promptSecret(io, question);
}

function changed(run: Cli['run'], name: string, patch: PrincipalPatch, what: string): Promise<void> {
  return run(async (session) => {
    const person = await principalOf(session, name);
    await patchPerson(session.services, session.actor, person, patch);
    const after = await session.services.storage.principal(person.id);
    return { json: shownPrincipal(after ?? person), lines: [`${person.name} ${what}`] };
  });
}
