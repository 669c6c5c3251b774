/** What both sides say differently when they meet for the first time, on a link that leads one way. */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../src/connectors/event.ts';
import type { Direction } from '../../src/core/connector.ts';
import { changedInstance, daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

const [day2, day3] = ['2026-03-24T09:00:00Z', '2026-03-25T09:00:00Z'];

const invited = {
  organizer: { address: 'dora@example.com', name: 'Dora' },
  attendees: [{ address: 'alice@example.com', name: 'Alice', role: 'required', answer: 'needs-action' }],
  answer: 'needs-action',
} as const;

const here = neutral(
  { title: 'Here', location: 'Room 1', reminder: 5, busy: 'free', description: 'ours', categories: ['Blue'] },
  { uid: 'one' },
);
const there = neutral(
  { title: 'There', location: '', reminder: null, description: 'theirs', importance: 'high' },
  { uid: 'one' },
);
const seriesHere = changedInstance(daily({ title: 'Here' }, { uid: 'series', excluded: [day3] }), day2, {
  title: 'Instance here',
});
const seriesThere = changedInstance(daily({ title: 'There' }, { uid: 'series' }), day3, {
  title: 'Instance there',
});

describe('the first meeting on a link of one way', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  /** `later` was edited a while after the other side. */
  async function met(direction: Direction, later: 'here' | 'there'): Promise<void> {
    linked = await Linked.make({ link: { direction } });
    const sides = {
      here: async () => {
        await linked.put(here);
        await linked.put(seriesHere);
        await linked.put(neutral({ title: 'Only here' }, { uid: 'only-here' }));
      },
      there: () => {
        for (const event of [there, seriesThere]) linked.remote.put(event);
        linked.remote.put(neutral({ title: 'Only there' }, { uid: 'only-there' }));
      },
    };
    await sides[later === 'here' ? 'there' : 'here']();
    linked.office.clock.advance(60_000);
    await sides[later]();
    await linked.synced();
  }

  async function assertSame(one: NeutralEvent, series: NeutralEvent): Promise<void> {
    for (const event of [await linked.event('one'), linked.there('one')]) assert.deepEqual(event, one);
    for (const event of [await linked.event('series'), linked.there('series')])
      assert.deepEqual(event, series);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
    assert.deepEqual(linked.remote.mails, []);
  }

  for (const later of ['here', 'there'] as const) {
    it(`gives both sides what the provider says, where it leads here and the later edit was made ${later}`, async () => {
      await met('from-remote', later);
      await assertSame(there, seriesThere);
      assert.deepEqual((await linked.events()).map(({ uid }) => uid).sort(), [
        'one',
        'only-here',
        'only-there',
        'series',
      ]);
      assert.equal(linked.remote.items.size, 3);
    });

    it(`gives both sides what is said here, where it leads there and the later edit was made ${later}`, async () => {
      await met('to-remote', later);
      await assertSame(here, seriesHere);
      assert.equal((await linked.events()).length, 3);
      assert.deepEqual(
        linked.remote
          .events()
          .map(({ uid }) => uid)
          .sort(),
        ['one', 'only-here', 'only-there', 'series'],
      );
    });
  }

  it('holds back what only the organizer may say, and takes it when the link leads both ways', async () => {
    for (const reminder of [null, 5]) {
      linked = await Linked.make({ link: { direction: 'to-remote' } });
      await linked.put(neutral({ ...invited, title: 'Here', location: 'Room 1', reminder }, { uid: 'one' }));
      linked.remote.put(neutral({ ...invited, title: 'There', location: 'Room 2' }, { uid: 'one' }), {
        role: 'guest',
      });
      await linked.synced();
      assert.equal((await linked.event('one')).content.title, 'Here');
      const { title, reminder: told } = linked.there('one').content;
      assert.deepEqual([title, told], ['There', reminder]);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      await linked.turn('both');
      await linked.synced();
      await linked.assertInStep();
      assert.equal((await linked.event('one')).content.title, 'There');
      if (reminder === null) await linked.office.close();
    }
  });

  it('keeps taking from there, and keeps what was edited here afterwards', async () => {
    await met('from-remote', 'here');
    await linked.edit('one', titled('Edited here'));
    linked.remote.edit(linked.idThere('one'), withContent({ location: 'Room 7' }));
    await linked.synced();
    const { title, location } = (await linked.event('one')).content;
    assert.deepEqual([title, location], ['Edited here', 'Room 7']);
    assert.equal(linked.there('one').content.title, 'There');
  });
});

