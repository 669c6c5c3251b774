/** Two processes with one database, each with a scheduler: one run of a link at a time, whoever is asked. */
import assert from 'node:assert/strict';
import type { Timers } from '../../src/connectors/schedule/timers.ts';
import { minuteMs, secondMs } from '../../src/icalendar/time.ts';
import { wishForRun } from '../../src/service/connectors/runs.ts';
import { neutral } from './events.ts';
import { FakeTimers } from './fake-timers.ts';
import { Linked, titled } from './linked.ts';
import { type Scheduled, scheduled } from './scheduled.ts';

interface Process extends Scheduled {
  /** Nothing of it happens any more, and nothing is given back. */
  readonly kill: () => void;
}

describe('two schedulers with one database', () => {
  let linked: Linked;
  let timers: FakeTimers;
  let one: Process;
  let other: Process;
  /** Requests that are under way. */
  let open: number;
  let mostOpen: number;

  function start(): Process {
    let isDead = false;
    const mortal: Timers = {
      now: () => timers.now(),
      after: (ms, call) => timers.after(ms, () => isDead || call()),
    };
    const made = scheduled(linked, { timers: mortal });
    made.scheduler.start();
    return { ...made, kill: () => (isDead = true) };
  }

  beforeEach(async () => {
    linked = await Linked.make({ remote: { pageSize: 2 } });
    timers = new FakeTimers(linked.office.clock);
    [open, mostOpen] = [0, 0];
    linked.remote.fault = async (_, moment) => {
      open += moment === 'before' ? 1 : -1;
      mostOpen = Math.max(mostOpen, open);
      // Others get their turn while a request is under way.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let at = 0; at < 5; at++) {
      await linked.put(neutral({ title: `Here ${at}` }, { uid: `here-${at}` }));
      linked.remote.put(neutral({ title: `There ${at}` }, { uid: `there-${at}` }));
    }
    one = start();
    other = start();
    timers.isBusy = () => one.scheduler.runningCount() + other.scheduler.runningCount() > 0;
  });
  afterEach(async () => {
    linked.remote.fault = () => undefined;
    await Promise.all([one.scheduler.stop(), other.scheduler.stop()]);
    await linked.office.close();
  });

  async function assertDone(events: number): Promise<void> {
    await linked.assertInStep();
    assert.equal(linked.remote.items.size, events);
    assert.equal(mostOpen, 1, 'requests at a time');
  }

  const ended = (): number => one.ended.length + other.ended.length;

  it('make one first run', async () => {
    await timers.pass(2 * secondMs);
    assert.equal(ended(), 1);
    await assertDone(10);
  });

  it('make one run of clicks, hints and changes at both', async () => {
    await timers.pass(2 * minuteMs);
    const before = ended();
    await linked.edit('here-1', titled('Edited'));
    linked.remote.put(neutral({ title: 'New' }, { uid: 'new' }));
    const wishes = await Promise.all([1, 2, 3, 4].map(() => wishForRun(linked.services, linked.who)));
    assert.equal(new Set(wishes.map(({ run }) => run)).size, 1);
    for (const { scheduler, hint } of [one, other, one, other]) {
      hint();
      scheduler.wake();
    }
    await timers.pass(secondMs);
    assert.equal(ended(), before + 1);
    await assertDone(11);
    // The hints came while the run went on, or before: one more run at most in each process.
    await timers.pass(10 * secondMs);
    assert.ok(ended() <= before + 3, String(ended() - before));
    await assertDone(11);
  });

  it('share the work by time: one run in each period', async () => {
    await timers.pass(2 * minuteMs);
    const before = ended();
    await timers.pass(60 * minuteMs);
    assert.ok(ended() - before <= 5, String(ended() - before));
    assert.ok(ended() - before >= 3, String(ended() - before));
  });

  it('take over from each other a minute and a half after one was killed', async () => {
    await timers.pass(2 * minuteMs);
    const paced = linked.remote.fault;
    await linked.edit('here-1', titled('Edited'));
    await linked.put(neutral({ title: 'New' }, { uid: 'new' }));
    // It dies with its request on the way; the request arrives.
    let victim: Process | undefined;
    linked.remote.fault = async (kind, moment) => {
      if (kind !== 'create' || moment !== 'after') return;
      victim = one.scheduler.runningCount() > 0 ? one : other;
      victim.kill();
      await new Promise(() => undefined);
    };
    await wishForRun(linked.services, linked.who);
    one.scheduler.wake();
    await timers.pass(secondMs);
    assert.equal(victim, one);
    linked.remote.fault = paced;
    [open, mostOpen] = [0, 0];
    const count = other.ended.length;
    await timers.pass(85 * secondMs);
    assert.equal(other.ended.length, count, 'not before the lease has lapsed');
    await timers.pass(20 * secondMs);
    assert.equal(other.ended.length, count + 1);
    await assertDone(11);
    const [, lost] = await linked.services.storage.connectors.runs(linked.id, 2);
    assert.deepEqual([lost?.outcome, lost?.failure], ['failed', 'interrupted']);
  });
});
