/** What a monitor may know about the connector: servers and ages, never addresses of people and never secrets. */
import type { ExchangeHealth as ProviderHealth } from '../connectors/exchange/index.ts';
import { reasonOf } from '../service/connectors/banner.ts';
import { loadSettings } from '../service/connectors/setting-store.ts';
import type { Services } from '../service/context.ts';

export interface ServerHealth {
  readonly server: string;
  readonly reachable: boolean;
  /** Latency of its last answer; null: it has not been asked yet. */
  readonly latencyMs: number | null;
  readonly throttledUntil: string | null;
  readonly connections: number;
}

export interface ExchangeHealth {
  readonly state: 'active' | 'degraded' | 'failed';
  /** Why the state is not `active`, in words that never change, so that monitors can match them. */
  readonly reasons: readonly string[];
  readonly servers: readonly ServerHealth[];
  /** False after the service account was refused. */
  readonly authenticated: boolean;
  readonly openStreams: number;
  readonly clockSkewMs: number;
  readonly links: LinkSummary;
}

export interface LinkSummary {
  readonly total: number;
  readonly stopped: number;
  readonly failing: number;
  /**
   * For each link that is not stopped, the time since its last good run (since its creation, if it never had one); this
   * is the longest of them. Null: there is no such link.
   */
  readonly oldestSyncSeconds: number | null;
}

/** The same as numbers, for Prometheus. */
export const healthGauges: readonly (readonly [
  name: string,
  help: string,
  of: (health: ExchangeHealth) => number,
])[] = [
  ['portcal_exchange_links', 'Calendars linked with Exchange', ({ links }) => links.total],
  ['portcal_exchange_links_stopped', 'Links that wait for a person to act', ({ links }) => links.stopped],
  ['portcal_exchange_links_failing', 'Links whose last run failed', ({ links }) => links.failing],
  [
    'portcal_exchange_oldest_sync_seconds',
    'Seconds since the last good run of the link for which that is longest ago',
    ({ links }) => links.oldestSyncSeconds ?? 0,
  ],
  ['portcal_exchange_open_streams', 'Streaming connections', ({ openStreams }) => openStreams],
  [
    'portcal_exchange_servers_unreachable',
    'Servers that do not answer',
    ({ servers }) => servers.filter(({ reachable }) => !reachable).length,
  ],
  [
    'portcal_exchange_servers_throttling',
    'Servers that have asked for a pause',
    ({ servers }) => servers.filter(({ throttledUntil }) => throttledUntil !== null).length,
  ],
  [
    'portcal_exchange_state',
    '0 active, 1 degraded, 2 failed',
    ({ state }) => ['active', 'degraded', 'failed'].indexOf(state),
  ],
];

/** A link is reported as late after this many sync periods without a good run. */
const stalePeriods = 4;

export async function healthOf(
  services: Services,
  provider: ProviderHealth | undefined,
): Promise<ExchangeHealth> {
  const { values, stopped } = await loadSettings(services);
  const { unreachable, ...links } = await summary(services);
  const now = services.clock.now();
  const servers = (provider?.servers ?? []).map(
    ({ origin, throttledUntil, unreachableUntil, openConnections, latencyMs }): ServerHealth => ({
      server: origin,
      reachable: unreachableUntil === undefined || unreachableUntil <= now,
      latencyMs: latencyMs === undefined ? null : Math.round(latencyMs),
      throttledUntil:
        throttledUntil !== undefined && throttledUntil > now ? new Date(throttledUntil).toISOString() : null,
      connections: openConnections,
    }),
  );
  const isStale = (links.oldestSyncSeconds ?? 0) > values.periodMinutes * 60 * stalePeriods;
  const failed = [
    ...(stopped ? ['service-account-refused'] : []),
    // A process that has not spoken to any server itself judges by how the last runs ended.
    ...(servers.some(({ reachable }) => !reachable) || (!provider && unreachable > 0)
      ? ['server-unreachable']
      : []),
  ];
  const degraded = [
    ...(servers.some(({ throttledUntil }) => throttledUntil !== null) ? ['throttled'] : []),
    ...(links.stopped > 0 ? ['links-stopped'] : []),
    ...(links.failing > 0 ? ['links-failing'] : []),
    ...(isStale ? ['links-late'] : []),
  ];
  return {
    state: failed.length > 0 ? 'failed' : degraded.length > 0 ? 'degraded' : 'active',
    reasons: [...failed, ...degraded],
    servers,
    authenticated: stopped === undefined,
    openStreams: provider?.openStreams ?? 0,
    clockSkewMs: provider?.clockSkewMs ?? 0,
    links,
  };
}

async function summary({
  storage,
  clock,
}: Services): Promise<LinkSummary & { readonly unreachable: number }> {
  let [total, stopped, failing, unreachable, oldest] = [0, 0, 0, 0, Infinity];
  for await (const page of storage.connectors.links({ provider: 'exchange' })) {
    for (const { link, account } of page) {
      total += 1;
      if (link.stopped !== null || account.stopped !== null) stopped += 1;
      else {
        if (link.failures > 0) failing += 1;
        if (link.failures > 0 && reasonOf(link.lastFailure) === 'unreachable') unreachable += 1;
        oldest = Math.min(oldest, link.lastOk ?? link.created);
      }
    }
  }
  const oldestSyncSeconds = Number.isFinite(oldest) ? Math.round((clock.now() - oldest) / 1000) : null;
  return { total, stopped, failing, unreachable, oldestSyncSeconds };
}
