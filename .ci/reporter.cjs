/** mocha's `dot`, and at the end one line of totals for programs to read. */
const { reporters } = require('mocha');

module.exports = class Totals extends reporters.Dot {
  done(failures, finished) {
    const { passes, pending } = this.stats;
    process.stdout.write(`\nmocha: ${passes} passed, ${failures} failed, ${pending} skipped\n`);
    finished?.(failures);
  }
};
