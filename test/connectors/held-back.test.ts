/** What a link of one way holds back is neither lost nor overwritten, whatever else is written meanwhile (exchange.md 9.1). */
import assert from 'node:assert/strict';
import type { EventContent, NeutralEvent } from '../../src/connectors/event.ts';
import { instanceContent } from '../../src/connectors/series.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

const day = '2026-03-25T09:00:00Z';

const instance =
  (change: Partial<EventContent>) =>
  (event: NeutralEvent): NeutralEvent => ({
    ...event,
    overrides: {
      ...event.overrides,
      [day]: { ...(event.overrides[day] ?? instanceContent(event, day)), ...change },
    },
  });

describe('a link that leads only there', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  /** `event` on both sides; then the link leads only there. */
  async function begun(event: NeutralEvent): Promise<void> {
    linked = await Linked.make();
    await linked.put(event);
    await linked.synced();
    await linked.turn('to-remote');
    await linked.synced();
  }

  /** A run in which somebody there is faster than its write. */
  async function overtaken(change: (event: NeutralEvent) => NeutralEvent): Promise<void> {
    let isDone = false;
    linked.remote.fault = (kind, moment) => {
      if (kind !== 'update' || moment !== 'before' || isDone) return;
      isDone = true;
      linked.remote.edit(linked.idThere('one'), change);
    };
    await linked.synced();
    linked.remote.fault = () => undefined;
    assert.ok(isDone);
  }

  it('keeps another part of an instance there when its write is overtaken', async () => {
    await begun(daily({}, { uid: 'one' }));
    linked.remote.edit(linked.idThere('one'), instance({ location: 'Room there' }));
    await linked.edit('one', instance({ title: 'Title here' }));
    await overtaken(titled('Series there'));
    const there = linked.there('one');
    assert.deepEqual(
      [there.overrides[day]?.title, there.overrides[day]?.location, there.content.title],
      ['Title here', 'Room there', 'Series there'],
    );
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    const here = await linked.event('one');
    assert.deepEqual(
      [here.overrides[day]?.title, here.overrides[day]?.location, here.content.title],
      ['Title here', 'Room there', 'Series there'],
    );
  });

  it('keeps another part of an instance there that was changed here before, when its write is overtaken', async () => {
    await begun(instance({ title: 'Title', reminder: 5 })(daily({}, { uid: 'one' })));
    linked.remote.edit(linked.idThere('one'), instance({ location: 'Room there', reminder: 15 }));
    await linked.edit('one', instance({ title: 'Title here' }));
    await overtaken(instance({ categories: ['Blue'] }));
    const { title, location, reminder, categories } = linked.there('one').overrides[day] ?? {};
    assert.deepEqual([title, location, reminder, categories], ['Title here', 'Room there', 15, ['Blue']]);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    assert.equal((await linked.event('one')).overrides[day]?.location, 'Room there');
  });

  it('overrules there what was changed on both sides, also when its write is overtaken', async () => {
    await begun(neutral({}, { uid: 'one' }));
    linked.remote.edit(linked.idThere('one'), withContent({ title: 'There', location: 'Room there' }));
    await linked.edit('one', titled('Here'));
    await overtaken(withContent({ reminder: 30 }));
    const { title, location, reminder } = linked.there('one').content;
    assert.deepEqual([title, location, reminder], ['Here', 'Room there', 30]);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
    assert.equal((await linked.event('one')).content.title, 'Here');
  });

  it('overrules one instance there as a whole where one side says that it does not take place', async () => {
    await begun(daily({}, { uid: 'one' }));
    linked.remote.edit(linked.idThere('one'), instance({ location: 'Room there' }));
    await linked.edit('one', (event) => ({ ...event, excluded: [day] }));
    await overtaken(withContent({ reminder: 30 }));
    assert.deepEqual([linked.there('one').excluded, linked.there('one').overrides], [[day], {}]);
    await linked.turn('both');
    await linked.synced();
    await linked.assertInStep();
  });
});
