/** What has left the window is history, on both sides: nothing of it is written any more (exchange.md 8.3). */
import assert from 'node:assert/strict';
import { dayMs } from '../../src/icalendar/time.ts';
import { neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

describe('an event outside of the window', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  /** `event-1` on both sides, and long ago by now. */
  async function past(): Promise<void> {
    linked = await Linked.make({ rules: { backwardMonths: 1 } });
    await linked.put(neutral());
    await linked.synced();
    linked.office.clock.advance(75 * dayMs);
    await linked.synced();
  }

  const uidsHere = async (): Promise<readonly string[]> => (await linked.events()).map(({ uid }) => uid);

  it('stays there when it is deleted here, and does not come back', async () => {
    await past();
    await linked.delete('event-1');
    await linked.synced();
    assert.equal(linked.remote.items.size, 1, 'history there is nobody’s to delete');
    linked.office.clock.advance(2 * dayMs);
    await linked.synced();
    linked.remote.edit(linked.idThere('event-1'), titled('Changed long afterwards'));
    await linked.synced();
    linked.remote.forgetCursors();
    await linked.synced();
    assert.deepEqual(await uidsHere(), []);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  it('comes here again when somebody there moves it to another day', async () => {
    await past();
    await linked.delete('event-1');
    await linked.synced();
    const today = { start: { date: '2026-06-08' }, end: { date: '2026-06-09' } };
    linked.remote.edit(linked.idThere('event-1'), withContent(today));
    await linked.synced();
    assert.deepEqual(await uidsHere(), ['event-1']);
    await linked.assertInStep();
  });

  it('is deleted there where it was in the window when both last agreed', async () => {
    linked = await Linked.make({ rules: { backwardMonths: 1 } });
    await linked.put(neutral());
    await linked.synced();
    await linked.edit('event-1', withContent({ start: { date: '2020-01-01' }, end: { date: '2020-01-02' } }));
    await linked.delete('event-1');
    await linked.synced();
    assert.equal(linked.remote.items.size, 0);
  });

  it('is deleted there once its day has come nearer, where it lay too far ahead', async () => {
    linked = await Linked.make({ rules: { forwardMonths: 1 } });
    await linked.put(neutral());
    await linked.synced();
    const far = { start: { date: '2026-05-01' }, end: { date: '2026-05-02' } };
    linked.remote.edit(linked.idThere('event-1'), withContent(far));
    await linked.synced();
    await linked.delete('event-1');
    await linked.synced();
    assert.equal(linked.remote.items.size, 1);
    linked.office.clock.advance(40 * dayMs);
    await linked.synced();
    assert.equal(linked.remote.items.size, 0);
    assert.deepEqual(await uidsHere(), []);
  });
});
