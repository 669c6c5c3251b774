/**
 * How time grows with the size of a calendar, and what the largest costs in memory and in waiting:
 *
 *   node dist/test/bench/growth.js [--sizes 1000,10000,50000] [--targets portcal,ceiling-full] [--rounds 7]
 *     [--no-stalls] [--out FILE.json]
 *
 * Every size is a server of its own, and their rounds are interleaved: what else the machine does, and how warm the
 * code is, then is the same for all of them, which it is not for sizes that are measured one after the other.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Contestant } from './contestant.ts';
import { runRound, type TargetResult } from './engine.ts';
import { plan } from './plan.ts';
import { Servers } from './servers.ts';
import { growthExponent } from './statistics.ts';
import { cell, table } from './tables.ts';
import type { RunningTarget } from './targets.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,50000' },
    targets: { type: 'string', default: 'portcal,ceiling-full' },
    rounds: { type: 'string', default: '7' },
    'no-stalls': { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const largest = Math.max(...sizes);
const names = values.targets.split(',');
const rounds = Number(values.rounds);

/** What is measured, with the exponent it may have (docs/spec/performance.md, section 2). */
const wanted: readonly (readonly [pattern: RegExp, exponent: number])[] = [
  [/^(poll|get|get-304|put-create|put-update|delete|sync-delta)@/, 0.1],
  [/^(query-day|query-month)@/, 0.6],
];
const targetOf = (name: string): number | undefined => wanted.find(([pattern]) => pattern.test(name))?.[1];
const items = plan(1).filter(({ name }) => targetOf(name) !== undefined);

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly result: TargetResult;
  readonly contestant: Contestant;
}

const started = performance.now();
const servers = new Servers();
try {
  const entries: Entry[] = [];
  for (const name of names) for (const size of sizes) entries.push(await enter(name, size));
  for (const { contestant, size } of entries) await contestant.fill(size);
  const ready = entries.map(({ contestant }) => contestant);
  for (let round = 0; round < rounds; round++) {
    await runRound(ready, items, round);
    log(`round ${round + 1} of ${rounds} done`);
  }
  for (const { contestant, size } of entries) {
    contestant.settle(size, items);
    await contestant.finish(size);
  }
  if (values.out !== undefined) {
    const results = entries.map(({ name, size, result }) => ({ name, size, ...result }));
    writeFileSync(values.out, `${JSON.stringify(results, null, 1)}\n`);
  }
  console.log([growthTable(entries), costTable(entries)].join('\n\n'));
  for (const { contestant } of entries) await contestant.session.close();
} finally {
  await servers.stop();
}

async function enter(name: string, size: number): Promise<Entry> {
  const result: TargetResult = { steps: {}, growth: {} };
  const running = labelled(await servers.start(name, true), `${name} ${size}`);
  const contestant = await Contestant.enter(running, result, {
    seed: 1,
    fillLimitMs: 1_200_000,
    requestLimitMs: 60_000,
    budget: { operationMs: Number.POSITIVE_INFINITY, serverMs: Number.POSITIVE_INFINITY },
    fillsDirectly: true,
    measureStalls: size === largest && !values['no-stalls'],
    log,
  });
  if (contestant === undefined) throw new Error(result.failed ?? `${name} does not take part`);
  return { name, size, result, contestant };
}

function labelled(running: RunningTarget, label: string): RunningTarget {
  return {
    ...running,
    get target() {
      return { ...running.target, label };
    },
  };
}

function growthTable(entries: readonly Entry[]): string {
  const rows = items.map(({ name: operation }) => [
    operation,
    ...names.flatMap((name) => {
      const own = entries.filter((entry) => entry.name === name);
      const points = (field: 'p50' | 'cpuMs'): (readonly [number, number | null])[] =>
        own.map(({ size, result }) => [size, result.steps[size]?.operations[operation]?.[field] ?? null]);
      const times = points('p50');
      const exponents = [growthExponent(times), growthExponent(points('cpuMs'))];
      return [...times.map(([, p50]) => cell(p50)), ...exponents.map(cell)];
    }),
    cell(targetOf(operation) ?? null),
  ]);
  const heads = names.flatMap((name) => [
    ...sizes.map((size) => `${name} ${size}, ms`),
    'exponent',
    'of CPU time',
  ]);
  return `## Median time by number of events\n\n${table(['operation', ...heads, 'target'], rows)}`;
}

/** Memory at every size, and at the largest how long others waited beside one heavy request, also in processor time. */
function costTable(entries: readonly Entry[]): string {
  const lines = entries.map(({ name, size, result }) => {
    const step = result.steps[size];
    const waits = step?.stalls?.worst.map(
      ({ operation, longestPollMs, longestTurnMs }) =>
        `${operation} ${longestPollMs} (${longestTurnMs ?? '–'})`,
    );
    return [
      `${name} ${size}`,
      cell(result.memoryIdle?.pssMb ?? null),
      cell(step?.memory?.pssMb ?? null),
      cell(step?.diskMb ?? null),
      waits?.join(', ') ?? '–',
    ];
  });
  const heads = [
    'server',
    'memory idle, MB',
    'after the work, MB',
    'disk, MB',
    'longest poll beside (longest turn), ms',
  ];
  return `## Memory, and the longest poll beside one heavy request\n\n${table(heads, lines)}`;
}

function log(line: string): void {
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}
