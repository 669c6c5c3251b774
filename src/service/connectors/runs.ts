/**
 * Asking for runs and looking at them. A wish makes the run's row at once, in the phase `waiting`; whoever runs the link
 * continues that row, so the person who asked follows one run from the first moment on.
 */
import type { Change } from '../../core/change-set.ts';
import type { ConnectorLink, ConnectorRun, RunCause } from '../../core/connector.ts';
import type { RunId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Instant, instant, secondMs } from '../../icalendar/time.ts';
import { isOperator, requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { linkOfPerson, requireLink } from './accounts.ts';
import { waitingRun } from './waiting-run.ts';

/** One manual run of a link in this time; who asks again joins the one that was. */
const manualPauseMs: number = 30 * secondMs;

export interface Wish {
  readonly run: RunId;
  readonly isNew: boolean;
}

/** Asks for a run of the actor's own link. Refuses `not-found`, and `locked` while the link is stopped. */
export async function wishForRun(services: Services, actor: Actor): Promise<Wish> {
  requireWriting(actor);
  return await wish(services, actor, await requireLink(services, actor), 'manual', true);
}

/**
 * Asks for a run of a link. The one that waits or works is joined; with `isPatient` also one that was asked for a moment ago. Of two who
 * ask at the same time, the second sees the first one's wish.
 */
export async function wish(
  services: Services,
  actor: Actor,
  link: ConnectorLink,
  cause: Extract<RunCause, 'manual' | 'command'>,
  isPatient = false,
): Promise<Wish> {
  if (!isRunnable(link)) {
    throw new Refusal('locked', 'synchronization has stopped until the reason is resolved');
  }
  const now = services.clock.now();
  const joined = await joinable(services, link, now, isPatient);
  if (joined !== undefined) return { run: joined, isNew: false };
  const run = services.ids<RunId>();
  const changes: Change[] = [
    {
      do: 'patch-connector-link',
      id: link.id,
      // Always another value, so that of two who ask in the same millisecond one comes second.
      patch: { wanted: instant(Math.max(now, (link.wanted ?? 0) + 1)) },
      expect: { wanted: link.wanted },
    },
    { do: 'put-run', run: waitingRun(run, link.id, cause, now) },
  ];
  try {
    await commit(services, actor, changes);
  } catch (error) {
    const latest =
      error instanceof Refusal && error.code === 'stale' ? await newest(services, link) : undefined;
    if (!latest) throw error;
    return { run: latest.id, isNew: false };
  }
  return { run, isNew: true };
}

/** Newest runs that are looked through for one to join. */
const looked = 20;

/** A full mailbox goes on pulling; every other reason waits for somebody. */
export function isRunnable({ stopped }: Pick<ConnectorLink, 'stopped'>): boolean {
  return stopped === null || stopped === 'quota';
}

async function joinable(
  services: Services,
  link: ConnectorLink,
  now: Instant,
  isPatient: boolean,
): Promise<RunId | undefined> {
  const { connectors } = services.storage;
  const [runs, lease] = await Promise.all([connectors.runs(link.id, looked), connectors.lease(link.id)]);
  const [latest] = runs;
  if (latest && isUnderWay(latest, link, lease?.until, now)) return latest.id;
  // After a failure, whoever asks again wants another try.
  if (!isPatient || !latest || !wentThrough(latest, link)) return undefined;
  const manual = runs.find(({ cause }) => cause === 'manual' || cause === 'command');
  if (!manual || !wentThrough(manual, link)) return undefined;
  // A run of the future was made by a clock that was wrong.
  const ageMs = now - manual.started;
  // The newest run knows at least as much as the one that was asked for; two who ask at once are told of the same.
  return ageMs >= 0 && ageMs < manualPauseMs ? latest.id : undefined;
}

/** Nothing was left to try again: single events that are left alone wait for somebody, not for the next run. */
function wentThrough({ outcome, failure }: ConnectorRun, { lastFailure }: ConnectorLink): boolean {
  return outcome === 'ok' || (outcome === 'partial' && failure === null && lastFailure === null);
}

/** Does a run wait or work? One whose process has died does neither, although its row says so. */
export function isUnderWay(
  run: Pick<ConnectorRun, 'outcome' | 'phase'>,
  link: Pick<ConnectorLink, 'wanted'>,
  leasedUntil: Instant | undefined,
  now: Instant,
): boolean {
  if (run.outcome !== 'running') return false;
  return (
    (leasedUntil !== undefined && leasedUntil > now) || (run.phase === 'waiting' && link.wanted !== null)
  );
}

async function newest({ storage }: Services, link: ConnectorLink): Promise<ConnectorRun | undefined> {
  const [run] = await storage.connectors.runs(link.id, 1);
  return run;
}

/** A run of the actor's own link. Refuses `not-found` for any other. */
export async function ownRun(services: Services, actor: Actor, id: RunId): Promise<ConnectorRun> {
  const run = await services.storage.connectors.run(id);
  const link = run && (await services.storage.connectors.link(run.link));
  if (!run || !link || link.principal !== actor.principal.id) {
    throw new Refusal('not-found', 'there is no such run');
  }
  return run;
}

/** The newest runs of the actor's link; none without a link. */
export async function ownRuns(
  services: Services,
  actor: Actor,
  limit: number,
): Promise<readonly ConnectorRun[]> {
  const link = isOperator(actor) ? undefined : await linkOfPerson(services, actor.principal.id);
  return link ? await services.storage.connectors.runs(link.id, limit) : [];
}

/**
 * Cancels a run of the actor's own link. One that waits is over at once; one that works ends at its next page, when `cancel`
 * has told whoever runs it.
 */
export async function cancelRun(
  services: Services,
  actor: Actor,
  id: RunId,
  cancel: ((run: RunId) => void) | undefined,
): Promise<void> {
  requireWriting(actor);
  const run = await ownRun(services, actor, id);
  if (run.outcome !== 'running') return;
  cancel?.(id);
  const lease = await services.storage.connectors.lease(run.link);
  if (lease && lease.until > services.clock.now()) return;
  await commit(services, actor, [
    { do: 'put-run', run: { ...run, outcome: 'cancelled', phase: 'done', finished: services.clock.now() } },
    { do: 'patch-connector-link', id: run.link, patch: { wanted: null } },
  ]);
}
