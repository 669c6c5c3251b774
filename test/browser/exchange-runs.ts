/** Times and runs of Exchange, as the server tells them. */
import type { ExchangeRun } from '../../src/portal/api.ts';

/** So many minutes from now. */
export function at(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z/, 'Z');
}

/** A run that is under way. */
export function began(started: string): ExchangeRun {
  return {
    id: '1',
    cause: 'manual',
    started,
    finished: null,
    outcome: 'running',
    phase: 'pulling',
    done: 40,
    total: 100,
    counters: { read: 40, created: 0, updated: 0, deleted: 0, skipped: 0, failed: 0 },
    reason: null,
    code: null,
    notes: [],
  };
}
