import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../process.ts';
import type { Suite } from '../suite.ts';

interface Step {
  /** Arguments of gio; `$U` stands for the mounted folder. */
  readonly command: string;
  readonly claim: string;
  /** What gio prints if the step went well. */
  readonly expect: RegExp;
}

const nothing = /^$/;

/** What a person does in the window of a file manager. */
const session: readonly Step[] = [
  { command: 'mkdir $U/gvfs', claim: 'a folder is made', expect: nothing },
  { command: 'copy note.txt $U/gvfs/note.txt', claim: 'a file is dropped into it', expect: nothing },
  { command: 'list -l $U/gvfs', claim: 'it is listed with its size', expect: /^note\.txt\t28\t/ },
  { command: 'cat $U/gvfs/note.txt', claim: 'it is read', expect: /^written by the suite: höhö$/ },
  { command: "rename $U/gvfs/note.txt 'två #1?.txt'", claim: 'it is renamed', expect: /successful/ },
  { command: "move $U/gvfs/'två%20%231%3F.txt' $U/gvfs/moved.txt", claim: 'it is moved', expect: nothing },
  { command: 'copy $U/gvfs/moved.txt $U/gvfs/copy.txt', claim: 'it is copied', expect: nothing },
  { command: 'save $U/gvfs/copy.txt < other.txt', claim: 'the copy is written anew', expect: nothing },
  { command: 'cat $U/gvfs/copy.txt', claim: 'it has the new text', expect: /^another text$/ },
  {
    command: 'info -a etag::value $U/gvfs/copy.txt',
    claim: 'it has an ETag',
    expect: /etag::value: "[^"]+"/,
  },
  { command: 'info -f $U', claim: 'the free space is told', expect: /filesystem::free: \d+/ },
  {
    command: 'cat $U/gvfs/missing',
    claim: 'what is missing is said to be missing',
    expect: /HTTP Error|No such file|not found/i,
  },
  { command: 'remove $U/gvfs/moved.txt $U/gvfs/copy.txt', claim: 'the files are removed', expect: nothing },
  { command: 'remove $U/gvfs', claim: 'the folder is removed', expect: nothing },
  { command: 'list $U', claim: 'it is gone', expect: /^(?!.*gvfs)/ },
];

/** GVfs, by which the file managers of GNOME, Xfce and MATE show `dav://` addresses. */
export const gvfs: Suite = {
  name: 'gvfs',
  about: 'GVfs, the file managers of GNOME, Xfce and MATE: a folder is mounted, files come and go',
  limitSeconds: 120,
  programs: [
    { name: 'gio', packages: ['libglib2.0-bin'] },
    { name: 'dbus-run-session', packages: ['dbus-daemon'] },
    { name: '/usr/libexec/gvfsd-dav', packages: ['gvfs', 'gvfs-backends'] },
  ],

  async run({ target, checks, outFolder, signal }) {
    const { name, password } = target.account;
    const { protocol, host, pathname } = new URL(target.filesUrl);
    const scheme = protocol === 'https:' ? 'davs' : 'dav';
    const url = `${scheme}://${encodeURIComponent(name)}@${host}${pathname.replace(/\/$/, '')}`;
    await writeFile(join(outFolder, 'note.txt'), 'written by the suite: höhö');
    await writeFile(join(outFolder, 'other.txt'), 'another text');
    await writeFile(join(outFolder, 'password'), `${password}\n`, { mode: 0o600 });
    const script = [
      `U='${url}'`,
      `gio mount "$U" < password > mount.txt 2>&1 && echo mounted; echo "== $?"`,
      ...session.map(({ command }) => `gio ${command} 2>&1; echo "== $?"`),
      'gio mount -u "$U"',
    ];
    await writeFile(join(outFolder, 'session.sh'), `${script.join('\n')}\n`);
    const { stdout, timedOut } = await run('dbus-run-session', ['--', 'sh', 'session.sh'], {
      cwd: outFolder,
      env: { HOME: outFolder, XDG_CACHE_HOME: join(outFolder, 'cache'), LC_ALL: 'C.UTF-8' },
      limitSeconds: 100,
      logFile: join(outFolder, 'log.txt'),
      signal,
    });
    checks.check('the session ends by itself', !timedOut, stdout.slice(-300));
    const [mounted = 'no answer', ...answers] = stdout.split(/== \d+\n/);
    checks.check('the folder is mounted', mounted.includes('mounted'), mounted);
    for (const [index, { claim, expect }] of session.entries()) {
      const answer = answers[index]?.trim() ?? 'no answer';
      checks.check(claim, expect.test(answer), answer);
    }
  },
};
