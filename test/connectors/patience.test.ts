/** A provider that hangs for ever holds up a run for a while, and nothing else. */
import assert from 'node:assert/strict';
import { createEngine } from '../../src/connectors/engine.ts';
import { patienceMs } from '../../src/connectors/patience.ts';
import { minuteMs, secondMs } from '../../src/icalendar/time.ts';
import { wishForRun } from '../../src/service/connectors/runs.ts';
import { neutral } from './events.ts';
import { FakeTimers } from './fake-timers.ts';
import { Linked, titled } from './linked.ts';
import type { RequestKind } from './memory-calendar.ts';
import { memoryMailbox } from './memory-calendar.ts';
import { type Scheduled, scheduled } from './scheduled.ts';

const forever = (): Promise<void> => new Promise(() => undefined);

describe('a provider that hangs for ever', () => {
  let linked: Linked;
  let timers: FakeTimers;
  let scheduler: Scheduled['scheduler'];
  let ended: Scheduled['ended'];
  let hangsToOpen: boolean;

  beforeEach(async () => {
    linked = await Linked.make();
    timers = new FakeTimers(linked.office.clock);
    hangsToOpen = false;
    const open = async () => {
      if (hangsToOpen) await forever();
      return memoryMailbox(linked.remote);
    };
    const { services } = linked;
    const rulesOf = () => Promise.resolve(linked.rules);
    const engine = createEngine({ services, open, rulesOf, timers });
    ({ scheduler, ended } = scheduled(linked, { timers, engine, watch: () => Promise.resolve(undefined) }));
    linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    await linked.put(neutral({ title: 'Deleted' }, { uid: 'deleted' }));
  });
  afterEach(async () => {
    linked.remote.fault = () => undefined;
    await scheduler.stop();
    await linked.office.close();
  });

  /** Synchronised once; then there is something to do for each kind of request. */
  async function begun(): Promise<void> {
    scheduler.start();
    await timers.pass(secondMs);
    await linked.edit('ours', titled('Edited'));
    await linked.delete('deleted');
    await linked.put(neutral({ title: 'New' }, { uid: 'new' }));
    linked.remote.put(neutral({ title: 'New there' }, { uid: 'new-there' }));
    ended.length = 0;
  }

  const kinds: readonly RequestKind[] = ['changes', 'fetch', 'create', 'update', 'remove'];
  for (const kind of kinds) {
    for (const moment of ['before', 'after'] as const) {
      it(`${moment} a ${kind} takes effect ends the run after a while, and the next one is right`, async () => {
        await begun();
        let hangs = true;
        linked.remote.fault = (one, now) => (hangs && one === kind && now === moment ? forever() : undefined);
        await wishForRun(linked.services, linked.who);
        scheduler.wake();
        await timers.pass(patienceMs - minuteMs);
        assert.deepEqual([ended.length, scheduler.runningCount()], [0, 1]);
        await timers.pass(minuteMs + secondMs);
        assert.equal(ended[0]?.failure?.code, 'no-answer');
        assert.equal(await linked.services.storage.connectors.lease(linked.id), undefined);
        hangs = false;
        await timers.pass(2 * minuteMs);
        assert.equal(ended.at(-1)?.outcome, 'ok');
        await linked.assertInStep();
        assert.equal((await linked.events()).length, 4);
        assert.deepEqual(linked.remote.mails, []);
      });
    }
  }

  it('when it is opened ends the run as well', async () => {
    await begun();
    hangsToOpen = true;
    await wishForRun(linked.services, linked.who);
    scheduler.wake();
    await timers.pass(patienceMs + secondMs);
    assert.equal(ended[0]?.failure?.code, 'no-answer');
    hangsToOpen = false;
    await timers.pass(2 * minuteMs);
    await linked.assertInStep();
  });

  it('lets go of a run that is cancelled, and of a process that ends', async () => {
    await begun();
    linked.remote.fault = () => forever();
    const { run } = await wishForRun(linked.services, linked.who);
    scheduler.wake();
    await timers.pass(secondMs);
    scheduler.cancel(run);
    await timers.pass(6 * secondMs);
    assert.equal(ended[0]?.outcome, 'cancelled');
    await wishForRun(linked.services, linked.who);
    scheduler.wake();
    await timers.pass(secondMs);
    assert.equal(scheduler.runningCount(), 1);
    const stopped = scheduler.stop();
    await timers.pass(6 * secondMs);
    await stopped;
    assert.equal(await linked.services.storage.connectors.lease(linked.id), undefined);
  });
});
