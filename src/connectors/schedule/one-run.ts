/**
 * One run under its lease: taken together with the person's wish, renewed while it works, given back together with the
 * time of the next run. A process that dies leaves a lease that lapses (exchange.md 8.1).
 */

import type { Change } from '../../core/change-set.ts';
import {
  type ConnectorAccount,
  type ConnectorLink,
  type ConnectorRun,
  longestPauseMs,
  type RunCause,
} from '../../core/connector.ts';
import { instant, minuteMs, secondMs } from '../../icalendar/time.ts';
import type { Services } from '../../service/context.ts';
import type { Engine, RunFailure, RunResult } from '../engine.ts';
import { type Aftermath, aftermath } from './aftermath.ts';
import type { Timers } from './timers.ts';

/** Why a run is aborted when the process ends. */
export const stopping: unique symbol = Symbol('stopping');

const leaseMs: number = 90 * secondMs;
const renewMs: number = 20 * secondMs;

export interface OneRun {
  readonly services: Services;
  readonly engine: Engine;
  readonly timers: Timers;
  readonly link: ConnectorLink;
  readonly account: ConnectorAccount;
  readonly cause: RunCause;
  readonly periodMinutes: number;
  readonly random: () => number;
  /** Ends the run at its next page. */
  readonly control: AbortController;
  readonly onProgress: (run: ConnectorRun) => void;
}

export interface Ended {
  readonly result: RunResult | undefined;
  readonly failure: RunFailure | undefined;
  readonly after: Aftermath;
}

/** Undefined where it was not run: another process holds the lease, or the link is not tried any more. */
export async function oneRun(given: OneRun): Promise<Ended | undefined> {
  const { services, engine, link, control } = given;
  const holder = Buffer.from(services.random(16)).toString('hex');
  const waiting = await waitingRun(services, link);
  const { changes, isGivenUp } = await takeover(given, holder, waiting);
  const taken = await services.storage.commit({
    actor: null,
    changes: isGivenUp ? [...changes, { do: 'release-lease', link: link.id, holder }] : changes,
  });
  if (!taken.ok || isGivenUp) return undefined;
  const stopRenewing = keepLease(given, holder);
  let result: RunResult | undefined;
  let failure: RunFailure | undefined;
  try {
    result = await engine.run({
      link: link.id,
      cause: waiting?.cause ?? given.cause,
      holder,
      signal: control.signal,
      onProgress: given.onProgress,
      ...(waiting && { continues: waiting.id }),
    });
    failure = result.failure;
  } catch (error) {
    failure = { class: 'internal', code: 'internal', cause: error };
  } finally {
    stopRenewing();
  }
  return { result, failure, after: await release(given, holder, failure) };
}

/** The row that was made when somebody asked for this run; undefined for one that nobody has asked for. */
async function waitingRun({ storage }: Services, link: ConnectorLink): Promise<ConnectorRun | undefined> {
  // Without a wish such a row is that of a run that died before its first step.
  if (link.wanted === null) return undefined;
  const runs = await storage.connectors.runs(link.id, lookedRuns);
  return runs.find(({ outcome, phase }) => outcome === 'running' && phase === 'waiting');
}

const lookedRuns = 30;

interface Takeover {
  readonly changes: readonly Change[];
  /** The process has died too often in a row while it ran this link: it is not tried again. */
  readonly isGivenUp: boolean;
}

async function takeover(
  { services, link }: OneRun,
  holder: string,
  waiting: ConnectorRun | undefined,
): Promise<Takeover> {
  const now = services.clock.now();
  const runs = await services.storage.connectors.runs(link.id, lookedRuns);
  // Rows that still say that they run are those of processes that have died.
  const lost = runs.filter(({ id, outcome }) => outcome === 'running' && id !== waiting?.id);
  const before = runs.filter(({ id }) => id !== waiting?.id);
  const survived = before.findIndex((run) => !lost.includes(run) && run.failure !== interrupted);
  // Only runs that died before they had done anything count: the link is not what killed the others.
  const deaths = before.slice(0, survived === -1 ? undefined : survived).filter(hasDoneNothing).length;
  const isGivenUp = lost.some(hasDoneNothing) && deaths >= maxDeaths;
  const changes: readonly Change[] = [
    { do: 'take-lease', link: link.id, holder, until: instant(now + leaseMs) },
    {
      do: 'patch-connector-link',
      id: link.id,
      // If this process dies too, the next one takes over when the lease has lapsed, and waits longer each time.
      patch: {
        wanted: null,
        nextRun: instant(now + (deaths === 0 ? 0 : leaseMs + deathPause(deaths))),
        // Counted as a failure, so that notifications do not start the link before its time.
        ...(lost.some(hasDoneNothing) && { failures: link.failures + 1, lastFailure: interrupted }),
        ...(isGivenUp && { stopped: interrupted }),
      },
      expect: { wanted: link.wanted },
    },
    ...(isGivenUp && waiting ? [...lost, waiting] : lost).map(
      (run): Change => ({
        do: 'put-run',
        run: { ...run, outcome: 'failed', phase: 'done', finished: now, failure: interrupted },
      }),
    ),
  ];
  return { changes, isGivenUp };
}

function hasDoneNothing({ counters }: ConnectorRun): boolean {
  return Object.values(counters).every((count) => count === 0);
}

const interrupted = 'interrupted';
const maxDeaths = 5;

/** Two minutes, doubled with each death in a row. */
function deathPause(deaths: number): number {
  return Math.min(2 * minuteMs * 2 ** (deaths - 1), longestPauseMs / 2);
}

function keepLease({ services, timers, link, control }: OneRun, holder: string): () => void {
  let forget = (): void => undefined;
  let isOver = false;
  const renew = async (): Promise<void> => {
    const until = instant(services.clock.now() + leaseMs);
    const change: Change = { do: 'renew-lease', link: link.id, holder, until };
    const renewed = await services.storage.commit({ actor: null, changes: [change] });
    if (!renewed.ok) control.abort();
    else if (!isOver) arm();
  };
  const arm = (): void => {
    // A storage that fails now fails the run's own writes, too.
    forget = timers.after(renewMs, () => void renew().catch(() => control.abort()));
  };
  arm();
  return () => {
    isOver = true;
    forget();
  };
}

async function release(given: OneRun, holder: string, failure: RunFailure | undefined): Promise<Aftermath> {
  const { services, periodMinutes, random } = given;
  const { connectors } = services.storage;
  const link = (await connectors.link(given.link.id)) ?? given.link;
  const account = (await connectors.account(given.account.id)) ?? given.account;
  const now = services.clock.now();
  const after = aftermath({ failure, link, account, periodMinutes, now, random: random() });
  const changes: Change[] = [{ do: 'release-lease', link: link.id, holder }];
  // Whoever has taken the link over says when it runs next.
  if (failure?.class !== 'lease-lost') {
    // A run that was cut short by the end of the process goes on in the next one.
    const patch = given.control.signal.reason === stopping ? { nextRun: now } : after.link;
    changes.push({ do: 'patch-connector-link', id: link.id, patch });
  }
  if (after.account) {
    changes.push({ do: 'patch-connector-account', id: account.id, patch: after.account });
  }
  await services.storage.commit({ actor: null, changes });
  return after;
}
