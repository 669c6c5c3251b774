/** A scheduler over a link in memory, with the time of a test, and what can be seen of it. */
import type { Watch } from '../../src/connectors/remote.ts';
import {
  createScheduler,
  type Scheduler,
  type SchedulerEvent,
  type SchedulerParts,
} from '../../src/connectors/scheduler.ts';
import type { Linked } from './linked.ts';
import { memoryMailbox } from './memory-calendar.ts';

export interface Scheduled {
  readonly scheduler: Scheduler;
  readonly ended: Extract<SchedulerEvent, { readonly event: 'run-ended' }>[];
  /** Something has happened there. */
  readonly hint: () => void;
}

/** Every quarter of an hour, without jitter. It has not started yet. */
export function scheduled(
  linked: Linked,
  more: Partial<SchedulerParts> & Required<Pick<SchedulerParts, 'timers'>>,
): Scheduled {
  const mailbox = memoryMailbox(linked.remote);
  const ended: Scheduled['ended'] = [];
  let hint = (): void => undefined;
  const watch: Watch = (_, onHint, signal) => {
    hint = () => onHint(mailbox, 'calendar');
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const scheduler = createScheduler({
    services: linked.services,
    provider: 'exchange',
    engine: linked.engine(),
    settings: () =>
      Promise.resolve({ enabled: true, halted: false, periodMinutes: 15, priority: [], maxRuns: 4 }),
    open: () => Promise.resolve(mailbox),
    watch: () => Promise.resolve(watch),
    halt: () => Promise.resolve(),
    report: (event) => {
      if (event.event === 'run-ended') ended.push(event);
    },
    random: () => 0.5,
    ...more,
  });
  return { scheduler, ended, hint: () => hint() };
}
