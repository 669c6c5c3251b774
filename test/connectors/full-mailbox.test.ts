/** A mailbox that is full: nothing is written there for a while, everything else goes on (exchange.md 17.1). */
import assert from 'node:assert/strict';
import { minuteMs } from '../../src/icalendar/time.ts';
import { neutral } from './events.ts';
import { Linked, titled } from './linked.ts';

describe('a link whose mailbox is full', () => {
  let linked: Linked;

  beforeEach(async () => {
    linked = await Linked.make();
    await linked.synced();
    linked.remote.isFull = true;
    await linked.put(neutral({}, { uid: 'ours' }));
    const { run, failure } = await linked.run();
    assert.deepEqual([run.outcome, failure?.code], ['partial', 'ErrorQuotaExceeded']);
  });
  afterEach(() => linked.office.close());

  const writes = (): number => linked.remote.requests.filter((kind) => kind === 'create').length;

  it('goes on taking over what comes from there, and says why nothing goes out', async () => {
    linked.remote.put(neutral({}, { uid: 'theirs' }));
    const { run } = await linked.run();
    assert.equal(run.outcome, 'partial');
    assert.ok(await linked.object('theirs'));
    const { stopped, lastFailure } = await linked.link();
    assert.deepEqual([stopped, lastFailure], ['quota', 'ErrorQuotaExceeded']);
  });

  it('writes after longer and longer pauses, whatever is changed here meanwhile', async () => {
    for (let at = 0; at < 24 * 4; at++) {
      await linked.edit('ours', titled(`Title ${at}`));
      linked.office.clock.advance(14 * minuteMs);
      await linked.run();
    }
    assert.ok(writes() >= 4 && writes() <= 7, String(writes()));
  });

  it('writes at once when a person asks, and is in step again when there is room', async () => {
    await linked.run('manual');
    assert.equal(writes(), 2);
    linked.remote.isFull = false;
    await linked.run();
    assert.equal(writes(), 2, 'not before its time');
    await linked.synced('manual');
    assert.equal((await linked.link()).stopped, null);
    await linked.assertInStep();
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  it('is in step again by itself', async () => {
    linked.remote.isFull = false;
    linked.office.clock.advance(31 * minuteMs);
    await linked.synced();
    assert.equal((await linked.link()).stopped, null);
    await linked.assertInStep();
  });
});
