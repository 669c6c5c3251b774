/** The running connector: scheduler, desk and health over one provider. */
import { createScheduler, type SchedulerEvent } from '../connectors/scheduler.ts';
import type { Log } from '../observability/log.ts';
import type { ExchangeDesk } from '../portal/exchange-desk.ts';
import type { Vault } from '../service/connectors/secrets.ts';
import { loadSettings, stopConnector } from '../service/connectors/setting-store.ts';
import type { Services } from '../service/context.ts';
import { createExchangeWork } from './exchange.ts';
import { createDesk } from './exchange-desk.ts';
import { type ExchangeHealth, healthOf } from './exchange-health.ts';
import { createUserLinks } from './exchange-users.ts';

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
  const { services, log } = given;
  const work = createExchangeWork(given);
  const scheduler = createScheduler({
    services,
    provider: 'exchange',
    engine: work.engine,
    async settings() {
      const { values, stopped } = await loadSettings(services);
      return {
        enabled: values.enabled,
        halted: stopped !== undefined,
        periodMinutes: values.periodMinutes,
        priority: values.users,
        maxRuns: values.maxConcurrentRequests,
      };
    },
    open: async (account) => await (await work.provider()).open(account),
    async watch() {
      const { exchange, settings } = await work.provider();
      return settings.values.realtime === 'off' ? undefined : exchange.watch;
    },
    async halt(code) {
      log.event('error', 'the Exchange connector has stopped: its service account was refused', { code });
      await stopConnector(services, code);
    },
    report: (event) => tell(log, event),
  });
  const users = createUserLinks(services, given.vault, work, log, scheduler.wake);
  let isStarted = false;
  const start = (): void => {
    if (isStarted) return;
    isStarted = true;
    scheduler.start();
    users.start();
  };
  const desk = createDesk(services, work, {
    wake() {
      scheduler.wake();
      if (isStarted) users.look();
    },
    cancel: scheduler.cancel,
  });

  return {
    desk: {
      ...desk,
      // Settings may just have been changed to on.
      wake() {
        void loadSettings(services).then(
          ({ values }) => (values.enabled ? start() : undefined),
          (error: unknown) => log.failure('the settings of Exchange cannot be read', error),
        );
        desk.wake();
      },
    },
    start,
    health: () => healthOf(services, work.health()),
    async stop() {
      await users.stop();
      await scheduler.stop();
      await work.close();
    },
  };
}

/** Ids, codes and times: nothing of what is in events, and nobody's address. */
function tell(log: Log, event: SchedulerEvent): void {
  if (event.event !== 'run-ended') {
    log.failure(`exchange: ${event.event}`, event.cause);
    return;
  }
  const { link, outcome, failure, ms } = event;
  if (!failure) {
    log.event('debug', 'exchange run', { link, outcome, ms });
    return;
  }
  const { class: failureClass, code, cause } = failure;
  if (failureClass === 'internal') log.failure('an Exchange run failed', cause);
  log.event('warn', 'exchange run', { link, outcome, class: failureClass, code, ms });
}
