/** Events that may not be told of any more: nothing of them stays here, and nothing happens to them there (exchange.md 18.9). */
import assert from 'node:assert/strict';
import { hourMs } from '../../src/icalendar/time.ts';
import { restore } from '../../src/service/calendars/trash.ts';
import { fromTheBeginning } from '../../src/service/connectors/read-again.ts';
import { all } from '../service/office.ts';
import { neutral } from './events.ts';
import { Linked, titled } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

describe('an event that may not be told of any more', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  async function begun(options: Parameters<typeof Linked.make>[0] = {}): Promise<string> {
    linked = await Linked.make(options);
    const id = linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    await linked.synced();
    return id;
  }

  function hide(id: string): void {
    linked.remote.withheld.add(id);
    linked.remote.edit(id, titled('Secret'));
  }

  const titlesHere = async (): Promise<readonly string[]> =>
    (await linked.events()).map(({ content }) => content.title).sort();

  it('goes into the trash here, and stays there', async () => {
    const id = await begun();
    hide(id);
    const run = await linked.synced();
    assert.deepEqual(await titlesHere(), ['Ours']);
    const [item, ...others] = await all(linked.services.storage.trash(linked.where.calendar.owner));
    assert.ok(item && others.length === 0);
    const kept = Buffer.from((await linked.services.storage.trashBytes(item.id)) ?? []).toString();
    assert.match(kept, /DTSTART/);
    assert.doesNotMatch(kept, /Theirs/, 'nor can it be read there');
    assert.deepEqual([run.counters.deleted, run.counters.conflicts], [0, 0]);
    assert.equal(linked.remote.items.size, 2);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
    linked.office.clock.advance(25 * hourMs);
    await linked.synced();
    assert.equal(linked.remote.items.size, 2);
  });

  it('keeps no more than its time in copies either that went into the trash before', async () => {
    const id = await begun({ link: { direction: 'from-remote' } });
    const titles = async (): Promise<readonly string[]> => {
      const items = await all(linked.services.storage.trash(linked.where.calendar.owner));
      const bytes = await Promise.all(items.map((item) => linked.services.storage.trashBytes(item.id)));
      return bytes.map((each) => /SUMMARY:(.*)\r/.exec(Buffer.from(each ?? []).toString())?.[1] ?? '').sort();
    };
    await linked.delete('theirs');
    await linked.delete('ours');
    await linked.synced();
    assert.deepEqual(await titles(), ['Ours', 'Theirs']);
    hide(id);
    await linked.synced();
    assert.deepEqual(await titles(), ['', 'Ours']);
    const [theirs] = (await all(linked.services.storage.trash(linked.where.calendar.owner))).filter(
      ({ uid }) => uid === 'theirs',
    );
    assert.ok(theirs);
    await restore(linked.services, linked.who, linked.office.alice, theirs.id);
    const { start } = neutral({}).content;
    assert.deepEqual((await linked.event('theirs')).content.start, start);
  });

  it('is nothing that a person is asked about, however many there are', async () => {
    const id = await begun({ rules: { massDeleteGuard: { count: 0, percent: 0 } } });
    hide(id);
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['Ours']);
  });

  it('is not made anew there for an edit here, and not deleted there for a deletion here', async () => {
    const id = await begun();
    const other = linked.remote.put(neutral({ title: 'Theirs, too' }, { uid: 'theirs-too' }));
    await linked.synced();
    await linked.edit('theirs', titled('Edited here'));
    await linked.delete('theirs-too');
    hide(id);
    hide(other);
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['Ours']);
    assert.deepEqual(
      linked.remote
        .events()
        .map(({ content }) => content.title)
        .sort(),
      ['Ours', 'Secret', 'Secret'],
    );
    const [conflict] = await linked.services.storage.connectors.conflicts(linked.id, { limit: 9 });
    assert.deepEqual([conflict?.uid, conflict?.ours, conflict?.theirs], ['theirs', '"Edited here"', 'null']);
  });

  it('is not doubled there when it is brought back here out of the trash', async () => {
    const id = await begun();
    hide(id);
    await linked.synced();
    const [item] = await all(linked.services.storage.trash(linked.where.calendar.owner));
    assert.ok(item);
    await restore(linked.services, linked.who, linked.office.alice, item.id);
    await linked.synced();
    linked.office.clock.advance(25 * hourMs);
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['', 'Ours']);
    assert.equal(linked.remote.items.size, 2);
    linked.remote.withheld.clear();
    linked.remote.edit(id, titled('Told again'));
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['Ours', 'Told again']);
    assert.equal(linked.remote.items.size, 2);
  });

  it('goes, and stays there, also where a write of ours was under way', async () => {
    const id = await begun();
    const other = linked.remote.put(neutral({ title: 'Theirs, too' }, { uid: 'theirs-too' }));
    await linked.synced();
    await linked.edit('theirs', titled('Edited here'));
    await linked.delete('theirs-too');
    linked.remote.fault = (kind, moment) => {
      if (kind === 'update' && moment === 'after') throw lineBroke();
      if (kind === 'remove' && moment === 'before') throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = (kind, moment) => {
      if (kind === 'remove' && moment === 'before') throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    hide(id);
    hide(other);
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['Ours']);
    assert.equal(linked.remote.items.size, 3);
  });

  it('comes back when it may be told of again', async () => {
    const id = await begun();
    hide(id);
    await linked.synced();
    linked.remote.withheld.clear();
    linked.remote.edit(id, titled('Told again'));
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['Ours', 'Told again']);
    await linked.assertInStep();
  });

  it('stays here where it was here before the two met', async () => {
    linked = await Linked.make();
    const id = linked.remote.put(neutral({ title: 'Both' }, { uid: 'both' }));
    await linked.put(neutral({ title: 'Both' }, { uid: 'both' }));
    await linked.synced();
    hide(id);
    await linked.synced();
    await linked.edit('both', titled('Mine'));
    await linked.synced();
    assert.deepEqual(await titlesHere(), ['Mine']);
    assert.deepEqual(
      linked.remote.events().map(({ content }) => content.title),
      ['Secret'],
    );
  });

  describe('because somebody has changed what is told', () => {
    const readAgain = () =>
      linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: fromTheBeginning }]);

    it('goes with the next run, and comes back when that is taken back', async () => {
      const id = await begun();
      linked.remote.withheld.add(id);
      await readAgain();
      const run = await linked.synced();
      assert.deepEqual(await titlesHere(), ['Ours']);
      assert.deepEqual([run.counters.deleted, linked.remote.items.size], [0, 2]);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      linked.remote.withheld.delete(id);
      await readAgain();
      await linked.synced();
      assert.deepEqual(await titlesHere(), ['Ours', 'Theirs']);
      await linked.assertInStep();
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      assert.deepEqual(linked.remote.mails, []);
    });

    it('goes also when that happens while a run goes on', async () => {
      for (const request of ['changes', 'fetch', 'create', 'update'] as const) {
        const id = await begun();
        await linked.put(neutral({ title: 'Made' }, { uid: 'made' }));
        await linked.edit('ours', titled('Edited'));
        linked.remote.put(neutral({ title: 'New there' }, { uid: 'new-there' }));
        linked.remote.fault = async (kind, moment) => {
          if (kind !== request || moment !== 'after' || linked.remote.withheld.size > 0) return;
          linked.remote.withheld.add(id);
          await readAgain();
        };
        const { failure } = await linked.run();
        assert.deepEqual(failure, { class: 'cancelled', code: 'link-changed' }, request);
        linked.remote.fault = () => undefined;
        await linked.synced();
        assert.deepEqual(await titlesHere(), ['Edited', 'Made', 'New there'], request);
        assert.equal(linked.remote.items.size, 4, request);
        if (request !== 'update') await linked.office.close();
      }
    });
  });
});
