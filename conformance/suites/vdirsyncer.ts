import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checks } from '../checks.ts';
import { calendarObject } from '../objects.ts';
import { type RunResult, run } from '../process.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { remove } from '../target.ts';

/**
 * vdirsyncer with the two programs people use on its folders: khal for events, todoman for tasks.
 *
 * Two folders stand for two devices; each change is made in one of them and must arrive in the other.
 */
export const vdirsyncer: Suite = {
  name: 'vdirsyncer',
  about: 'vdirsyncer, khal and todoman: two devices kept in step by the server',
  limitSeconds: 240,
  programs: [
    { name: 'vdirsyncer', packages: ['vdirsyncer'] },
    { name: 'khal', packages: ['khal'] },
    { name: 'todoman', packages: ['todoman'] },
  ],

  async run(context) {
    const devices = await prepareDevices(context);
    await exchangeObjects(devices, context.checks);
    await resolveConflict(devices, context.checks);
    await changeProperties(devices, context.checks);
    await useKhal(devices, context.checks);
    await useTodoman(devices, context.checks);
    for (const file of await filesOf(devices.first, '.ics')) await rm(file);
    await succeeds(context.checks, 'everything is deleted', devices.sync('first', '--force-delete'));
    await remove(context.target, new URL(`${devices.collection}/`, context.target.homeUrl).href).catch(() => {
      // A server that names collections itself; the next run makes another.
    });
  },
};

interface Devices {
  readonly collection: string;
  readonly first: string;
  readonly second: string;
  readonly folder: string;
  readonly id: string;
  readonly sync: (device: 'first' | 'second', ...options: string[]) => Promise<RunResult>;
  readonly vdirsyncer: (args: readonly string[]) => Promise<RunResult>;
  readonly program: (name: string, args: readonly string[]) => Promise<RunResult>;
}

async function prepareDevices({ target, outFolder, checks, signal }: SuiteContext): Promise<Devices> {
  const id = randomUUID().slice(0, 8);
  const collection = `vdir-${id}`;
  const config = join(outFolder, 'config');
  await writeFile(config, configuration(outFolder, collection, target.url, target.account));
  let count = 0;
  const program = (name: string, args: readonly string[]): Promise<RunResult> =>
    run(name, args, {
      stdin: 'y\n'.repeat(50),
      env: { XDG_CACHE_HOME: join(outFolder, 'cache'), HOME: outFolder },
      logFile: join(outFolder, `${String(++count).padStart(2, '0')}-${name}.log`),
      signal,
    });
  const vdirsyncer = (args: readonly string[]): Promise<RunResult> =>
    program('vdirsyncer', ['-c', config, ...args]);
  const discovery =
    'the calendar is found by well-known, principal and home, and a new one is made by extended MKCOL';
  await succeeds(checks, discovery, vdirsyncer(['discover', 'first']));
  const first = join(outFolder, 'first', collection);
  const second = join(outFolder, 'second', collection);
  await mkdir(first, { recursive: true });
  await mkdir(second, { recursive: true });
  return {
    collection,
    first,
    second,
    folder: outFolder,
    id,
    vdirsyncer,
    program,
    sync: (device, ...options) => vdirsyncer(['sync', ...options, `${device}/${collection}`]),
  };
}

function configuration(
  folder: string,
  collection: string,
  url: string,
  { name, password }: { name: string; password: string },
): string {
  const pair = (device: string, collections: string, extra: string): string => `
[pair ${device}]
a = "folder_${device}"
b = "server"
collections = ${collections}
${extra}
[storage folder_${device}]
type = "filesystem"
path = "${folder}/${device}/"
fileext = ".ics"
`;
  return `[general]
status_path = "${folder}/status/"
${pair('first', `["${collection}"]`, 'metadata = ["displayname", "color"]\nconflict_resolution = "b wins"\n')}
${pair('second', `["${collection}"]`, '')}
[storage server]
type = "caldav"
url = "${url}"
username = "${name}"
password = "${password}"
`;
}

async function exchangeObjects(devices: Devices, checks: Checks): Promise<void> {
  const { first, second, id, sync } = devices;
  const put = (name: string, ics: string): Promise<void> => writeFile(join(first, `${name}.ics`), ics);
  const times = ['DTSTART:20300105T100000Z', 'DTEND:20300105T110000Z'];
  await put(
    'a',
    calendarObject([{ kind: 'VEVENT', uid: `a-${id}`, lines: [...times, 'SUMMARY:Meeting Zebra'] }]),
  );
  await put(
    'b',
    calendarObject([{ kind: 'VEVENT', uid: `b-${id}`, lines: [...times, 'SUMMARY:Second höhö Ж'] }]),
  );
  await put('r', weeklySeries(`r-${id}`));
  const task = ['SUMMARY:Buy milk', 'DUE:20300110T120000Z', 'STATUS:NEEDS-ACTION'];
  await put('t', calendarObject([{ kind: 'VTODO', uid: `t-${id}`, lines: task }]));
  await succeeds(
    checks,
    'three events, one of them a series with an override, and a task are uploaded',
    sync('first'),
  );

  await devices.vdirsyncer(['discover', 'second']);
  await succeeds(checks, 'a second device downloads', sync('second'));
  const arrived = await filesOf(second, '.ics');
  checks.check('the second device has the four objects', arrived.length === 4, `it has ${arrived.length}`);
  checks.check(
    'text that is not ASCII comes back unchanged',
    (await contentOf(second, `b-${id}`)).includes('höhö Ж'),
  );
  const series = await contentOf(second, `r-${id}`);
  checks.check(
    'an override comes back in the object of its series',
    series.split('BEGIN:VEVENT').length === 3,
  );

  await edit(second, `a-${id}`, 'Meeting Zebra', 'Meeting Yak');
  await succeeds(checks, 'the second device edits (If-Match)', sync('second'));
  await sync('first');
  checks.check('the first device sees the edit', (await contentOf(first, `a-${id}`)).includes('Meeting Yak'));
  for (const file of await filesOf(second, `b-${id}`)) await rm(file);
  await succeeds(checks, 'the second device deletes', sync('second'));
  await sync('first');
  checks.check('the first device sees the deletion', (await filesOf(first, `b-${id}`)).length === 0);
}

