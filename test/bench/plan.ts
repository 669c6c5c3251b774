import type { Limits } from './http-client.ts';

export interface PlanItem {
  readonly name: string;
  readonly operation: string;
  readonly limits: Limits;
}

/** Operation, concurrency, and the limits of one slice in requests and milliseconds. */
const rows: readonly (readonly [operation: string, concurrency: number, maxCount: number, maxMs: number])[] =
  [
    ['poll', 1, 200, 500],
    ['poll', 8, 400, 500],
    ['poll', 32, 600, 700],
    ['get', 1, 200, 400],
    ['get', 8, 400, 500],
    ['get-304', 1, 200, 400],
    ['list-etags', 1, 10, 800],
    ['query-day', 1, 40, 600],
    ['query-day', 8, 60, 800],
    ['query-month', 1, 20, 700],
    ['query-month', 8, 32, 1000],
    ['query-month-data', 1, 10, 800],
    ['query-month-expand', 1, 10, 800],
    ['multiget-50', 1, 20, 600],
    ['multiget-50', 8, 48, 800],
    ['multiget-50', 32, 96, 1000],
    ['sync-initial', 1, 10, 800],
    ['sync-delta', 1, 10, 800],
    ['freebusy', 1, 10, 700],
    ['export-ics', 1, 4, 1000],
    ['export-304', 1, 20, 400],
    ['discovery', 1, 20, 600],
    ['put-create', 1, 60, 500],
    ['put-create', 8, 120, 600],
    ['put-create', 32, 160, 700],
    ['put-update', 1, 60, 500],
    ['put-update', 8, 120, 600],
    ['delete', 1, 60, 500],
    ['delete', 8, 100, 600],
  ];

/** Measured where they are asked for by name: what they leave in memory would be counted with the rest, or is nothing of the server's. */
const byName: typeof rows = [
  ['export-floor', 1, 4, 1000],
  ['export-renamed', 1, 4, 1000],
  ['export-changed', 1, 3, 8000],
  ['export-cold', 1, 3, 12_000],
];

/** The plan, its slices `factor` times as long, narrowed to names that match, such as `/@1$/`. */
export function plan(factor = 1, pattern?: RegExp): PlanItem[] {
  return [...rows, ...byName.filter(([operation]) => pattern?.test(`${operation}@1`))]
    .map(([operation, concurrency, maxCount, maxMs]) => {
      const limits = { concurrency, maxCount, minCount: Math.min(2, concurrency), maxMs: maxMs * factor };
      return { name: `${operation}@${concurrency}`, operation, limits };
    })
    .filter(({ name }) => pattern === undefined || pattern.test(name));
}
