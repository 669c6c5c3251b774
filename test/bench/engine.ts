import { Contestant, type ContestantOptions } from './contestant.ts';
import type { PlanItem } from './plan.ts';
import type { Fill } from './session.ts';
import type { Stalls } from './stall.ts';
import { growthExponent, type Merged, type Summary } from './statistics.ts';
import type { RunningTarget } from './targets.ts';
import type { Memory } from './usage.ts';
import type { Seen } from './verify.ts';

export interface MeasureOptions extends ContestantOptions {
  /** Sizes of the calendar, ascending. */
  readonly steps: readonly number[];
  readonly rounds: number;
  readonly plan: readonly PlanItem[];
  /** Called whenever something new is known, so that an interrupted run leaves what it has. */
  readonly save: (result: BenchResult) => void;
}

export interface BenchResult {
  readonly started: string;
  readonly node: string;
  readonly steps: readonly number[];
  readonly rounds: number;
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
  readonly operations: Record<string, Merged>;
  office?: Summary;
  stalls?: Stalls;
  memory?: Memory | null;
  diskMb?: number;
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
  const { steps, rounds, plan, log, save } = options;
  const started = new Date().toISOString();
  const result: BenchResult = { started, node: process.version, steps, rounds, targets: {} };
  const contestants: Contestant[] = [];
  for (const running of targets) {
    const entry: TargetResult = { steps: {}, growth: {} };
    result.targets[running.target.label] = entry;
    const contestant = await Contestant.enter(running, entry, options);
    if (contestant !== undefined) contestants.push(contestant);
  }
  for (const size of steps) {
    for (const one of contestants) if (one.isAlive) await one.fill(size);
    const ready = contestants.filter(({ isAlive }) => isAlive);
    for (let round = 0; round < rounds; round++) {
      await runRound(ready, plan, round);
      for (const one of ready) one.settle(size, plan);
      save(result);
      log(`${size} events: round ${round + 1} of ${rounds} done`);
    }
    for (const one of ready) {
      await one.finish(size);
      save(result);
    }
  }
  for (const { session, result: one } of contestants) {
    one.growth = growthOf(one, plan);
    await session.close();
  }
  save(result);
  return result;
}

/** Every operation once on every server; `round` rotates their order. */
export async function runRound(
  ready: readonly Contestant[],
  plan: readonly PlanItem[],
  round: number,
): Promise<void> {
  for (const item of plan)
    for (let i = 0; i < ready.length; i++) await ready[(i + round) % ready.length]?.run(item);
  for (const { session } of ready) await session.tidy();
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
