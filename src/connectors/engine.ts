/**
 * The synchronisation engine: one run over one link, from finding out what an interrupted run did to the last write.
 *
 * lease -> recover -> pull -> removals -> what changed here -> look through -> push. It knows no provider: everything
 * goes through `RemoteCalendar`. The caller holds the lease (`scheduler.ts`), and decides when to run again.
 */
import type {
  ConnectorAccount,
  ConnectorLink,
  ConnectorRun,
  RunCause,
  StopReason,
} from '../core/connector.ts';
import type { ConnectorLinkPatch } from '../core/connector-change.ts';
import type { ConnectorLinkId, RunId } from '../core/ids.ts';
import { Refusal } from '../core/refusal.ts';
import { actorFor, calendarById } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import { indexView } from '../service/objects/indexing.ts';
import { type FailureClass, RemoteFailure } from './failure.ts';
import { leadingTo, lookAgain } from './found-again.ts';
import { patient, waitedFor } from './patience.ts';
import type { RemoteMailbox } from './remote.ts';
import { applyRemovals, GuardTripped } from './round/deletions.ts';
import { noteRest } from './round/full-mailbox.ts';
import { compareAll, foldLocalChanges } from './round/local-changes.ts';
import {
  deepCheck,
  hasRolled,
  isDeepCheckDue,
  retry,
  retryFailed,
  rollWindow,
  takeUnpaired,
} from './round/look-through.ts';
import { unpairedByContent } from './round/match.ts';
import { answered } from './round/notes.ts';
import { letPartsGo, settleSupposed } from './round/parts-alone.ts';
import { pull } from './round/pull.ts';
import { push } from './round/push.ts';
import { recover, recoverCreations } from './round/recover.ts';
import { Cancelled, type ChangeGuard, LeaseLost, LinkChanged, newRun, Round } from './round/round.ts';
import { Work } from './round/work.ts';
import { type SyncRules, syncWindow } from './rules.ts';
import { systemTimers, type Timers } from './schedule/timers.ts';

export interface EngineParts {
  readonly services: Services;
  /** The mailbox behind an account, ready to be asked. */
  readonly open: (account: ConnectorAccount) => Promise<RemoteMailbox>;
  readonly rulesOf: (link: ConnectorLink) => Promise<SyncRules>;
  /** Which parts of an event a change from there may not touch; absent: all may be. */
  readonly guard?: ChangeGuard;
  readonly timers?: Timers;
}

export interface RunRequest {
  readonly link: ConnectorLinkId;
  readonly cause: RunCause;
  /** Under which the lease of the link is held. */
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (run: ConnectorRun) => void;
  /** The row of a run that somebody has asked for and that has waited until now. */
  readonly continues?: RunId;
}

/** Code of a run that ended because its link is another one now: the next one need not wait. */
export const linkChanged = 'link-changed';

export interface RunFailure {
  readonly class: FailureClass | 'guard' | 'lease-lost' | 'internal';
  readonly code: string;
  readonly retryAfterMs?: number | undefined;
  /** For the log of the process only. */
  readonly cause?: unknown;
}

export interface RunResult {
  readonly run: ConnectorRun;
  readonly failure?: RunFailure;
}

export interface Engine {
  /** Brings both sides of a link in step. Never throws for what a provider does. */
  readonly run: (request: RunRequest) => Promise<RunResult>;
}

export function createEngine(parts: EngineParts): Engine {
  return { run: (request) => run(parts, request) };
}

async function run(parts: EngineParts, request: RunRequest): Promise<RunResult> {
  const begun = await begin(parts, request);
  let round: Round;
  let failure: RunFailure | undefined;
  try {
    round = await openRound(parts, begun);
  } catch (error) {
    return await notBegun(parts, begun, failureOf(error));
  }
  try {
    await round.commit(new Work());
    await steps(round);
  } catch (error) {
    failure = failureOf(error);
  }
  const found = failure?.class === 'folder-gone' ? await lookAgain(round) : undefined;
  if (!found) return await finish(round, failure);
  const again: RunFailure = { class: 'transient', code: 'calendar-found-again', cause: failure?.cause };
  return await finish(round, again, found);
}

