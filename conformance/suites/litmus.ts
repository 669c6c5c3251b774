import { run } from '../process.ts';
import type { Suite } from '../suite.ts';

/** The standard WebDAV test suite (RFC 4918) on the person's plain collection. */
export const litmus: Suite = {
  name: 'litmus',
  about: 'the WebDAV test suite: basic, copymove, props, locks, http',
  limitSeconds: 180,
  programs: [{ name: 'litmus', packages: ['litmus'] }],

  async run({ target, checks, outFolder, signal }) {
    const { account } = target;
    const { stdout, timedOut } = await run(
      'litmus',
      ['-k', target.filesUrl, account.name, account.password],
      {
        cwd: outFolder,
        env: { TESTS: 'basic copymove props locks http' },
        logFile: `${outFolder}/log.txt`,
        signal,
      },
    );
    let group = '';
    let test = '';
    for (const line of stdout.split(/[\r\n]+/)) {
      group = /^-> running `(\w+)'/.exec(line)?.[1] ?? group;
      const [, number, name = ''] = /^\s*(\d+)\. (\w+)\./.exec(line) ?? [];
      if (number !== undefined) test = `${group} ${number}: ${name}`;
      // A warning stands on the test's own line; the outcome then follows on a line without a name.
      const [, outcome, detail = ''] = /[.\w] (pass|FAIL|SKIPPED)\b(.*)$/.exec(line) ?? [];
      if (outcome === undefined) continue;
      if (outcome === 'SKIPPED') checks.skip(test, detail.trim() || 'litmus skips it');
      else checks.check(test, outcome === 'pass', detail.trim());
    }
    if (timedOut) checks.check('litmus ends', false, `still running; see ${outFolder}/log.txt`);
  },
};
