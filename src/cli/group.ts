/** `portcal group ...`: groups, rooms and resources. */
import { type Command, Option } from 'commander';
import type { PrincipalKind } from '../core/principal.ts';
import { createGroup, deletePerson, membersOf, searchPeople, setMember } from '../service/people/people.ts';
import { type Cli, example, principalOf, repeatable, shownPrincipal } from './commands.ts';
import { CommandError, table } from './io.ts';

type PlaceKind = Exclude<PrincipalKind, 'user' | 'company'>;

interface AddOptions {
  readonly kind: PlaceKind;
  readonly displayName?: string;
  readonly email?: readonly string[];
  readonly timeZone?: string;
}

const kinds: readonly PlaceKind[] = ['group', 'room', 'resource'];

export function groupCommands(program: Command, { run }: Cli): void {
  const group = program.command('group').description('groups, rooms and resources');

  group
    .command('add <name>')
    .description('add a department, workgroup, room or resource with its calendar')
    .addOption(new Option('--kind <kind>', 'what it is').choices(kinds).default('group'))
    .option('--display-name <text>', 'name as people see it')
    .addOption(repeatable('--email <address>', 'e-mail address'))
    .option('--time-zone <name>', 'IANA name')
    .addHelpText('after', example('portcal group add sales --display-name Sales'))
    .action((name: string, { kind, displayName, email, timeZone }: AddOptions) =>
      run(async ({ services, actor }) => {
        const made = await createGroup(services, actor, kind, {
          name,
          ...(displayName !== undefined && { displayName }),
          ...(email && { addresses: email }),
          ...(timeZone !== undefined && { timeZone }),
        });
        return { json: shownPrincipal(made), lines: [`${made.name} added`] };
      }),
    );

  group
    .command('list')
    .description('list groups, rooms and resources')
    .addHelpText('after', example('portcal group list'))
    .action(() =>
      run(async ({ services, actor }) => {
        const found = await searchPeople(services, actor, { kinds }, Number.MAX_SAFE_INTEGER);
        const rows = found.map(({ name, kind, displayName }) => [name, kind, displayName]);
        return { json: found.map(shownPrincipal), lines: table([['NAME', 'KIND', 'DISPLAY NAME'], ...rows]) };
      }),
    );

  group
    .command('members <name>')
    .description('list the direct members of a group')
    .addHelpText('after', example('portcal group members sales'))
    .action((name: string) =>
      run(async (session) => {
        const members = await membersOf(session.services, session.actor, await principalOf(session, name));
        return { json: members.map(shownPrincipal), lines: members.map((member) => member.name) };
      }),
    );

  for (const [verb, present] of [
    ['join', true],
    ['leave', false],
  ] as const) {
    group
      .command(`${verb} <group> <member>`)
      .description(present ? 'put a person or group into a group' : 'take a person or group out of a group')
      .addHelpText('after', example(`portcal group ${verb} sales alice`))
      .action((name: string, member: string) =>
        run(async (session) => {
          const [into, whom] = [await principalOf(session, name), await principalOf(session, member)];
          await setMember(session.services, session.actor, into, whom, present);
          const line = present ? `${whom.name} is in ${into.name}` : `${whom.name} is not in ${into.name}`;
          return { json: { group: into.name, member: whom.name, present }, lines: [line] };
        }),
      );
  }

  group
    .command('remove <name>')
    .description('delete a group, room or resource with its calendars for good')
    .requiredOption('--yes', 'yes, for good')
    .addHelpText('after', example('portcal group remove sales --yes'))
    .action((name: string) =>
      run(async (session) => {
        const found = await principalOf(session, name);
        if (!kinds.some((kind) => kind === found.kind)) throw new CommandError(`${name} is a ${found.kind}`);
        await deletePerson(session.services, session.actor, found);
        return { json: shownPrincipal(found), lines: [`${found.name} removed`] };
      }),
    );
}
