/** Every command with arguments that nobody means well: a sentence and an exit code, never a trace. */
import assert from 'node:assert/strict';
import { type Terminal, withAlice } from './terminal.ts';

/** None of them is a file that a command could make. */
const hostile = ['', 'a\u0000b', '/dev/null/\u001b[2J\u202e', 'x'.repeat(10_000), '/dev/null/-1'];

interface Leaf {
  readonly path: readonly string[];
  readonly argumentCount: number;
  /** Options that take a value. */
  readonly options: readonly string[];
}

describe('the command line and hostile arguments', function hostileArguments() {
  this.timeout(60_000);
  let at: Terminal;
  before(async () => {
    at = await withAlice();
  });
  after(() => at.close());

  it('says in a short sentence without control characters what is wrong', async () => {
    const leaves = await leavesBelow([]);
    assert.ok(leaves.length > 40, String(leaves.length));
    for (const { path, argumentCount, options } of leaves) {
      const usual = Array.from({ length: argumentCount }, () => 'alice');
      for (const value of hostile) {
        await harmless([...path, ...usual.map(() => value)]);
        await harmless([...path, ...usual.slice(1), value]);
        for (const option of options) await harmless([...path, ...usual, option, value]);
      }
    }
  });

  it('shows names of clients without what would steer the terminal', async () => {
    await at.json(['calendar', 'add', 'alice/odd', '--name', 'red \u001b[31m \u202eback']);
    const { out } = await at.run(['calendar', 'list', 'alice']);
    assert.match(out, /red \\u\{1b\}\[31m \\u\{202e\}back/);
  });

  async function leavesBelow(path: readonly string[]): Promise<readonly Leaf[]> {
    const { out } = await at.run([...path, '--help']);
    const commands = /\nCommands:\n(.*)$/s.exec(out)?.[1];
    if (commands === undefined) {
      const usage = /^Usage: (.*)$/m.exec(out)?.[1] ?? '';
      const options = [...out.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+) </gm)].map(([, name = '']) => name);
      return [
        {
          path,
          argumentCount: [...usage.matchAll(/<[^>]+>/g)].length,
          options: options.filter((name) => !['--data', '--config', '--public-url'].includes(name)),
        },
      ];
    }
    const names = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
    const below: Leaf[] = [];
    for (const name of names)
      if (!['help', 'serve'].includes(name)) below.push(...(await leavesBelow([...path, name])));
    return below;
  }

  async function harmless(argv: readonly string[]): Promise<void> {
    const what = JSON.stringify(argv).slice(0, 200);
    const { code, out, err } = await at.run([...argv, '--json']);
    assert.ok([0, 1, 2, 3].includes(code), what);
    assert.doesNotMatch(err, /\n\s+at /, what);
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    assert.doesNotMatch(err, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/, what);
    assert.ok(err.length < 2_000, what);
    assert.ok(code === 0 || `${out}${err}`.trim() !== '', what);
    if (out !== '') JSON.parse(out);
  }
});
