/** Requests that fail by themselves each time, for the sake of one event: all others go out (exchange.md 17.3). */
import assert from 'node:assert/strict';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import { hourMs } from '../../src/icalendar/time.ts';
import { neutral } from './events.ts';
import { Linked, titled } from './linked.ts';

describe('a write over which the other side stumbles', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  const stumble = (): RemoteFailure => new RemoteFailure('transient', 'fault', 'something went wrong there');
  const there = (): readonly string[] =>
    [...linked.remote.items.values()].map(({ event }) => event.content.title).sort();

  async function linkedWith(...uids: readonly string[]): Promise<void> {
    linked = await Linked.make();
    for (const uid of uids) await linked.put(neutral({ title: uid }, { uid }));
    await linked.synced();
    // Of changes of this event nothing is taken, nor of what comes with them.
    const { update, remove } = linked.remote;
    const bad = [...linked.remote.items].find(([, { event }]) => event.uid === 'bad')?.[0];
    const guarded =
      <Item extends { readonly id: string }, Rest extends readonly unknown[], Answer>(
        call: (items: readonly Item[], ...rest: Rest) => Promise<Answer>,
      ) =>
      (items: readonly Item[], ...rest: Rest): Promise<Answer> =>
        items.some(({ id }) => id === bad) ? Promise.reject(stumble()) : call(items, ...rest);
    Object.assign(linked.remote, { update: guarded(update), remove: guarded(remove) });
  }

  async function runs(count: number): Promise<void> {
    for (let run = 0; run < count; run++) {
      const { failure } = await linked.run();
      assert.equal(failure?.code, 'fault');
      linked.office.clock.advance(hourMs);
    }
  }

  it('keeps neither those that were to go with it nor those behind it', async () => {
    await linkedWith('bad', 'good', 'gone');
    await linked.edit('bad', titled('bad, changed'));
    await linked.edit('good', titled('good, changed'));
    await linked.delete('gone');
    await runs(1);
    assert.deepEqual(there(), ['bad', 'good'], 'what comes behind it goes out at once');
    await runs(2);
    assert.deepEqual(there(), ['bad', 'good, changed'], 'and what goes with it once it is suspected');
  });

  it('ends the run where nothing is taken any more', async () => {
    await linkedWith('bad');
    for (let at = 0; at < 100; at++) await linked.put(neutral({ title: `${at}` }, { uid: `new-${at}` }));
    let asked = 0;
    linked.remote.fault = (kind) => {
      if (kind === 'create' && ++asked > 0) throw stumble();
    };
    await runs(1);
    assert.equal(asked, 3);
  });
});
