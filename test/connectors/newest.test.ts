/** Which of two edits is the newer one: by when people made them, never by when we carried them over (exchange.md 9.1, 9.5). */
import assert from 'node:assert/strict';
import { minuteMs } from '../../src/icalendar/time.ts';
import { neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

describe('the newest edit', () => {
  let linked: Linked;

  beforeEach(async () => {
    linked = await Linked.make();
    await linked.put(neutral({}, { uid: 'one' }));
    await linked.synced();
  });

  afterEach(() => linked.office.close());

  const id = (): string => linked.idThere('one');

  it('is told by when a person made it, not by when a run has written here', async () => {
    await linked.edit('one', titled('Here'));
    linked.remote.edit(id(), withContent({ location: 'Room 9' }));
    // While the location is carried over, somebody there gives another title.
    linked.remote.fault = (kind, moment) => {
      if (kind !== 'fetch' || moment !== 'after') return;
      linked.remote.fault = () => undefined;
      linked.office.clock.advance(minuteMs);
      linked.remote.edit(id(), titled('There, later'));
      linked.office.clock.advance(minuteMs);
    };
    await linked.synced();
    await linked.assertInStep();
    const { title, location } = linked.there('one').content;
    assert.deepEqual([title, location], ['There, later', 'Room 9']);
    const [conflict] = await linked.services.storage.connectors.conflicts(linked.id, { limit: 9 });
    assert.deepEqual([conflict?.field, conflict?.ours, conflict?.kept], ['title', '"Here"', 'theirs']);
  });

  it('is the one here, where it was made after the one there, whatever was written since', async () => {
    linked.remote.skewMs = 5 * minuteMs;
    linked.remote.edit(id(), titled('There'));
    linked.office.clock.advance(minuteMs);
    await linked.edit('one', titled('Here, later'));
    await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.there('one').content.title, 'Here, later');
  });

  it('is asked for only of fields that both sides changed', async () => {
    await linked.edit('one', titled('Here'));
    linked.office.clock.advance(minuteMs);
    linked.remote.edit(id(), withContent({ location: 'Room 9', busy: 'free' }));
    const { counters } = await linked.synced();
    const { title, location, busy } = (await linked.event('one')).content;
    assert.deepEqual([title, location, busy], ['Here', 'Room 9', 'free']);
    assert.equal(counters.conflicts, 0);
  });

  it('was made before a deletion there that came after the last look, whatever was written since', async () => {
    await linked.edit('one', titled('Here'));
    linked.remote.edit(id(), withContent({ location: 'Room 9' }));
    const { update } = linked.remote;
    const refused = { failed: true, id: id(), class: 'poison', code: 'cannot-be-saved', text: '' };
    Object.assign(linked.remote, { update: () => Promise.resolve([refused]) });
    await linked.run();
    Object.assign(linked.remote, { update });
    linked.office.clock.advance(minuteMs);
    linked.remote.delete(id());
    await linked.synced();
    assert.deepEqual(await linked.events(), []);
    assert.equal(linked.remote.items.size, 0);
  });

  it('is also one that takes back what has won and has not arrived', async () => {
    linked.remote.edit(id(), titled('There'));
    linked.office.clock.advance(minuteMs);
    await linked.edit('one', titled('Here'));
    linked.remote.fault = (kind, moment) => {
      if (kind === 'update' && moment === 'before') throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.edit('one', titled('Review'));
    await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.there('one').content.title, 'Review');
  });

  it('is kept once in the list of conflicts, however often it is carried over', async () => {
    linked.remote.edit(id(), titled('There'));
    linked.office.clock.advance(minuteMs);
    await linked.edit('one', titled('Here, later'));
    let left = 2;
    linked.remote.fault = (kind, moment) => {
      if (kind === 'update' && moment === 'before' && left-- > 0)
        linked.remote.edit(id(), withContent({ location: `Room ${left}` }));
    };
    await linked.synced();
    await linked.assertInStep();
    const conflicts = await linked.services.storage.connectors.conflicts(linked.id, { limit: 9 });
    assert.deepEqual(
      conflicts.map(({ field, theirs }) => [field, theirs]),
      [['title', '"There"']],
    );
  });
});
