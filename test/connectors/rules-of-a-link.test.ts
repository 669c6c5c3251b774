/** Meetings, directions, guards and brakes: what a link may do, and what it never does. */
import assert from 'node:assert/strict';
import { createEngine } from '../../src/connectors/engine.ts';
import type { Answer, EventContent, NeutralEvent } from '../../src/connectors/event.ts';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import type { ChangeGuard } from '../../src/connectors/round/round.ts';
import { hourMs, instant, minuteMs } from '../../src/icalendar/time.ts';
import { retry } from '../../src/service/connectors/links.ts';
import { all } from '../service/office.ts';
import { runUntilCrash } from './crash.ts';
import { changedInstance, daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

const bob = { address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' } as const;
const alice = { ...bob, address: 'alice@example.com' } as const;

const ours: Partial<EventContent> = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [bob],
};
const theirs: Partial<EventContent> = {
  organizer: { address: 'bob@example.com', name: '' },
  attendees: [alice],
  answer: 'needs-action',
};

const day2 = '2026-03-24T09:00:00Z';
const instanceAnswer =
  (answer: Answer) =>
  (event: NeutralEvent): NeutralEvent =>
    changedInstance(event, day2, { ...event.overrides[day2], answer });

describe('connector engine', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  describe('with meetings of the own calendar', () => {
    it('mails attendees about what matters to them, once', async () => {
      linked = await Linked.make();
      await linked.synced();
      await linked.put(neutral(ours, { uid: 'one' }));
      await linked.synced();
      await linked.edit('one', titled('Another title'));
      await linked.synced();
      await linked.edit('one', withContent({ location: 'Room 9' }));
      await linked.synced();
      await linked.delete('one');
      await linked.synced();
      assert.deepEqual(linked.remote.mails, ['create one', 'update one', 'remove one']);
    });

    for (const withoutVersions of [false, true]) {
      for (const moment of ['before', 'after'] as const) {
        const how = `${withoutVersions ? 'no versions are told, and ' : ''}an answer is lost ${moment} it was done`;
        it(`mails attendees once, and the organizer of others once, where ${how}`, async () => {
          linked = await Linked.make({ remote: { withoutVersions } });
          const id = linked.remote.put(neutral(theirs, { uid: 'two' }), { role: 'guest' });
          await linked.synced();
          await linked.put(neutral(ours, { uid: 'one' }));
          await linked.synced();
          const lose = new Set(['update', 'respond', 'remove']);
          linked.remote.fault = (kind, at) => {
            if (at === moment && lose.delete(kind)) throw lineBroke();
          };
          await linked.edit('one', withContent({ location: 'Room 9' }));
          for (let at = 0; at < 3; at++) await linked.run();
          await linked.edit('two', withContent({ answer: 'accepted' }));
          for (let at = 0; at < 3; at++) await linked.run();
          await linked.delete('one');
          for (let at = 0; at < 3; at++) await linked.run();
          assert.deepEqual([...lose], []);
          assert.deepEqual(linked.remote.mails, ['create one', 'update one', 'remove one']);
          assert.deepEqual(linked.remote.answers, ['two accepted']);
          assert.deepEqual([...linked.remote.items.keys()], [id]);
        });
      }
    }

    it('mails nobody where the administrator does not want it', async () => {
      linked = await Linked.make({ rules: { invitations: 'none' } });
      await linked.synced();
      await linked.put(neutral(ours, { uid: 'one' }));
      await linked.synced();
      assert.deepEqual(linked.remote.mails, []);
    });

    it('takes the answers of attendees', async () => {
      linked = await Linked.make();
      await linked.put(neutral(ours, { uid: 'one' }));
      await linked.synced();
      linked.remote.edit(linked.idThere('one'), withContent({ attendees: [{ ...bob, answer: 'accepted' }] }));
      await linked.synced();
      assert.equal((await linked.event('one')).content.attendees[0]?.answer, 'accepted');
      assert.deepEqual(linked.remote.mails, []);
    });
  });

  describe('with meetings of others', () => {
    async function invited(): Promise<void> {
      linked = await Linked.make();
      linked.remote.put(neutral(theirs, { uid: 'one' }), { role: 'guest' });
      await linked.synced();
    }

    it('sends an answer as an answer, and never as a change', async () => {
      await invited();
      await linked.edit('one', withContent({ answer: 'accepted' }));
      const requests = await linked.requestsOf();
      assert.deepEqual(requests, ['changes', 'respond', 'fetch']);
      assert.deepEqual(linked.remote.answers, ['one accepted']);
      assert.deepEqual(linked.remote.mails, []);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      assert.deepEqual(linked.remote.answers, ['one accepted']);
    });

    it('sends what is one’s own beside the answer', async () => {
      await invited();
      await linked.edit('one', withContent({ answer: 'tentative', reminder: 5, busy: 'tentative' }));
      assert.deepEqual(await linked.requestsOf(), ['changes', 'update', 'respond', 'fetch']);
      const { answer, reminder, busy } = linked.there('one').content;
      assert.deepEqual([answer, reminder, busy], ['tentative', 5, 'tentative']);
    });

    it('knows at once what follows there from an answer', async () => {
      await invited();
      await linked.edit('one', withContent({ answer: 'tentative', busy: 'tentative' }));
      await linked.run();
      await linked.edit('one', withContent({ answer: 'accepted' }));
      await linked.run();
      assert.equal((await linked.event('one')).content.busy, 'busy');
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });

    it('sends the answer to one instance alone', async () => {
      linked = await Linked.make();
      linked.remote.put({ ...daily(theirs), uid: 'one' }, { role: 'guest' });
      await linked.synced();
      await linked.edit('one', instanceAnswer('declined'));
      assert.deepEqual(await linked.requestsOf(), ['changes', 'respond', 'fetch']);
      await linked.edit('one', instanceAnswer('accepted'));
      assert.deepEqual(await linked.requestsOf(), ['changes', 'respond', 'fetch']);
      assert.deepEqual(linked.remote.answers, [`one ${day2} declined`, `one ${day2} accepted`]);
      assert.deepEqual(linked.remote.mails, []);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      await linked.assertInStep();
    });

    it('sends an answer to all of a series, and another to one of it', async () => {
      linked = await Linked.make();
      linked.remote.put({ ...daily(theirs), uid: 'one' }, { role: 'guest' });
      await linked.synced();
      await linked.edit('one', (event) =>
        instanceAnswer('tentative')(withContent({ answer: 'accepted' })(event)),
      );
      assert.deepEqual(await linked.requestsOf(), ['changes', 'respond', 'respond', 'fetch']);
      assert.deepEqual(linked.remote.answers, ['one accepted', `one ${day2} tentative`]);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      await linked.assertInStep();
    });

    it('keeps the answer to one instance here where it cannot be sent alone', async () => {
      linked = await Linked.make({ remote: { capabilities: { answersInstances: false } } });
      linked.remote.put({ ...daily(theirs), uid: 'one' }, { role: 'guest' });
      await linked.synced();
      await linked.edit('one', instanceAnswer('declined'));
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      assert.equal((await linked.event('one')).overrides[day2]?.answer, 'declined');
    });

    it('puts back here what is not one’s own to change', async () => {
      await invited();
      await linked.force('one', titled('Mine now'));
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      assert.equal((await linked.event('one')).content.title, 'Review');
      const [conflict] = await linked.services.storage.connectors.conflicts(linked.id, { limit: 1 });
      assert.equal(conflict?.ours, '"Mine now"');
    });

    it('answers once when the line broke behind the answer', async () => {
      await invited();
      await linked.edit('one', withContent({ answer: 'accepted' }));
      linked.remote.fault = (kind, moment) => {
        if (kind === 'respond' && moment === 'after') throw lineBroke();
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      await linked.synced();
      await linked.assertInStep();
      assert.deepEqual(linked.remote.answers, ['one accepted']);
    });
  });

  describe('on a link that leads one way', () => {
    it('takes everything and sends nothing, from there', async () => {
      linked = await Linked.make({ link: { direction: 'from-remote' } });
      linked.remote.put(neutral({}, { uid: 'theirs' }));
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      await linked.synced();
      await linked.edit('theirs', titled('Renamed here'));
      await linked.synced();
      assert.deepEqual(
        linked.remote.events().map(({ content }) => content.title),
        ['Review'],
      );
      linked.remote.edit(linked.idThere('theirs'), withContent({ location: 'Room 9' }));
      await linked.synced();
      const { title, location } = (await linked.event('theirs')).content;
      assert.deepEqual([title, location], ['Renamed here', 'Room 9']);
    });

    it('keeps in mind what it did not let through, until it leads both ways', async () => {
      linked = await Linked.make({ link: { direction: 'from-remote' } });
      linked.remote.put(neutral({}, { uid: 'theirs' }));
      await linked.synced();
      await linked.edit('theirs', titled('Renamed here'));
      await linked.synced();
      linked.remote.edit(linked.idThere('theirs'), withContent({ location: 'Room 9' }));
      await linked.synced();
      linked.remote.edit(linked.idThere('theirs'), withContent({ location: 'Room 10' }));
      await linked.synced();
      assert.deepEqual(await linked.services.storage.connectors.conflicts(linked.id, { limit: 9 }), []);
      // As a change of the link leaves it (service/connectors/links.ts).
      const patch = {
        direction: 'both',
        cursor: null,
        reconciling: true,
        localCursor: 0,
        deepChecked: null,
      } as const;
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch }]);
      await linked.synced();
      assert.equal(linked.there('theirs').content.title, 'Renamed here');
      assert.equal(linked.there('theirs').content.location, 'Room 10');
      await linked.assertInStep();
      assert.deepEqual(linked.remote.mails, []);
    });

    it('sends everything and takes nothing, to there', async () => {
      linked = await Linked.make({ link: { direction: 'to-remote' } });
      linked.remote.put(neutral({}, { uid: 'theirs' }));
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      await linked.synced();
      linked.remote.edit(linked.idThere('ours'), titled('Renamed there'));
      await linked.synced();
      assert.deepEqual(
        (await linked.events()).map(({ content }) => content.title),
        ['Ours'],
      );
      linked.remote.delete(linked.idThere('ours'));
      await linked.synced();
      await linked.edit('ours', titled('Again'));
      await linked.synced();
      assert.equal(linked.there('ours').content.title, 'Again');
    });
  });

  describe('with what may not be changed there', () => {
    const lockTitle: ChangeGuard = (_, before, after) =>
      Promise.resolve(
        before.content.title === after.content.title ? [] : [{ field: 'title', reason: 'no-right' }],
      );

    it('puts it back there in the same run, and leaves the rest', async () => {
      linked = await Linked.make({ guard: lockTitle });
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      linked.remote.edit(linked.idThere('one'), withContent({ title: 'Theirs', location: 'Room 9' }));
      await linked.synced();
      await linked.assertInStep();
      const { title, location } = linked.there('one').content;
      assert.deepEqual([title, location], ['Review', 'Room 9']);
    });

    it('gives up after three times within an hour', async () => {
      linked = await Linked.make({ guard: lockTitle });
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      for (let at = 0; at < 4; at++) {
        linked.remote.edit(linked.idThere('one'), titled(`Theirs ${at}`));
        await linked.run();
      }
      const [pair] = await linked.services.storage.connectors.pairsBy(linked.id, 'uid', ['one']);
      assert.equal(pair?.quarantine, 'frozen');
      assert.equal((await linked.event('one')).content.title, 'Review');
    });
  });

  it('leaves an event alone that is written more than ten times within an hour', async () => {
    linked = await Linked.make();
    await linked.put(neutral({}, { uid: 'one' }));
    await linked.synced();
    for (let at = 0; at < 12; at++) {
      await linked.edit('one', titled(`Title ${at}`));
      await linked.run();
    }
    const [pair] = await linked.services.storage.connectors.pairsBy(linked.id, 'uid', ['one']);
    assert.equal(pair?.quarantine, 'loop');
    linked.office.clock.advance(hourMs);
    await linked.edit('one', titled('Calm again'));
    await linked.synced();
    assert.equal(linked.there('one').content.title, 'Calm again');
  });

  describe('with a server that has its ways', () => {
    it('does not write over what it has not seen, where old versions are taken', async () => {
      linked = await Linked.make({ remote: { capabilities: { conditionalWrite: false } } });
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      await linked.edit('one', titled('Ours'));
      const id = linked.idThere('one');
      linked.remote.fault = (kind, moment) => {
        if (kind === 'changes' && moment === 'after')
          linked.remote.edit(id, withContent({ location: 'Room 9' }));
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      await linked.synced();
      await linked.assertInStep();
      const { title, location } = linked.there('one').content;
      assert.deepEqual([title, location], ['Ours', 'Room 9']);
    });

    it('creates nothing twice, where nothing can be found by its marker', async () => {
      for (let step = 1, reached = true; reached; step++) {
        linked = await Linked.make({ remote: { capabilities: { findByMarker: false } } });
        await linked.put(neutral({}, { uid: 'one' }));
        reached = await runUntilCrash(linked, step);
        linked.office.clock.advance(91_000);
        await linked.synced();
        await linked.synced();
        assert.equal(linked.remote.items.size, 1, `step ${step}`);
        await linked.assertInStep();
        if (reached) await linked.office.close();
      }
    });

    it('creates nothing twice, where the listing lags behind', async () => {
      linked = await Linked.make();
      await linked.synced();
      await linked.put(neutral({}, { uid: 'one' }));
      linked.remote.fault = (kind, moment) => {
        if (kind === 'create' && moment === 'after') throw lineBroke();
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      linked.remote.lag = 1;
      await linked.synced();
      linked.remote.lag = 0;
      await linked.synced();
      assert.equal(linked.remote.items.size, 1);
      await linked.assertInStep();
    });

    it('does not take its own write, whose answer was lost, for an edit of somebody else', async () => {
      linked = await Linked.make({ rules: { conflictPolicy: 'exchange' } });
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      await linked.edit('one', titled('First'));
      linked.remote.fault = (kind, moment) => {
        if (kind === 'update' && moment === 'after') throw lineBroke();
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      await linked.edit('one', titled('Second'));
      const run = await linked.synced();
      assert.equal(linked.there('one').content.title, 'Second');
      assert.equal(run.counters.conflicts, 0);
    });

    it('orders edits by its clock, corrected by how far it is wrong', async () => {
      linked = await Linked.make();
      linked.remote.skewMs = 3 * hourMs;
      const id = linked.remote.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      linked.remote.edit(id, titled('Earlier, there'));
      linked.office.clock.advance(minuteMs);
      await linked.edit('one', titled('Later, here'));
      await linked.synced();
      assert.equal(linked.there('one').content.title, 'Later, here');
    });

    it('misses at once what was removed before it was told everything again without a word', async () => {
      linked = await Linked.make({ remote: { restarts: true, pageSize: 2 } });
      for (const uid of ['one', 'two', 'three', 'four']) linked.remote.put(neutral({}, { uid }));
      await linked.synced();
      linked.remote.delete(linked.idThere('two'));
      linked.remote.edit(linked.idThere('three'), titled('Renamed there'));
      linked.remote.forgetCursors();
      await linked.synced();
      await linked.assertInStep();
      assert.equal((await linked.events()).length, 3);
      assert.equal((await linked.link()).reconciling, false);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });

    it('does not take the echo of its own write for that', async () => {
      linked = await Linked.make();
      for (const uid of ['one', 'two']) linked.remote.put(neutral({}, { uid }));
      await linked.synced();
      await linked.edit('one', titled('Renamed here'));
      await linked.synced();
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      assert.equal((await linked.link()).reconciling, false);
    });

    it('reads nothing again because one item is told twice', async () => {
      linked = await Linked.make();
      const ids = ['one', 'two', 'three'].map((uid) => linked.remote.put(neutral({}, { uid })));
      await linked.synced();
      const [first] = ids;
      const { changes } = linked.remote;
      Object.assign(linked.remote, {
        changes: async (...given: Parameters<typeof changes>) => {
          const page = await changes(...given);
          const item = linked.remote.items.get(first ?? '');
          return { ...page, changed: item ? [{ id: item.id, version: item.version }] : [] };
        },
      });
      assert.deepEqual(await linked.requestsOf(), ['changes']);
    });

    it('believes no answer that does not fit its question', async () => {
      linked = await Linked.make();
      linked.remote.put(neutral({}, { uid: 'one' }));
      const { fetch } = linked.remote;
      Object.assign(linked.remote, { fetch: () => Promise.resolve([]) });
      const { run } = await linked.run();
      assert.deepEqual([run.outcome, run.failure], ['failed', 'unexpected-count']);
      assert.equal((await linked.link()).cursor, null);
      Object.assign(linked.remote, { fetch });
      await linked.synced();
      await linked.assertInStep();
    });

    it('leaves alone what somebody there changes faster than it can be written, until that ends', async () => {
      linked = await Linked.make();
      await linked.put(neutral({}, { uid: 'one' }));
      await linked.put(neutral({}, { uid: 'two' }));
      await linked.synced();
      await linked.edit('one', titled('Ours'));
      await linked.edit('two', titled('Ours, too'));
      let at = 0;
      linked.remote.fault = (kind, moment) => {
        if (kind === 'update' && moment === 'before')
          linked.remote.edit(linked.idThere('one'), withContent({ location: `Room ${++at}` }));
      };
      const { run } = await linked.run();
      assert.deepEqual([run.outcome, at], ['partial', 3]);
      assert.equal(linked.there('two').content.title, 'Ours, too');
      const { connectors } = linked.services.storage;
      const [left] = await all(connectors.pairs(linked.id, { quarantined: true }));
      assert.equal(left?.quarantine, 'loop');
      await linked.run();
      assert.equal(at, 3, 'nothing is tried again meanwhile');
      linked.remote.fault = () => undefined;
      linked.remote.edit(linked.idThere('one'), withContent({ location: 'Last' }));
      await linked.synced();
      await linked.assertInStep();
      const { title, location } = linked.there('one').content;
      assert.deepEqual([title, location], ['Ours', 'Last']);
    });

    it('goes on taking while the mailbox is full', async () => {
      linked = await Linked.make();
      await linked.synced();
      await linked.put(neutral({}, { uid: 'ours' }));
      linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
      const { create } = linked.remote;
      const full = { failed: true, id: '', class: 'quota', code: 'quota-exceeded', text: 'full' };
      Object.assign(linked.remote, { create: () => Promise.resolve([full]) });
      assert.equal((await linked.run()).run.outcome, 'partial');
      assert.equal((await linked.events()).length, 2);
      Object.assign(linked.remote, { create });
      await linked.synced('manual');
      await linked.assertInStep();
    });
  });

  it('takes over what has a UID that cannot be kept, and does not take it for deleted', async () => {
    linked = await Linked.make();
    for (const uid of ['', ' blanks ', 'line\nbreak', 'x'.repeat(2_000), 'å\u0001']) {
      linked.remote.put(neutral({ title: `Event ${uid.length}` }, { uid }));
    }
    await linked.synced();
    await linked.synced();
    assert.equal((await linked.events()).length, 5);
    assert.equal(linked.remote.items.size, 5);
  });

  it('says in the row of a run why it could not begin', async () => {
    linked = await Linked.make();
    const engine = createEngine({
      services: linked.services,
      open: () => Promise.reject(new RemoteFailure('configuration', 'host-without-account', 'no account')),
      rulesOf: () => Promise.resolve(linked.rules),
    });
    const until = instant(linked.office.clock.now() + 90_000);
    await linked.commit([{ do: 'take-lease', link: linked.id, holder: 'me', until }]);
    const { signal } = new AbortController();
    const { run, failure } = await engine.run({ link: linked.id, cause: 'schedule', holder: 'me', signal });
    assert.equal(failure?.class, 'configuration');
    const stored = await linked.services.storage.connectors.run(run.id);
    assert.deepEqual([stored?.outcome, stored?.failure], ['failed', 'host-without-account']);
    assert.deepEqual(
      [(await linked.link()).failures, (await linked.link()).lastFailure],
      [1, 'host-without-account'],
    );
  });

  describe('looking through everything once a day', () => {
    it('invites to a meeting that is made meanwhile', async () => {
      linked = await Linked.make();
      await linked.put(daily({}, { uid: 'series' }));
      await linked.synced();
      linked.office.clock.advance(25 * hourMs);
      linked.remote.fault = async (kind, moment) => {
        if (kind === 'list' && moment === 'before') await linked.put(neutral(ours, { uid: 'meeting' }));
      };
      await linked.synced();
      linked.remote.fault = () => undefined;
      await linked.synced();
      assert.deepEqual(linked.remote.mails, ['create meeting']);
      await linked.assertInStep();
    });

    it('looks once more at what a person wants to be tried again meanwhile', async () => {
      linked = await Linked.make();
      const id = linked.remote.put(neutral({}, { uid: 'one' }));
      await linked.synced();
      linked.remote.poison.add(id);
      linked.remote.edit(id, titled('Broken'));
      for (let at = 0; at < 3; at++) await linked.run();
      linked.office.clock.advance(25 * hourMs);
      linked.remote.fault = async (kind, moment) => {
        if (kind !== 'list' || moment !== 'after') return;
        linked.remote.fault = () => undefined;
        linked.remote.poison.clear();
        const [pair] = await linked.services.storage.connectors.pairsBy(linked.id, 'uid', ['one']);
        assert.ok(pair?.quarantine);
        await linked.commit([...retry(await linked.link(), pair, linked.office.clock.now())]);
      };
      assert.equal((await linked.run()).failure?.code, 'link-changed');
      await linked.synced();
      assert.equal((await linked.event('one')).content.title, 'Broken');
    });

    it('finds what no change told of', async () => {
      linked = await Linked.make();
      await linked.put(daily({}, { uid: 'series' }));
      await linked.put(neutral({ title: 'One' }, { uid: 'one' }));
      await linked.synced();
      linked.remote.editSilently(linked.idThere('series'), (event) => ({
        ...event,
        excluded: ['2026-03-25T09:00:00Z'],
      }));
      await linked.synced();
      assert.deepEqual((await linked.event('series')).excluded, []);
      linked.office.clock.advance(24 * hourMs);
      const run = await linked.synced();
      assert.deepEqual((await linked.event('series')).excluded, ['2026-03-25T09:00:00Z']);
      assert.ok(run.counters.repaired > 0);
      await linked.assertInStep();
    });

    it('finds single events that a server changes without telling', async () => {
      linked = await Linked.make();
      for (const uid of ['one', 'two']) await linked.put(neutral({ title: uid }, { uid }));
      await linked.synced();
      await linked.synced();
      linked.remote.editUntold(linked.idThere('one'), titled('Untold'));
      await linked.synced();
      assert.equal((await linked.event('one')).content.title, 'one');
      linked.office.clock.advance(24 * hourMs);
      linked.remote.requests.length = 0;
      await linked.synced();
      assert.deepEqual(linked.remote.requests, ['changes', 'list', 'fetch']);
      await linked.assertInStep();
      assert.equal((await linked.event('one')).content.title, 'Untold');
    });

    it('does not read everything where the listing has versions of its own', async () => {
      linked = await Linked.make();
      for (let at = 0; at < 60; at++) await linked.put(neutral({ title: `Event ${at}` }, { uid: `e-${at}` }));
      await linked.synced();
      const { listed } = linked.remote;
      const others: typeof listed = async function* (range, signal) {
        for await (const page of listed(range, signal))
          yield page.map(({ id }) => ({ id, version: 'other' }));
      };
      Object.assign(linked.remote, { listed: others });
      linked.office.clock.advance(24 * hourMs);
      linked.remote.requests.length = 0;
      await linked.synced();
      assert.deepEqual(linked.remote.requests, ['changes', 'list']);
    });
  });
});
