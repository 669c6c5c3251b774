/** Engines that answer recurrence rules: ours, python-dateutil and libical. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { walkRule } from '../../src/icalendar/recurrence/recur.ts';
import { parseRecurrenceRule } from '../../src/icalendar/recurrence/recur-rule.ts';
import { localTime } from '../../src/icalendar/time.ts';
import { formatLocal, parseDateTime } from '../../src/icalendar/value.ts';
import type { RuleCase } from '../../test/icalendar/rule-arbitrary.ts';
import { systemPython } from '../install.ts';
import { outFolder, projectFolder } from '../paths.ts';
import { run } from '../process.ts';

/** The local times that a rule generates, as `20260310T090000,...`; a word that begins with `!` when there is no answer. */
export type Answer = string;

export interface Question {
  readonly cases: readonly RuleCase[];
  /** Times wanted of each rule. */
  readonly most: number;
  /** None after this: `20600101T000000`. */
  readonly last: string;
}

export interface Engine {
  readonly name: string;
  /** One answer for each case, or a sentence that says why this engine cannot be asked here. */
  readonly ask: (question: Question) => Promise<readonly Answer[] | string>;
}

export function ourAnswer({ start, rule }: RuleCase, most: number, last: string): Answer {
  const parsed = parseRecurrenceRule(rule);
  const until = parseDateTime(last);
  if (!parsed.rule || until?.kind !== 'floating') return `!${parsed.problems.join('; ')}`;
  const budget = { left: 5_000_000 };
  const walk = walkRule(parsed.rule, start, { from: start, until: until.local, budget, start: 'must-fit' });
  const times: string[] = [];
  while (times.length < most) {
    const time = walk.next();
    if (Number.isNaN(time)) break;
    times.push(formatLocal(localTime(time)));
  }
  return budget.left < 0 ? '!too-long' : times.join(',');
}

const sourceFolder = join(projectFolder, 'conformance', 'recurrence');

export const dateutil: Engine = {
  name: 'python-dateutil',
  async ask(question) {
    const there = await run(systemPython, ['-c', 'import dateutil']);
    if (there.code !== 0) return 'python-dateutil is not installed (Debian: python3-dateutil)';
    return askProgram(systemPython, [join(sourceFolder, 'with-dateutil.py')], question);
  },
};

export const libical: Engine = {
  name: 'libical',
  async ask(question) {
    const folder = join(outFolder, 'recurrence');
    await mkdir(folder, { recursive: true });
    const program = join(folder, 'with-libical');
    const compiled = await run('gcc', [
      '-O1',
      '-o',
      program,
      join(sourceFolder, 'with-libical.c'),
      '-lical',
    ]).catch(() => undefined);
    if (compiled?.code !== 0) return 'a C compiler or libical is not installed (Debian: gcc libical-dev)';
    const cases = question.cases.map(({ start, rule }) => ({ start, rule: sorted(rule) }));
    return askProgram(program, [], { ...question, cases });
  },
};

/** libical generates times in the order of the lists, so it gets them in order. */
function sorted(rule: string): string {
  return rule.replace(/=([-\d]+(?:,[-\d]+)+)/g, (_, list: string) => {
    const numbers = list.split(',').map(Number);
    return `=${numbers.sort((a, b) => a - b).join(',')}`;
  });
}

async function askProgram(
  program: string,
  args: readonly string[],
  { cases, most, last }: Question,
): Promise<readonly Answer[] | string> {
  const stdin = cases.map(({ start, rule }) => `${formatLocal(start)}\t${rule}\n`).join('');
  const result = await run(program, [...args, String(most), last], { stdin, limitSeconds: 1800 });
  const answers = result.stdout.split('\n').slice(0, -1);
  return answers.length === cases.length
    ? answers
    : `${program} answered ${answers.length} of ${cases.length} rules: ${result.stderr.trim()}`;
}
