/** What .ci/reporter.cjs says at the end: the totals that .ci/run reads, and which test passed only when tried again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
const tests = `
let tries = 0;
describe('a page', () => {
  it('is late for once', () => { tries += 1; if (tries === 1) throw new Error('too late'); });
  it('is always late', () => { throw new Error('never'); });
  it('is in time', () => {});
});
`;

describe('the reporter of .ci/run', () => {
  for (const isParallel of [false, true])
    it(`names what passed only at the second try, and counts it once${isParallel ? ', also side by side' : ''}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'portcal-reporter-'));
      try {
        const files = ['one', 'two'].map((name) => join(folder, `${name}.mjs`));
        for (const file of files) writeFileSync(file, tests);
        const args = [mocha, '--no-config', '--retries', '1', '--reporter', '.ci/reporter.cjs'];
        if (isParallel) args.push('--parallel', '--jobs', '2');
        const { stdout, status } = spawnSync(process.execPath, [...args, ...files], { encoding: 'utf8' });
        const again = [...stdout.matchAll(/^passed at the second try: (.*)\n +Error: (.*)$/gm)];
        assert.deepEqual(
          again.map(([, title, problem]) => `${title}: ${problem}`),
          ['a page is late for once: too late', 'a page is late for once: too late'],
        );
        assert.match(stdout, /^mocha: 4 passed, 2 failed, 0 skipped$/m);
        assert.notEqual(status, 0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
});
