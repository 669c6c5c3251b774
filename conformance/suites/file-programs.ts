import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunResult, run } from '../process.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { remove } from '../target.ts';

/** Programs of the command line that keep files on WebDAV servers, each on the person's plain collection. */
export const filePrograms: Suite = {
  name: 'file-programs',
  about: 'hDAV, lftp, davix and duplicity: files put, listed, copied, mirrored, saved and restored',
  limitSeconds: 240,
  programs: [
    { name: 'hdav', packages: ['hdav'] },
    { name: 'lftp', packages: ['lftp'] },
    { name: 'davix-ls', packages: ['davix'] },
    { name: 'duplicity', packages: ['duplicity'] },
  ],

  async run(context) {
    const source = join(context.outFolder, 'source');
    await mkdir(join(source, 'sub å'), { recursive: true });
    await writeFile(join(source, 'large.bin'), largeFile());
    await writeFile(join(source, 'sub å', 'text é #1.txt'), 'höhö');
    for (const walk of [hdav, lftp, davix, duplicity]) await walk(context, source);
  },
};

type Walk = (context: SuiteContext, source: string) => Promise<void>;

const hdav: Walk = async (context, source) => {
  const folder = `${context.target.filesUrl}hdav/`;
  const { name, password } = context.target.account;
  const own = ['--username', name, '--password', password];
  const from = ['--source-username', name, '--source-password', password];
  const to = ['--target-username', name, '--target-password', password];
  const done = steps(context, 'hdav');
  await done('makes a collection', 'makecollection', folder, ...own);
  await done('puts a file', 'put', join(source, 'large.bin'), `${folder}a`, ...own);
  const told = await done('reads its properties', 'getprops', `${folder}a`, ...own);
  context.checks.check(
    'hdav: its length is among them',
    told.stdout.includes('<D:getcontentlength>300000<'),
    told.stdout,
  );
  // Its copy reads the properties, writes those it may (none here, which it says) and then the bytes.
  await done('copies it with its properties', 'copy', `${folder}a`, `${folder}b`, ...from, ...to);
  await done('moves the copy', 'move', `${folder}b`, `${folder}c`, ...own);
  await done('lists a calendar', 'caldav-report', context.target.homeUrl, ...own);
  await done('deletes the collection', 'delete', folder, ...own);
};

const lftp: Walk = async (context, source) => {
  const { account, filesUrl } = context.target;
  const script = join(context.outFolder, 'lftp.txt');
  const back = join(context.outFolder, 'lftp-back');
  // It lists folders by their pages of links, of which there are none here: what it is told by name is what it can do.
  const lines = [
    `set http:authorization "${account.name}:${account.password}"`,
    'set net:max-retries 3',
    'set cmd:fail-exit yes',
    `open ${filesUrl}`,
    'mkdir lftp',
    `mirror -R "${source}" lftp`,
    'mv lftp/large.bin lftp/moved.bin',
    `get lftp/moved.bin -o "${back}.bin"`,
    `get "lftp/sub å/text é #1.txt" -o "${back}.txt"`,
    'rm lftp/moved.bin',
  ];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: 0o600 });
  await steps(context, 'lftp')('mirrors a tree, moves, gets and removes what is in it', '-f', script);
  await same(context, 'lftp: every byte comes back', `${back}.bin`, join(source, 'large.bin'));
  await same(context, 'lftp: an odd name comes back', `${back}.txt`, join(source, 'sub å', 'text é #1.txt'));
  await remove(context.target, `${filesUrl}lftp/`);
};

const davix: Walk = async (context, source) => {
  const { account, filesUrl } = context.target;
  const folder = `${filesUrl}davix`;
  // By itself it sends names and passwords over TLS only.
  const own = ['-H', `Authorization: Basic ${btoa(`${account.name}:${account.password}`)}`];
  const back = join(context.outFolder, 'davix-back');
  await steps(context, 'davix-mkdir')('makes a collection', ...own, folder);
  await steps(context, 'davix-put')('puts a file', ...own, join(source, 'large.bin'), `${folder}/a`);
  await steps(context, 'davix-get')('gets it', ...own, `${folder}/a`, back);
  await same(context, 'davix: every byte comes back', back, join(source, 'large.bin'));
  const listed = await steps(context, 'davix-ls')('lists it', ...own, '-l', folder);
  context.checks.check('davix: its name is told', /\ba$/m.test(listed.stdout.trim()), listed.stdout);
  await steps(context, 'davix-rm')('removes the collection', ...own, '-r', '2', folder);
};

const duplicity: Walk = async (context, source) => {
  const { account, filesUrl } = context.target;
  const { host, pathname, protocol } = new URL(filesUrl);
  const scheme = protocol === 'https:' ? 'webdavs' : 'webdav';
  const url = `${scheme}://${account.name}@${host}${pathname}duplicity`;
  const done = steps(context, 'duplicity');
  const back = join(context.outFolder, 'duplicity-back');
  await done('saves a folder', 'full', '--no-encryption', source, url);
  await writeFile(join(source, 'new.txt'), 'new');
  await done('saves what has changed', 'incr', '--no-encryption', source, url);
  await done('restores it', 'restore', '--no-encryption', url, back);
  await same(context, 'duplicity: every byte comes back', join(back, 'large.bin'), join(source, 'large.bin'));
  await same(context, 'duplicity: the change is in it', join(back, 'new.txt'), join(source, 'new.txt'));
  await remove(context.target, `${filesUrl}duplicity/`);
};

function largeFile(): Uint8Array {
  return new Uint8Array(300_000).map((_, at) => (at * 31) >> 3);
}

async function same({ checks }: SuiteContext, claim: string, one: string, other: string): Promise<void> {
  const [read, wanted] = await Promise.all([one, other].map((path) => readFile(path).catch(() => undefined)));
  checks.check(claim, wanted !== undefined && read?.equals(wanted) === true, one);
}

/** Runs a program for each claim. */
function steps(context: SuiteContext, program: string) {
  return async (claim: string, ...args: readonly string[]): Promise<RunResult> => {
    const result = await run(program, args, {
      env: { HOME: context.outFolder, FTP_PASSWORD: context.target.account.password },
      limitSeconds: 60,
      signal: context.signal,
    });
    context.checks.check(
      `${program}: ${claim}`,
      result.code === 0,
      `${result.stdout}${result.stderr}`.slice(-300),
    );
    return result;
  };
}