async function steps(round: Round): Promise<void> {
  if (!round.parts.seen.access.canWrite) {
    throw new RemoteFailure(
      'permission',
      'calendar-read-only',
      'the person may not write to the calendar here',
    );
  }
  const isFirst = !round.link.initialised;
  const hasFailed = round.link.lastFailure !== null;
  await noteRest(round);
  await recover(round);
  const alike = isFirst && round.parts.rules.autoSync ? await unpairedByContent(round) : undefined;
  round.enter('pulling');
  const wasReconciling = round.link.reconciling && round.parts.rules.autoSync;
  await pull(round, alike);
  await recoverCreations(round);
  round.enter('merging');
  if (alike !== undefined || wasReconciling) await takeUnpaired(round, alike);
  if (round.link.reconciling) await round.commit(new Work(), { reconciling: false });
  await applyRemovals(round);
  if (hasFailed) await retryFailed(round);
  const decided = await answered(round);
  if (decided.length > 0) await retry(round, decided);
  if (isFirst) {
    await settleSupposed(round);
    await letPartsGo(round);
    await compareAll(round);
    await round.commit(new Work(), { initialised: true, deepChecked: round.now() });
  } else await foldLocalChanges(round);
  // A server that stumbles over its own listing each time still takes what is written to it.
  const failure = await lookThrough(round).catch(ofListing);
  await push(round);
  if (failure) throw failure;
}

function ofListing(error: unknown): RemoteFailure {
  const isMeant = error instanceof RemoteFailure && ['transient', 'poison', 'ours'].includes(error.class);
  if (!isMeant) throw error;
  return error;
}

async function lookThrough(round: Round): Promise<void> {
  const wasSilent = round.silent;
  round.silent = true;
  const [rolls, checks] = [hasRolled(round), isDeepCheckDue(round)];
  try {
    if (rolls) await rollWindow(round);
    if (checks) {
      await deepCheck(round);
      await applyRemovals(round);
    }
  } finally {
    round.silent = wasSilent;
  }
  // What was changed here while that went on is no repair: attendees hear of it.
  if (rolls || checks) await foldLocalChanges(round);
}

interface Begun {
  readonly request: RunRequest;
  readonly link: ConnectorLink;
  readonly run: ConnectorRun;
}

/** Throws where there is no such link: nobody asks for that. */
async function begin({ services }: EngineParts, request: RunRequest): Promise<Begun> {
  const link = await services.storage.connectors.link(request.link);
  if (!link) throw new Error(`there is no link ${request.link} to run`);
  const id = request.continues ?? services.ids<RunId>();
  return { request, link, run: newRun(id, link.id, request.cause, services.clock.now()) };
}

/** Without a mailbox or a calendar there is nothing to go through; the row says why. */
async function notBegun(
  { services }: EngineParts,
  { request, link, run: begun }: Begun,
  failure: RunFailure,
): Promise<RunResult> {
  const finished = services.clock.now();
  const run: ConnectorRun = { ...begun, finished, outcome: 'failed', phase: 'done', failure: failure.code };
  const patch = { lastRun: begun.started, failures: link.failures + 1, lastFailure: failure.code };
  await services.storage.commit({
    actor: null,
    changes: [
      { do: 'check-lease', link: link.id, holder: request.holder },
      { do: 'patch-connector-link', id: link.id, patch },
      { do: 'put-run', run },
    ],
  });
  request.onProgress?.(run);
  return { run, failure };
}

