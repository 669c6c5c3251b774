import { Budget, type BudgetLimits } from './budget.ts';
import { coldStart } from './cold-start.ts';
import type { StepResult, TargetResult } from './engine.ts';
import { type OfficeOptions, office } from './office.ts';
import { operations } from './operations.ts';
import type { PlanItem } from './plan.ts';
import { Session } from './session.ts';
import { stalls } from './stall.ts';
import { merge, type Summary } from './statistics.ts';
import type { RunningTarget } from './targets.ts';
import { diskMb, memory } from './usage.ts';
import { seenLine, verify } from './verify.ts';

export interface ContestantOptions {
  readonly seed: number;
  readonly fillLimitMs: number;
  readonly requestLimitMs: number;
  readonly budget: BudgetLimits;
  readonly fillsDirectly: boolean;
  readonly office?: OfficeOptions | undefined;
  readonly measureStalls: boolean;
  readonly log: (line: string) => void;
}

/** One server in the course of a run: its session, its time, and what has been measured on it. */
export class Contestant {
  readonly label: string;
  readonly session: Session;
  readonly result: TargetResult;
  readonly #running: RunningTarget;
  readonly #options: ContestantOptions;
  readonly #slices = new Map<string, Summary[]>();
  /** Operations that failed; left out from then on at this size. */
  readonly #failed = new Set<string>();
  /** Why operations were left out or given fewer rounds, by name. */
  readonly #refusals = new Map<string, string>();
  #budget: Budget;
  /** Whether it could be filled so far. */
  isAlive = true;

  private constructor(running: RunningTarget, result: TargetResult, options: ContestantOptions) {
    const { seed, requestLimitMs: timeoutMs, fillsDirectly } = options;
    this.label = running.target.label;
    this.session = new Session(running.target, { seed, timeoutMs, fillsDirectly });
    this.result = result;
    this.#running = running;
    this.#options = options;
    this.#budget = new Budget(options.budget);
  }

  /** Measures the start and makes an empty calendar; undefined, and a word in `result`, if that fails. */
  static async enter(
    running: RunningTarget,
    result: TargetResult,
    options: ContestantOptions,
  ): Promise<Contestant | undefined> {
    const { label } = running.target;
    try {
      result.coldStartMs = await coldStart(running);
      result.memoryIdle = memory(running.target.pids);
      const [start, idle] = [result.coldStartMs ?? '–', result.memoryIdle?.pssMb ?? '–'];
      options.log(`${label}: cold start ${start} ms, idle ${idle} MB`);
      const contestant = new Contestant(running, result, options);
      await contestant.session.open();
      return contestant;
    } catch (error) {
      result.failed = error instanceof Error ? error.message : String(error);
      options.log(`${label}: ${result.failed}`);
      return undefined;
    }
  }

  /** Begins a step: a calendar of `size` events. */
  async fill(size: number): Promise<void> {
    const { fillLimitMs, budget, log } = this.#options;
    const filled = await this.session.fill(size, fillLimitMs);
    const step: StepResult = { fill: filled, operations: {} };
    this.result.steps[size] = step;
    this.#slices.clear();
    this.#failed.clear();
    this.#refusals.clear();
    this.#budget = new Budget(budget);
    const errors = filled.errors > 0 ? `, ${filled.errors} errors` : '';
    const speed = filled.perSecond === null ? '' : `, ${filled.perSecond}/s`;
    const note = filled.note === undefined ? '' : `, ${filled.note}`;
    log(`${this.label}: ${filled.reached} of ${size} events${speed}${errors}${note}`);
    // Too slow to fill: not measured at this size, nor at a larger one.
    if (filled.reached < size) this.isAlive = false;
    else {
      step.verify = await verify(this.session);
      log(`${this.label}: ${seenLine(step.verify)}`);
    }
  }

  /** Runs one slice of an operation, unless it is out of time or does not work here. */
  async run(item: PlanItem): Promise<void> {
    const operation = operations[item.operation];
    if (operation === undefined || this.#failed.has(item.operation)) return;
    const refusal = this.#budget.refusal(item);
    if (refusal !== undefined) {
      this.#refusals.set(item.name, refusal);
      return;
    }
    const started = performance.now();
    const summary = await operation(this.session, item.limits);
    this.#budget.spend(item, performance.now() - started, summary);
    this.#slices.set(item.name, [...(this.#slices.get(item.name) ?? []), summary]);
    if (summary.count === 0) this.#failed.add(item.operation);
  }

  /** Medians of the rounds so far. */
  settle(size: number, plan: readonly PlanItem[]): void {
    const step = this.result.steps[size];
    if (step === undefined) return;
    for (const { name } of plan) {
      const note = this.#refusals.get(name);
      step.operations[name] = {
        ...merge(this.#slices.get(name) ?? []),
        ...(note !== undefined && { note }),
      };
    }
  }

  /** Ends a step with what is measured once at each size. */
  async finish(size: number): Promise<void> {
    const step = this.result.steps[size];
    if (step === undefined) return;
    const { office: officeOptions, measureStalls, log } = this.#options;
    if (officeOptions) {
      step.office = await office(this.session, officeOptions);
      const { perSecond, p50, p95, errors } = step.office;
      log(`${this.label}: office ${perSecond}/s, p50 ${p50}, p95 ${p95}, ${errors} errors`);
    }
    if (measureStalls) {
      step.stalls = await stalls(this.session);
      const list = step.stalls.worst.map(({ operation, longestPollMs }) => `${operation} ${longestPollMs}`);
      log(`${this.label}: longest poll in ms: ${list.join(', ')} (idle p99 ${step.stalls.idleP99Ms})`);
    }
    const { pids, dataFolder } = this.#running.target;
    step.memory = memory(pids);
    if (dataFolder !== undefined) step.diskMb = diskMb(dataFolder);
    log(`${this.label}: ${step.memory?.pssMb ?? '–'} MB of memory, ${step.diskMb ?? '–'} MB on disk`);
  }
}
