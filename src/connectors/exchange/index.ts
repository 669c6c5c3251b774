/** The Exchange connector's transport as one thing: mailboxes, notifications, the connection test, health. */
import { randomUUID } from 'node:crypto';
import { RemoteFailure } from '../failure.ts';
import type { RemoteMailbox, Watch } from '../remote.ts';
import type { Credentials } from './auth/credentials.ts';
import { type CheckOptions, type CheckStep, checkSteps, settingsStep } from './check.ts';
import { type Access, createClient, type EwsClient, type Learned, type Trace } from './connection/client.ts';
import { createPool, type PoolHealth } from './connection/pool.ts';
import { skew } from './connection/skew.ts';
import { createFinder, type FinderOptions, placeMs } from './discovery/find.ts';
import { createMailbox } from './mailbox.ts';
import type { Mapping } from './mapping/mapping.ts';
import type { KnownLists } from './members.ts';
import type { Listened } from './notifications/listened.ts';
import { watchAll } from './notifications/watch.ts';
import { endpointOf, mayBeAsked, type TransportSettings } from './settings.ts';

export type { Credentials } from './auth/credentials.ts';
export type { CheckStep } from './check.ts';
export type { Learned, Trace } from './connection/client.ts';
export { redactedHeaders, redactedXml } from './wire/redact.ts';

/** What of the table of settings is the transport's and the mapping's. */
export type ExchangeSettings = TransportSettings &
  Pick<Mapping, 'unsupportedRecurrence' | 'recurrencePolicy' | 'privateEvents'>;

export interface ExchangeOptions {
  /** Stable: administrators allow programs by it. */
  readonly userAgent: string;
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** For one mailbox: undefined, or who gets what was said. To be redacted before it is kept. */
  readonly trace?: (mailbox: string) => ((entry: Trace) => void) | undefined;
  /** A mailbox that is listened to no longer; the schedule goes on. */
  readonly onLost?: (mailbox: string, failure: RemoteFailure) => void;
  /** Shared by those that speak to the same server, such as a connection test beside the connector itself. */
  readonly learned?: Learned;
  readonly services?: FinderOptions['services'];
  readonly pullEveryMs?: number;
  /** After a stream has failed for the first time. */
  readonly streamPauseMs?: number;
}

export interface MailboxRequest {
  /** Its address. */
  readonly mailbox: string;
  readonly credentials: Credentials;
  /** The credentials are those of a service account: `accessMode` says how it acts for the mailbox. */
  readonly isService: boolean;
  /** `ConnectorAccount.memory`; empty at first. */
  readonly memory: string;
  /** IANA name of the person's own zone. */
  readonly zone: string;
  readonly territory: string | null;
  /** Other addresses of the same person. */
  readonly aliases: readonly string[];
}

export interface CheckRequest {
  /** Against which access is tried; empty: only the server is. */
  readonly mailbox: string;
  /** Undefined: none is configured. */
  readonly credentials: Credentials | undefined;
  readonly isService: boolean;
  /** Also write, read and delete a hidden item. */
  readonly probe: boolean;
}

export interface ExchangeHealth {
  readonly servers: readonly PoolHealth[];
  readonly openStreams: number;
  readonly clockSkewMs: number;
}

export interface Exchange {
  readonly mailbox: (request: MailboxRequest) => RemoteMailbox;
  readonly watch: Watch;
  readonly check: (request: CheckRequest, signal: AbortSignal) => AsyncIterable<CheckStep>;
  readonly health: () => ExchangeHealth;
  readonly clockSkewMs: () => number;
  /** Ends everything that is under way. */
  readonly close: () => Promise<void>;
}

