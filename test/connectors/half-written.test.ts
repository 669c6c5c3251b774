import assert from 'node:assert/strict';
import { neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

describe('an event of which a part is still to be written', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  /** The place has come in, the title has gone out, and nobody knows whether it arrived. */
  async function halfWritten(moment: 'before' | 'after'): Promise<string> {
    linked = await Linked.make();
    const id = linked.remote.put(neutral({ location: 'Hall 1' }, { uid: 'one' }));
    await linked.synced();
    linked.remote.edit(id, withContent({ location: 'Hall 2' }));
    await linked.edit('one', titled('Renamed'));
    linked.remote.fault = (kind, at) => {
      if (kind === 'update' && at === moment) throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    assert.equal((await linked.event('one')).content.location, 'Hall 2');
    return id;
  }

  for (const moment of ['before', 'after'] as const) {
    it(`takes what was changed there once more, also when an answer was lost ${moment} it was done`, async () => {
      const id = await halfWritten(moment);
      linked.remote.edit(id, withContent({ location: 'Hall 3' }));
      linked.office.clock.advance(1000);
      // The later edit is one of another part: nothing speaks against the place.
      await linked.edit('one', titled('Renamed again'));
      await linked.synced();
      await linked.assertInStep();
      const { title, location } = (await linked.event('one')).content;
      assert.deepEqual([title, location], ['Renamed again', 'Hall 3']);
    });
  }
});
