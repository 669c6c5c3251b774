import assert from 'node:assert/strict';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import type { RemoteMailbox, Watch } from '../../src/connectors/remote.ts';
import {
  createScheduler,
  type Scheduler,
  type SchedulerEvent,
  type ScheduleSettings,
} from '../../src/connectors/scheduler.ts';
import type { ConnectorRun } from '../../src/core/connector.ts';
import type { RunId } from '../../src/core/ids.ts';
import { instant, minuteMs, secondMs } from '../../src/icalendar/time.ts';
import { wishForRun } from '../../src/service/connectors/runs.ts';
import { neutral } from './events.ts';
import { FakeTimers } from './fake-timers.ts';
import { Linked, titled } from './linked.ts';
import { memoryMailbox } from './memory-calendar.ts';

interface Desk {
  readonly linked: Linked;
  readonly timers: FakeTimers;
  readonly scheduler: Scheduler;
  readonly events: SchedulerEvent[];
  readonly halts: string[];
  hint: () => void;
  watches: number;
  settings: ScheduleSettings;
}

let desk: Desk;

async function open(watching?: Watch): Promise<Desk> {
  const linked = await Linked.make();
  const timers = new FakeTimers(linked.office.clock);
  const mailbox = memoryMailbox(linked.remote);
  const made: Omit<Desk, 'scheduler'> & { scheduler?: Scheduler } = {
    linked,
    timers,
    events: [],
    halts: [],
    watches: 0,
    hint: () => undefined,
    settings: { enabled: true, halted: false, periodMinutes: 15, priority: [], maxRuns: 4 },
  };
  const listening: Watch = (_, onHint, signal) => {
    made.watches++;
    made.hint = () => onHint(mailbox, 'calendar');
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const watch = watching ?? listening;
  const opened = (): Promise<RemoteMailbox> => Promise.resolve(mailbox);
  const scheduler = createScheduler({
    services: linked.services,
    provider: 'exchange',
    engine: linked.engine(),
    settings: () => Promise.resolve(made.settings),
    open: opened,
    watch: () => Promise.resolve(watch),
    halt: (code) => {
      made.halts.push(code);
      made.settings = { ...made.settings, halted: true };
      return Promise.resolve();
    },
    report: (event) => made.events.push(event),
    timers,
    random: () => 0.5,
  });
  timers.isBusy = () => scheduler.runningCount() > 0;
  desk = Object.assign(made, { scheduler });
  return desk;
}

const runs = (): number => desk.events.filter(({ event }) => event === 'run-ended').length;

function failing(kind: RemoteFailure['class'], retryAfterMs?: number): void {
  desk.linked.remote.fault = () => {
    throw new RemoteFailure(kind, kind, kind, { retryAfterMs });
  };
}

describe('connector scheduler', () => {
  afterEach(async () => {
    await desk.scheduler.stop();
    await desk.linked.office.close();
  });

  it('runs a new link at once and then by the period', async () => {
    const { linked, timers, scheduler } = await open();
    linked.remote.put(neutral({}, { uid: 'one' }));
    scheduler.start();
    await timers.pass(secondMs);
    assert.equal(runs(), 1);
    await linked.assertInStep();
    assert.equal((await linked.link()).nextRun, ((await linked.link()).lastRun ?? 0) + 15 * minuteMs);
    await timers.pass(12 * minuteMs);
    const before = runs();
    await timers.pass(8 * minuteMs);
    assert.equal(runs(), before + 1);
  });

  it('makes one run of any number of clicks, in the row that the first one made', async () => {
    const { linked, timers, scheduler } = await open();
    scheduler.start();
    await timers.pass(2 * minuteMs);
    const before = runs();
    const [one, other] = await Promise.all([
      wishForRun(linked.services, linked.who),
      wishForRun(linked.services, linked.who),
    ]);
    assert.equal(one.run, other.run);
    scheduler.wake();
    scheduler.wake();
    await timers.pass(secondMs);
    assert.equal(runs(), before + 1);
    const run = await linked.services.storage.connectors.run(one.run);
    assert.deepEqual([run?.cause, run?.outcome, run?.phase], ['manual', 'ok', 'done']);
    assert.equal((await linked.link()).wanted, null);
  });

  it('listens to a new link after its first run', async () => {
    const { linked, timers, scheduler } = await open();
    const { storage, clock } = linked.services;
    const { id } = await linked.link();
    const end = { do: 'patch-connector-link', id, patch: { removed: clock.now() } } as const;
    await storage.commit({ actor: null, changes: [end] });
    scheduler.start();
    await timers.pass(5 * secondMs);
    assert.equal(desk.watches, 0);
    const begin = { ...end, patch: { removed: null, nextRun: clock.now() } };
    await storage.commit({ actor: null, changes: [begin] });
    await timers.pass(5 * secondMs);
    assert.equal(desk.watches, 1);
  });

  it('gathers a burst of hints into one run', async () => {
    const { linked, timers, scheduler } = await open();
    scheduler.start();
    await timers.pass(2 * minuteMs);
    assert.equal(desk.watches, 1);
    await timers.pass(10 * secondMs);
    const before = runs();
    linked.remote.put(neutral({}, { uid: 'one' }));
    for (let at = 0; at < 5; at++) {
      desk.hint();
      await timers.pass(300);
    }
    assert.equal(runs(), before);
    await timers.pass(3 * secondMs);
    assert.equal(runs(), before + 1);
    await linked.assertInStep();
  });

  it('looks again at once for what became due while it looked', async () => {
    const { linked, timers, scheduler } = await open();
    scheduler.start();
    await timers.pass(2 * minuteMs);
    const before = runs();
    const { connectors } = linked.services.storage;
    const { dueLinks } = connectors;
    timers.earlyMs = 1;
    Object.assign(connectors, {
      dueLinks: async (question: Parameters<typeof dueLinks>[0]) => {
        const due = await dueLinks(question);
        timers.take(2);
        return due;
      },
    });
    desk.hint();
    await timers.pass(4 * secondMs);
    assert.equal(runs(), before + 1);
  });

  it('runs soon after something was changed here', async () => {
    const { linked, timers, scheduler } = await open();
    scheduler.start();
    await timers.pass(2 * minuteMs);
    await linked.put(neutral({}, { uid: 'one' }));
    await linked.edit('one', titled('Again'));
    await timers.pass(8 * secondMs);
    assert.equal(linked.there('one').content.title, 'Again');
  });

  it('forgets no change that came just before a look', async () => {
    const { linked, timers, scheduler } = await open();
    scheduler.start();
    await timers.pass(2 * minuteMs);
    await linked.put(neutral({}, { uid: 'one' }));
    await timers.pass(2500);
    await linked.edit('one', titled('Again'));
    await timers.pass(4 * secondMs);
    assert.equal(linked.there('one').content.title, 'Again');
  });

  it('takes a link over when its lease has lapsed, and says what became of the run', async () => {
    const { linked, timers, scheduler } = await open();
    const until = instant(linked.office.clock.now() + 90_000);
    await linked.commit([{ do: 'take-lease', link: linked.id, holder: 'dead', until }]);
    const dead = linked.services.ids<RunId>();
    const counters = {
      read: 0,
      created: 0,
      updated: 0,
      deleted: 0,
      skipped: 0,
      failed: 0,
      conflicts: 0,
      repaired: 0,
    };
    const row: ConnectorRun = {
      id: dead,
      link: linked.id,
      cause: 'schedule',
      started: instant(0),
      finished: null,
      outcome: 'running',
      phase: 'pulling',
      done: 0,
      total: null,
      counters,
      failure: null,
      detail: null,
    };
    await linked.commit([{ do: 'put-run', run: row }]);
    scheduler.start();
    await timers.pass(80 * secondMs);
    assert.equal(runs(), 0);
    await timers.pass(30 * secondMs);
    assert.ok(runs() > 0);
    const run = await linked.services.storage.connectors.run(dead);
    assert.deepEqual([run?.outcome, run?.failure], ['failed', 'interrupted']);
  });

  it('renews the lease of a long run, and ends one that somebody has taken over', async () => {
    const { linked, timers, scheduler } = await open();
    let go = (): void => undefined;
    linked.remote.fault = () => new Promise((resolve) => (go = resolve));
    scheduler.start();
    await timers.pass(200 * secondMs);
    const lease = await linked.services.storage.connectors.lease(linked.id);
    assert.ok(lease && lease.until > linked.office.clock.now() + 60_000);
    linked.remote.fault = () => undefined;
    await linked.commit([{ do: 'release-lease', link: linked.id, holder: lease.holder }]);
    const until = instant(linked.office.clock.now() + 90_000);
    await linked.commit([{ do: 'take-lease', link: linked.id, holder: 'other', until }]);
    go();
    await timers.settled();
    const [ended] = desk.events.filter(({ event }) => event === 'run-ended');
    assert.ok(ended && 'failure' in ended && ended.failure?.class === 'lease-lost');
    assert.equal((await linked.services.storage.connectors.lease(linked.id))?.holder, 'other');
  });

  it('pauses after the first refused password, tries twice more, and never again', async () => {
    const { linked, timers, scheduler } = await open();
    failing('auth');
    scheduler.start();
    await timers.pass(secondMs);
    const account = await linked.services.storage.connectors.account(linked.account.id);
    assert.deepEqual([account?.stopped, account?.authFailures], ['credentials', 1]);
    await timers.pass(28 * minuteMs);
    assert.equal(runs(), 1);
    await timers.pass(4 * minuteMs);
    assert.equal(runs(), 2);
    await timers.pass(5 * 60 * minuteMs);
    assert.equal(runs(), 3);
  });

  it('goes on when a refused password is accepted again', async () => {
    const { linked, timers, scheduler } = await open();
    failing('auth');
    scheduler.start();
    await timers.pass(secondMs);
    linked.remote.fault = () => undefined;
    await timers.pass(32 * minuteMs);
    const account = await linked.services.storage.connectors.account(linked.account.id);
    assert.deepEqual([account?.stopped, account?.authFailures, account?.notBefore], [null, 0, null]);
  });

  it('stops everything when the service account is refused', async () => {
    const { linked, timers, scheduler } = await open();
    failing('auth-global');
    scheduler.start();
    await timers.pass(60 * minuteMs);
    assert.equal(runs(), 1);
    assert.deepEqual(desk.halts, ['auth-global']);
    desk.settings = { ...desk.settings, halted: false };
    linked.remote.fault = () => undefined;
    await timers.pass(16 * minuteMs);
    assert.ok(runs() > 1);
  });

  it('listens no longer once the service account is refused, and again when it is let go on', async () => {
    let listening = 0;
    const { linked, timers, scheduler } = await open((_, __, signal) => {
      listening++;
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())).finally(
        () => listening--,
      );
    });
    scheduler.start();
    await timers.pass(minuteMs);
    assert.equal(listening, 1);
    failing('auth-global');
    await wishForRun(linked.services, linked.who);
    scheduler.wake();
    await timers.pass(secondMs);
    assert.deepEqual([desk.halts, listening], [['auth-global'], 0]);
    await timers.pass(20 * minuteMs);
    assert.equal(listening, 0);
    desk.settings = { ...desk.settings, halted: false };
    linked.remote.fault = () => undefined;
    await timers.pass(minuteMs);
    assert.equal(listening, 1);
  });

  it('asks nothing before the end of a pause that the provider wants', async () => {
    const { linked, timers, scheduler } = await open();
    failing('throttle', 7 * minuteMs);
    scheduler.start();
    await timers.pass(secondMs);
    linked.remote.fault = () => undefined;
    linked.remote.requests.length = 0;
    await wishForRun(linked.services, linked.who);
    scheduler.wake();
    await timers.pass(6 * minuteMs);
    assert.deepEqual(linked.remote.requests, []);
    await timers.pass(2 * minuteMs);
    assert.ok(linked.remote.requests.length > 0);
  });

  it('comes again sooner after a line that broke, with growing pauses', async () => {
    const { linked, timers, scheduler } = await open();
    failing('transient');
    scheduler.start();
    await timers.pass(secondMs);
    assert.equal(runs(), 1);
    await timers.pass(50 * secondMs);
    assert.equal(runs(), 2);
    await timers.pass(40 * secondMs);
    assert.equal(runs(), 2);
    await timers.pass(50 * secondMs);
    assert.equal(runs(), 3);
    assert.equal((await linked.link()).failures, 3);
  });

  it('cancels a run at its next page, and tells who follows it', async () => {
    const { linked, timers, scheduler } = await open();
    for (let at = 0; at < 30; at++)
      linked.remote.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
    const seen: ConnectorRun[] = [];
    const { run } = await wishForRun(linked.services, linked.who);
    scheduler.follow(run, (one) => seen.push(one));
    linked.remote.fault = (kind) => {
      if (kind === 'fetch') scheduler.cancel(run);
    };
    scheduler.start();
    await timers.pass(secondMs);
    assert.equal(seen.at(-1)?.outcome, 'cancelled');
    assert.ok(seen.some(({ phase }) => phase === 'pulling'));
  });

  it('listens anew when listening has ended, and looks at what was missed', async () => {
    let begun = 0;
    const { linked, timers, scheduler } = await open(() => {
      begun++;
      return Promise.reject(new RemoteFailure('transient', 'reset', 'the line broke'));
    });
    scheduler.start();
    await timers.pass(2 * minuteMs);
    assert.ok(begun >= 2, `${begun}`);
    assert.ok(desk.events.some(({ event }) => event === 'watching-failed'));
    assert.equal((await linked.link()).lastFailure, null);
  });

  it('waits for its runs when it stops', async () => {
    const { linked, timers, scheduler } = await open();
    let go = (): void => undefined;
    linked.remote.fault = () => new Promise((resolve) => (go = resolve));
    scheduler.start();
    await timers.pass(secondMs);
    assert.equal(scheduler.runningCount(), 1);
    const stopped = scheduler.stop();
    linked.remote.fault = () => undefined;
    go();
    await stopped;
    assert.equal(scheduler.runningCount(), 0);
    assert.equal(await linked.services.storage.connectors.lease(linked.id), undefined);
  });
});