/** Throws a failure of class `configuration` when the settings make no address. New settings need a new one. */
export function createExchange(settings: ExchangeSettings, options: ExchangeOptions): Exchange {
  const { userAgent, now, random } = options;
  const endpoint = endpointOf(settings);
  const learned: Learned = options.learned ?? { quirks: {} };
  learned.refusals ??= new Map();
  const pool = createPool({ settings, endpoint, now, random, refusals: learned.refusals });
  const clock = skew();
  const directory = new Map<string, string>();
  const lists: KnownLists = new Map();
  const finder = createFinder({
    settings,
    endpoint,
    pool,
    userAgent,
    now,
    requestId: randomUUID,
    onSoap(isUnderstood) {
      learned.quirks = { ...learned.quirks, noSoapAutodiscover: !isUnderstood };
    },
    ...(options.services !== undefined && { services: options.services }),
  });
  const clients = new WeakMap<RemoteMailbox, EwsClient>();
  let openStreams = 0;

  const clientFor = (access: Access, memory: string, find = finder.find): EwsClient =>
    createClient({
      access,
      pool,
      skew: clock,
      version: settings.serverVersion,
      memory,
      base: `${settings.autodiscover} ${endpoint.ewsUrl.href}`,
      find,
      placeMs,
      mayBeAsked: (url) => mayBeAsked(url, endpoint),
      userAgent,
      timeoutMs: settings.requestTimeoutSeconds * 1000,
      now,
      random,
      trace: options.trace?.(access.mailbox),
      learned,
    });

  const accessOf = (mailbox: string, credentials: Credentials, isService: boolean): Access => ({
    mailbox: mailbox.toLowerCase(),
    identity: { credentials, isService },
    mode: !isService || settings.accessMode === 'perUser' ? 'own' : settings.accessMode,
  });

  return {
    mailbox(request) {
      const access = accessOf(request.mailbox, request.credentials, request.isService);
      const client = clientFor(access, request.memory);
      const { unsupportedRecurrence, recurrencePolicy, privateEvents } = settings;
      const mailbox = createMailbox({
        client,
        own: () => clientFor({ ...access, mode: 'own' }, request.memory),
        skew: clock,
        batchSize: settings.batchSize,
        mapping: {
          mailbox: access.mailbox,
          aliases: request.aliases.map((alias) => alias.toLowerCase()),
          zone: request.zone,
          territory: request.territory,
          unsupportedRecurrence,
          recurrencePolicy,
          privateEvents,
        },
        directory,
        lists,
      });
      clients.set(mailbox, client);
      return mailbox;
    },
    async watch(mailboxes, onHint, signal) {
      const members = mailboxes.flatMap(({ mailbox, calendars }): Listened[] => {
        const client = clients.get(mailbox);
        if (client === undefined || calendars.length === 0 || settings.realtime === 'off') return [];
        return [{ client, folders: calendars, onHint: (folder) => onHint(mailbox, folder) }];
      });
      await watchAll(
        members,
        {
          kind: settings.realtime === 'pull' ? 'pull' : 'streaming',
          pool,
          userAgent,
          now,
          random,
          onState(open) {
            openStreams += open ? 1 : -1;
          },
          ...(options.onLost !== undefined && { onLost: options.onLost }),
          ...(options.pullEveryMs !== undefined && { pullEveryMs: options.pullEveryMs }),
          ...(options.streamPauseMs !== undefined && { pauseMs: options.streamPauseMs }),
        },
        signal,
      );
    },
    check(request, signal) {
      const { credentials, isService, probe } = request;
      const check: CheckOptions = {
        settings,
        endpoint,
        finder,
        skew: clock,
        userAgent,
        access:
          credentials === undefined
            ? undefined
            : accessOf(request.mailbox || credentials.login, credentials, isService),
        needsLogin: settings.accessMode !== 'perUser',
        hasMailbox: request.mailbox !== '',
        client: (each, place) => clientFor(each, '', place === 'found' ? finder.find : finder.configured),
        probe,
      };
      return checkSteps(check, signal);
    },
    health: () => ({ servers: pool.health(), openStreams, clockSkewMs: clock.ms() }),
    clockSkewMs: clock.ms,
    close: pool.close,
  };
}

/** The connection test for settings that may not even make an address. */
export async function* checkExchange(
  settings: ExchangeSettings,
  options: ExchangeOptions,
  request: CheckRequest,
  signal: AbortSignal,
): AsyncGenerator<CheckStep> {
  let exchange: Exchange;
  // Somebody looks at it: what was refused may be right by now, as when an account was unlocked.
  for (const brake of options.learned?.refusals?.values() ?? []) brake.accepted();
  try {
    exchange = createExchange(settings, options);
  } catch (error) {
    if (!(error instanceof RemoteFailure)) throw error;
    yield settingsStep(error);
    return;
  }
  try {
    yield* exchange.check(request, signal);
  } finally {
    await exchange.close();
  }
}
