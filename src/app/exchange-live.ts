/** The running connector: scheduler, desk and health over one provider. */
import { createScheduler, type Scheduler, type SchedulerEvent } from '../connectors/scheduler.ts';
import type { Log } from '../observability/log.ts';
import type { ExchangeDesk } from '../portal/exchange/desk.ts';
import { loadSettings, stopConnector } from '../service/connectors/setting-store.ts';
import type { ExchangeSettings } from '../service/connectors/settings.ts';
import { noteVersion } from '../service/connectors/upgrade.ts';
import { createExchangeWork, type ExchangeContext, type ExchangeWork } from './exchange.ts';
import { createDesk } from './exchange-desk.ts';
import { type ExchangeHealth, healthOf } from './exchange-health.ts';
import { createUserLinks } from './exchange-users.ts';

export type { ExchangeHealth } from './exchange-health.ts';

export interface LiveExchange {
  readonly desk: ExchangeDesk;
  /** Starts or stops running links, as the settings say now. */
  readonly follow: () => Promise<void>;
  readonly health: () => Promise<ExchangeHealth>;
  readonly stop: () => Promise<void>;
}

export function createLiveExchange(context: ExchangeContext): LiveExchange {
  const { services, log } = context;
  const work = createExchangeWork(context);
  let scheduler: Scheduler | undefined;
  /** Calls of `follow` run one after the other. */
  let following: Promise<void> = Promise.resolve();
  const users = createUserLinks(context, work, () => scheduler?.wake());

  const begin = (): void => {
    if (scheduler) {
      scheduler.wake();
      users.look();
      return;
    }
    scheduler = makeScheduler(context, work);
    scheduler.start();
    users.start();
  };
  const end = async (): Promise<void> => {
    const ending = scheduler;
    scheduler = undefined;
    await users.stop();
    await ending?.stop();
  };
  const follow = (): Promise<void> =>
    (following = following
      .catch(() => undefined)
      .then(async () => {
        const { values } = await loadSettings(services);
        if (!values.enabled) return await end();
        if (!scheduler) await noteVersion(services, context.version);
        begin();
      }));

  return {
    desk: createDesk(services, work, {
      wake: () =>
        void follow().catch((error: unknown) => log.failure('the Exchange connector cannot be woken', error)),
      cancel: (run) => scheduler?.cancel(run),
      onCalendars: (code) => log.event('warn', 'exchange calendar list failed', { code }),
    }),
    follow,
    health: () => healthOf(services, work.health()),
    async stop() {
      await following.catch(() => undefined); // Whoever called `follow` has been told of the failure.
      await end();
      await work.close();
    },
  };
}

function makeScheduler({ services, log }: ExchangeContext, work: ExchangeWork): Scheduler {
  let logLevel: ExchangeSettings['logLevel'] = 'info';
  return createScheduler({
    services,
    provider: 'exchange',
    engine: work.engine,
    async settings() {
      const { values, stopped } = await loadSettings(services);
      logLevel = values.logLevel;
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
    report: (event) => logSchedulerEvent(log, event, logLevel),
  });
}

/** Logs ids, codes and times only: nothing of what is in events, and nobody's address. */
function logSchedulerEvent(log: Log, event: SchedulerEvent, logLevel: ExchangeSettings['logLevel']): void {
  if (event.event !== 'run-ended') {
    log.failure(`exchange: ${event.event}`, event.cause);
    return;
  }
  const { link, outcome, failure, ms } = event;
  if (!failure) {
    // There are many successful runs: they are logged only if the connector's log level asks for it.
    if (logLevel === 'debug') log.event('info', 'exchange run', { link, outcome, ms });
    return;
  }
  const { class: failureClass, code, cause } = failure;
  if (failureClass === 'internal') log.failure('an Exchange run failed', cause);
  if (logLevel !== 'error')
    log.event('warn', 'exchange run', { link, outcome, class: failureClass, code, ms });
}
