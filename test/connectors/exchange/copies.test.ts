/**
 * What is there twice because a request of ours was carried out twice goes, whenever it comes to light; what somebody has copied
 * on purpose stays, although it says all that the original says (exchange.md 8.5, 17.2, 19.6).
 */
import assert from 'node:assert/strict';
import type { EventTime } from '../../../src/connectors/event.ts';
import { freshState } from '../../../src/service/connectors/links.ts';
import { changedInstance, daily, neutral } from '../events.ts';
import { titled } from '../linked.ts';
import { InStep } from './in-step.ts';

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

const hourMs = 3_600_000;

describe('an event that is there twice', () => {
  let both: InStep;

  beforeEach(async () => {
    both = await InStep.open({ linked: { rules: { invitations: 'exchange' } } });
    both.fake.addMailbox('bob@example.com');
    await both.linked.synced();
  });
  afterEach(() => both.close());

  const subjects = (): readonly string[] => both.outlook.all().map(({ subject }) => subject);
  const titles = async (): Promise<readonly string[]> =>
    (await both.linked.events()).map(({ content }) => content.title).sort();

  /** The first request is carried out when a test says so. */
  async function madeLate(): Promise<void> {
    await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
    both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'late' } });
    await both.linked.run();
    await both.quiet();
    assert.deepEqual(subjects(), ['Ours']);
  }

  const first = (): string => both.outlook.all()[0]?.id ?? '';

  for (const afresh of [false, true]) {
    const how = afresh ? 'under a UID of its own' : 'under the same UID';
    it(`stays twice where somebody has copied it ${how}`, async () => {
      await both.linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
      await both.quiet();
      both.outlook.copy(first(), { afresh });
      await both.quiet();
      assert.deepEqual(
        [subjects(), await titles()],
        [
          ['Ours', 'Ours'],
          ['Ours', 'Ours'],
        ],
      );
      await both.linked.edit('one', titled('Changed'));
      await both.quiet();
      assert.deepEqual(
        [new Set(subjects()), await titles()],
        [new Set(['Changed', 'Ours']), ['Changed', 'Ours']],
      );
    });

    it(`stays twice where somebody has copied one that was made at the second attempt, ${how}`, async () => {
      await madeLate();
      both.outlook.copy(first(), { afresh });
      await both.quiet();
      assert.deepEqual(
        [subjects(), await titles()],
        [
          ['Ours', 'Ours'],
          ['Ours', 'Ours'],
        ],
      );
      both.fake.carryOutLate();
      assert.equal(subjects().length, 3);
      await both.quiet();
      assert.deepEqual(
        [subjects(), await titles()],
        [
          ['Ours', 'Ours'],
          ['Ours', 'Ours'],
        ],
      );
      assert.equal(both.fake.mails.length, 1);
    });

    it(`stays twice where somebody has copied the one too many ${how} before it has gone`, async () => {
      await madeLate();
      const [held] = both.outlook.all();
      both.fake.carryOutLate();
      const late = both.outlook.all().find(({ id }) => id !== held?.id);
      both.outlook.copy(late?.id ?? '', { afresh });
      await both.quiet();
      assert.deepEqual(
        [subjects(), await titles()],
        [
          ['Ours', 'Ours'],
          ['Ours', 'Ours'],
        ],
      );
      assert.ok(both.outlook.all().some(({ id }) => id === held?.id));
      assert.equal(both.fake.mails.length, 1);
    });
  }

  it('is one where listings never tell of the one too many, and the look at everything finds it', async () => {
    await madeLate();
    both.fake.late.changes = 1000;
    both.fake.carryOutLate();
    await both.linked.run();
    assert.equal(subjects().length, 2);
    both.linked.office.clock.advance(25 * hourMs);
    const { run } = await both.linked.run();
    assert.deepEqual([subjects(), run.counters.repaired > 0], [['Ours'], true]);
    assert.equal(both.fake.mails.length, 1);
  });

  it('is one where several requests that said different things are carried out late', async () => {
    await both.linked.put(neutral({ ...guests, title: 'First' }, { uid: 'one' }));
    both.fake.faults.add({ on: 'CreateItem', times: 3, fault: { kind: 'late' } });
    await both.linked.run();
    for (const title of ['Second', 'Third', 'Fourth']) {
      await both.linked.edit('one', titled(title));
      both.linked.office.clock.advance(hourMs);
      await both.linked.run();
    }
    await both.quiet();
    assert.deepEqual([subjects(), both.fake.mails.length], [['Fourth'], 1]);
    assert.equal(both.fake.carryOutLate(), 3);
    await both.quiet();
    assert.deepEqual([subjects(), await titles(), both.fake.mails.length], [['Fourth'], ['Fourth'], 1]);
  });

  it('does not come back where its first request is carried out after it was deleted here', async () => {
    await madeLate();
    await both.linked.delete('one');
    await both.quiet();
    assert.deepEqual(subjects(), []);
    both.fake.carryOutLate();
    assert.deepEqual(subjects(), ['Ours']);
    await both.quiet();
    assert.deepEqual([subjects(), await titles()], [[], []]);
    assert.deepEqual(
      both.fake.mails.map(({ kind }) => kind),
      ['request', 'cancellation'],
    );
  });

  it('does not come back where it was deleted here before anybody knew that it was made: its people were only named there', async () => {
    await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
    both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
    await both.linked.run();
    await both.linked.delete('one');
    await both.quiet();
    assert.deepEqual([subjects(), await titles(), both.fake.mails], [[], [], []]);
  });

  it('comes back where somebody takes it out of the bin after it was deleted here', async () => {
    await madeLate();
    await both.linked.delete('one');
    await both.quiet();
    const [binned] = both.outlook.all('deleteditems');
    both.outlook.move(binned?.id ?? '', 'calendar');
    await both.quiet();
    assert.deepEqual([subjects(), await titles()], [['Ours'], ['Ours']]);
  });

  it('keeps what somebody has changed of the one too many', async () => {
    await madeLate();
    both.fake.carryOutLate();
    for (const { id } of both.outlook.all()) both.outlook.edit(id, { location: `Room ${id.length}` });
    await both.quiet();
    const places = (await both.linked.events()).map(({ content }) => content.location);
    assert.equal(places.length, 2);
    assert.ok(places.every((place) => place.startsWith('Room')));
  });

  async function relink(): Promise<void> {
    const { linked } = both;
    const removed = linked.office.clock.now();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed } }]);
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: freshState }]);
  }

  describe('because the link was cut before it was known what was made', () => {
    /** Made before the link was cut, and made again after it was joined, while nothing tells of the first. */
    async function madeUnderTwo(): Promise<void> {
      both.fake.late.changes = both.fake.late.listings = 1000;
      await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
      both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
      await both.linked.run();
      await relink();
      await both.linked.edit('one', titled('Edited'));
      both.linked.office.clock.advance(hourMs);
      await both.linked.run();
      assert.deepEqual(subjects().toSorted(), ['Edited', 'Ours']);
    }

    for (const again of [false, true])
      it(`is one${again ? ' also where the link is cut once more' : ''}, and says what was said last`, async () => {
        await madeUnderTwo();
        if (again) await relink();
        both.fake.late.changes = both.fake.late.listings = 0;
        await both.quiet();
        assert.deepEqual([subjects(), await titles()], [['Edited'], ['Edited']]);
        assert.equal(both.fake.mails.length, 0, 'a first run mails nobody');
      });

    it('is one where it was deleted here in between', async () => {
      await madeUnderTwo();
      await relink();
      both.fake.late.changes = both.fake.late.listings = 0;
      await both.linked.delete('one');
      await both.quiet();
      assert.deepEqual([subjects(), await titles()], [['Edited'], ['Edited']]);
    });

    it('keeps what somebody has changed of both of them there', async () => {
      await madeUnderTwo();
      await relink();
      both.fake.late.changes = both.fake.late.listings = 0;
      for (const [at, { id }] of both.outlook.all().entries())
        both.outlook.edit(id, { location: `Room ${at}` });
      await both.quiet();
      const places = (await both.linked.events()).map(({ content }) => content.location);
      assert.ok(places.length > 0 && places.every((place) => place.startsWith('Room')));
      assert.equal(subjects().length, places.length);
    });
  });

  describe('as a single item of a series', () => {
    const key = '2026-03-26T09:00:00Z';
    // Past its neighbour: a single item stands for it.
    const withPart = changedInstance(daily({ title: 'Series' }, { uid: 'series' }), key, {
      title: 'Moved',
      start: { local: '2026-03-28T15:00:00', zone: 'Europe/Stockholm' },
      end: { local: '2026-03-28T16:00:00', zone: 'Europe/Stockholm' },
    });

    const odd = {
      ...daily({ title: 'Odd' }),
      recurrence: { rules: ['FREQ=HOURLY;INTERVAL=50;COUNT=3'], dates: [] },
    };

    it('is one where its request is carried out late', async () => {
      await both.linked.put(withPart);
      both.fake.faults.add({ on: 'CreateItem', after: 1, fault: { kind: 'late' } });
      await both.linked.run();
      await both.quiet();
      assert.deepEqual(new Set(subjects()), new Set(['Series', 'Moved']));
      assert.equal(both.fake.carryOutLate(), 1);
      assert.equal(subjects().length, 3);
      await both.quiet();
      assert.equal(subjects().length, 2);
      await both.assertInStep();
    });

    it('is one where several requests are carried out late, and come to light together', async () => {
      await both.linked.put(withPart);
      both.fake.faults.add({ on: 'CreateItem', after: 1, times: 2, fault: { kind: 'late' } });
      for (let at = 0; at < 2; at++) {
        await both.linked.run();
        both.linked.office.clock.advance(hourMs);
      }
      assert.equal(both.fake.carryOutLate(), 2);
      await both.quiet();
      assert.deepEqual(subjects().toSorted(), ['Moved', 'Series']);
      await both.assertInStep();
    });

    for (const after of [0, 1, 2, 3, 4]) {
      it(`is one where the answer to request ${after + 1} is lost while nothing tells of what was made`, async () => {
        await both.linked.put(withPart);
        await both.linked.put({ ...odd, uid: 'odd' });
        both.fake.faults.add({ on: 'CreateItem', after, fault: { kind: 'reset-after' } });
        both.fake.late.changes = both.fake.late.listings = 1000;
        for (let at = 0; at < 3; at++) {
          await both.linked.run();
          both.linked.office.clock.advance(hourMs);
        }
        both.fake.late.changes = both.fake.late.listings = 0;
        await both.quiet();
        assert.deepEqual(subjects().toSorted(), ['Moved', 'Odd', 'Odd', 'Odd', 'Series']);
        assert.deepEqual(await titles(), ['Odd', 'Series']);
        for (const [uid, keys] of Object.entries({ odd: [], series: [key] })) {
          const { excluded, overrides } = await both.linked.event(uid);
          assert.deepEqual([excluded, Object.keys(overrides)], [[], keys]);
        }
      });
    }

    for (const afresh of [false, true])
      it(`is there once with its series that was deleted there before the link was ${afresh ? 'joined' : 'cut and joined'} again`, async () => {
        await both.linked.put(withPart);
        await both.quiet();
        if (afresh) await relink();
        both.outlook.delete(both.outlook.find('Series')?.id ?? '');
        if (!afresh) await relink();
        await both.quiet();
        assert.deepEqual(subjects().toSorted(), ['Moved', 'Series']);
        await both.assertInStep();
      });

    const beside: EventTime = { local: '2026-04-12T10:00:00', zone: 'Europe/Stockholm' };
    const withDate = {
      ...daily({ title: 'Series' }, { uid: 'series' }),
      recurrence: { rules: ['FREQ=DAILY;COUNT=5'], dates: [beside] },
    };
    for (const [how, what] of Object.entries({ 'past its neighbour': withPart, 'beside its rule': withDate }))
      for (const change of [undefined, { subject: 'There' }])
        it(`stands for its instance ${how} after the link was cut and joined again${change ? ', and somebody has changed it' : ''}`, async () => {
          await both.linked.put(what);
          await both.quiet();
          const part = both.outlook.all().find(({ recurrence }) => recurrence === undefined);
          await relink();
          if (change) both.outlook.edit(part?.id ?? '', change);
          await both.quiet();
          assert.equal(subjects().length, 2);
          const { excluded, overrides } = await both.linked.event('series');
          const title = change?.subject ?? part?.subject;
          assert.deepEqual(excluded, []);
          const own = Object.values(overrides).map((content) => content.title);
          assert.deepEqual(own, what === withDate && !change ? [] : [title]);
        });

    for (const [how, what] of Object.entries({ 'past its neighbour': withPart, 'beside its rule': withDate }))
      it(`lets its instance ${how} go with it that was deleted there before the link was joined again`, async () => {
        await both.linked.put(what);
        await both.quiet();
        const part = both.outlook.all().find(({ recurrence }) => recurrence === undefined);
        both.outlook.delete(part?.id ?? '');
        await relink();
        await both.quiet();
        assert.deepEqual([subjects(), await titles()], [['Series'], ['Series']]);
        const { excluded, overrides } = await both.linked.event('series');
        assert.deepEqual([excluded.length, Object.keys(overrides)], [1, []]);
      });

    it('is an event of its own where somebody has copied it', async () => {
      await both.linked.put(withPart);
      await both.quiet();
      const part = both.outlook.find('Moved');
      const copied = both.outlook.copy(part?.id ?? '', { afresh: true });
      both.outlook.edit(copied, { subject: 'Again', start: '2026-04-02T10:00', end: '2026-04-02T11:00' });
      await both.quiet();
      assert.deepEqual(new Set(subjects()), new Set(['Series', 'Moved', 'Again']));
      assert.deepEqual(await titles(), ['Again', 'Series']);
      const { overrides } = await both.linked.event('series');
      assert.deepEqual(
        Object.values(overrides).map(({ title }) => title),
        ['Moved'],
      );
      both.outlook.edit(copied, { subject: 'Once more' });
      await both.quiet();
      assert.deepEqual(await titles(), ['Once more', 'Series']);
      both.outlook.delete(copied);
      await both.quiet();
      assert.deepEqual(await titles(), ['Series']);
      await both.assertInStep();
    });
  });
});
