import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { event } from '../objects.ts';
import { type RunResult, run } from '../process.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';

/** rclone, which keeps folders in step: large files and odd names in `files/`, and a calendar saved and put back. */
export const rclone: Suite = {
  name: 'rclone',
  about: 'rclone: folders kept in step with the files, calendars saved as folders and put back',
  limitSeconds: 180,
  programs: [{ name: 'rclone', packages: ['rclone'] }],

  async run(context) {
    await configure(context);
    await files(context);
    await calendars(context);
  },
};

const oddName = 'text #%?&+;\'"å😀.txt';

async function files(context: SuiteContext): Promise<void> {
  const { checks, outFolder } = context;
  const local = join(outFolder, 'local');
  await mkdir(join(local, 'deep/djup é'), { recursive: true });
  await writeFile(join(local, 'large.bin'), largeFile());
  await writeFile(join(local, 'empty'), '');
  await writeFile(join(local, 'deep/djup é', oddName), 'höhö');

  const done = async (claim: string, ...args: readonly string[]): Promise<RunResult> => {
    const result = await rcloneRun(context, args);
    checks.check(claim, result.code === 0, result.stderr.slice(-300));
    return result;
  };
  await done('a folder is uploaded', 'sync', local, 'files:rclone');
  await done('every byte has arrived', 'check', '--download', local, 'files:rclone');
  await writeFile(join(local, 'deep/djup é', oddName), 'changed');
  await done('what has changed is uploaded again', 'sync', local, 'files:rclone', '--checksum');
  await done('and is there', 'check', '--download', local, 'files:rclone');
  const part = await done(
    'a part of a file is read',
    'cat',
    '--offset',
    '100',
    '--count',
    '50',
    'files:rclone/large.bin',
  );
  checks.check('it is as long as was asked for', part.stdout.length > 0 && part.stderr === '', part.stderr);
  await done(
    'a file is moved on the server',
    'moveto',
    'files:rclone/large.bin',
    'files:rclone/deep/moved.bin',
  );
  await done(
    'a file is copied on the server',
    'copyto',
    'files:rclone/deep/moved.bin',
    'files:rclone/copied.bin',
  );
  await done('a folder is moved on the server', 'moveto', 'files:rclone/deep', 'files:rclone/other');
  const listed = await done('the tree is listed', 'lsf', '-R', '--files-only', 'files:rclone');
  const wanted = ['copied.bin', 'empty', `other/djup é/${oddName}`, 'other/moved.bin'];
  checks.check(
    'it is as it should be',
    listed.stdout.trim().split('\n').toSorted().join('\n') === wanted.toSorted().join('\n'),
    listed.stdout,
  );
  const about = await done('the quota is read', 'about', '--json', 'files:');
  checks.check('it says how much is used', /"used":\s*\d+/.test(about.stdout), about.stdout);
  await done('all of it is removed', 'purge', 'files:rclone');
}

function largeFile(): Uint8Array {
  return new Uint8Array(3_000_000).map((_, at) => (at * 31) >> 3);
}

async function calendars(context: SuiteContext): Promise<void> {
  const { target, checks, outFolder } = context;
  const stamp = Date.now().toString(36);
  const [from, to] = [`rclone-from-${stamp}`, `rclone-to-${stamp}`];
  const urls = [await makeCalendar(target, from), await makeCalendar(target, to)];
  const local = join(outFolder, 'calendar');
  await mkdir(local, { recursive: true });
  const texts = new Map(['one', 'två', 'a b@c'].map((uid) => [`${uid}.ics`, event(uid, `Event ${uid}`)]));
  for (const [name, text] of texts) await writeFile(join(local, name), text);
  const done = async (claim: string, ...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await rcloneRun(context, args);
    checks.check(claim, code === 0, stderr.slice(-300));
  };
  await done('objects are put into a calendar', 'copy', local, `home:${from}`);
  const saved = join(outFolder, 'saved');
  await done('a calendar is saved as a folder', 'sync', `home:${from}`, saved);
  const same = await Promise.all(
    [...texts].map(
      async ([name, text]) => (await readFile(join(saved, name), 'utf8').catch(() => '')) === text,
    ),
  );
  checks.check('byte by byte', !same.includes(false), same.join(' '));
  await done('it is copied into another calendar on the server', 'copy', `home:${from}`, `home:${to}`);
  await done('both hold the same', 'check', '--download', `home:${from}`, `home:${to}`);
  await done('an object is deleted', 'deletefile', `home:${to}/one.ics`);
  await done('what is missing is put back', 'sync', saved, `home:${to}`, '--checksum');
  await done('and then nothing is missing', 'check', '--download', saved, `home:${to}`);
  for (const url of urls) await remove(target, url);
}

/** rclone stores passwords in a form of its own, which it makes itself. */
async function configure({ target, outFolder, signal }: SuiteContext): Promise<void> {
  const { name, password } = target.account;
  const { stdout } = await run('rclone', ['obscure', '-'], { stdin: password, signal });
  const remotes = { files: target.filesUrl, home: target.homeUrl };
  const sections = Object.entries(remotes).map(
    ([section, url]) =>
      `[${section}]\ntype = webdav\nvendor = other\nurl = ${url}\nuser = ${name}\npass = ${stdout.trim()}\n`,
  );
  await writeFile(join(outFolder, 'rclone.conf'), sections.join('\n'), { mode: 0o600 });
}

async function rcloneRun(
  { outFolder, signal }: Pick<SuiteContext, 'outFolder' | 'signal'>,
  args: readonly string[],
): Promise<RunResult> {
  // One try: what only succeeds at the second is a failure here.
  const settings = ['--config', join(outFolder, 'rclone.conf'), '--retries', '1', '--low-level-retries', '1'];
  return await run('rclone', [...settings, ...args], {
    env: { HOME: outFolder },
    limitSeconds: 60,
    signal,
  });
}
