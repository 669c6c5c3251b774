/** `portcal calendar ...` */
import { type Command, Option } from 'commander';
import { everyone, type Level, levels } from '../core/acl.ts';
import type { ComponentName, Detail, ExportWindow, SeenCalendar } from '../core/calendar.ts';
import { actorFor, calendarById, calendarsOf } from '../service/access.ts';
import {
  createCalendar,
  grant,
  grantsOf,
  moveCalendar,
  patchCalendar,
  setExportAllowed,
  setFavourite,
  trashCalendar,
} from '../service/calendars/calendars.ts';
import { searchPeople } from '../service/people/people.ts';
import {
  type Cli,
  calendarOf,
  example,
  levelOrNone,
  onOff,
  personOf,
  principalOf,
  requireChanges,
  splitCalendar,
} from './commands.ts';
import { details, shownWindow, windowArgument } from './export-window.ts';
import { CommandError, table } from './io.ts';
import type { Session } from './session.ts';

interface AddOptions {
  readonly name?: string;
  readonly description?: string;
  readonly color?: string;
  readonly timeZone?: string;
  readonly components?: readonly ComponentName[];
  readonly export: boolean;
}

interface SetOptions {
  readonly name?: string;
  readonly description?: string;
  readonly color?: string;
  readonly timeZone?: string;
  readonly allowExport?: boolean;
  readonly exportDetail?: Detail;
  readonly exportWindow?: ExportWindow;
}

export function calendarCommands(program: Command, cli: Cli): void {
  const calendar = program.command('calendar').description('calendars; written OWNER/NAME');
  addAndChange(calendar, cli);
  share(calendar, cli);
}

function addAndChange(calendar: Command, { run }: Cli): void {
  calendar
    .command('add <calendar>')
    .description('add a calendar for a person, group or the company')
    .option('--name <text>', 'name as people see it')
    .option('--description <text>', 'what it is for')
    .option('--color <#RRGGBB>', 'colour', colorArgument)
    .option('--time-zone <name>', 'IANA name; the owner’s by default')
    .option('--components <list>', 'VEVENT, VTODO, VJOURNAL, VFREEBUSY', componentsArgument)
    .option('--no-export', 'do not allow export')
    .addHelpText('after', example('portcal calendar add alice/work --name Work'))
    .action((written: string, options: AddOptions) =>
      run(async (session) => {
        const { owner, name } = splitCalendar(written);
        const { name: displayName, export: exportAllowed, ...rest } = options;
        const principal = await principalOf(session, owner);
        const made = await createCalendar(session.services, session.actor, principal, {
          ...rest,
          name,
          components: rest.components ?? ['VEVENT'],
          exportAllowed,
          ...(displayName !== undefined && { displayName }),
        });
        return { json: shownCalendar(session, made), lines: [`${owner}/${name} added`] };
      }),
    );

  calendar
    .command('list [owner]')
    .description('list calendars, of one owner or of all')
    .addHelpText('after', example('portcal calendar list alice --json'))
    .action((owner?: string) =>
      run(async (session) => {
        const { services, actor } = session;
        const owners =
          owner === undefined
            ? await searchPeople(services, actor, {}, Number.MAX_SAFE_INTEGER)
            : [await principalOf(session, owner)];
        const found = (await Promise.all(owners.map((one) => calendarsOf(services, actor, one)))).flat();
        const counts = await Promise.all(found.map((seen) => services.storage.objectCount(seen.calendar.id)));
        const rows = found.map(
          ({ calendar: { ownerName, name, displayName, components, exportAllowed } }, index) => [
            `${ownerName}/${name}`,
            displayName,
            components.join(','),
            exportAllowed ? 'on' : 'off',
            String(counts[index]),
          ],
        );
        return {
          json: found.map((seen, index) => ({ ...shownCalendar(session, seen), objects: counts[index] })),
          lines: table([['CALENDAR', 'DISPLAY NAME', 'COMPONENTS', 'EXPORT', 'OBJECTS'], ...rows]),
        };
      }),
    );

  calendar
    .command('set <calendar>')
    .description('change a calendar')
    .option('--name <text>', 'name as people see it')
    .option('--description <text>', 'what it is for')
    .option('--color <#RRGGBB>', 'colour', colorArgument)
    .option('--time-zone <name>', 'IANA name')
    .option('--allow-export <on|off>', 'whether others may take it out of the portal', onOff)
    .addOption(new Option('--export-detail <detail>', 'what others get by export').choices(details))
    .option('--export-window <window>', 'all, or months back and ahead: 6-12', windowArgument)
    .addHelpText('after', example('portcal calendar set alice/work --allow-export off'))
    .action((written: string, options: SetOptions) =>
      run(async (session) => {
        requireChanges(options);
        const { services, actor } = session;
        const seen = await calendarOf(session, written);
        const { name, allowExport, ...rest } = options;
        const changes = { ...rest, ...(name !== undefined && { displayName: name }) };
        if (Object.keys(changes).length > 0) await patchCalendar(services, actor, seen, changes);
        if (allowExport !== undefined) await setExportAllowed(services, actor, seen, allowExport);
        return { json: shownCalendar(session, await again(session, seen)), lines: [`${written} changed`] };
      }),
    );

  calendar
    .command('remove <calendar>')
    .description('put a calendar with all that is in it into the trash')
    .addHelpText('after', example('portcal calendar remove alice/work'))
    .action((written: string) =>
      run(async (session) => {
        const seen = await calendarOf(session, written);
        await trashCalendar(session.services, session.actor, seen);
        const lines = [
          `${written} is in the trash; "portcal trash list ${seen.calendar.ownerName}" shows it`,
        ];
        return { json: shownCalendar(session, seen), lines };
      }),
    );

  calendar
    .command('transfer <calendar> <owner>')
    .description('hand a calendar to another owner, under the same name')
    .addHelpText('after', example('portcal calendar transfer alice/work bob'))
    .action((written: string, owner: string) =>
      run(async (session) => {
        const seen = await calendarOf(session, written);
        const target = {
          owner: await principalOf(session, owner),
          name: seen.calendar.name,
          overwrite: false,
        };
        await moveCalendar(session.services, session.actor, seen, target);
        const moved = await again(session, seen);
        return {
          json: shownCalendar(session, moved),
          lines: [`${written} is now ${owner}/${seen.calendar.name}`],
        };
      }),
    );
}

