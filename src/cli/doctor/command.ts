/** `portcal doctor URL` */
import type { Command } from 'commander';
import { type Cli, example, repeatable } from '../commands.ts';
import { CommandError, type Report, table } from '../io.ts';
import { readSecret } from '../secret-input.ts';
import { createClient } from './client.ts';
import { readFeed } from './feed.ts';
import type { Step } from './step.ts';
import { type Walked, walk } from './walk.ts';

interface DoctorOptions {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly feed?: readonly string[];
}

export function doctorCommand(program: Command, { io, runBare }: Cli): void {
  program
    .command('doctor <url>')
    .description('walk a calendar server as phones and desktop programs do, and say what they would see')
    .option('--user <name>', 'sign in as')
    .option(
      '--password-file <file>',
      'file whose first line is the password or app password, - for standard input',
    )
    .addOption(repeatable('--feed <url>', 'read this feed back as a subscriber would'))
    .addHelpText('after', example('portcal doctor https://cal.example.com --user alice --password-file -'))
    .action((typed: string, options: DoctorOptions) =>
      runBare(async () => {
        const start = webAddress(typed);
        const credentials = await credentialsFrom(io, options);
        const client = await createClient(start.origin, credentials, 'portcal-doctor');
        try {
          // A feed's address may be the only thing one has: then there is nothing else to walk.
          const isFeed = start.pathname.endsWith('.ics');
          const walked: Walked = isFeed
            ? { steps: [], calendars: [] }
            : await walk(client, start, credentials !== undefined);
          const feeds = [...(isFeed ? [typed] : []), ...(options.feed ?? [])];
          const read = await Promise.all(feeds.map((feed) => readFeed(client, webAddress(feed))));
          return doctorReport([...walked.steps, ...read.flat()], walked.calendars);
        } finally {
          await client.close();
        }
      }),
    );
}

function doctorReport(steps: readonly Step[], calendars: Walked['calendars']): Report {
  const rows = steps.map((step) => [mark(step), step.as, step.what, step.seen]);
  const seen = calendars.map(({ name, components, color, writable }) => [
    `  ${name}`,
    components.join(','),
    color,
    writable ? 'read and write' : 'read only',
  ]);
  const phone =
    calendars.length > 0
      ? ['', 'A phone would show:', ...table([['  NAME', 'HOLDS', 'COLOUR', 'RIGHTS'], ...seen])]
      : [];
  const failed = steps.filter(({ ok }) => !ok).length;
  const lines = [
    ...table([['', 'AS', 'STEP', 'SEEN'], ...rows]),
    ...phone,
    '',
    `${steps.length - failed} passed, ${failed} failed`,
  ];
  return { json: { steps, calendars, failed }, lines, exitCode: failed === 0 ? 0 : 1 };
}

function mark({ ok }: Step): string {
  return ok ? 'ok' : 'FAILED';
}

function webAddress(typed: string): URL {
  const written = /^[a-z]+:\/\//i.test(typed) ? typed.replace(/^webcal:/i, 'https:') : `https://${typed}`;
  if (!URL.canParse(written) || !/^https?:/i.test(written))
    throw new CommandError(`${typed} is no web address`, 2);
  return new URL(written);
}

async function credentialsFrom(
  io: Cli['io'],
  { user, passwordFile }: DoctorOptions,
): Promise<{ readonly user: string; readonly password: string } | undefined> {
  if (user === undefined) return undefined;
  if (passwordFile === undefined)
    throw new CommandError('--user needs --password-file FILE, or - for standard input', 2);
  return { user, password: await readSecret(io, passwordFile) };
}
