import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../process.ts';
import type { Suite } from '../suite.ts';

interface Step {
  readonly command: string;
  readonly claim: string;
  /** What cadaver prints if the step went well. */
  readonly expect: RegExp;
}

const succeeded = /succeeded\./;

/** A session as a person types it. */
const session: readonly Step[] = [
  { command: 'mkcol cadaver', claim: 'a collection is made', expect: succeeded },
  { command: 'cd cadaver', claim: 'it is entered', expect: /^$/ },
  { command: 'put note.txt note.txt', claim: 'a file is uploaded', expect: succeeded },
  { command: 'ls', claim: 'it is listed with its size', expect: /note\.txt\s+28\b/ },
  { command: 'cat note.txt', claim: 'it is shown', expect: /written by the suite: höhö/ },
  { command: 'propset note.txt mood cheerful', claim: 'a dead property is set', expect: succeeded },
  { command: 'propget note.txt mood', claim: 'the dead property is read', expect: /cheerful/ },
  { command: 'copy note.txt copy.txt', claim: 'the file is copied', expect: succeeded },
  { command: 'propget copy.txt mood', claim: 'the copy has the dead property', expect: /cheerful/ },
  { command: 'move copy.txt moved.txt', claim: 'the copy is moved', expect: succeeded },
  { command: 'lock note.txt', claim: 'the file is locked', expect: succeeded },
  {
    command: 'discover note.txt',
    claim: 'the lock is discovered',
    expect: /opaquelocktoken|urn:uuid|Token/i,
  },
  { command: 'put note.txt note.txt', claim: 'the holder of the lock uploads again', expect: succeeded },
  { command: 'unlock note.txt', claim: 'the file is unlocked', expect: succeeded },
  { command: 'get moved.txt back.txt', claim: 'the moved copy is downloaded', expect: succeeded },
  { command: 'get missing.txt', claim: 'a missing file is an error', expect: /404/ },
  { command: 'delete note.txt', claim: 'the file is deleted', expect: succeeded },
  { command: 'cd ..', claim: 'the collection is left', expect: /^$/ },
  { command: 'rmcol cadaver', claim: 'the collection is deleted with what is in it', expect: succeeded },
];

/** cadaver, the command-line WebDAV client, on the person's plain collection. */
export const cadaver: Suite = {
  name: 'cadaver',
  about: 'the WebDAV client cadaver: files, properties, copies, locks',
  limitSeconds: 60,
  programs: [{ name: 'cadaver', packages: ['cadaver'] }],

  async run({ target, checks, outFolder, signal }) {
    const { name, password } = target.account;
    const { hostname } = new URL(target.filesUrl);
    const text = 'written by the suite: höhö';
    await writeFile(join(outFolder, '.netrc'), `machine ${hostname} login ${name} password "${password}"\n`, {
      mode: 0o600,
    });
    await writeFile(join(outFolder, 'note.txt'), text);
    const { stdout, timedOut } = await run('cadaver', [target.filesUrl], {
      stdin: `${session.map(({ command }) => command).join('\n')}\nquit\n`,
      cwd: outFolder,
      env: { HOME: outFolder },
      limitSeconds: 45,
      logFile: join(outFolder, 'log.txt'),
      signal,
    });
    checks.check('cadaver ends by itself', !timedOut, stdout.slice(-300));
    // cadaver echoes each command after its prompt; what follows up to the next prompt is the answer.
    const answers = stdout.split(/dav:[^\n]*> /).slice(1);
    for (const [index, { command, claim, expect }] of session.entries()) {
      const answer = answers[index]?.replace(command, '').trim() ?? 'no answer';
      checks.check(claim, expect.test(answer), answer);
    }
    const back = await readFile(join(outFolder, 'back.txt'), 'utf8').catch(() => '');
    checks.check('the downloaded bytes are those that were uploaded', back === text, back);
  },
};
