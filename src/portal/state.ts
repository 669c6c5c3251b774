/** What lives between requests in this process: who listens to the stream, jobs that run, writes that can be taken back. */
import type { PrincipalId } from '../core/ids.ts';
import type { UndoStep } from '../service/undo.ts';
import type { Job } from './api.ts';
import type { Hub } from './stream.ts';

export interface PortalState {
  readonly hub: Hub;
  readonly undo: Shelf<readonly UndoStep[]>;
  readonly jobs: Shelf<Job>;
  /** Work in the background; a stop waits for it. */
  readonly background: Set<Promise<void>>;
}

/** Things of single people under names that nobody guesses, for some minutes, the oldest making room. */
export class Shelf<Value> {
  private readonly entries = new Map<
    string,
    { readonly owner: PrincipalId; readonly until: number; value: Value }
  >();
  private readonly nowMs: () => number;
  private readonly lifeMs: number;
  private readonly most: number;

  constructor(nowMs: () => number, lifeMs: number, most: number) {
    this.nowMs = nowMs;
    this.lifeMs = lifeMs;
    this.most = most;
  }

  put(name: string, owner: PrincipalId, value: Value): void {
    this.entries.set(name, { owner, value, until: this.nowMs() + this.lifeMs });
    for (const [oldest, { until }] of this.entries) {
      if (this.entries.size <= this.most && until > this.nowMs()) return;
      this.entries.delete(oldest);
    }
  }

  /** Of its owner only. */
  get(name: string, owner: PrincipalId): Value | undefined {
    const found = this.entries.get(name);
    return found && found.owner === owner && found.until > this.nowMs() ? found.value : undefined;
  }

  take(name: string, owner: PrincipalId): Value | undefined {
    const found = this.get(name, owner);
    if (found !== undefined) this.entries.delete(name);
    return found;
  }
}
