/**
 * One streaming connection for a group of mailboxes (exchange.md 14.4, 16, 17.4). What it brings are hints: a folder may have
 * changed. Every beginning is a hint for all folders too, because what happened before it is not told.
 */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { RemoteFailure } from '../../failure.ts';
import type { EwsClient, Route } from '../connection/client.ts';
import { isPeculiar, listensToAll } from '../connection/memory.ts';
import { failureFrom } from '../connection/pool.ts';
import { subscribe, unsubscribe, type Watched } from '../operations/subscriptions.ts';
import { cookies } from '../wire/cookies.ts';
import type { Listened, StreamOptions, Subscribed } from './listened.ts';
import { connectionMinutes, listen } from './stream-connection.ts';

/** A new connection is made before the old one ends, so that there is no gap in between. */
const renewMs = (connectionMinutes - 1) * 60_000;
/** One that lasted so long was a working one. */
const provenMs = 60_000;
const firstPauseMs = 5000;
const maxPauseMs = 15 * 60_000;

/**
 * Runs until `signal` says so; failures lead to pauses. A mailbox that may not be listened to is left out, so that it does not
 * silence the others. Throws only what a pause does not mend: a refused login, a server that cannot stream.
 */
export async function stream(
  members: readonly Listened[],
  options: StreamOptions,
  signal: AbortSignal,
): Promise<void> {
  let left = members;
  let pauses = 0;
  const lose = (member: Listened, failure: RemoteFailure): void => {
    left = left.filter((each) => each !== member);
    options.onLost?.(member.client.access.mailbox, failure);
  };
  while (!signal.aborted && left.length > 0) {
    const started = options.now();
    const failure = await session(left, options, lose, signal).then(() => undefined, failureFrom);
    if (signal.aborted || left.length === 0) return;
    if (failure !== undefined && isFinal(failure)) throw failure;
    if (options.now() - started > provenMs) pauses = 0;
    const first = options.pauseMs ?? firstPauseMs;
    const own = Math.min(first * 2 ** Math.min(pauses, 10), maxPauseMs) * (0.75 + options.random() / 2);
    pauses += 1;
    await sleepFor(failure?.retryAfterMs ?? own, undefined, { signal }).catch(() => undefined);
  }
}

/** A refused password above all is not tried again here: the runs of the schedule find out and say so. */
function isFinal({ class: failureClass, code }: RemoteFailure): boolean {
  if (failureClass === 'auth' || failureClass === 'auth-global') return true;
  return code === 'version-too-old' || code === 'ErrorInvalidOperation';
}

/** What is wrong with one mailbox or folder, whatever the others do. */
const ofOneMember: ReadonlySet<string> = new Set(['permission', 'folder-gone', 'gone', 'poison', 'move']);

/** Subscribes all members and listens until a subscription is lost, the connection breaks, or `signal` says so. */
async function session(
  members: readonly Listened[],
  options: StreamOptions,
  lose: (member: Listened, failure: RemoteFailure) => void,
  signal: AbortSignal,
): Promise<void> {
  // The alphabetically first speaks for the group, and its answer says which machine that group lives on.
  const sorted = members.toSorted((one, other) =>
    one.client.access.mailbox < other.client.access.mailbox ? -1 : 1,
  );
  const [first] = sorted;
  if (first === undefined) return;
  const anchor = first.client.access.mailbox;
  const jar = cookies(options.now);
  const { url } = await first.client.place(signal);
  const openLane = () => options.pool.openLane(url, first.client.access.identity, jar);
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const subscriptions: Subscribed[] = [];
  const lane = openLane();
  const route: Route = { lane, anchor };
  try {
    for (const member of sorted) {
      try {
        const request = subscribe('streaming', watchedOf(member));
        const subscription = await member.client.callOn(request, route, signal);
        subscriptions.push({ ...subscription, member });
      } catch (error) {
        const failure = failureFrom(error);
        if (!ofOneMember.has(failure.class)) throw failure;
        lose(member, failure);
      }
    }
    if (subscriptions.length === 0) return;
    let next = listen({ lane, url, anchor, subscriptions, options }, either);
    // With a connection of such a server its subscriptions end: the next one needs others.
    if (isPeculiar(first.client.quirks())) {
      await next;
      return;
    }
    for (;;) {
      // The one before is left to the server, which ends it as soon as there is a new one.
      const isRenewal = await isFirst(options.renewMs ?? renewMs, next, either);
      if (signal.aborted) return;
      if (isRenewal) next.catch(() => undefined);
      next = listen({ lane: openLane(), url, anchor, subscriptions, options }, either);
    }
  } finally {
    ending.abort();
    await lane.close();
    await unsubscribeAll(subscriptions, () => ({ lane: openLane(), anchor }));
  }
}

/** Of a mailbox that is only shared, all would be that of the login itself. */
export function watchedOf({
  client: { access, quirks },
  folders,
}: {
  readonly client: Pick<EwsClient, 'quirks'> & { readonly access: Pick<EwsClient['access'], 'mode'> };
  readonly folders: Listened['folders'];
}): Watched {
  return access.mode !== 'delegate' && listensToAll(quirks()) ? 'all' : folders;
}

/** True when the time is over, or `signal` came, before the work had ended; throws what the work throws. */
async function isFirst(ms: number, work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController();
  const time = sleepFor(ms, true, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => true);
  try {
    return await Promise.race([time, work.then(() => false)]);
  } finally {
    enough.abort();
  }
}

const farewellMs = 5000;

/** Politeness: the server forgets them anyway, and it may have gone with the connection. */
async function unsubscribeAll(subscriptions: readonly Subscribed[], open: () => Route): Promise<void> {
  if (subscriptions.length === 0) return;
  const signal = AbortSignal.timeout(farewellMs);
  let route: Route | undefined;
  try {
    route = open();
    for (const { member, id } of subscriptions) await member.client.callOn(unsubscribe(id), route, signal);
  } catch (error) {
    // Anything else than an answer, or none, is a mistake of ours.
    if (!(error instanceof RemoteFailure)) throw error;
  } finally {
    await route?.lane.close();
  }
}
