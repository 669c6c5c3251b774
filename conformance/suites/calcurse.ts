import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checks } from '../checks.ts';
import { lastSegment, propfind, responsesOf, send } from '../dav.ts';
import { event } from '../objects.ts';
import { run } from '../process.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove, type Target } from '../target.ts';

/** calcurse-caldav, which keeps the text calendar calcurse in step by ETags, over a calendar of its own. */
export const calcurse: Suite = {
  name: 'calcurse',
  about: 'the text calendar calcurse with its synchronisation script: both directions, changes, deletions',
  limitSeconds: 120,
  programs: [
    { name: 'calcurse-caldav', packages: ['calcurse', 'python3-httplib2'] },
    { name: 'python:httplib2', packages: ['python3-httplib2'] },
  ],

  async run({ target, checks, outFolder, signal }) {
    const calendar = await makeCalendar(target, `calcurse-${Date.now().toString(36)}`);
    const data = join(outFolder, '.local/share/calcurse');
    await prepare(target, calendar, outFolder, data);
    const read = (name: string): Promise<string> => readFile(join(data, name), 'utf8');
    const sync = async (claim: string, ...options: readonly string[]): Promise<void> => {
      const result = await run('/usr/bin/python3', ['/usr/bin/calcurse-caldav', ...options], {
        env: {
          HOME: outFolder,
          XDG_CONFIG_HOME: join(outFolder, '.config'),
          XDG_DATA_HOME: join(outFolder, '.local/share'),
        },
        logFile: join(outFolder, 'log.txt'),
        limitSeconds: 30,
        signal,
      });
      const words = result.stdout + result.stderr;
      checks.check(claim, result.code === 0 && !/error/i.test(words), words.slice(-400));
    };

    const url = `${calendar}far.ics`;
    await send({
      method: 'PUT',
      url,
      body: event('far', 'From afar', '20310310T100000Z'),
      as: target.account,
    });
    await sync('it takes over what the server has', '--init', 'keep-remote');
    checks.check('the event is there', (await read('apts')).includes('From afar'), await read('apts'));

    await writeFile(
      join(data, 'apts'),
      `${await read('apts')}04/05/2031 @ 10:00 -> 04/05/2031 @ 11:00|Möte; "x"\n`,
    );
    await writeFile(join(data, 'todo'), '[1] Köp mjölk\n');
    await sync('it sends an event and a task');
    const names = await listed(target, calendar);
    checks.check('both are on the server', names.length === 3, names.join(' '));

    await send({
      method: 'PUT',
      url,
      body: event('far', 'Changed afar', '20310310T110000Z'),
      as: target.account,
    });
    await sync('it fetches a change');
    checks.check('the change is there', (await read('apts')).includes('Changed afar'), await read('apts'));
    await deletions({ target, checks, calendar, data, sync });
    await remove(target, calendar);
  },
};

interface Session {
  readonly target: Target;
  readonly checks: Checks;
  readonly calendar: string;
  readonly data: string;
  readonly sync: (claim: string) => Promise<void>;
}

async function deletions({ target, checks, calendar, data, sync }: Session): Promise<void> {
  const file = join(data, 'apts');
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.includes('Changed afar'));
  await writeFile(file, lines.join('\n'));
  await sync('it sends a deletion');
  const left = await listed(target, calendar);
  checks.check('the event is gone from the server', !left.includes('far.ics'), left.join(' '));
  for (const name of left) await remove(target, calendar + name);
  await sync('it learns of deletions');
  checks.check('nothing is left', (await readFile(file, 'utf8')).trim() === '', await readFile(file, 'utf8'));
}

async function prepare(target: Target, calendar: string, home: string, data: string): Promise<void> {
  const { host, pathname, protocol } = new URL(calendar);
  const config = join(home, '.config/calcurse');
  await mkdir(join(config, 'caldav'), { recursive: true });
  await mkdir(data, { recursive: true });
  const settings = [
    '[General]',
    'Binary = calcurse',
    `Hostname = ${host}`,
    `Path = ${pathname}`,
    `HTTPS = ${protocol === 'https:' ? 'Yes' : 'No'}`,
    'InsecureSSL = Yes',
    'DryRun = No',
    'Verbose = Yes',
    '[Auth]',
    `Username = ${target.account.name}`,
    `Password = ${target.account.password}`,
  ];
  await writeFile(join(config, 'caldav/config'), `${settings.join('\n')}\n`, { mode: 0o600 });
  for (const file of [join(config, 'conf'), join(config, 'keys'), join(data, 'apts'), join(data, 'todo')]) {
    await writeFile(file, '');
  }
}

async function listed(target: Target, calendar: string): Promise<readonly string[]> {
  const answer = await send(propfind(calendar, 1, '<d:getetag/>', target.account));
  return responsesOf(answer)
    .filter(({ href }) => !href.endsWith('/'))
    .map(({ href }) => lastSegment(href));
}
