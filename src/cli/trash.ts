/** `portcal trash ...` */
import type { Command } from 'commander';
import { id, type TrashId } from '../core/ids.ts';
import { dayMs } from '../icalendar/time.ts';
import { listTrash, purgeTrash, restore } from '../service/calendars/trash.ts';
import { time } from './app-password.ts';
import { type Cli, daysArgument, example, idArgument, principalOf } from './commands.ts';
import { table } from './io.ts';

export function trashCommands(program: Command, { run }: Cli): void {
  const trash = program.command('trash').description('deleted calendars and objects');

  trash
    .command('list <owner>')
    .description('what was deleted, newest first')
    .addHelpText('after', example('portcal trash list alice'))
    .action((name: string) =>
      run(async (session) => {
        const owner = await principalOf(session, name);
        const found = [];
        for await (const page of listTrash(session.services, session.actor, owner)) found.push(...page);
        const rows = found.map((item) => [
          String(item.id),
          item.calendarName,
          item.objectName ?? '(the whole calendar)',
          time(item.deleted),
        ]);
        return {
          json: found.map((item) => ({
            id: item.id,
            calendar: item.calendarName,
            object: item.objectName,
            uid: item.uid,
            deleted: time(item.deleted),
          })),
          lines: table([['ID', 'CALENDAR', 'OBJECT', 'DELETED'], ...rows]),
        };
      }),
    );

  trash
    .command('restore <owner>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('bring back a calendar or an object')
    .addHelpText('after', example('portcal trash restore alice 7238911083643008'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const item = id<TrashId>(typed);
        const owner = await principalOf(session, name);
        const { calendar, object } = await restore(session.services, session.actor, owner, item);
        const place = `${calendar.ownerName}/${calendar.name}`;
        return {
          json: { id: item, restored: true, calendar: place, object },
          lines: [object === null ? `${place} is back` : `${object} is back in ${place}`],
        };
      }),
    );

  trash
    .command('purge')
    .description('forget for good what was deleted long ago')
    .requiredOption('--older-than-days <days>', 'age in days; 0 for all', daysArgument)
    .option('--owner <name>', 'of one owner only')
    .addHelpText('after', example('portcal trash purge --older-than-days 30'))
    .action((options: { readonly olderThanDays: number; readonly owner?: string }) =>
      run(async (session) => {
        const owner = options.owner === undefined ? undefined : await principalOf(session, options.owner);
        await purgeTrash(session.services, session.actor, options.olderThanDays * dayMs, owner);
        return { json: { purged: true }, lines: ['purged'] };
      }),
    );
}
