import assert from 'node:assert/strict';
import { issueShapes } from '../../src/portal/exchange/shape.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

describe('connector engine', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  describe('first run', () => {
    it('brings what is here there, and what is there here', async () => {
      linked = await Linked.make();
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
      const run = await linked.synced();
      assert.equal(run.counters.created, 2);
      await linked.assertInStep();
      assert.equal(linked.remote.items.size, 2);
    });

    it('pairs by UID and by content instead of doubling', async () => {
      linked = await Linked.make();
      await linked.put(neutral({ location: 'Room 1' }, { uid: 'same' }));
      await linked.put(neutral({ title: 'Alike' }, { uid: 'ours' }));
      linked.remote.put(neutral({ location: 'Room 1' }, { uid: 'same' }));
      linked.remote.put(neutral({ title: 'Alike' }, { uid: 'theirs' }));
      await linked.synced();
      assert.equal(linked.remote.items.size, 2);
      assert.equal((await linked.events()).length, 2);
    });

    it('pairs nothing where several are alike', async () => {
      linked = await Linked.make();
      await linked.put(neutral({}, { uid: 'ours' }));
      linked.remote.put(neutral({}, { uid: 'theirs-1' }));
      linked.remote.put(neutral({}, { uid: 'theirs-2' }));
      await linked.synced();
      assert.equal(linked.remote.items.size, 3);
      await linked.assertInStep();
    });

    it('leaves alone what lies outside of the window, and takes it when the window comes', async () => {
      linked = await Linked.make({ rules: { forwardMonths: 1 } });
      const far = { start: { date: '2026-05-01' }, end: { date: '2026-05-02' } };
      linked.remote.put(neutral(far, { uid: 'theirs' }));
      await linked.put(neutral(far, { uid: 'ours' }));
      await linked.synced();
      assert.equal((await linked.events()).length, 1);
      assert.equal(linked.remote.items.size, 1);
      linked.office.clock.advance(15 * 24 * 3_600_000);
      await linked.synced();
      await linked.assertInStep();
      assert.equal(linked.remote.items.size, 2);
    });

    it('keeps here what is archived there after the window has passed it', async () => {
      linked = await Linked.make({ rules: { backwardMonths: 1 } });
      const old = linked.remote.put(neutral({}, { uid: 'old' }));
      const forever = { recurrence: { rules: ['FREQ=DAILY'], dates: [] } };
      const endless = linked.remote.put(daily({}, { uid: 'endless', ...forever }));
      await linked.synced();
      linked.office.clock.advance(75 * 24 * 3_600_000);
      await linked.synced();
      linked.remote.delete(old);
      linked.remote.delete(endless);
      await linked.synced();
      assert.deepEqual(
        (await linked.events()).map(({ uid }) => uid),
        ['old'],
      );
      await linked.edit('old', titled('Long ago'));
      await linked.synced();
      assert.equal(linked.remote.items.size, 0);
    });

    it('says in the sync log what had to be guessed', async () => {
      linked = await Linked.make({ remote: { pageSize: 1 } });
      linked.remote.put(neutral({ title: 'One' }, { uid: 'one' }), { notes: ['zone-guessed'] });
      linked.remote.put(neutral({ title: 'Two' }, { uid: 'two' }), {
        notes: ['zone-guessed', 'zone-custom'],
      });
      assert.equal((await linked.synced()).detail, 'zone-guessed=2 zone-custom=1');
      assert.equal((await linked.synced()).detail, null);
    });

    it('lists what had to be guessed among the issues of its event, as long as it has to be', async () => {
      linked = await Linked.make();
      const guess = { code: 'zone-guessed', text: 'Europe/Berlin <- BEGIN:VTIMEZONE' };
      const event = neutral({ title: 'Guessed' }, { uid: 'guessed' });
      const id = linked.remote.put(event, { guess });
      linked.remote.put(neutral({ title: 'Known' }, { uid: 'known' }));
      const issues = async (): Promise<readonly string[]> =>
        (await issueShapes(linked.services, linked.who)).map((issue) =>
          [issue.title, issue.start, issue.code, issue.text].join(' | '),
        );
      assert.equal((await linked.synced()).outcome, 'ok');
      const listed = ['Guessed | 2026-03-23 | zone-guessed | Europe/Berlin <- BEGIN:VTIMEZONE'];
      assert.deepEqual(await issues(), listed);
      await linked.edit('guessed', titled('Guessed'));
      await linked.synced();
      assert.deepEqual(await issues(), listed);
      const { guess: _, ...known } = linked.remote.items.get(id) ?? assert.fail();
      linked.remote.items.set(id, known);
      linked.remote.edit(id, withContent({ location: 'there' }));
      await linked.synced();
      assert.deepEqual(await issues(), []);
    });

    it('mails nobody', async () => {
      linked = await Linked.make();
      const meeting = {
        organizer: { address: 'alice@example.com', name: '' },
        attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
      } as const;
      await linked.put(neutral(meeting, { uid: 'ours' }));
      await linked.put(neutral({ ...meeting, title: 'Both' }, { uid: 'both' }));
      linked.remote.put(neutral({ ...meeting, title: 'Both!' }, { uid: 'both' }));
      await linked.synced();
      assert.deepEqual(linked.remote.mails, []);
      await linked.put(neutral(meeting, { uid: 'later' }));
      await linked.synced();
      assert.deepEqual(linked.remote.mails, ['create later']);
    });
  });

  describe('wire budget', () => {
    it('asks once about an unchanged calendar', async () => {
      linked = await Linked.make();
      linked.remote.put(neutral({}, { uid: 'theirs' }));
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      await linked.synced();
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });

    it('asks twice about one event that was changed there', async () => {
      linked = await Linked.make();
      const id = linked.remote.put(neutral({}, { uid: 'theirs' }));
      await linked.synced();
      linked.remote.edit(id, titled('Renamed'));
      assert.deepEqual(await linked.requestsOf(), ['changes', 'fetch']);
      assert.equal((await linked.event('theirs')).content.title, 'Renamed');
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });

    it('asks twice for one new event here, and not about its echo', async () => {
      linked = await Linked.make();
      await linked.synced();
      await linked.put(neutral({}, { uid: 'ours' }));
      assert.deepEqual(await linked.requestsOf(), ['changes', 'create']);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });
  });

  describe('edits', () => {
    it('of different parts on both sides are both kept', async () => {
      linked = await Linked.make();
      const id = linked.remote.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      linked.remote.edit(id, withContent({ location: 'Room 9' }));
      await linked.edit('one', titled('Renamed'));
      await linked.synced();
      await linked.assertInStep();
      const { title, location } = (await linked.event('one')).content;
      assert.deepEqual([title, location], ['Renamed', 'Room 9']);
    });

    it('of the same part: the later one is kept, and the other one remembered', async () => {
      linked = await Linked.make();
      const id = linked.remote.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      linked.remote.edit(id, titled('Theirs'));
      linked.office.clock.advance(1000);
      await linked.edit('one', titled('Ours'));
      const run = await linked.synced();
      assert.equal(run.counters.conflicts, 1);
      assert.equal(linked.there('one').content.title, 'Ours');
      const [conflict] = await linked.services.storage.connectors.conflicts(linked.id, { limit: 5 });
      assert.deepEqual([conflict?.field, conflict?.kept, conflict?.theirs], ['title', 'ours', '"Theirs"']);
    });

    it('keep a title here that is too long there', async () => {
      linked = await Linked.make({ remote: { maxTitle: 10 } });
      await linked.put(neutral({ title: 'A title that is too long' }, { uid: 'one' }));
      await linked.synced();
      assert.equal(linked.there('one').content.title, 'A title th');
      linked.remote.edit(linked.idThere('one'), withContent({ location: 'Room 9' }));
      await linked.synced();
      const { title, location } = (await linked.event('one')).content;
      assert.deepEqual([title, location], ['A title that is too long', 'Room 9']);
    });

    it('of instances of a series meet', async () => {
      linked = await Linked.make();
      await linked.put(daily({}, { uid: 'series' }));
      await linked.synced();
      await linked.edit('series', (event) => ({ ...event, excluded: ['2026-03-24T09:00:00Z'] }));
      linked.remote.edit(linked.idThere('series'), (event) => ({
        ...event,
        overrides: {
          '2026-03-25T09:00:00Z': {
            ...event.content,
            start: { local: '2026-03-25T12:00:00', zone: 'Europe/Stockholm' },
            end: { local: '2026-03-25T13:00:00', zone: 'Europe/Stockholm' },
          },
        },
      }));
      await linked.synced();
      await linked.assertInStep();
      const event = await linked.event('series');
      assert.deepEqual(event.excluded, ['2026-03-24T09:00:00Z']);
      assert.deepEqual(Object.keys(event.overrides), ['2026-03-25T09:00:00Z']);
    });
  });

  describe('deletions', () => {
    it('follow on both sides', async () => {
      linked = await Linked.make();
      await linked.put(neutral({}, { uid: 'one' }));
      const id = linked.remote.put(neutral({ title: 'Two' }, { uid: 'two' }));
      await linked.synced();
      await linked.delete('one');
      linked.remote.delete(id);
      await linked.synced();
      assert.equal(linked.remote.items.size, 0);
      assert.equal((await linked.events()).length, 0);
    });

    it('lose against a later edit, and the event is made anew with its UID', async () => {
      linked = await Linked.make();
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.put(neutral({ title: 'Two' }, { uid: 'two' }));
      await linked.synced();
      linked.remote.delete(linked.idThere('one'));
      await linked.edit('one', titled('Edited'));
      await linked.delete('two');
      linked.remote.edit(linked.idThere('two'), titled('Edited there'));
      await linked.synced();
      await linked.assertInStep();
      assert.equal(linked.there('one').content.title, 'Edited');
      assert.equal((await linked.event('two')).content.title, 'Edited there');
    });

    it('of too many at once are asked about first, on either side', async () => {
      linked = await Linked.make({ rules: { massDeleteGuard: { count: 2, percent: 25 } } });
      for (let at = 0; at < 5; at++)
        await linked.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
      await linked.synced();
      for (const id of [...linked.remote.items.keys()].slice(0, 4)) linked.remote.delete(id);
      const { run } = await linked.run();
      assert.equal(run.outcome, 'stopped');
      assert.equal((await linked.link()).stopped, 'guard');
      assert.equal((await linked.events()).length, 5);
      const patch = { stopped: null, guardLifted: true } as const;
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch }]);
      await linked.synced();
      assert.equal((await linked.events()).length, 1);
      assert.equal((await linked.link()).guardLifted, false);
    });
  });

  describe('a lost cursor', () => {
    it('deletes nothing that is still there, and what is gone', async () => {
      linked = await Linked.make();
      const id = linked.remote.put(neutral({}, { uid: 'one' }));
      linked.remote.put(neutral({ title: 'Two' }, { uid: 'two' }));
      await linked.synced();
      linked.remote.forgetCursors();
      linked.remote.delete(id);
      await linked.synced();
      await linked.assertInStep();
      assert.equal((await linked.events()).length, 1);
      assert.equal((await linked.link()).reconciling, false);
    });

    it('is followed by a look at everything: a server that forgets may have forgotten to tell', async () => {
      linked = await Linked.make();
      await linked.put(daily({}, { uid: 'series' }));
      await linked.synced();
      linked.remote.editSilently(linked.idThere('series'), titled('Renamed without a word'));
      linked.remote.forgetCursors();
      linked.office.clock.advance(60 * 60_000);
      const run = await linked.synced();
      assert.equal(run.counters.repaired, 1);
      assert.equal((await linked.event('series')).content.title, 'Renamed without a word');
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });

    it('pairs by marker what has new ids', async () => {
      linked = await Linked.make();
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      linked.remote.renumber();
      await linked.synced();
      await linked.assertInStep();
      assert.equal(linked.remote.items.size, 1);
    });
  });

  describe('poison', () => {
    it('stops nothing, is left alone after three runs, and tried again when it changes', async () => {
      linked = await Linked.make();
      const id = linked.remote.put(neutral({}, { uid: 'bad' }));
      linked.remote.put(neutral({ title: 'Good' }, { uid: 'good' }));
      linked.remote.poison.add(id);
      const quarantines: unknown[] = [];
      for (let at = 0; at < 4; at++) {
        assert.equal((await linked.run()).run.outcome, 'partial');
        const [pair] = await linked.services.storage.connectors.pairsBy(linked.id, 'uid', [
          `unreadable:${id}`,
        ]);
        quarantines.push(pair?.quarantine);
      }
      assert.deepEqual(quarantines, [null, null, 'item-corrupt', 'item-corrupt']);
      assert.equal((await linked.events()).length, 1);
      linked.remote.requests.length = 0;
      await linked.run();
      assert.deepEqual(linked.remote.requests, ['changes'], 'it is not asked for any more');
      linked.remote.poison.clear();
      linked.remote.edit(id, titled('Mended'));
      await linked.synced();
      await linked.assertInStep();
    });

    it('here is listed by a code, and nothing of it is lost', async () => {
      linked = await Linked.make();
      await linked.put(neutral({ title: 'refused there' }, { uid: 'one' }));
      assert.equal((await linked.run()).run.outcome, 'partial');
      const [pair] = await linked.services.storage.connectors.pairsBy(linked.id, 'uid', ['one']);
      assert.equal(pair?.quarantine, 'not-there');
      await linked.edit('one', titled('Better'));
      await linked.synced();
      await linked.assertInStep();
    });
  });
});
