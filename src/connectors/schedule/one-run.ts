/**
 * One run under its lease: taken together with the person's wish, renewed while it works, given back together with the
 * time of the next run. A process that dies leaves a lease that lapses (exchange.md 8.1).
 */

import type { Change } from '../../core/change-set.ts';
import type { ConnectorAccount, ConnectorLink, ConnectorRun, RunCause } from '../../core/connector.ts';
import { instant, secondMs } from '../../icalendar/time.ts';
import type { Services } from '../../service/context.ts';
import type { Engine, RunFailure, RunResult } from '../engine.ts';
import { type Aftermath, aftermath } from './aftermath.ts';
import type { Timers } from './timers.ts';

/** Why a run is aborted when the process ends. */
export const stopping: unique symbol = Symbol('stopping');

export const leaseMs: number = 90 * secondMs;
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

/** Undefined: somebody else runs the link. */
export async function oneRun(given: OneRun): Promise<Ended | undefined> {
  const { services, engine, link, control } = given;
  const holder = Buffer.from(services.random(16)).toString('hex');
  const waiting = await waitingRun(services, link);
  const taken = await services.storage.commit({
    actor: null,
    changes: await takeover(given, holder, waiting),
  });
  if (!taken.ok) return undefined;
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

/** The row that somebody made by asking for this run. */
async function waitingRun({ storage }: Services, link: ConnectorLink): Promise<ConnectorRun | undefined> {
  const runs = await storage.connectors.runs(link.id, lookedRuns);
  return runs.find(({ outcome, phase }) => outcome === 'running' && phase === 'waiting');
}

const lookedRuns = 5;

async function takeover(
  { services, link }: OneRun,
  holder: string,
  waiting: ConnectorRun | undefined,
): Promise<readonly Change[]> {
  const now = services.clock.now();
  const runs = await services.storage.connectors.runs(link.id, lookedRuns);
  // Runs of processes that have died end here.
  const lost = runs.filter(({ id, outcome }) => outcome === 'running' && id !== waiting?.id);
  return [
    { do: 'take-lease', link: link.id, holder, until: instant(now + leaseMs) },
    {
      do: 'patch-connector-link',
      id: link.id,
      // Of a process that dies the next one takes over as soon as the lease has lapsed.
      patch: { wanted: null, nextRun: now },
      expect: { wanted: link.wanted },
    },
    ...lost.map(
      (run): Change => ({
        do: 'put-run',
        run: { ...run, outcome: 'failed', phase: 'done', finished: now, failure: 'interrupted' },
      }),
    ),
  ];
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
