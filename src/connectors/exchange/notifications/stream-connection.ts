/** One GetStreamingEvents request: an answer that stays open, envelope after envelope (exchange.md 14.4). */
import { randomUUID } from 'node:crypto';
import type { OutboundStream } from '../../../outbound/connection.ts';
import { localNameOf } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { RemoteFailure } from '../../failure.ts';
import { failureFrom, type Lane } from '../connection/pool.ts';
import { getStreamingEvents, readStreamMessage } from '../operations/subscriptions.ts';
import { classOfCode } from '../wire/codes.ts';
import { readAnswer } from '../wire/response.ts';
import { envelope, requestHeaders } from '../wire/soap.ts';
import type { StreamOptions, Subscribed } from './listened.ts';
import { envelopeSplitter } from './splitter.ts';

export interface Listening {
  readonly lane: Lane;
  readonly url: URL;
  readonly anchor: string;
  readonly subscriptions: readonly Subscribed[];
  readonly options: StreamOptions;
}

/** Minutes for which the server keeps a connection; the most that it accepts is 30. */
export const connectionMinutes = 29;
/** Keep-alives come every 45 s or so. */
const quietMs = 100_000;
const headersTimeoutMs = 60_000;
const maxRefusalBytes = 64 * 1024;

/**
 * Listens until the server says that the time of this connection is over; throws when it ends in any other way. Closes the
 * lane.
 */
export async function listen(listening: Listening, signal: AbortSignal): Promise<void> {
  const { lane, url, subscriptions, options } = listening;
  let isOpen = false;
  try {
    const answer = await open(listening, signal);
    if (answer.status !== 200) throw await refusal(answer, options.now());
    lane.cookies.keep(answer.headers);
    isOpen = true;
    options.onState?.(true);
    for (const { member } of subscriptions) for (const folder of member.folders) member.onHint(folder);
    const splitter = envelopeSplitter();
    for await (const chunk of answer.chunks) {
      for (const bytes of splitter.push(chunk)) {
        const { response } = readAnswer({ status: 200, headers: answer.headers, body: bytes }, options.now());
        if (dispatch(response, subscriptions)) return;
      }
    }
    throw new RemoteFailure('transient', 'stream-ended', 'the server has ended the stream without a word');
  } catch (error) {
    const failure = failureFrom(error);
    const identity = subscriptions[0]?.member.client.access.identity;
    // A server with no room for one more stream names no time: others may go on.
    if (failure.class === 'throttle' && failure.retryAfterMs !== undefined && identity)
      options.pool.pause(url, identity, failure);
    throw failure;
  } finally {
    if (isOpen) options.onState?.(false);
    // Also ends an answer that is still coming.
    await lane.close();
  }
}

function open(
  { lane, url, anchor, subscriptions, options }: Listening,
  signal: AbortSignal,
): Promise<OutboundStream> {
  const client = subscriptions[0]?.member.client;
  if (client === undefined) throw new RemoteFailure('ours', 'no-subscription', 'nobody is listened to');
  const isImpersonated = client.access.mode === 'impersonation';
  const cookie = lane.cookies.header();
  const headers = {
    ...requestHeaders({
      userAgent: options.userAgent,
      requestId: randomUUID(),
      anchor: isImpersonated ? anchor : undefined,
      compressed: false,
      affinity: isImpersonated,
    }),
    ...(cookie !== undefined && { cookie }),
  };
  const request = {
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers,
    timeoutMs: headersTimeoutMs,
    signal,
  };
  const ids = subscriptions.map(({ id }) => id);
  const body = envelope(
    { version: client.version(), impersonated: client.impersonated() },
    getStreamingEvents(ids, connectionMinutes),
  );
  return lane.signIn.run(
    request,
    (login) =>
      lane.connection.stream({
        ...request,
        headers: { ...headers, ...login },
        body,
        quietMs: options.quietMs ?? quietMs,
      }),
    async ({ chunks }) => {
      await textOf(chunks);
    },
  );
}

/** True: the time of the connection is over, and the next one may use the same subscriptions. Throws when it may not. */
function dispatch(response: XmlElement, subscriptions: readonly Subscribed[]): boolean {
  if (localNameOf(response.name) !== 'GetStreamingEventsResponse')
    throw new RemoteFailure('transient', 'answer-mismatch', 'GetStreamingEventsResponse was expected');
  let isClosed = false;
  for (const { code, backOffMs, failed, closed, notifications } of readStreamMessage(response)) {
    if (classOfCode(code) === 'throttle')
      throw new RemoteFailure('throttle', code, `the server answers ${code}`, { retryAfterMs: backOffMs });
    // Whatever the connection's status says: with an error the subscription is over (exchange.md 14.4). Some servers tell
    // only of which it is.
    if (code !== 'NoError' || failed.length > 0)
      throw new RemoteFailure('subscription', code, `the server ends the subscription: ${code}`);
    for (const { subscription, folders } of notifications) {
      const member = subscriptions.find(({ id }) => id === subscription)?.member;
      for (const folder of folders) if (member?.folders.includes(folder)) member.onHint(folder);
    }
    isClosed ||= closed;
  }
  return isClosed;
}

async function refusal({ status, headers, chunks }: OutboundStream, now: number): Promise<RemoteFailure> {
  try {
    readAnswer({ status, headers, body: await textOf(chunks) }, now);
  } catch (error) {
    return failureFrom(error);
  }
  return new RemoteFailure('transient', `http-${status}`, `the server answers HTTP ${status}`);
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    kept.push(chunk);
    size += chunk.length;
    if (size > maxRefusalBytes) break;
  }
  return Buffer.concat(kept);
}
