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

interface Listening {
  readonly key: string;
  readonly watch: Watch;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

export function createWatching(parts: WatchingParts): Watching {
  let listening: Listening | undefined;
  let stopped = false;
  let pauseMs = firstPauseMs;
  let forgetRetry = (): void => undefined;

  const end = async (): Promise<void> => {
    const ended = listening;
    listening = undefined;
    ended?.control.abort();
    await ended?.done;
  };

  const refresh = async (): Promise<void> => {
    if (stopped) return;
    const watch = await parts.watch();
    const links = watch ? await watched(parts) : [];
    const key = links
      .map(({ link, account }) => `${link.id} ${account.id} ${link.remoteCalendar}`)
      .join('\n');
    if (listening && listening.key === key && listening.watch === watch) return;
    await end();
    if (stopped || !watch || links.length === 0) return;
    const control = new AbortController();
    const done = listen(parts, watch, links, control.signal).then(
      () => again(control, undefined),
      (error: unknown) => again(control, error),
    );
    listening = { key, watch, control, done };
    for (const { link } of links) parts.onHint(link.id);
  };

  /** It has ended by itself: a little later once more. */
  const again = (control: AbortController, cause: unknown): void => {
    if (control.signal.aborted || stopped) return;
    if (cause !== undefined) parts.report('watching-failed', cause);
    listening = undefined;
    forgetRetry = parts.timers.after(pauseMs, () => {
      refresh().then(
        () => (pauseMs = firstPauseMs),
        (error: unknown) => parts.report('watching-failed', error),
      );
    });
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };

  return {
    refresh,
    async stop() {
      stopped = true;
      forgetRetry();
      await end();
    },
  };
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
