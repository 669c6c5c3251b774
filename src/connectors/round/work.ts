/** What a step of a round has decided: changes for one transaction, and what they count for. */
import type { Change } from '../../core/change-set.ts';
import type { RunCounters } from '../../core/connector.ts';
import type { PairId } from '../../core/ids.ts';
import type { SyncNote } from '../sync-notes.ts';

export type Counter = keyof RunCounters;

export const nothingCounted: RunCounters = {
  read: 0,
  created: 0,
  updated: 0,
  deleted: 0,
  skipped: 0,
  failed: 0,
  conflicts: 0,
  repaired: 0,
};

export class Work {
  readonly changes: Change[] = [];
  /** UIDs that this transaction brings into our calendar: a second one of the same page has to see them. */
  readonly uids: Set<string> = new Set();
  /** Pairs that an item of this transaction has joined: another one with the same marker is a copy. */
  readonly joined: Set<PairId> = new Set();
  /** Pairs of which something came: written here, to be written there, ended, or agreed on otherwise than before. */
  readonly moved: Set<PairId> = new Set();
  private readonly counted = new Map<Counter, number>();
  private readonly noted = new Map<string, number>();

  add(...changes: readonly Change[]): void {
    this.changes.push(...changes);
  }

  count(counter: Counter, by = 1): void {
    this.counted.set(counter, (this.counted.get(counter) ?? 0) + by);
  }

  /** What had to be guessed or could not be said, as codes for the sync log. */
  note(codes: readonly SyncNote[]): void {
    for (const code of codes) this.noted.set(code, (this.noted.get(code) ?? 0) + 1);
  }

  /** `code=count` of each, in the order in which they came up. */
  notedOnto(detail: string | null): string | null {
    const sum = new Map(
      (detail ?? '').split(' ').flatMap((part): [string, number][] => {
        const [code = '', count = ''] = part.split('=');
        return code === '' ? [] : [[code, Number(count)]];
      }),
    );
    for (const [code, by] of this.noted) sum.set(code, (sum.get(code) ?? 0) + by);
    return sum.size === 0 ? detail : [...sum].map(([code, count]) => `${code}=${count}`).join(' ');
  }

  countedOnto(counters: RunCounters): RunCounters {
    const sum: { -readonly [Name in Counter]: number } = { ...counters };
    for (const [counter, by] of this.counted) sum[counter] += by;
    return sum;
  }
}
