import { availableParallelism } from 'node:os';
import type { PlanItem } from './plan.ts';
import type { Summary } from './statistics.ts';

export interface BudgetLimits {
  /** What one operation at one concurrency may take beyond its slices on one server, over all rounds. */
  readonly operationMs: number;
  /** What all operations together may take beyond their slices on one server at one size. */
  readonly serverMs: number;
}

/**
 * The time one server may take at one size beyond that of the plan, so that a slow one does not stretch the run without end.
 *
 * Every operation gets one round at least with one connection; with more, unless its time is known to be out of proportion
 * from fewer, or the server's time is over. What is left out says why.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  /** Beyond their slices: a server that keeps to them has as many rounds as are asked for. */
  readonly #spentMs = new Map<string, number>();
  /** The median of a request of each operation, at its last concurrency so far. */
  readonly #known = new Map<string, { readonly concurrency: number; readonly p50: number }>();
  #totalMs = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Why a slice is not to be run; undefined if it is. */
  refusal({ name, operation, limits: { concurrency } }: PlanItem): string | undefined {
    const { operationMs, serverMs } = this.#limits;
    const spent = this.#spentMs.get(name);
    if (spent !== undefined && spent >= operationMs) return `${seconds(spent)} longer than its slices`;
    const isFirst = spent === undefined && concurrency === 1;
    if (this.#totalMs >= serverMs && !isFirst) return `the server's time of ${seconds(serverMs)} was over`;
    const known = this.#known.get(operation);
    if (spent !== undefined || known === undefined || concurrency <= known.concurrency) return undefined;
    // Every connection sends one request at least; of a lone request it is not known how many run beside each other.
    const perRequest = known.p50 / (known.concurrency === 1 ? availableParallelism() : known.concurrency);
    const least = perRequest * concurrency;
    if (least <= operationMs) return undefined;
    return `a request takes ${seconds(known.p50)} at a concurrency of ${known.concurrency}`;
  }

  spend({ name, operation, limits }: PlanItem, elapsedMs: number, { p50 }: Summary): void {
    const { concurrency, maxMs } = limits;
    const beyondMs = Math.max(0, elapsedMs - maxMs);
    this.#totalMs += beyondMs;
    this.#spentMs.set(name, (this.#spentMs.get(name) ?? 0) + beyondMs);
    if (p50 !== null) this.#known.set(operation, { concurrency, p50 });
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
