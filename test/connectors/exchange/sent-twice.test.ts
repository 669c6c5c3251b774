/**
 * Requests that something on the way to the server sends twice, at once or long after: whatever they make twice is there once in
 * the end, nothing that was deleted comes back, and nobody is mailed twice (exchange.md 8.5, 17.2, 19.6).
 */
import assert from 'node:assert/strict';
import { profileNames } from '../../../conformance/exchange/profile.ts';
import { changedInstance, daily, neutral } from '../events.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

const hourMs = 3_600_000;

describe('a request that is sent twice on the way', () => {
  let both: InStep;

  afterEach(() => both.close());

  async function open(profile: (typeof profileNames)[number] = 'exchange2016'): Promise<void> {
    const quirks = { tellsSearchKeys: true };
    both = await InStep.open({ profile, quirks, linked: { rules: { invitations: 'exchange' } } });
    both.fake.addMailbox('bob@example.com');
    await both.linked.synced();
  }

  const subjects = (folder?: string): readonly string[] =>
    both.outlook.all(folder).map(({ subject }) => subject);
  const titles = async (): Promise<readonly string[]> =>
    (await both.linked.events()).map(({ content }) => content.title).sort();
  const mails = (): readonly string[] => both.fake.mails.map(({ kind }) => kind);

  for (const profile of profileNames)
    for (const answers of ['first', 'second', 'none'] as const)
      it(`makes one event at ${profile}, of which guests hear once (answer: ${answers})`, async () => {
        await open(profile);
        await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
        both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'twice', answers } });
        await both.linked.run();
        assert.deepEqual([subjects(), await titles()], [['Ours', 'Ours'], ['Ours']]);
        await both.quiet();
        assert.deepEqual([subjects(), await titles(), mails()], [['Ours'], ['Ours'], ['request']]);
      });

  const series = changedInstance(
    daily({ ...guests, title: 'Ours' }, { uid: 'one' }),
    '2026-03-26T09:00:00Z',
    {
      title: 'Other',
    },
  );

  for (const event of [neutral({ ...guests, title: 'Ours' }, { uid: 'one' }), series]) {
    const what = event.recurrence ? 'series' : 'event';
    for (const when of ['at once', 'after it was changed here', 'after it was changed there'])
      it(`makes one ${what} where the second is carried out long after, ${when}`, async () => {
        await open();
        await both.linked.put(event);
        both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'again-late' } });
        await both.quiet();
        const { length } = mails();
        if (when.endsWith('here')) await both.linked.edit('one', titled('Changed'));
        const [held] = both.outlook.all();
        if (when.endsWith('there')) both.outlook.edit(held?.id ?? '', { subject: 'Changed' });
        await both.quiet();
        assert.equal(both.fake.carryOutLate(), 1);
        assert.equal(subjects().length, 2);
        await both.quiet();
        const title = when === 'at once' ? 'Ours' : 'Changed';
        assert.deepEqual([subjects(), await titles()], [[title], [title]]);
        assert.deepEqual(
          both.outlook.all().map(({ id }) => id),
          [held?.id],
        );
        assert.equal(mails().length, length);
      });

    it(`makes one ${what} where only the look at everything tells of the second`, async () => {
      await open();
      await both.linked.put(event);
      both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'again-late' } });
      await both.quiet();
      both.fake.late.changes = 1000;
      both.fake.carryOutLate();
      await both.linked.run();
      assert.equal(subjects().length, 2);
      both.linked.office.clock.advance(25 * hourMs);
      const { run } = await both.linked.run();
      assert.deepEqual([subjects(), await titles(), run.counters.repaired > 0], [['Ours'], ['Ours'], true]);
    });

    for (const side of ['here', 'there'] as const)
      it(`does not bring back a ${what} that was deleted ${side} before the second is carried out`, async () => {
        await open();
        await both.linked.put(event);
        both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'again-late' } });
        await both.quiet();
        if (side === 'here') await both.linked.delete('one');
        else both.outlook.delete(both.outlook.all()[0]?.id ?? '');
        await both.quiet();
        const { length } = mails();
        both.linked.office.clock.advance(1000);
        both.fake.carryOutLate();
        assert.deepEqual(subjects(), ['Ours']);
        await both.quiet();
        assert.deepEqual([subjects(), await titles(), mails().length], [[], [], length]);
      });
  }

  it('leaves alone what somebody brings back from the bin', async () => {
    await open();
    await both.linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
    await both.quiet();
    await both.linked.delete('one');
    await both.quiet();
    both.outlook.move(both.outlook.all('deleteditems')[0]?.id ?? '', 'calendar');
    await both.quiet();
    assert.deepEqual([subjects(), await titles()], [['Ours'], ['Ours']]);
  });

  for (const afresh of [false, true])
    for (const [how, from] of Object.entries({ 'a copy': 'calendar', 'the bin': 'deleteditems' }))
      it(`leaves alone what somebody copies from ${how} of what was deleted here${afresh ? ', under a UID of its own' : ''}`, async () => {
        await open();
        await both.linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
        await both.quiet();
        if (from === 'calendar') both.outlook.copy(both.outlook.all()[0]?.id ?? '', { afresh });
        await both.quiet();
        await both.linked.delete('one');
        await both.quiet();
        const before = subjects().length;
        both.outlook.copy(both.outlook.all(from)[0]?.id ?? '', { afresh });
        await both.quiet();
        assert.deepEqual([subjects().length, (await titles()).length], [before + 1, before + 1]);
      });

  for (const answers of ['first', 'second', 'none'] as const) {
    it(`tells guests once of a change, and of the end (answer: ${answers})`, async () => {
      await open();
      await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
      both.fake.faults.add({ on: 'UpdateItem', fault: { kind: 'twice', answers } });
      await both.linked.run();
      await both.quiet();
      assert.deepEqual(mails(), ['request'], 'the invitation');
      await both.linked.edit('one', withContent({ location: 'Elsewhere' }));
      both.fake.faults.add({ on: 'UpdateItem', fault: { kind: 'twice', answers } });
      await both.linked.run();
      await both.quiet();
      assert.deepEqual(mails(), ['request', 'request'], 'the change');
      await both.linked.delete('one');
      both.fake.faults.add({ on: 'DeleteItem', fault: { kind: 'twice', answers } });
      await both.linked.run();
      await both.quiet();
      assert.deepEqual([mails(), subjects()], [['request', 'request', 'cancellation'], []]);
    });

    it(`tells guests once of the change of an instance (answer: ${answers})`, async () => {
      await open();
      await both.linked.put(series);
      await both.quiet();
      const { length } = mails();
      await both.linked.edit('one', (one) =>
        changedInstance(one, '2026-03-27T09:00:00Z', { location: 'Elsewhere' }),
      );
      both.fake.faults.add({ on: 'UpdateItem', fault: { kind: 'twice', answers } });
      await both.linked.run();
      await both.quiet();
      assert.equal(mails().length - length, 1);
      assert.equal(subjects().length, 1);
    });
  }

  describe('with an answer to a meeting', () => {
    async function answered(checksAnswers: boolean, fault: 'late' | 'again-late'): Promise<number> {
      both = await InStep.open({ quirks: { checksAnswers }, linked: { rules: { invitations: 'exchange' } } });
      const bob = both.fake.addMailbox('bob@example.com');
      const times = { start: '2026-04-02T10:00', end: '2026-04-02T11:00' };
      bob.create({ subject: 'Theirs', ...times, required: ['alice@example.com'] }, { send: true });
      await both.quiet();
      const [{ uid } = { uid: '' }] = await both.linked.events();
      await both.linked.edit(uid, withContent({ answer: 'accepted' }));
      both.fake.faults.add({ on: 'CreateItem', fault: { kind: fault } });
      await both.linked.run();
      await both.quiet();
      assert.equal(both.fake.carryOutLate(), 1);
      await both.quiet();
      assert.deepEqual([(await both.linked.event(uid)).content.answer, subjects()], ['accepted', ['Theirs']]);
      return both.fake.mails.filter(({ kind }) => kind === 'response').length;
    }

    for (const fault of ['late', 'again-late'] as const) {
      it(`is heard of once where the server minds the version of what is answered (${fault})`, async () => {
        assert.equal(await answered(true, fault), 1);
      });

      it(`says the same words again where it does not (${fault})`, async () => {
        assert.equal(await answered(false, fault), 2);
      });
    }
  });

  describe('for a single item of a series', () => {
    const key = '2026-03-26T09:00:00Z';
    // Past its neighbour: a single item stands for it.
    const withPart = changedInstance(daily({ title: 'Series' }, { uid: 'series' }), key, {
      title: 'Moved',
      start: { local: '2026-03-28T15:00:00', zone: 'Europe/Stockholm' },
      end: { local: '2026-03-28T16:00:00', zone: 'Europe/Stockholm' },
    });

    for (const answers of ['first', 'second', 'none'] as const)
      it(`makes one (answer: ${answers})`, async () => {
        await open();
        await both.linked.put(withPart);
        both.fake.faults.add({ on: 'CreateItem', after: 1, fault: { kind: 'twice', answers } });
        await both.linked.run();
        await both.quiet();
        assert.deepEqual(subjects().toSorted(), ['Moved', 'Series']);
        assert.deepEqual(await titles(), ['Series']);
        await both.assertInStep();
      });

    it('makes one where the second is carried out long after', async () => {
      await open();
      await both.linked.put(withPart);
      both.fake.faults.add({ on: 'CreateItem', after: 1, fault: { kind: 'again-late' } });
      await both.quiet();
      both.fake.carryOutLate();
      assert.equal(subjects().length, 3);
      await both.quiet();
      assert.deepEqual(subjects().toSorted(), ['Moved', 'Series']);
      await both.assertInStep();
    });

    for (const kind of ['late', 'again-late'] as const)
      it(`leaves none behind after the whole series was deleted here (${kind})`, async () => {
        await open();
        await both.linked.put(withPart);
        both.fake.faults.add({ on: 'CreateItem', after: 1, fault: { kind } });
        await both.linked.run();
        await both.quiet();
        await both.linked.edit('series', titled('Renamed'));
        await both.quiet();
        await both.linked.delete('series');
        await both.quiet();
        assert.equal(both.fake.carryOutLate(), 1);
        assert.deepEqual(subjects(), ['Moved']);
        await both.quiet();
        assert.deepEqual([subjects(), await titles(), mails()], [[], [], []]);
      });

    it('leaves none behind of a series that consists of single items', async () => {
      await open();
      const rules = ['FREQ=HOURLY;INTERVAL=50;COUNT=3'];
      await both.linked.put({
        ...daily({ title: 'Odd' }, { uid: 'odd' }),
        recurrence: { rules, dates: [] },
      });
      both.fake.faults.add({ on: 'CreateItem', after: 1, fault: { kind: 'again-late' } });
      await both.quiet();
      await both.linked.delete('odd');
      await both.quiet();
      both.fake.carryOutLate();
      assert.deepEqual(subjects(), ['Odd']);
      await both.quiet();
      assert.deepEqual([subjects(), await titles()], [[], []]);
    });

    for (const how of ['move', 'copy'] as const)
      it(`leaves alone what somebody takes out of the bin after the series was deleted here (${how})`, async () => {
        await open();
        await both.linked.put(withPart);
        await both.quiet();
        await both.linked.delete('series');
        await both.quiet();
        const { id = '' } = both.outlook.find('Moved', 'deleteditems') ?? {};
        if (how === 'move') both.outlook.move(id, 'calendar');
        else both.outlook.copy(id);
        await both.quiet();
        assert.deepEqual(subjects(), ['Moved']);
      });
  });
});
