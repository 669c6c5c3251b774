/** A link whose runs end with the death of their process: tried again later each time, and in the end not at all (exchange.md 17.2). */
import assert from 'node:assert/strict';
import type { Timers } from '../../src/connectors/schedule/timers.ts';
import { hourMs, minuteMs, secondMs } from '../../src/icalendar/time.ts';
import { resumeLink } from '../../src/service/connectors/administration.ts';
import { wishForRun } from '../../src/service/connectors/runs.ts';
import { actor } from '../service/office.ts';
import { neutral } from './events.ts';
import { FakeTimers } from './fake-timers.ts';
import { Linked } from './linked.ts';
import { scheduled } from './scheduled.ts';

describe('a link whose runs kill their process', () => {
  let linked: Linked;
  let timers: FakeTimers;
  /** When runs began, in seconds. */
  let begun: number[];
  let isDeadly: boolean;

  beforeEach(async () => {
    linked = await Linked.make();
    timers = new FakeTimers(linked.office.clock);
    begun = [];
    isDeadly = true;
    const start = linked.office.clock.now();
    linked.remote.fault = async (kind, moment) => {
      if (kind !== 'changes' || moment !== 'before') return;
      begun.push(Math.round((linked.office.clock.now() - start) / secondMs));
      if (isDeadly) await new Promise(() => undefined);
    };
    await linked.put(neutral());
  });
  afterEach(() => linked.office.close());

  /** Processes one after the other, each until the link kills it or for this long. */
  async function live(ms: number): Promise<void> {
    const end = timers.now() + ms;
    while (timers.now() < end) {
      let isDead = false;
      const mortal: Timers = {
        now: () => timers.now(),
        after: (wait, call) => timers.after(wait, () => isDead || call()),
      };
      const { scheduler } = scheduled(linked, { timers: mortal });
      const before = begun.length;
      scheduler.start();
      const isAlive = (): boolean => timers.now() < end && (!isDeadly || begun.length === before);
      for (let alive = true; alive; alive = isAlive()) await timers.pass(5 * secondMs);
      isDead = true;
    }
  }

  it('is tried again after longer and longer pauses, and then stops with a reason', async () => {
    await live(3 * hourMs);
    const pauses = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    assert.equal(begun.length, 5, String(begun));
    assert.ok((pauses[0] ?? 0) <= 110, 'one death may be nobody’s fault');
    pauses.forEach((pause, index) => assert.ok(pause > (pauses[index - 1] ?? 0), String(pauses)));
    const { stopped, lastFailure } = await linked.link();
    assert.deepEqual([stopped, lastFailure], ['interrupted', 'interrupted']);
    const runs = await linked.services.storage.connectors.runs(linked.id, 20);
    assert.ok(runs.every(({ outcome, failure }) => outcome === 'failed' && failure === 'interrupted'));
  });

  it('is not tried more often because somebody works on the calendar', async () => {
    const end = timers.now() + hourMs;
    for (let at = 0; timers.now() < end; at++) {
      await linked.put(neutral({ title: `Title ${at}` }));
      await live(minuteMs);
    }
    assert.equal(begun.length, 5, String(begun));
  });

  it('is not put off by deaths of runs that had brought something: those were nobody’s fault', async () => {
    let at = 0;
    const { fault } = linked.remote;
    // Each run takes over one event more, and is killed with the next request.
    linked.remote.fault = async (kind, moment) => {
      await fault(kind, moment);
      if (kind === 'create' && moment === 'before') await new Promise(() => undefined);
    };
    isDeadly = false;
    for (let died = 0; died < 8; died++) {
      linked.remote.put(neutral({ title: `There ${at}` }, { uid: `there-${at++}` }));
      isDeadly = false;
      await live(100 * secondMs);
    }
    const { stopped } = await linked.link();
    assert.equal(stopped, null);
    linked.remote.fault = fault;
    await live(5 * minuteMs);
    await linked.assertInStep();
  });

  it('goes on when an administrator lets it, and is forgiven once a run has ended', async () => {
    await live(3 * hourMs);
    isDeadly = false;
    const admin = await actor(linked.office, linked.office.root);
    await resumeLink(linked.services, admin, linked.id);
    await live(5 * minuteMs);
    assert.equal(linked.remote.items.size, 1);
    assert.equal((await linked.link()).failures, 0);
    isDeadly = true;
    begun.length = 0;
    await wishForRun(linked.services, linked.who);
    await live(3 * minuteMs);
    assert.equal(begun.length, 2);
    assert.equal((await linked.link()).stopped, null);
  });
});
