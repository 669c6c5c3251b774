/** A link that leads one way, then the other, then both: nothing is forgotten, and nothing goes where it may not (exchange.md 8.6, 9.1). */
import assert from 'node:assert/strict';
import type { EventContent, NeutralEvent } from '../../src/connectors/event.ts';
import { instanceContent } from '../../src/connectors/series.ts';
import type { Direction } from '../../src/core/connector.ts';
import { hourMs } from '../../src/icalendar/time.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

const later = {
  start: { local: '2026-03-23T13:00:00', zone: 'Europe/Stockholm' },
  end: { local: '2026-03-23T14:00:00', zone: 'Europe/Stockholm' },
} as const;

describe('a link that is turned', () => {
  let linked: Linked;

  async function begun(direction: Direction): Promise<void> {
    linked = await Linked.make({ link: { direction: 'both' } });
    await linked.put(neutral({}, { uid: 'one' }));
    await linked.put(daily({}, { uid: 'series' }));
    await linked.synced();
    await linked.turn(direction);
    await linked.synced();
  }

  afterEach(() => linked.office.close());

  it('from only there to both ways takes what was edited there meanwhile', async () => {
    await begun('to-remote');
    linked.remote.edit(linked.idThere('one'), titled('Renamed there'));
    linked.remote.edit(linked.idThere('series'), (event) => ({
      ...event,
      excluded: ['2026-03-25T09:00:00Z'],
    }));
    linked.remote.put(neutral({ title: 'New there' }, { uid: 'two' }));
    await linked.synced();
    await linked.edit('one', withContent({ location: 'Room 9' }));
    await linked.synced();
    assert.equal((await linked.event('one')).content.title, 'Review');
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    const { title, location } = (await linked.event('one')).content;
    assert.deepEqual([title, location], ['Renamed there', 'Room 9']);
    assert.deepEqual((await linked.event('series')).excluded, ['2026-03-25T09:00:00Z']);
    assert.equal((await linked.events()).length, 3);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  it('does so also with what was read there right before a write', async () => {
    await begun('to-remote');
    const day = '2026-03-25T09:00:00Z';
    const instance = (change: Partial<EventContent>) => (event: NeutralEvent) => ({
      ...event,
      overrides: {
        ...event.overrides,
        [day]: { ...(event.overrides[day] ?? instanceContent(event, day)), ...change },
      },
    });
    linked.remote.edit(linked.idThere('one'), titled('Renamed there'));
    linked.remote.edit(linked.idThere('series'), (event) => ({
      ...instance({ title: 'Instance there' })(event),
      excluded: ['2026-03-26T09:00:00Z'],
    }));
    await linked.edit('one', withContent({ location: 'Room 9', ...later }));
    await linked.edit('series', instance({ location: 'Room 8' }));
    await linked.synced();
    assert.deepEqual(
      [linked.there('one').content.location, linked.there('one').content.start],
      ['Room 9', later.start],
    );
    assert.equal(linked.there('series').overrides[day]?.location, 'Room 8');
    assert.equal((await linked.event('one')).content.title, 'Review');
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    const { content } = await linked.event('one');
    assert.deepEqual(
      [content.title, content.location, content.start],
      ['Renamed there', 'Room 9', later.start],
    );
    const series = await linked.event('series');
    assert.deepEqual(series.excluded, ['2026-03-26T09:00:00Z']);
    assert.deepEqual(
      [series.overrides[day]?.title, series.overrides[day]?.location],
      ['Instance there', 'Room 8'],
    );
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  for (const when of ['to-remote', 'both'] as const) {
    it(`does so also with a write whose answer was lost and that is looked at again on a link ${when}`, async () => {
      await begun('to-remote');
      linked.remote.edit(linked.idThere('one'), titled('Renamed there'));
      await linked.edit('one', withContent({ location: 'Room 9' }));
      linked.remote.fault = (kind, moment) => {
        if (kind === 'update' && moment === 'after') throw lineBroke();
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      await linked.turn(when);
      await linked.synced();
      await linked.turn('both');
      await linked.synced();
      await linked.assertInStep();
      const { title, location } = (await linked.event('one')).content;
      assert.deepEqual([title, location], ['Renamed there', 'Room 9']);
    });
  }

  it('does so also when the run in which it is turned dies', async () => {
    await begun('to-remote');
    linked.remote.edit(linked.idThere('one'), titled('Renamed there'));
    await linked.synced();
    await linked.turn('both');
    linked.remote.fault = (kind, moment) => {
      if (kind === 'fetch' && moment === 'after') throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.synced();
    assert.equal((await linked.event('one')).content.title, 'Renamed there');
  });

  it('from both ways to only from there sends nothing that still waits, and sends it when it is turned back', async () => {
    await begun('both');
    await linked.put(neutral({ title: 'New here' }, { uid: 'two' }));
    await linked.put(neutral({ title: 'Deleted here' }, { uid: 'three' }));
    await linked.synced();
    await linked.edit('one', titled('Renamed here'));
    await linked.put(neutral({ title: 'Newer here' }, { uid: 'four' }));
    await linked.delete('three');
    linked.remote.fault = (kind, moment) => {
      if (['create', 'update', 'remove'].includes(kind) && moment === 'before') throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.turn('from-remote');
    linked.remote.requests.length = 0;
    await linked.synced();
    linked.office.clock.advance(25 * hourMs);
    await linked.synced();
    const writes = linked.remote.requests.filter((kind) => ['create', 'update', 'remove'].includes(kind));
    assert.deepEqual(writes, []);
    assert.equal(linked.remote.items.size, 4);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    assert.deepEqual(
      linked.remote
        .events()
        .map(({ content }) => content.title)
        .sort(),
      ['New here', 'Newer here', 'Renamed here', 'Review'],
    );
  });

  it('the other way round writes here no longer, and there from then on', async () => {
    await begun('from-remote');
    await linked.edit('one', titled('Renamed here'));
    await linked.synced();
    await linked.turn('to-remote');
    linked.remote.edit(linked.idThere('series'), titled('Renamed there'));
    await linked.synced();
    assert.equal(linked.there('one').content.title, 'Renamed here');
    assert.equal((await linked.event('series')).content.title, 'Review');
    await linked.turn('from-remote');
    await linked.synced();
    assert.equal((await linked.event('series')).content.title, 'Renamed there');
  });

  it('does so also with what was only there, whatever request of the first run fails', async () => {
    for (let failing = 1; failing <= 4; failing++) {
      linked = await Linked.make({ link: { direction: 'to-remote' } });
      linked.remote.put(neutral({ title: 'Only there' }, { uid: 'there' }));
      await linked.put(neutral({ title: 'Here' }, { uid: 'here' }));
      await linked.synced();
      await linked.turn('both');
      let at = 0;
      linked.remote.fault = (_, moment) => {
        if (moment === 'before' && ++at === failing) throw lineBroke();
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      await linked.synced();
      await linked.assertInStep();
      assert.equal((await linked.events()).length, 2, `request ${failing}`);
      if (failing < 4) await linked.office.close();
    }
  });

  it('while a run goes on ends that run, and the next one is the first of the other way', async () => {
    await begun('both');
    await linked.edit('one', titled('Renamed here'));
    linked.remote.put(neutral({ title: 'New there' }, { uid: 'two' }));
    linked.remote.fault = async (kind, moment) => {
      if (kind !== 'fetch' || moment !== 'before') return;
      linked.remote.fault = () => undefined;
      await linked.turn('from-remote');
    };
    const { failure } = await linked.run();
    assert.deepEqual(failure, { class: 'cancelled', code: 'link-changed' });
    await linked.synced();
    assert.equal(linked.there('one').content.title, 'Review');
    assert.equal((await linked.events()).length, 3);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.there('one').content.title, 'Renamed here');
  });

  it('brings in no history where only changes are wanted', async () => {
    linked = await Linked.make({ rules: { autoSync: false }, link: { direction: 'to-remote' } });
    linked.remote.put(neutral({ title: 'History' }, { uid: 'old' }));
    await linked.synced();
    await linked.turn('both');
    await linked.synced();
    assert.deepEqual(await linked.events(), []);
  });

  it('makes nothing twice there that it has left there', async () => {
    linked = await Linked.make({ link: { direction: 'to-remote' } });
    linked.remote.put(neutral({ title: 'Invited there' }, { uid: 'one' }));
    await linked.synced();
    await linked.put(neutral({ title: 'Invited here' }, { uid: 'one' }));
    await linked.synced();
    assert.equal(linked.remote.items.size, 1);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
  });

  it('asks nobody about deletions there that nothing is deleted for', async () => {
    linked = await Linked.make({
      link: { direction: 'to-remote' },
      rules: { massDeleteGuard: { count: 0, percent: 0 } },
    });
    await linked.put(neutral({}, { uid: 'one' }));
    await linked.synced();
    linked.remote.delete(linked.idThere('one'));
    await linked.synced();
    assert.equal((await linked.events()).length, 1);
  });
});

describe('the daily check of a link that leads one way', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  async function repairedDaily(): Promise<number> {
    linked.office.clock.advance(25 * hourMs);
    return (await linked.synced()).counters.repaired;
  }

  it('counts no edit there as repaired that it may not take', async () => {
    linked = await Linked.make({ link: { direction: 'to-remote' } });
    await linked.put(daily({}, { uid: 'series' }));
    await linked.synced();
    linked.remote.put(daily({ title: 'Only there' }, { uid: 'theirs' }));
    linked.remote.edit(linked.idThere('series'), titled('Renamed there'));
    assert.deepEqual([await repairedDaily(), await repairedDaily()], [0, 0]);
  });

  it('counts no edit here as repaired that it may not send', async () => {
    linked = await Linked.make({ link: { direction: 'from-remote' } });
    linked.remote.put(neutral({}, { uid: 'one' }));
    linked.remote.put(neutral({}, { uid: 'two' }));
    await linked.synced();
    await linked.edit('one', titled('Renamed here'));
    await linked.delete('two');
    assert.deepEqual([await repairedDaily(), await repairedDaily()], [0, 0]);
  });

  it('counts what it has really repaired, once', async () => {
    linked = await Linked.make();
    await linked.put(daily({}, { uid: 'series' }));
    await linked.put(neutral({}, { uid: 'one' }));
    await linked.synced();
    linked.remote.editSilently(linked.idThere('series'), titled('Renamed there'));
    assert.deepEqual([await repairedDaily(), await repairedDaily()], [1, 0]);
  });
});
