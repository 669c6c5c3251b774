import { coldStart } from './cold-start.ts';
import { type OfficeOptions, office } from './office.ts';
import { operations } from './operations.ts';
import type { PlanItem } from './plan.ts';
import { type Fill, Session } from './session.ts';
import { type Stalls, stalls } from './stall.ts';
import { growthExponent, type Merged, merge, type Summary } from './statistics.ts';
import type { RunningTarget } from './targets.ts';
import { diskMb, type Memory, memory } from './usage.ts';
import { type Seen, seenLine, verify } from './verify.ts';

export interface MeasureOptions {
  /** Sizes of the calendar, ascending. */
  readonly steps: readonly number[];
  readonly rounds: number;
  readonly seed: number;
  readonly plan: readonly PlanItem[];
  readonly fillLimitMs: number;
  readonly operationLimitMs: number;
  readonly office?: OfficeOptions | undefined;
  readonly measureStalls: boolean;
  readonly log: (line: string) => void;
  /** Called whenever something new is known, so that an interrupted run leaves what it has. */
  readonly save: (result: BenchResult) => void;
}

export interface BenchResult {
  readonly started: string;
  readonly node: string;
  readonly steps: readonly number[];
  readonly targets: Record<string, TargetResult>;
}

export interface TargetResult {
  failed?: string;
  coldStartMs?: number | null;
  memoryIdle?: Memory | null;
  readonly steps: Record<number, StepResult>;
  /** See `growthExponent`; for operations measured at two sizes at least. */
  growth: Record<string, number | null>;
}

export interface StepResult {
  readonly fill: Fill;
  verify?: Readonly<Record<string, Seen | string>>;
  operations: Record<string, Merged>;
  office?: Summary;
  stalls?: Stalls;
  memory?: Memory | null;
  diskMb?: number;
}

interface Contestant {
  readonly running: RunningTarget;
  readonly session: Session;
  readonly result: TargetResult;
  readonly slices: Map<string, Summary[]>;
  /** Operations that failed or went over their limit; left out from then on at this size. */
  readonly dropped: Set<string>;
  alive: boolean;
}

/**
 * Measures several servers on the same work.
 *
 * Rounds are interleaved: within a round every operation is run on every server, in rotating order, before the next
 * operation. The reported value is the median over rounds.
 */
export async function measure(
  targets: readonly RunningTarget[],
  options: MeasureOptions,
): Promise<BenchResult> {
  const result: BenchResult = {
    started: new Date().toISOString(),
    node: process.version,
    steps: options.steps,
    targets: {},
  };
  const contestants: Contestant[] = [];
  for (const running of targets) {
    const contestant = await prepare(running, result, options);
    if (contestant !== undefined) contestants.push(contestant);
  }
  for (const size of options.steps) {
    const present = contestants.filter(({ alive }) => alive);
    for (const one of present) await fill(one, size, options);
    const ready = present.filter(({ alive }) => alive);
    for (let round = 0; round < options.rounds; round++) {
      await runRound(ready, round, options);
      options.log(`${size} events: round ${round + 1} of ${options.rounds} done`);
    }
    for (const one of ready) {
      await finishStep(one, size, options);
      options.save(result);
    }
  }
  for (const { session, result: one } of contestants) {
    one.growth = growthOf(one, options.plan);
    await session.close();
  }
  options.save(result);
  return result;
}

async function prepare(
  running: RunningTarget,
  result: BenchResult,
  { seed, operationLimitMs, log }: MeasureOptions,
): Promise<Contestant | undefined> {
  const { label } = running.target;
  const entry: TargetResult = { steps: {}, growth: {} };
  result.targets[label] = entry;
  try {
    entry.coldStartMs = await coldStart(running);
    const { target } = running;
    entry.memoryIdle = memory(target.pids);
    log(`${label}: cold start ${entry.coldStartMs ?? '–'} ms, idle ${entry.memoryIdle?.pssMb ?? '–'} MB`);
    const session = new Session(target, { seed, timeoutMs: operationLimitMs });
    await session.open();
    return { running, session, result: entry, slices: new Map(), dropped: new Set(), alive: true };
  } catch (error) {
    entry.failed = error instanceof Error ? error.message : String(error);
    log(`${label}: ${entry.failed}`);
    return undefined;
  }
}

async function fill(one: Contestant, size: number, { fillLimitMs, log }: MeasureOptions): Promise<void> {
  const { label } = one.running.target;
  const filled = await one.session.fill(size, fillLimitMs);
  const step: StepResult = { fill: filled, operations: {} };
  one.result.steps[size] = step;
  one.slices.clear();
  one.dropped.clear();
  const trouble = filled.errors > 0 ? `, ${filled.errors} errors: ${filled.note}` : '';
  log(`${label}: ${filled.reached} of ${size} events, ${filled.perSecond ?? '–'}/s${trouble}`);
  // Too slow to fill: not measured at this size, nor at a larger one.
  if (filled.reached < size) one.alive = false;
  else {
    step.verify = await verify(one.session);
    log(`${label}: ${seenLine(step.verify)}`);
  }
}

async function runRound(ready: readonly Contestant[], round: number, options: MeasureOptions): Promise<void> {
  for (const { name, operation, limits } of options.plan) {
    for (let i = 0; i < ready.length; i++) {
      const one = ready[(i + round) % ready.length];
      const run = operations[operation];
      if (one === undefined || run === undefined || one.dropped.has(operation)) continue;
      const started = performance.now();
      const summary = await run(one.session, limits);
      one.slices.set(name, [...(one.slices.get(name) ?? []), summary]);
      if (summary.count === 0 || performance.now() - started > options.operationLimitMs)
        one.dropped.add(operation);
    }
  }
  for (const one of ready) await one.session.tidy();
}

async function finishStep(one: Contestant, size: number, options: MeasureOptions): Promise<void> {
  const step = one.result.steps[size];
  if (step === undefined) return;
  const { label, pids, dataFolder } = one.running.target;
  step.operations = Object.fromEntries([...one.slices].map(([name, rounds]) => [name, merge(rounds)]));
  if (options.office) {
    step.office = await office(one.session, options.office);
    const { perSecond, p50, p95, errors } = step.office;
    options.log(`${label}: office ${perSecond}/s, p50 ${p50}, p95 ${p95}, ${errors} errors`);
  }
  if (options.measureStalls) {
    step.stalls = await stalls(one.session);
    const list = step.stalls.worst.map(({ operation, longestPollMs }) => `${operation} ${longestPollMs}`);
    options.log(`${label}: longest poll in ms: ${list.join(', ')} (idle p99 ${step.stalls.idleP99Ms})`);
  }
  step.memory = memory(pids);
  if (dataFolder !== undefined) step.diskMb = diskMb(dataFolder);
  options.log(`${label}: ${step.memory?.pssMb ?? '–'} MB of memory, ${step.diskMb ?? '–'} MB on disk`);
}

function growthOf(result: TargetResult, plan: readonly PlanItem[]): Record<string, number | null> {
  const steps = Object.entries(result.steps);
  return Object.fromEntries(
    plan.map(({ name }) => {
      const points = steps.map(([size, step]) => [Number(size), step.operations[name]?.p50 ?? null] as const);
      return [name, growthExponent(points)];
    }),
  );
}