function share(calendar: Command, { run }: Cli): void {
  calendar
    .command('share <calendar>')
    .argument('<with>', 'a person, a group, or "everyone"')
    .argument('<level>', `${levels.join(', ')}; none takes it away`, levelOrNone)
    .description(`give a person, group or "everyone" a level: ${levels.join(', ')}; none takes it away`)
    .addHelpText('after', example('portcal calendar share alice/work bob read'))
    .action((written: string, whom: string, level: Level | null) =>
      run(async (session) => {
        const seen = await calendarOf(session, written);
        const grantee = whom === everyone ? everyone : (await principalOf(session, whom)).id;
        await grant(session.services, session.actor, seen, grantee, level);
        const line =
          level === null ? `${whom} has no rights on ${written}` : `${whom} has "${level}" on ${written}`;
        return { json: { calendar: written, with: whom, level }, lines: [line] };
      }),
    );

  calendar
    .command('shares <calendar>')
    .description('who has which level by name')
    .addHelpText('after', example('portcal calendar shares alice/work'))
    .action((written: string) =>
      run(async (session) => {
        const { services, actor } = session;
        const grants = await grantsOf(services, actor, await calendarOf(session, written));
        const found = await Promise.all(
          grants.map(async ({ grantee, level }) => {
            const name = grantee === everyone ? everyone : (await services.storage.principal(grantee))?.name;
            return { with: name ?? '', level };
          }),
        );
        return {
          json: found,
          lines: table([['WITH', 'LEVEL'], ...found.map((one) => [one.with, one.level])]),
        };
      }),
    );

  calendar
    .command('favourite <person> <calendar>')
    .argument('<on|off>', 'kept or not', onOff)
    .description('keep a calendar of somebody else in a person’s list, or no longer')
    .addHelpText('after', example('portcal calendar favourite bob company/calendar on'))
    .action((name: string, written: string, favourite: boolean) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const actor = await actorFor(session.services, person, { scope: 'write', via: 'command-line' });
        const seen = await calendarOf(session, written);
        if (seen.calendar.owner === person.id) throw new CommandError(`${written} is ${name}’s own calendar`);
        await setFavourite(session.services, actor, seen, favourite);
        const lines = [favourite ? `${name} keeps ${written}` : `${name} no longer keeps ${written}`];
        return { json: { person: person.name, calendar: written, favourite }, lines };
      }),
    );
}

async function again({ services, actor }: Session, seen: SeenCalendar): Promise<SeenCalendar> {
  return (await calendarById(services, actor, seen.calendar.id)) ?? seen;
}

function shownCalendar(session: Session, { calendar }: SeenCalendar): Readonly<Record<string, unknown>> {
  const path = [calendar.ownerName, calendar.name].map(encodeURIComponent).join('/');
  return {
    owner: calendar.ownerName,
    name: calendar.name,
    displayName: calendar.displayName,
    description: calendar.description,
    color: calendar.color,
    timeZone: calendar.timeZone,
    components: calendar.components,
    allowExport: calendar.exportAllowed,
    exportDetail: calendar.exportDetail,
    exportWindow: shownWindow(calendar.exportWindow),
    url: `${session.publicUrl}/dav/calendars/${path}/`,
  };
}

const componentNames: readonly ComponentName[] = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY'];

function componentsArgument(written: string): readonly ComponentName[] {
  const wanted = written.toUpperCase().split(',');
  const found = componentNames.filter((name) => wanted.includes(name));
  if (found.length !== wanted.length)
    throw new CommandError(`components are ${componentNames.join(', ')}`, 2);
  return found;
}

function colorArgument(written: string): string {
  if (!/^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(written))
    throw new CommandError('a colour is #RRGGBB or #RRGGBBAA', 2);
  return written.length === 7 ? `${written}FF`.toUpperCase() : written.toUpperCase();
}
