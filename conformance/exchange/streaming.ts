/** GetStreamingEvents (MS-OXWSNTIF 3.1.4.2): one answer that stays open and holds one whole envelope after the other. */
import type { ServerResponse } from 'node:http';
import { demandAnchor } from './affinity.ts';
import { envelope, failed, success, undeclared } from './answer.ts';
import type { Context } from './context.ts';
import { EwsError } from './failure.ts';
import { child, childText, type Element, type Markup, tag, text } from './markup.ts';
import { eventMarkup } from './operations/notifications.ts';
import type { StoreEvent } from './store.ts';
import { concerns, type Subscription } from './subscriptions.ts';

/** How the pieces of a stream reach the wire. */
export type Chunking = 'whole' | 'awkward' | 'joined';

export interface StreamOptions {
  readonly keepAliveMs: number;
  readonly chunking: Chunking;
}

/** An open stream, for tests that break it. */
export interface OpenStream {
  readonly mailboxes: readonly string[];
  /** Says nothing any more and keeps the connection: what a network outage looks like. */
  readonly silence: () => void;
  /** Ends the answer in good order. */
  readonly close: () => void;
  /** Cuts the connection. */
  readonly cut: () => void;
  /** Tells an error code for its subscriptions, and goes on as if nothing had happened. */
  readonly fail: (code: string) => void;
}

const operation = 'GetStreamingEvents';

export function openStream(
  context: Context,
  request: Element,
  response: ServerResponse,
  options: StreamOptions,
  onEnd: () => void,
): OpenStream | undefined {
  const { backend } = context;
  const ids = (child(request, 'SubscriptionIds')?.children ?? []).map((one) => one.text.trim());
  const subscriptions: Subscription[] = [];
  const wrong: { id: string; error: EwsError }[] = [];
  for (const id of ids) {
    try {
      const subscription = backend.subscriptions.get(id);
      if (subscription.kind !== 'streaming')
        throw new EwsError('ErrorInvalidSubscription', 'The subscription is not one of streaming.');
      if (backend.profile.laxStreams && subscription.mailbox !== context.mailbox)
        throw new EwsError('ErrorInvalidSubscription', 'Subscription is invalid.');
      demandAnchor(context, subscription.backEnd);
      subscriptions.push(subscription);
    } catch (error) {
      if (!(error instanceof EwsError)) throw error;
      wrong.push({ id, error });
    }
  }
  response.useChunkedEncodingByDefault = !backend.profile.plainStreams;
  response.writeHead(200, { 'content-type': backend.profile.contentType, 'cache-control': 'private' });
  const writer = new Chunks(response, options.chunking);
  let isFirst = true;
  const say = (messages: readonly Markup[]): void => {
    const all = tag(`m:${operation}Response`, [tag('m:ResponseMessages', messages)]);
    const written = envelope(backend.profile, all);
    writer.write(isFirst || !backend.profile.laxStreams ? written : undeclared(written));
    isFirst = false;
  };
  const [first] = wrong;
  if (first) {
    const bad = tag(
      'm:ErrorSubscriptionIds',
      wrong.map(({ id }) => text('m:SubscriptionId', id)),
    );
    say([failed(operation, first.error, [bad, text('m:ConnectionStatus', 'Closed')])]);
    writer.end();
    onEnd();
    return undefined;
  }
  return stream(context, request, response, {
    subscriptions,
    writer,
    say,
    keepAliveMs: options.keepAliveMs,
    onEnd,
  });
}

interface Parts {
  readonly subscriptions: readonly Subscription[];
  readonly writer: Chunks;
  readonly say: (messages: readonly Markup[]) => void;
  readonly keepAliveMs: number;
  readonly onEnd: () => void;
}

