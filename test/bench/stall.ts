import { basic } from '../../conformance/dav.ts';
import { Poller } from '../../conformance/poller.ts';
import { pause } from '../../conformance/portcal.ts';
import { longestTurn } from './longest-turn.ts';
import { everything } from './operations.ts';
import * as requests from './requests.ts';
import type { Session } from './session.ts';
import { percentile, rounded } from './statistics.ts';

/** How long another client had to wait while one heavy request ran. */
export interface Stall {
  readonly operation: string;
  /** How long the heavy request itself took, the last time. */
  readonly requestMs: number;
  /** The longest a poll took meanwhile: at most the time for which the server's event loop did not turn. */
  readonly longestPollMs: number;
  readonly pollCount: number;
  /** The longest turn of the server's event loop in processor time, where it tells. */
  readonly longestTurnMs?: number;
}

export interface Stalls {
  /** 99th percentile of the same polls on an idle server. */
  readonly idleP99Ms: number;
  readonly worst: readonly Stall[];
}

const tries = 3;
/** A request that takes longer is not tried again. */
const slowMs = 3_000;

/**
 * Runs each heavy request a few times while a thread of its own polls without pause. */
export async function stalls(session: Session): Promise<Stalls> {
  const { path, target } = session;
  const heavy: Record<string, requests.BenchRequest> = {
    'list-etags': requests.listEtags(path),
    'sync-initial': requests.syncCollection(path),
    'query-all': requests.calendarQuery(path, everything),
    'query-all-data': requests.calendarQuery(path, everything, 'full'),
    'query-year-expand': requests.calendarQuery(path, ['20260101T000000Z', '20270101T000000Z'], 'expand'),
    'freebusy-all': requests.freeBusy(path, everything),
    ...(target.exports && { 'export-ics': { path } }),
  };
  const { method = 'GET', headers, body = '' } = requests.poll(path);
  const login = target.account && { Authorization: basic(target.account) };
  const poller = new Poller({
    url: new URL(path, target.origin).href,
    method,
    headers: { ...headers, ...login },
    body,
  });
  try {
    await poller.during(() => pause(300));
    const idle = await poller.during(() => pause(1_000));
    const worst: Stall[] = [];
    for (const [operation, request] of Object.entries(heavy)) {
      let [requestMs, longestPollMs, pollCount, longestTurnMs] = [0, 0, 0, 0];
      for (let i = 0; i < tries; i++) {
        let polls: number[] = [];
        const beside = async (): Promise<void> => {
          polls = await poller.during(async () => {
            const started = performance.now();
            // One that fails, by its time limit above all, has kept others waiting like any.
            await session.client.send(request).catch(() => undefined);
            requestMs = performance.now() - started;
          });
        };
        const [pid] = target.pids;
        if (target.tellsTurns && pid !== undefined)
          longestTurnMs = Math.max(longestTurnMs, await longestTurn(pid, beside));
        else await beside();
        longestPollMs = Math.max(longestPollMs, polls.at(-1) ?? 0);
        pollCount += polls.length;
        if (requestMs > slowMs) break;
      }
      worst.push({
        operation,
        requestMs: round(requestMs),
        longestPollMs: round(longestPollMs),
        pollCount,
        ...(target.tellsTurns && { longestTurnMs: round(longestTurnMs) }),
      });
    }
    return {
      idleP99Ms: round(
        percentile(
          idle.toSorted((a, b) => a - b),
          0.99,
        ) ?? 0,
      ),
      worst,
    };
  } finally {
    await poller.stop();
  }
}

const round = (ms: number): number => rounded(ms, 1) ?? 0;
