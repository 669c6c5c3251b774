/**
 * Affinity of subscriptions: a server farm holds a subscription in one process, and requests find it by the anchor
 * mailbox and a cookie (exchange.md 16, "Cluster").
 */
import type { Context } from './context.ts';
import { EwsError } from './failure.ts';
import type { Mailbox } from './store.ts';

const cookieName = 'X-BackEndOverrideCookie';

/** The process that a new subscription lives in; its cookie goes with the answer. Undefined where there is but one. */
export function claimAnchor(context: Context, mailbox: Mailbox): string | undefined {
  if (!context.backend.anchors) return undefined;
  const known = cookieOf(context);
  const anchor = String(context.headers['x-anchormailbox'] ?? mailbox.address).toLowerCase();
  const backEnd = known ?? `be-${Buffer.from(anchor).toString('hex').slice(0, 12)}`;
  context.answerHeaders['set-cookie'] = [`${cookieName}=${backEnd}; path=/; HttpOnly`];
  return backEnd;
}

/** Refuses a request for subscriptions that reaches another process than theirs. */
export function demandAnchor(context: Context, backEnd: string | undefined): void {
  if (backEnd === undefined) return;
  const prefers = String(context.headers['x-preferserveraffinity'] ?? '').toLowerCase() === 'true';
  if (prefers && cookieOf(context) === backEnd) return;
  throw new EwsError('ErrorProxiedSubscriptionCallFailure', 'The subscription lives on another server.');
}

function cookieOf({ headers }: Context): string | undefined {
  const line = String(headers['cookie'] ?? '');
  return new RegExp(`${cookieName}=([^;\\s]+)`).exec(line)?.[1];
}