function stream(context: Context, request: Element, response: ServerResponse, parts: Parts): OpenStream {
  const { subscriptions, writer, say, keepAliveMs, onEnd } = parts;
  const { store, subscriptions: known, profile } = context.backend;
  let silent = false;
  let ended = false;
  const status = (connection: 'OK' | 'Closed', content: readonly Markup[] = []): void =>
    say([success(operation, [...content, text('m:ConnectionStatus', connection)])]);
  const tell = (subscription: Subscription, event: StoreEvent): void => {
    if (silent || event.number <= subscription.told || isLost()) return;
    subscription.told = event.number;
    const notification = tag('t:Notification', [
      text('t:SubscriptionId', subscription.id),
      eventMarkup(event, false),
    ]);
    status('OK', [tag('m:Notifications', [notification])]);
  };
  const stopListening = store.onEvent((event) => {
    for (const subscription of subscriptions) if (concerns(subscription, event)) tell(subscription, event);
  });
  /** Another stream took them with it: that is told in passing, and then it is over. */
  const isLost = (): boolean => {
    const lost = profile.laxStreams ? subscriptions.filter(({ id }) => !known.has(id)) : [];
    if (lost.length === 0 || ended) return lost.length > 0;
    status('OK', [
      tag(
        'm:ErrorSubscriptionIds',
        lost.map(({ id }) => text('m:SubscriptionId', id)),
      ),
    ]);
    close();
    return true;
  };
  const beat = setInterval(() => {
    if (silent || isLost()) return;
    for (const subscription of subscriptions) subscription.expires = store.now() + subscription.timeoutMs;
    status('OK');
  }, keepAliveMs);
  const minutes = Number(childText(request, 'ConnectionTimeout') ?? 30);
  const limit = setTimeout(() => close(), minutes * 60_000);
  const finish = (): void => {
    if (ended) return;
    ended = true;
    stopListening();
    clearInterval(beat);
    clearTimeout(limit);
    if (profile.laxStreams) for (const { id } of subscriptions) known.forget(id);
    onEnd();
  };
  const close = (): void => {
    if (!silent) status('Closed');
    // Seen on Gromox: that was all, and the connection stays.
    if (!profile.laxStreams) writer.end();
    finish();
  };
  response.once('close', finish);
  if (profile.laxStreams)
    for (const subscription of subscriptions) {
      subscription.leave?.();
      subscription.leave = close;
    }
  status('OK');
  // What happened between the subscription and this connection is told at once.
  for (const subscription of subscriptions)
    for (const event of context.backend.subscriptions.events(subscription, subscription.told))
      tell(subscription, event);
  return {
    mailboxes: [...new Set(subscriptions.map(({ mailbox }) => mailbox.address))],
    silence: () => {
      silent = true;
    },
    close,
    cut: () => {
      response.destroy();
      finish();
    },
    fail: (code) => {
      const ids = subscriptions.map(({ id }) => text('m:SubscriptionId', id));
      say([
        failed(operation, new EwsError(code, 'The subscription has ended.'), [
          tag('m:ErrorSubscriptionIds', ids),
          text('m:ConnectionStatus', 'OK'),
        ]),
      ]);
      silent = true;
    },
  };
}

/** Writes envelopes whole, in pieces that cut tags and characters, or several together. */
class Chunks {
  readonly #response: ServerResponse;
  readonly #chunking: Chunking;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, chunking: Chunking) {
    this.#response = response;
    this.#chunking = chunking;
  }

  write(text: string): void {
    const data = Buffer.from(text, 'utf8');
    switch (this.#chunking) {
      case 'whole':
        this.#response.write(data);
        return;
      case 'awkward':
        // Sizes that are prime to everything, so that cuts fall inside tags, references and characters.
        for (let at = 0, size = 1; at < data.length; at += size, size = ((size * 7 + 3) % 61) + 1)
          this.#response.write(data.subarray(at, at + size));
        return;
      case 'joined':
        this.#waiting.push(data);
        this.#timer ??= setTimeout(() => this.#flush(), 20);
    }
  }

  end(): void {
    this.#flush();
    this.#response.end();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#response.write(Buffer.concat(this.#waiting));
    this.#waiting = [];
  }
}
