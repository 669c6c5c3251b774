/** `portcal refused ...`: what programs sent and calendars did not take. */
import type { Command } from 'commander';
import { id, type RefusedId } from '../core/ids.ts';
import type { RefusedObject } from '../core/refused.ts';
import { calendarById } from '../service/access.ts';
import { dropRefused, listRefused, mendRefused, refusedObject } from '../service/calendars/refused.ts';
import { time } from './app-password.ts';
import { type Cli, example, idArgument, personOf } from './commands.ts';
import { CommandError, table } from './io.ts';
import type { Session } from './session.ts';

export function refusedCommands(program: Command, { io, run }: Cli): void {
  const refused = program.command('refused').description('objects that calendars have refused, for a month');

  refused
    .command('list <user>')
    .description('what the programs of a person sent in vain, newest first')
    .addHelpText('after', example('portcal refused list alice'))
    .action((name: string) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const found = await listRefused(session.services, session.actor, person);
        const told = await Promise.all(found.map((one) => shown(session, one)));
        const rows = told.map(({ id: number, calendar, name: file, uid, line, at, detail }) => [
          String(number),
          `${calendar ?? ''}/${file}`,
          uid ?? '',
          line === null ? '' : String(line),
          at,
          detail,
        ]);
        return { json: told, lines: table([['ID', 'OBJECT', 'UID', 'LINE', 'TIME', 'REASON'], ...rows]) };
      }),
    );

  refused
    .command('show <user>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('write one to standard output, as it was sent')
    .addHelpText('after', example('portcal refused show alice 7238911083643008 > broken.ics'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const { bytes } = await refusedObject(session.services, session.actor, person, id<RefusedId>(typed));
        if (!bytes) throw new CommandError('the refused object was too long to be kept');
        io.stdout.write(bytes);
        return { json: undefined, lines: [], isSaid: true };
      }),
    );

  refused
    .command('mend <user>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('take one into its calendar as "import" does; nothing is overwritten')
    .addHelpText('after', example('portcal refused mend alice 7238911083643008'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const person = await personOf(session, name);
        const report = await mendRefused(session.services, session.actor, person, id<RefusedId>(typed));
        const { added, failed, notices } = report;
        return {
          json: report,
          lines: [
            `${added} added, ${failed} skipped`,
            ...notices.map(
              ({ line, message }) => `  ${line === undefined ? '' : `line ${line}: `}${message}`,
            ),
          ],
          exitCode: failed === 0 ? 0 : 1,
        };
      }),
    );

  refused
    .command('remove <user>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('throw one away')
    .addHelpText('after', example('portcal refused remove alice 7238911083643008'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const refusedId = id<RefusedId>(typed);
        await dropRefused(session.services, session.actor, await personOf(session, name), refusedId);
        return { json: { id: refusedId, removed: true }, lines: ['removed'] };
      }),
    );
}

async function shown({ services, actor }: Session, refused: RefusedObject) {
  const { calendar } = (await calendarById(services, actor, refused.calendar)) ?? {};
  return {
    id: refused.id,
    calendar: calendar ? `${calendar.ownerName}/${calendar.name}` : null,
    name: refused.name,
    uid: refused.uid,
    line: refused.line,
    at: time(refused.at),
    reason: refused.code,
    detail: refused.message,
    program: refused.program,
    sizeBytes: refused.sizeBytes,
  };
}
