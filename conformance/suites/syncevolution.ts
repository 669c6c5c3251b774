import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demand } from '../checks.ts';
import { calendarType, send } from '../dav.ts';
import { event } from '../objects.ts';
import { type RunResult, run } from '../process.ts';
import type { Suite } from '../suite.ts';
import { describe, makeCalendar, remove } from '../target.ts';

/** SyncEvolution, the synchronisation program of Linux phones, between a folder of files and the server. */
export const syncevolution: Suite = {
  name: 'syncevolution',
  about: 'SyncEvolution: a folder of files kept in step with a calendar, changes on both sides',
  limitSeconds: 180,
  programs: [
    { name: 'dbus-run-session', packages: ['dbus'] },
    { name: 'syncevolution', packages: ['syncevolution', 'syncevolution-libs'] },
  ],

  async run({ target, checks, outFolder, signal }) {
    const url = await makeCalendar(target, `syncevolution-${randomUUID().slice(0, 8)}`, {
      components: ['VEVENT'],
    });
    const folder = join(outFolder, 'files');
    await mkdir(folder);
    // Its reports are pages of several hundred kilobytes for each run, which nobody wants to keep.
    const cache = await mkdtemp(join(tmpdir(), 'syncevolution-cache-'));
    const command = (...args: string[]): Promise<RunResult> =>
      run('dbus-run-session', ['--', 'syncevolution', '--daemon=no', '--keyring=no', ...args], {
        env: {
          HOME: outFolder,
          XDG_CONFIG_HOME: join(outFolder, 'config'),
          XDG_DATA_HOME: join(outFolder, 'data'),
          XDG_CACHE_HOME: cache,
        },
        limitSeconds: 60,
        signal,
      });
    const { name, password } = target.account;
    const credentials = [`username=${name}`, `password=${password}`, `syncURL=${target.url}`];
    const succeeds = async (...args: string[]): Promise<void> => {
      const { code, stdout, stderr } = await command(...args);
      demand(code === 0, `${stderr}${stdout}`.split('\n').slice(-6).join(' '));
    };
    const onServer = async (uid: string): Promise<string> => {
      const answer = await send({ method: 'GET', url: `${url}${uid}.ics`, as: target.account });
      return answer.status === 200 ? answer.text : '';
    };

    try {
      await checks.attempt('the calendars of the server are found from its address', async () => {
        const { stdout } = await command('--print-databases', 'backend=caldav', ...credentials);
        demand(stdout.includes(url), `${url} is not among: ${stdout}`);
      });
      await checks.attempt('an account is set up', async () => {
        const server = [
          'calendar/backend=caldav',
          `calendar/database=${url}`,
          'target-config@server',
          'calendar',
        ];
        await succeeds('--configure', '--template', 'none', ...credentials, ...server);
        const files = [
          'calendar/backend=file',
          'calendar/databaseFormat=text/calendar',
          `calendar/database=file://${folder}`,
        ];
        const local = [
          'syncURL=local://@server',
          'username=',
          'password=',
          ...files,
          'person@default',
          'calendar',
        ];
        await succeeds('--configure', '--template', 'SyncEvolution_Client', ...local);
      });
      await checks.attempt('a first synchronisation uploads', async () => {
        await writeFile(join(folder, '1'), event('se-here', 'Made here', '20300105T100000Z'));
        await succeeds('--sync', 'slow', 'person@default', 'calendar');
        demand((await onServer('se-here')).includes('Made here'), 'the event is not on the server');
      });
      await checks.attempt('a second synchronisation carries changes both ways', async () => {
        const body = event('se-there', 'Made there höhö', '20300106T100000Z');
        const stored = await send({
          method: 'PUT',
          url: `${url}se-there.ics`,
          headers: calendarType,
          body,
          as: target.account,
        });
        demand(stored.status === 201, describe(stored));
        await writeFile(join(folder, '1'), event('se-here', 'Changed here', '20300105T100000Z'));
        await succeeds('person@default', 'calendar');
        demand((await onServer('se-here')).includes('Changed here'), 'the change is not on the server');
        demand((await contents(folder)).includes('Made there höhö'), 'the new event is not among the files');
      });
      await checks.attempt('a third synchronisation carries deletions both ways', async () => {
        await send({ method: 'DELETE', url: `${url}se-there.ics`, as: target.account });
        await rm(join(folder, '1'));
        await succeeds('person@default', 'calendar');
        demand((await onServer('se-here')) === '', 'the event deleted here is still on the server');
        demand((await readdir(folder)).length === 0, 'the event deleted there is still among the files');
      });
    } finally {
      await rm(cache, { recursive: true, force: true });
      await remove(target, url);
    }
  },
};

async function contents(folder: string): Promise<string> {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}
