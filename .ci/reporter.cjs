/**
 * mocha's `dot`; at the end each test that passed only at its second try, with what failed in the first (`--retries`), and
 * one line of totals for programs to read. Such a test passes, and is to be mended all the same.
 */
const { reporters } = require('mocha');

module.exports = class Totals extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    const problems = new Map();
    this.again = [];
    runner.on('retry', (test, error) => problems.set(test.fullTitle(), error));
    runner.on('pass', (test) => {
      if (test.currentRetry() > 0) this.again.push([test.fullTitle(), problems.get(test.fullTitle())]);
    });
  }

  done(failures, finished) {
    const { passes, pending } = this.stats;
    for (const [title, error] of this.again) {
      const problem = String(error?.stack ?? error?.message ?? '').replace(/^/gm, '    ');
      process.stdout.write(`\npassed at the second try: ${title}\n${problem}\n`);
    }
    process.stdout.write(`\nmocha: ${passes} passed, ${failures} failed, ${pending} skipped\n`);
    finished?.(failures);
  }
};
