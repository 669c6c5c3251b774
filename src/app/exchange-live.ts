/** The running connector: its desk, and what it says of its health. */
import type { Log } from '../observability/log.ts';
import type { ExchangeDesk } from '../portal/exchange-desk.ts';
import type { Vault } from '../service/connectors/secrets.ts';
import type { Services } from '../service/context.ts';
import { createExchangeWork } from './exchange.ts';
import { createDesk } from './exchange-desk.ts';
import { type ExchangeHealth, healthOf } from './exchange-health.ts';

export type { ExchangeHealth } from './exchange-health.ts';

export interface LiveSetting {
  readonly services: Services;
  readonly vault: Vault;
  readonly log: Log;
  readonly version: string;
}

export interface LiveExchange {
  readonly desk: ExchangeDesk;
  /** Begins to run links; nothing when it does so already. */
  readonly start: () => void;
  readonly health: () => Promise<ExchangeHealth>;
  readonly stop: () => Promise<void>;
}

export function createLiveExchange(given: LiveSetting): LiveExchange {
  const work = createExchangeWork(given);
  const desk = createDesk(given.services, work, { wake: () => undefined, cancel: () => undefined });
  return {
    desk,
    start: () => undefined,
    health: () => healthOf(given.services, work.health()),
    stop: work.close,
  };
}
