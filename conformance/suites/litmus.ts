import { run } from '../process.ts';
import type { Suite } from '../suite.ts';

/** The standard WebDAV test suite (RFC 4918) on the person's plain collection. */
export const litmus: Suite = {
  name: 'litmus',
  about: 'the WebDAV test suite: basic, copymove, props, locks, http',
  limitSeconds: 180,
  programs: [{ name: 'litmus', packages: ['litmus'] }],

  async run({ target, checks, outFolder, signal }) {
    const { name, password } = target.account;
    const { stdout, timedOut } = await run('litmus', ['-k', target.filesUrl, name, password], {
      cwd: outFolder,
      env: { TESTS: 'basic copymove props locks http' },
      logFile: `${outFolder}/log.txt`,
      signal,
    });
    let group = '';
    for (const line of stdout.split(/[\r\n]+/)) {
      group = /^-> running `(\w+)'/.exec(line)?.[1] ?? group;
      const [, number, test = '', outcome, detail = ''] =
        /^\s*(\d+)\. (\w+)\.*\s*(pass|FAIL|SKIPPED)\b(.*)$/.exec(line) ?? [];
      if (number === undefined) continue;
      const claim = `${group} ${number}: ${test}`;
      if (outcome === 'SKIPPED') checks.skip(claim, detail.trim() || 'litmus skips it');
      else checks.check(claim, outcome === 'pass', detail.trim());
    }
    if (timedOut) checks.check('litmus ends', false, `still running; see ${outFolder}/log.txt`);
  },
};