describe('an answer on a link of one way', () => {
  let linked: Linked;

  async function begun(direction: Direction, event: NeutralEvent): Promise<void> {
    linked = await Linked.make();
    linked.remote.put(event, { role: 'guest' });
    await linked.synced();
    await linked.turn(direction);
    await linked.synced();
  }

  afterEach(() => linked.office.close());

  it('goes there, and with it nothing that is held back', async () => {
    await begun('to-remote', neutral(invited, { uid: 'one' }));
    linked.remote.edit(linked.idThere('one'), titled('Renamed there'));
    await linked.synced();
    await linked.edit('one', withContent({ answer: 'accepted' }));
    await linked.synced();
    assert.deepEqual(linked.remote.answers, ['one accepted']);
    assert.equal((await linked.event('one')).content.title, 'Review');
    assert.deepEqual(await linked.requestsOf(), ['changes']);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    assert.equal((await linked.event('one')).content.title, 'Renamed there');
    assert.deepEqual(linked.remote.answers, ['one accepted'], 'the organizer hears of it once');
  });

  it('goes there also for one instance', async () => {
    await begun('to-remote', daily(invited, { uid: 'one' }));
    linked.remote.edit(linked.idThere('one'), (event) =>
      changedInstance(event, day3, { location: 'Room there' }),
    );
    await linked.edit('one', (event) => changedInstance(event, day2, { answer: 'declined' }));
    await linked.synced();
    assert.deepEqual(linked.remote.answers, [`one ${day2} declined`]);
    await linked.synced();
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    assert.equal((await linked.event('one')).overrides[day3]?.location, 'Room there');
    assert.deepEqual(linked.remote.answers, [`one ${day2} declined`]);
  });

  it('goes there once, when its answer was lost', async () => {
    await begun('to-remote', neutral(invited, { uid: 'one' }));
    await linked.edit('one', withContent({ answer: 'accepted' }));
    linked.remote.fault = (kind, moment) => {
      if (kind === 'respond' && moment === 'after') throw new Error('the line broke');
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.synced();
    await linked.synced();
    assert.deepEqual(linked.remote.answers, ['one accepted']);
  });

  it('stays here where the link leads only here, and goes there when it is turned', async () => {
    await begun('from-remote', neutral(invited, { uid: 'one' }));
    await linked.edit('one', withContent({ answer: 'tentative' }));
    await linked.synced();
    assert.deepEqual(linked.remote.answers, []);
    assert.equal((await linked.event('one')).content.answer, 'tentative');
    linked.remote.edit(linked.idThere('one'), titled('Renamed there'));
    await linked.synced();
    const { title, answer } = (await linked.event('one')).content;
    assert.deepEqual([title, answer], ['Renamed there', 'tentative']);
    await linked.turn('both');
    await linked.synced();
    await linked.synced();
    assert.deepEqual(linked.remote.answers, ['one tentative']);
    await linked.assertInStep();
  });

  it('that was given there comes here where the link leads only here, and not where it leads only there', async () => {
    for (const direction of ['from-remote', 'to-remote'] as const) {
      await begun(direction, neutral(invited, { uid: 'one' }));
      linked.remote.edit(linked.idThere('one'), withContent({ answer: 'declined', busy: 'free' }));
      await linked.synced();
      const expected = direction === 'from-remote' ? 'declined' : 'needs-action';
      assert.equal((await linked.event('one')).content.answer, expected);
      assert.deepEqual(linked.remote.answers, []);
      if (direction === 'from-remote') await linked.office.close();
    }
  });
});
