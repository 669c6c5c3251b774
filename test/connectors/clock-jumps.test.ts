/** Somebody sets the clock of the machine: back by an hour, forward by a day and back again. */
import assert from 'node:assert/strict';
import { hourMs, instant, minuteMs, secondMs } from '../../src/icalendar/time.ts';
import { wishForRun } from '../../src/service/connectors/runs.ts';
import { neutral } from './events.ts';
import { FakeTimers } from './fake-timers.ts';
import { Linked, titled } from './linked.ts';
import { type Scheduled, scheduled } from './scheduled.ts';

const dayMs = 24 * hourMs;

describe('a clock that jumps', () => {
  let linked: Linked;
  let timers: FakeTimers;
  let scheduler: Scheduled['scheduler'];
  let ended: Scheduled['ended'];
  let hint: Scheduled['hint'];

  beforeEach(async () => {
    linked = await Linked.make();
    timers = new FakeTimers(linked.office.clock);
    ({ scheduler, ended, hint } = scheduled(linked, { timers }));
    timers.isBusy = () => scheduler.runningCount() > 0;
    await linked.put(neutral({ title: 'One' }, { uid: 'one' }));
    scheduler.start();
    await timers.pass(2 * minuteMs);
    ended.length = 0;
  });
  afterEach(async () => {
    await scheduler.stop();
    await linked.office.close();
  });

  const jump = (ms: number): void => linked.office.clock.advance(ms);

  for (const [name, ms] of [
    ['back by an hour', -hourMs],
    ['back by a day', -dayMs],
    ['forward by a day', dayMs],
  ] as const) {
    it(`${name} stops nothing that goes by time, by hint, or because something was changed`, async () => {
      jump(ms);
      await timers.pass(20 * minuteMs);
      assert.ok(ended.length >= 1, 'by time');
      const [byTime] = [ended.length];
      hint();
      await timers.pass(20 * secondMs);
      assert.equal(ended.length, byTime + 1, 'by a hint');
      await linked.edit('one', titled('Edited'));
      await timers.pass(20 * secondMs);
      assert.equal(ended.length, byTime + 2, 'by a change');
      assert.equal(linked.there('one').content.title, 'Edited');
      await timers.pass(hourMs);
      assert.ok(ended.length <= byTime + 2 + 6, `not more often: ${ended.length - byTime - 2}`);
    });
  }

  it('forward by a day and back again leaves no link waiting for that day', async () => {
    jump(dayMs);
    await timers.pass(20 * minuteMs);
    jump(-dayMs);
    ended.length = 0;
    await timers.pass(20 * minuteMs);
    assert.ok(ended.length >= 1);
    const before = ended.length;
    await timers.pass(20 * minuteMs);
    assert.ok(ended.length > before);
  });

  it('back does not let clicks join a run of the future', async () => {
    await wishForRun(linked.services, linked.who);
    scheduler.wake();
    await timers.pass(secondMs);
    const before = ended.length;
    jump(-hourMs);
    const { isNew } = await wishForRun(linked.services, linked.who);
    assert.equal(isNew, true);
    scheduler.wake();
    await timers.pass(secondMs);
    assert.equal(ended.length, before + 1);
  });

  it('back lets nobody wait for the lease of a process that has died in the future', async () => {
    const until = instant(linked.office.clock.now() + dayMs + 90_000);
    await linked.commit([{ do: 'take-lease', link: linked.id, holder: 'dead', until }]);
    await timers.pass(20 * minuteMs);
    assert.ok(ended.length >= 1);
  });

  it('back lets nobody wait for a pause of the future', async () => {
    const notBefore = instant(linked.office.clock.now() + dayMs);
    await linked.commit([{ do: 'patch-connector-account', id: linked.account.id, patch: { notBefore } }]);
    await timers.pass(20 * minuteMs);
    assert.ok(ended.length >= 1);
  });

  it('back lets a refused password be tried again after its pause', async () => {
    const notBefore = instant(linked.office.clock.now() + dayMs);
    const patch = { stopped: 'credentials', authFailures: 1, notBefore } as const;
    await linked.commit([{ do: 'patch-connector-account', id: linked.account.id, patch }]);
    await timers.pass(20 * minuteMs);
    assert.ok(ended.length >= 1);
  });

  it('while a run goes on ends nothing, and the lease is kept', async () => {
    for (const ms of [-hourMs, dayMs]) {
      let go = (): void => undefined;
      linked.remote.fault = () => new Promise((resolve) => (go = resolve));
      ended.length = 0;
      await wishForRun(linked.services, linked.who);
      scheduler.wake();
      await timers.pass(secondMs);
      jump(ms);
      await timers.pass(30 * secondMs);
      const lease = await linked.services.storage.connectors.lease(linked.id);
      const leftMs = (lease?.until ?? 0) - linked.office.clock.now();
      assert.ok(leftMs > 60_000 && leftMs <= 90_000, String(leftMs));
      linked.remote.fault = () => undefined;
      go();
      await timers.pass(secondMs);
      assert.equal(ended[0]?.outcome, 'ok');
    }
  });

  it('back makes no loop of ordinary edits, and the daily check wait for nothing', async () => {
    jump(dayMs);
    for (let at = 0; at < 6; at++) {
      await linked.edit('one', titled(`Edited ${at}`));
      await timers.pass(20 * secondMs);
    }
    jump(-dayMs);
    for (let at = 6; at < 12; at++) {
      await linked.edit('one', titled(`Edited ${at}`));
      await timers.pass(20 * secondMs);
    }
    assert.equal(linked.there('one').content.title, 'Edited 11');
    const checked = (await linked.link()).deepChecked ?? 0;
    assert.ok(checked <= linked.office.clock.now(), 'checked again after the clock was set');
  });

  it('back does not let a deletion there win over what was edited here since', async () => {
    jump(-hourMs);
    await linked.edit('one', titled('Edited'));
    linked.remote.delete(linked.idThere('one'));
    await timers.pass(20 * secondMs);
    assert.equal((await linked.event('one')).content.title, 'Edited');
    assert.equal(linked.there('one').content.title, 'Edited');
  });
});
