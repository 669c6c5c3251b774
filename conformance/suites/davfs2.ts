import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../process.ts';
import type { Suite, SuiteContext } from '../suite.ts';

interface Step {
  /** In a shell whose working folder is the mounted one. */
  readonly command: string;
  readonly claim: string;
}

/**
 * What programs do that take the mounted folder for a disk. Folders are not listed: davfs2 1.6 and kernels of today do not
 * agree about that, whatever the server says.
 */
const session: readonly Step[] = [
  { command: 'mkdir -p davfs2/deep', claim: 'folders are made' },
  { command: 'cp "$OUT/large.bin" davfs2/large.bin', claim: 'a file of some megabytes is written' },
  { command: 'cmp "$OUT/large.bin" davfs2/large.bin', claim: 'it is read back as it was' },
  { command: "printf 'hej ' > 'davfs2/å #1?.txt'", claim: 'a file with an odd name is written' },
  { command: "printf 'då' >> 'davfs2/å #1?.txt'", claim: 'something is added to it, under a lock' },
  { command: "[ \"$(cat 'davfs2/å #1?.txt')\" = 'hej då' ]", claim: 'both stand in it' },
  { command: "mv 'davfs2/å #1?.txt' davfs2/deep/moved.txt", claim: 'it is moved' },
  { command: '[ ! -e davfs2/none ]', claim: 'what is not there is not there' },
  { command: 'mv davfs2/deep davfs2/other', claim: 'a folder is moved with what is in it' },
  { command: '[ "$(cat davfs2/other/moved.txt)" = \'hej då\' ]', claim: 'the file is still in it' },
  { command: 'truncate -s 0 davfs2/large.bin', claim: 'a file is emptied' },
  { command: '[ "$(df --output=size . | tail -1)" -gt 0 ]', claim: 'the size of the disk is the quota' },
];

const removal: readonly Step[] = [
  { command: '[ ! -s davfs2/large.bin ]', claim: 'after mounting anew the file is empty' },
  { command: '[ "$(cat davfs2/other/moved.txt)" = \'hej då\' ]', claim: 'and the other is whole' },
  { command: 'rm davfs2/other/moved.txt davfs2/large.bin', claim: 'files are removed' },
  { command: 'rmdir davfs2/other davfs2', claim: 'folders are removed' },
];

/** davfs2, which mounts WebDAV as a file system and locks what it writes. */
export const davfs2: Suite = {
  name: 'davfs2',
  about: 'davfs2: the files mounted as a file system, with locks',
  limitSeconds: 180,
  programs: [{ name: 'mount.davfs', packages: ['davfs2'] }],

  async run(context) {
    const { checks, outFolder } = context;
    // The cache is written by a user of davfs2's own, who cannot look into the project's folder.
    const folder = await mkdtemp(join(tmpdir(), 'davfs2-'));
    const mounted = await mount(context, folder);
    if (mounted !== undefined) {
      checks.skip('the folder is mounted', mounted);
      return;
    }
    checks.check('the folder is mounted', true);
    await writeFile(
      join(outFolder, 'large.bin'),
      new Uint8Array(3_000_000).map((_, at) => (at * 31) >> 3),
    );
    try {
      await steps(context, folder, session);
    } finally {
      await unmount(context, folder);
    }
    const again = await mount(context, folder);
    if (!checks.check('it is mounted anew', again === undefined, again)) return;
    try {
      await steps(context, folder, removal);
    } finally {
      await unmount(context, folder);
    }
  },
};

async function steps(
  { checks, outFolder, signal }: SuiteContext,
  folder: string,
  list: readonly Step[],
): Promise<void> {
  for (const { command, claim } of list) {
    const { code, stderr } = await run('sh', ['-c', command], {
      cwd: join(folder, 'disk'),
      env: { OUT: outFolder },
      limitSeconds: 30,
      signal,
    });
    checks.check(claim, code === 0, stderr || `ended with ${code}`);
  }
}

/** Answers why it cannot be mounted: not root, or no FUSE in this kernel. */
async function mount({ target, signal }: SuiteContext, folder: string): Promise<string | undefined> {
  const { name, password } = target.account;
  const [config, secrets, cache] = [join(folder, 'config'), join(folder, 'secrets'), join(folder, 'cache')];
  await mkdir(cache, { recursive: true });
  await mkdir(join(folder, 'disk'), { recursive: true });
  await writeFile(secrets, `${target.filesUrl} ${name} "${password}"\n`, { mode: 0o600 });
  await writeFile(
    config,
    `use_locks 1\nask_auth 0\ndelay_upload 0\ncache_dir ${cache}\nsecrets ${secrets}\n`,
  );
  const script = 'chmod 755 "$0" && chmod 777 "$0/cache" && mount.davfs "$1" "$0/disk" -o conf="$0/config"';
  const { code, stderr } = await run('sh', ['-c', script, folder, target.filesUrl], {
    limitSeconds: 30,
    signal,
  });
  return code === 0 ? undefined : stderr.trim() || `mount.davfs ended with ${code}`;
}

/** Waits until everything is uploaded. */
async function unmount({ checks, signal }: SuiteContext, folder: string): Promise<void> {
  const { code, stderr } = await run('umount', [join(folder, 'disk')], { limitSeconds: 60, signal });
  checks.check('it is unmounted when all is uploaded', code === 0, stderr);
}
