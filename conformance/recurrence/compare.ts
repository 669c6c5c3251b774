/**
 * Compares our recurrence rules with python-dateutil and libical, series in time zones with rrule-rust, and our time zones
 * with Python's zoneinfo.
 *
 *   node dist/conformance/recurrence/compare.js [--count 2000] [--seed 1]
 *
 * Engines that are not installed are passed over with a sentence. The exit code is 1 if an engine differs from us in a way
 * that differences.ts does not know.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { instant, secondMs } from '../../src/icalendar/time.ts';
import { ianaZone } from '../../src/icalendar/zones/timezone.ts';
import { StretchZone } from '../../src/icalendar/zones/zone.ts';
import { anyRule } from '../../test/icalendar/rule-arbitrary.ts';
import { systemPython } from '../install.ts';
import { projectFolder } from '../paths.ts';
import { run } from '../process.ts';
import { knownDifference } from './differences.ts';
import { type Answer, dateutil, type Engine, libical, ourAnswer, type Question } from './engines.ts';
import { compareZonedSeries } from './zoned-series.ts';

const { values: options } = parseArgs({
  options: { count: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});

const shownExamples = 5;

process.exitCode = (await compareAll()) ? 0 : 1;

async function compareAll(): Promise<boolean> {
  const cases = fc.sample(anyRule, { numRuns: Number(options.count), seed: Number(options.seed) });
  const question: Question = { cases, most: 40, last: '20600101T000000' };
  const started = performance.now();
  const ours = cases.map((one) => ourAnswer(one, question.most, question.last));
  const tookMs = Math.round(performance.now() - started);
  console.log(`${cases.length} rules of seed ${options.seed}, answered by us in ${tookMs} ms`);
  let agreed = true;
  for (const engine of [dateutil, libical]) {
    if (!(await compare(engine, question, ours))) agreed = false;
  }
  if (!(await compareZonedSeries(cases))) agreed = false;
  return (await compareZones()) && agreed;
}

async function compare(engine: Engine, question: Question, ours: readonly Answer[]): Promise<boolean> {
  const theirs = await engine.ask(question);
  if (typeof theirs === 'string') {
    console.log(`${engine.name}: passed over, ${theirs}`);
    return true;
  }
  const known = new Map<string, number>();
  const unknown: string[] = [];
  let same = 0;
  let unanswered = 0;
  question.cases.forEach(({ rule }, index) => {
    const own = ours[index] ?? '';
    const other = theirs[index] ?? '';
    if (other.startsWith('!') && own !== '') unanswered++;
    else if (own === other || (other.startsWith('!') && own === '')) same++;
    else {
      const about = knownDifference(engine.name, rule)?.about;
      if (about !== undefined) known.set(about, (known.get(about) ?? 0) + 1);
      else unknown.push(`${rule}\n    ours   ${own.slice(0, 120)}\n    theirs ${other.slice(0, 120)}`);
    }
  });
  console.log(
    `${engine.name}: ${same} alike, ${unanswered} it does not answer, ${unknown.length} not explained`,
  );
  for (const [about, count] of known) console.log(`  ${count} explained: ${about}`);
  for (const example of unknown.slice(0, shownExamples)) console.log(`  ${example}`);
  return unknown.length === 0;
}

/** Every change of offset from 1970 to 2037 of each zone that both sides know. */
async function compareZones(): Promise<boolean> {
  const first = 0;
  const last = Date.UTC(2038, 0, 1) / secondMs - 1;
  const script = join(projectFolder, 'conformance', 'recurrence', 'zones.py');
  const result = await run(systemPython, [script, String(first), String(last)], { limitSeconds: 900 });
  if (result.code !== 0) {
    console.log(`zones: passed over, ${result.stderr.trim().split('\n').at(-1) ?? 'no zoneinfo'}`);
    return true;
  }
  let same = 0;
  const missing: string[] = [];
  const different: string[] = [];
  for (const line of result.stdout.trim().split('\n').slice(1)) {
    const [name = '', ...expected] = line.split(' ');
    const zone = ianaZone(name);
    if (!zone) missing.push(name);
    else {
      const found = [zone.offsetAt(instant(first)) / secondMs];
      if (zone instanceof StretchZone) {
        for (const { at, offsetTo } of zone.transitions(instant(first + 1), instant((last + 1) * secondMs)))
          found.push(at / secondMs, offsetTo / secondMs);
      }
      if (found.join(' ') === expected.join(' ')) same++;
      else
        different.push(
          `${name}: ours ${found.join(' ').slice(0, 80)}, theirs ${expected.join(' ').slice(0, 80)}`,
        );
    }
  }
  console.log(
    `zones: ${same} alike from 1970 to 2037, ${different.length} different, ${missing.length} not known here`,
  );
  if (missing.length > 0) console.log(`  not known: ${missing.join(' ')}`);
  for (const line of different.slice(0, shownExamples)) console.log(`  ${line}`);
  const version = process.versions['tz'];
  const sameData = result.stdout.startsWith(`tzdata ${version}\n`);
  if (!sameData) console.log(`  their data is another version than ${version}, so differences are expected`);
  return different.length === 0 || !sameData;
}