function weeklySeries(uid: string): string {
  return calendarObject([
    {
      kind: 'VEVENT',
      uid,
      lines: ['DTSTART:20300107T090000Z', 'DURATION:PT30M', 'RRULE:FREQ=WEEKLY;COUNT=5', 'SUMMARY:Weekly'],
    },
    {
      kind: 'VEVENT',
      uid,
      lines: [
        'RECURRENCE-ID:20300114T090000Z',
        'DTSTART:20300114T120000Z',
        'DURATION:PT30M',
        'SUMMARY:Weekly moved',
      ],
    },
  ]);
}

async function resolveConflict({ first, second, id, sync }: Devices, checks: Checks): Promise<void> {
  await edit(first, `a-${id}`, 'Meeting Yak', 'Ours');
  await edit(second, `a-${id}`, 'Meeting Yak', 'Theirs');
  await sync('second');
  await sync('first');
  const settled = await contentOf(first, `a-${id}`);
  checks.check(
    'an edit conflict is seen (412) and the server side wins',
    settled.includes('Theirs'),
    settled,
  );
}

async function changeProperties({ first, collection, vdirsyncer }: Devices, checks: Checks): Promise<void> {
  await vdirsyncer(['metasync', `first/${collection}`]);
  await writeFile(join(first, 'displayname'), 'Renamed by client');
  await writeFile(join(first, 'color'), '#ff8800');
  const claim = 'displayname and calendar-color are changed by PROPPATCH';
  await succeeds(checks, claim, vdirsyncer(['metasync', `first/${collection}`]));
}

async function useKhal({ first, second, folder, program, sync }: Devices, checks: Checks): Promise<void> {
  const config = join(folder, 'khal.conf');
  const formats =
    'dateformat=%Y-%m-%d\nlongdateformat=%Y-%m-%d\ndatetimeformat=%Y-%m-%d %H:%M\nlongdatetimeformat=%Y-%m-%d %H:%M';
  await writeFile(
    config,
    `[calendars]\n[[t]]\npath=${first}\n[locale]\ntimeformat=%H:%M\n${formats}\ndefault_timezone=UTC\nlocal_timezone=UTC\n` +
      `[sqlite]\npath=${folder}/khal.db\n[default]\ndefault_calendar=t\n`,
  );
  const listed = (await program('khal', ['-c', config, 'list', '2030-01-01', '31d'])).stdout;
  const weekly = listed.split('\n').filter((line) => line.includes('Weekly')).length;
  checks.check('khal lists the four instances that lie in January', weekly === 4, listed);
  await program('khal', ['-c', config, 'new', '2030-01-20', '15:00', '16:00', 'From khal']);
  await sync('first');
  await sync('second');
  const made = await filesOf(second, 'From khal');
  checks.check('an event made in khal reaches the second device', made.length === 1);
}

async function useTodoman(
  { first, second, folder, program, sync, id }: Devices,
  checks: Checks,
): Promise<void> {
  const config = join(folder, 'todoman.py');
  const list = await readFile(join(first, 'displayname'), 'utf8').catch(() => '');
  await writeFile(
    config,
    `path = "${first}"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\n` +
      `default_list = "${list.trim()}"\ncache_path = "${folder}/todoman.db"\n`,
  );
  const { stdout } = await program('todoman', ['--config', config, 'list']);
  const number = /\[ \]\s*(\d+)/.exec(stdout)?.[1] ?? '1';
  await program('todoman', ['--config', config, 'done', number]);
  await sync('first');
  await sync('second');
  const task = await contentOf(second, `t-${id}`);
  checks.check(
    'a task completed in todoman reaches the second device',
    task.includes('STATUS:COMPLETED'),
    stdout,
  );
}

async function succeeds(checks: Checks, claim: string, running: Promise<RunResult>): Promise<void> {
  const { code, stderr, stdout } = await running;
  checks.check(claim, code === 0, (stderr.trim() || stdout.trim()).split('\n').slice(-4).join(' / '));
}

/** The files of a folder that hold `text` or end in it. */
async function filesOf(folder: string, text: string): Promise<string[]> {
  const names = await readdir(folder);
  const found: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith(text) || (await readFile(path, 'utf8')).includes(text)) found.push(path);
  }
  return found;
}

async function contentOf(folder: string, text: string): Promise<string> {
  const [file] = await filesOf(folder, text);
  return file === undefined ? '' : readFile(file, 'utf8');
}

async function edit(folder: string, text: string, from: string, to: string): Promise<void> {
  for (const file of await filesOf(folder, text)) {
    await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
  }
}
