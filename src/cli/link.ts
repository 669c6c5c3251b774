/** `portcal link ...`: secret addresses of read-only feeds. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Detail, ExportWindow, FeedLink } from '../core/calendar.ts';
import { id, type LinkId } from '../core/ids.ts';
import type { Principal } from '../core/principal.ts';
import { type Instant, instant } from '../icalendar/time.ts';
import {
  createLink,
  deleteLink,
  listLinks,
  type NewLinkValues,
  resetLink,
} from '../service/calendars/links.ts';
import { time } from './app-password.ts';
import {
  type Cli,
  calendarOf,
  example,
  idArgument,
  personOf,
  principalOf,
  splitCalendar,
} from './commands.ts';
import { details, shownWindow, windowArgument } from './export-window.ts';
import { CommandError, type Report, table } from './io.ts';
import type { Session } from './session.ts';

interface AddOptions {
  readonly label: string;
  readonly detail: Detail;
  readonly window: ExportWindow;
  readonly alarms?: boolean;
  readonly expires?: Instant;
  readonly for?: string;
  readonly favourites?: boolean;
}

export function linkCommands(program: Command, { run }: Cli): void {
  const link = program.command('link').description('secret addresses of read-only iCal feeds');

  link
    .command('add <target>')
    .description(
      'make a link for a calendar (OWNER/NAME), or with --favourites for all favourites of a person; shown once',
    )
    .option('--label <text>', 'what it is for', '')
    .addOption(new Option('--detail <detail>', 'what it shows').choices(details).default('full'))
    .option('--window <window>', 'all, or months back and ahead: 6-12', windowArgument, 'all')
    .option('--alarms', 'include reminders')
    .option('--expires <date>', 'last day it works: 2027-06-30', dateArgument)
    .option('--for <person>', 'whose link it is; the owner’s by default')
    .option('--favourites', 'the target is a person: one feed over their favourites')
    .addHelpText('after', example('portcal link add alice/work --label "Kitchen screen" --json'))
    .action((target: string, options: AddOptions) => run((session) => add(session, target, options)));

  link
    .command('list <person>')
    .description('list the links of a person, a group or the company')
    .addHelpText('after', example('portcal link list alice'))
    .action((name: string) =>
      run(async (session) => {
        const person = await principalOf(session, name);
        const links = await listLinks(session.services, session.actor, person);
        const found = await Promise.all(links.map((one) => shownLink(session, one)));
        const rows = found.map((one) => [
          String(one.id),
          one.target,
          one.label,
          one.detail,
          one.window,
          one.lastUsed ?? 'never',
          String(one.useCount),
        ]);
        return {
          json: found,
          lines: table([['ID', 'TARGET', 'LABEL', 'DETAIL', 'WINDOW', 'LAST USED', 'USES'], ...rows]),
        };
      }),
    );

  link
    .command('reset <person>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('give a link a new address; the old one is dead at once')
    .addHelpText('after', example('portcal link reset alice 7238911083643008'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const linkId = id<LinkId>(typed);
        const person = await principalOf(session, name);
        const { token } = await resetLink(session.services, session.actor, person, linkId);
        return issued(session, linkId, token, 'calendar');
      }),
    );

  link
    .command('revoke <person>')
    .argument('<id>', 'number from the listing', idArgument)
    .description('delete a link')
    .addHelpText('after', example('portcal link revoke alice 7238911083643008'))
    .action((name: string, typed: number) =>
      run(async (session) => {
        const linkId = id<LinkId>(typed);
        await deleteLink(session.services, session.actor, await principalOf(session, name), linkId);
        return { json: { id: linkId, revoked: true }, lines: ['revoked'] };
      }),
    );
}

async function add(session: Session, target: string, options: AddOptions): Promise<Report> {
  const { label, detail, window, alarms, expires } = options;
  if (expires !== undefined && expires <= session.services.clock.now())
    throw new CommandError('a link must not have expired before it is made', 2);
  const values = { label, detail, window, alarms: alarms ?? false, expires: expires ?? null };
  const { person, meant, name } = options.favourites
    ? {
        person: await personOf(session, options.for ?? target),
        meant: 'favourites' as const,
        name: 'favourites',
      }
    : await calendarTarget(session, target, options.for);
  const all: NewLinkValues = { ...values, target: meant };
  const made = await createLink(session.services, session.actor, person, all);
  return issued(session, made.id, made.token, name, label);
}

async function calendarTarget(
  session: Session,
  target: string,
  forWhom: string | undefined,
): Promise<{ readonly person: Principal; readonly meant: NewLinkValues['target']; readonly name: string }> {
  const seen = await calendarOf(session, target);
  const person = await principalOf(session, forWhom ?? splitCalendar(target).owner);
  return { person, meant: seen.calendar.id, name: seen.calendar.name };
}

function issued(session: Session, linkId: LinkId, token: string, name: string, label?: string): Report {
  const url = `${session.publicUrl}/feed/${token}/${encodeURIComponent(name)}.ics`;
  const webcal = url.replace(/^https?:/, 'webcal:');
  return { json: { id: linkId, ...(label !== undefined && { label }), url, webcal, token }, lines: [url] };
}

async function shownLink(
  { services }: Session,
  link: FeedLink,
): Promise<{
  readonly id: LinkId;
  readonly target: string;
  readonly label: string;
  readonly detail: Detail;
  readonly window: string;
  readonly alarms: boolean;
  readonly expires: string | null;
  readonly created: string;
  readonly lastUsed: string | null;
  readonly lastProgram: string | null;
  readonly useCount: number;
}> {
  const calendar = link.target === 'favourites' ? undefined : await services.storage.calendar(link.target);
  return {
    id: link.id,
    target: calendar
      ? `${calendar.ownerName}/${calendar.name}`
      : link.target === 'favourites'
        ? 'favourites'
        : '(deleted)',
    label: link.label,
    detail: link.detail,
    window: shownWindow(link.window),
    alarms: link.alarms,
    expires: link.expires === null ? null : time(link.expires),
    created: time(link.created),
    lastUsed: link.lastUsed === null ? null : time(link.lastUsed),
    lastProgram: link.lastProgram,
    useCount: link.useCount,
  };
}

/** The end of a day, UTC. */
function dateArgument(written: string): Instant {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(written) ? Date.parse(`${written}T23:59:59Z`) : Number.NaN;
  // 31 February would become 3 March.
  if (Number.isNaN(ms) || !time(ms).startsWith(written)) throw new InvalidArgumentError('a date: 2027-06-30');
  return instant(ms);
}