async function openRound(parts: EngineParts, { request, link, run: begun }: Begun): Promise<Round> {
  const { services, timers = systemTimers } = parts;
  const { storage } = services;
  const account = await storage.connectors.account(link.account);
  const principal = await storage.principal(link.principal);
  if (!account || !principal) throw new RemoteFailure('configuration', 'person-gone', 'the person is gone');
  const actor = await actorFor(services, principal, { scope: 'write', via: 'session' });
  const seen = await calendarById(services, actor, link.calendar);
  if (!seen) throw new RemoteFailure('configuration', 'calendar-gone', 'the calendar is gone');
  const [rules, index, mailbox] = await Promise.all([
    parts.rulesOf(link),
    indexView(services, seen.calendar),
    waitedFor(timers, request.signal, () => parts.open(account)),
  ]);
  return new Round({
    services,
    account,
    link,
    actor,
    seen,
    index,
    mailbox,
    remote: patient(mailbox.calendar(link.remoteCalendar), timers),
    rules,
    window: syncWindow(services.clock.now(), rules, link, index.zone),
    guard: parts.guard,
    holder: request.holder,
    signal: request.signal,
    onProgress: request.onProgress ?? (() => undefined),
    run: begun,
  });
}

function failureOf(error: unknown): RunFailure {
  if (error instanceof Cancelled) return { class: 'cancelled', code: 'cancelled' };
  if (error instanceof LinkChanged) return { class: 'cancelled', code: linkChanged };
  if (error instanceof LeaseLost) return { class: 'lease-lost', code: 'lease-lost' };
  if (error instanceof GuardTripped) return { class: 'guard', code: 'guard' };
  if (error instanceof RemoteFailure) {
    return { class: error.class, code: error.code, retryAfterMs: error.retryAfterMs, cause: error };
  }
  // Another process keeps writing: what is known is as it was, and is gone on with a little later.
  if (error instanceof Refusal && error.code === 'busy')
    return { class: 'transient', code: 'database-busy', cause: error };
  return { class: 'internal', code: 'internal', cause: error };
}

const stops: Readonly<Partial<Record<RunFailure['class'], StopReason>>> = {
  guard: 'guard',
  permission: 'permission',
  'folder-gone': 'folder',
  // It goes on pulling (`service/connectors/runs.ts`).
  quota: 'quota',
};

const outcomes: Readonly<Partial<Record<RunFailure['class'], ConnectorRun['outcome']>>> = {
  cancelled: 'cancelled',
  guard: 'stopped',
  permission: 'stopped',
  'folder-gone': 'stopped',
  // What came from there has been taken; only writing has to wait.
  quota: 'partial',
};

/** The last line about the run, and what the link remembers of it. */
async function finish(
  round: Round,
  failure: RunFailure | undefined,
  found?: Awaited<ReturnType<typeof lookAgain>>,
): Promise<RunResult> {
  const { connectors } = round.services.storage;
  const finished = round.now();
  const { quarantined } = await connectors.linkCounts(round.link.id);
  const isPartial = round.incomplete || quarantined > 0;
  const outcome = failure ? (outcomes[failure.class] ?? 'failed') : isPartial ? 'partial' : 'ok';
  round.run = { ...round.run, finished, outcome, phase: 'done', failure: failure?.code ?? null };
  const result = failure ? { run: round.run, failure } : { run: round.run };
  if (failure?.class === 'lease-lost') return result;
  const isGood = outcome === 'ok' || outcome === 'partial';
  const counts = failure && failure.class !== 'cancelled';
  const stopped = failure && stops[failure.class];
  const patch: ConnectorLinkPatch = {
    lastRun: round.started,
    ...(isGood && { lastOk: finished, guardLifted: false }),
    failures: isGood ? 0 : round.link.failures + (counts ? 1 : 0),
    ...(failure?.class !== 'cancelled' && {
      lastFailure: failure?.code ?? (round.incomplete ? 'items-failed' : null),
    }),
    ...(isGood && round.link.stopped === 'quota' && { stopped: null }),
    ...(stopped && { stopped }),
  };
  const work = new Work();
  const memory = round.parts.mailbox.memory();
  if (memory !== round.parts.account.memory) {
    work.add({ do: 'patch-connector-account', id: round.parts.account.id, patch: { memory } });
  }
  if (typeof found === 'object') work.add(...leadingTo(round.link, found.id, finished));
  try {
    await round.close(work, patch);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  }
  return result;
}
