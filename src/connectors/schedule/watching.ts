/**
 * Listening for hints. A hint is never data: it makes a link run soon. What was missed while nobody listened is found by the
 * run that follows each new beginning (exchange.md 14.4, 17.4).
 */
import type { ConnectorAccount, ConnectorLink, Provider } from '../../core/connector.ts';
import type { ConnectorLinkId } from '../../core/ids.ts';
import { minuteMs, secondMs } from '../../icalendar/time.ts';
import type { Services } from '../../service/context.ts';
import type { RemoteMailbox, Watch } from '../remote.ts';
import type { Timers } from './timers.ts';

export interface WatchingParts {
  readonly services: Services;
  readonly provider: Provider;
  readonly timers: Timers;
  readonly open: (account: ConnectorAccount) => Promise<RemoteMailbox>;
  /** Undefined: the provider or the settings do not want it. */
  readonly watch: () => Promise<Watch | undefined>;
  readonly onHint: (link: ConnectorLinkId) => void;
  readonly report: (event: 'watching-failed', cause: unknown) => void;
}

export interface Watching {
  /** Begins anew where links have come or gone, or the provider is another. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const firstPauseMs: number = 5 * secondMs;
const longestPauseMs: number = 5 * minuteMs;
const graceMs: number = 5 * secondMs;

/** Some links that are listened to together. */
interface Listening {
  readonly keys: ReadonlySet<string>;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/** New links are listened to beside the others, until there are so many groups that all begin anew as one. */
const maxListenings = 8;

export function createWatching(parts: WatchingParts): Watching {
  const listenings = new Set<Listening>();
  let current: Watch | undefined;
  let stopped = false;
  let pauseMs = firstPauseMs;
  let forgetRetry = (): void => undefined;

  const end = async (ended: Iterable<Listening>): Promise<void> => {
    for (const one of ended) {
      listenings.delete(one);
      one.control.abort();
      await endOf(one);
    }
  };

  /** Whoever does not stop to listen when told to holds up nobody. */
  const endOf = async ({ done }: Listening): Promise<void> => {
    let forget = (): void => undefined;
    const over = new Promise<void>((resolve) => (forget = parts.timers.after(graceMs, resolve)));
    await Promise.race([done, over]);
    forget();
  };

  /** One after the other: two at once would both begin what neither has found begun. */
  let refreshing: Promise<void> = Promise.resolve();
  const refresh = (): Promise<void> => (refreshing = refreshing.catch(() => undefined).then(refreshed));

  const refreshed = async (): Promise<void> => {
    if (stopped) return;
    const watch = await parts.watch();
    const wanted = new Map((watch ? await watched(parts) : []).map((one) => [keyOf(one), one]));
    const isStale = ({ keys }: Listening): boolean => [...keys].some((key) => !wanted.has(key));
    const anew = watch !== current || listenings.size >= maxListenings;
    await end([...listenings].filter((one) => anew || isStale(one)));
    current = watch;
    const heard = new Set([...listenings].flatMap(({ keys }) => [...keys]));
    const links = [...wanted].flatMap(([key, one]) => (heard.has(key) ? [] : one));
    if (!stopped && watch && links.length > 0) begin(watch, links);
  };

  const begin = (watch: Watch, links: readonly Watched[]): void => {
    const control = new AbortController();
    const since = parts.timers.now();
    const over = (cause: unknown): void => {
      listenings.delete(listening);
      if (parts.timers.now() - since >= longestPauseMs) pauseMs = firstPauseMs;
      if (!control.signal.aborted && !stopped) retryLater(cause);
    };
    const done = listen(parts, watch, links, control.signal).then(() => over(undefined), over);
    const listening: Listening = { keys: new Set(links.map(keyOf)), control, done };
    listenings.add(listening);
    for (const { link } of links) parts.onHint(link.id);
  };

  /** It has ended by itself: a little later once more. */
  const retryLater = (cause: unknown): void => {
    if (cause !== undefined) parts.report('watching-failed', cause);
    forgetRetry();
    forgetRetry = parts.timers.after(pauseMs, () => {
      refresh().catch((error: unknown) => parts.report('watching-failed', error));
    });
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };

  return {
    refresh,
    async stop() {
      stopped = true;
      forgetRetry();
      await refreshing.catch(() => undefined); // Whoever has asked was told.
      await end([...listenings]);
    },
  };
}

function keyOf({ link, account }: Watched): string {
  return `${link.id} ${account.id} ${link.remoteCalendar}`;
}

interface Watched {
  readonly link: ConnectorLink;
  readonly account: ConnectorAccount;
}

async function watched({ services, provider }: WatchingParts): Promise<readonly Watched[]> {
  const found: Watched[] = [];
  for await (const page of services.storage.connectors.links({ provider })) {
    for (const { link, account } of page) {
      const runs = link.stopped === null || link.stopped === 'quota';
      if (link.initialised && runs && account.stopped === null) found.push({ link, account });
    }
  }
  return found;
}

async function listen(
  { open, onHint }: WatchingParts,
  watch: Watch,
  links: readonly Watched[],
  signal: AbortSignal,
): Promise<void> {
  const byAccount = new Map<ConnectorAccount['id'], Watched[]>();
  for (const one of links) byAccount.set(one.account.id, [...(byAccount.get(one.account.id) ?? []), one]);
  const mailboxes: { readonly mailbox: RemoteMailbox; readonly calendars: readonly string[] }[] = [];
  const linkOf = new Map<RemoteMailbox, readonly Watched[]>();
  for (const group of byAccount.values()) {
    const [first] = group;
    if (!first) continue;
    const mailbox = await open(first.account);
    linkOf.set(mailbox, group);
    mailboxes.push({ mailbox, calendars: group.map(({ link }) => link.remoteCalendar) });
  }
  await watch(
    mailboxes,
    (mailbox, calendar) => {
      const group = linkOf.get(mailbox) ?? [];
      for (const { link } of group) if (link.remoteCalendar === calendar) onHint(link.id);
    },
    signal,
  );
}
