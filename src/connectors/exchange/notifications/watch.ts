/** Who is listened to together (exchange.md 16 "Cluster", 17.4), and what to do where a server does not stream. */
import { isPeculiar } from '../connection/memory.ts';
import { failureFrom } from '../connection/pool.ts';
import type { Listened, StreamOptions } from './listened.ts';
import { pull } from './pulling.ts';
import { stream } from './streaming.ts';

/** The most subscriptions that one connection carries. */
const maxPerConnection = 200;

export interface WatchOptions extends StreamOptions {
  readonly kind: 'streaming' | 'pull';
  readonly pullEveryMs?: number;
}

/** Ends when `signal` says so. */
export async function watchAll(
  members: readonly Listened[],
  options: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const groups =
    options.kind === 'pull' ? members.map((member) => [member]) : await grouped(members, options, signal);
  await Promise.all(groups.map((group) => watchGroup(group, options, signal)));
  // Where nothing is left to listen to, the caller still waits for its own signal.
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function watchGroup(
  group: readonly Listened[],
  options: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const canStream =
    options.kind === 'streaming' && group.every(({ client }) => client.quirks().noStreaming !== true);
  if (canStream) {
    const failure = await stream(group, options, signal).then(() => undefined, failureFrom);
    if (failure === undefined || signal.aborted) return;
    if (failure.class !== 'ours' && failure.class !== 'subscription') {
      for (const { client } of group) options.onLost?.(client.access.mailbox, failure);
      return;
    }
    for (const { client } of group) client.noteQuirks({ noStreaming: true });
  }
  const pullOptions = {
    random: options.random,
    ...(options.pullEveryMs !== undefined && { everyMs: options.pullEveryMs }),
  };
  await Promise.all(
    group.map((member) =>
      pull(member, pullOptions, signal).catch((error: unknown) => {
        options.onLost?.(member.client.access.mailbox, failureFrom(error));
      }),
    ),
  );
}

/** Mailboxes of one login on one address whose server says that they belong together, as many as a connection carries. */
async function grouped(
  members: readonly Listened[],
  { onLost }: WatchOptions,
  signal: AbortSignal,
): Promise<readonly (readonly Listened[])[]> {
  const groups = new Map<string, Listened[]>();
  for (const member of members) {
    const { access } = member.client;
    const { login, domain, secretId } = access.identity.credentials;
    try {
      const { url, group = '' } = await member.client.place(signal);
      // A login of its own, or a folder right of its own: nothing to be shared. Servers that depart from what is documented
      // may serve one mailbox on a connection.
      const isShared = access.mode === 'impersonation' && !isPeculiar(member.client.quirks());
      const own = isShared ? '' : access.mailbox;
      const key = JSON.stringify([url.href, group, login, domain, secretId, own]);
      groups.set(key, [...(groups.get(key) ?? []), member]);
    } catch (error) {
      onLost?.(access.mailbox, failureFrom(error));
    }
  }
  return [...groups.values()].flatMap((group) => {
    const sorted = group.toSorted((one, other) =>
      one.client.access.mailbox < other.client.access.mailbox ? -1 : 1,
    );
    const connections: Listened[][] = [];
    for (let at = 0; at < sorted.length; at += maxPerConnection)
      connections.push(sorted.slice(at, at + maxPerConnection));
    return connections;
  });
}
