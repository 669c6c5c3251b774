/**
 * Connectors among the parts of the server. What does the work (exchange.ts and all below connectors/) is a large part of
 * the program and is loaded when the connector is switched on, or when somebody asks something of it.
 */
import { readFile } from 'node:fs/promises';
import { environmentName } from '../config/sources.ts';
import type { Settings } from '../config.ts';
import type { Log } from '../observability/log.ts';
import type { ExchangeDesk, ExchangeParts } from '../portal/exchange/desk.ts';
import { operator } from '../service/access.ts';
import { loadSettings, seedSettings } from '../service/connectors/setting-store.ts';
import { readEnvironment, readSettingsFile } from '../service/connectors/settings-file.ts';
import type { Services } from '../service/context.ts';
import { connectorVault } from './connector-key.ts';
import type { ExchangeHealth, LiveExchange } from './exchange-live.ts';

export interface ConnectorsOptions {
  readonly settings: Settings;
  readonly services: Services;
  readonly log: Log;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stands in for the provider in tests. */
  readonly desk?: ExchangeDesk;
}

export interface Connectors extends ExchangeParts {
  /** Takes settings from environment and file where none are stored, and starts the connector once it is switched on, now or later. */
  readonly start: () => Promise<void>;
  /** Undefined while nothing is switched on. */
  readonly health: () => Promise<ExchangeHealth | undefined>;
  readonly stop: () => Promise<void>;
}

/** How often the stored settings are looked at: another process may switch the connector on. */
const lookMs = 30_000;

export function createConnectors(given: ConnectorsOptions): Connectors {
  const { settings, services, log, version, env } = given;
  const vault = connectorVault(settings);
  let opened: Promise<LiveExchange> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const live = (): Promise<LiveExchange> =>
    (opened ??= import('./exchange-live.ts').then(({ createLiveExchange }) =>
      createLiveExchange({ services, vault, log, version }),
    ));
  const look = async (): Promise<void> => {
    const { values } = await loadSettings(services);
    if (values.enabled || opened) await (await live()).follow();
  };

  return {
    vault,
    desk: async () => given.desk ?? (await live()).desk,
    async start() {
      await seed();
      // What stands in for a live Exchange is all there is of one.
      if (given.desk) return;
      await look();
      timer = setInterval(() => {
        look().catch((error: unknown) => log.failure('the Exchange connector cannot be started', error));
      }, lookMs).unref();
    },
    async health() {
      const { values } = await loadSettings(services);
      return values.enabled ? await (await live()).health() : undefined;
    },
    async stop() {
      clearInterval(timer);
      // If the connector could not be loaded, there is nothing to stop.
      await (await opened?.catch(() => undefined))?.stop();
    },
  };

  async function seed(): Promise<void> {
    const context = { services, vault };
    const { exchangeSettings } = settings;
    const taken: string[] = [];
    const fromEnvironment = readEnvironment(env, [environmentName('exchangeSettings')]);
    taken.push(...(await seedSettings(context, operator(), fromEnvironment)));
    if (exchangeSettings !== '') {
      const { patch, notices } = readSettingsFile(await readFile(exchangeSettings, 'utf8'));
      for (const notice of notices) log.event('warn', notice);
      taken.push(...(await seedSettings(context, operator(), patch)));
    }
    if (taken.length > 0) log.event('info', 'exchange settings taken', { settings: taken });
  }
}
