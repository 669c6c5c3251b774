/** A server that tells a few items in one answer and is too busy for the others of the request, as Gromox may be set to (exchange.md 19.4). */
import assert from 'node:assert/strict';
import { hourMs } from '../../../src/icalendar/time.ts';
import { neutral } from '../events.ts';
import { titled } from '../linked.ts';
import { InStep } from './in-step.ts';

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

describe('a server that tells few items at once', () => {
  let both: InStep;

  afterEach(() => both.close());

  const titles = async (): Promise<readonly string[]> =>
    (await both.linked.events()).map(({ content }) => content.title).sort();
  const subjects = (): readonly string[] => both.outlook.all().map(({ subject }) => subject);
  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `Event-${at}`);

  it('is read to the end, and written to', async () => {
    both = await InStep.open({ profile: 'gromox', quirks: { itemsAtOnce: 3 } });
    both.outlook.fill(8, (at) => ({ subject: `Event-${at}`, start: both.linked.office.clock.now() + at }));
    await both.quiet();
    assert.deepEqual(await titles(), names(8));
    for (const { uid } of await both.linked.events()) await both.linked.edit(uid, titled('Changed'));
    await both.quiet();
    assert.deepEqual(new Set(subjects()), new Set(['Changed']));
  });

  it('is looked through for what a lost request has made', async () => {
    both = await InStep.open({
      profile: 'gromox',
      quirks: { itemsAtOnce: 3, searchesNames: false, searchesIds: false },
    });
    await both.linked.synced();
    for (const title of names(8)) await both.linked.put(neutral({ title }, { uid: title }));
    both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
    await both.linked.run();
    const made = subjects();
    assert.deepEqual(made.toSorted(), names(8));
    both.linked.office.clock.advance(hourMs);
    both.fake.counters.byOperation.clear();
    // The listing of changes does not tell of them yet.
    both.fake.late.changes = 1000;
    await both.linked.run();
    both.fake.late.changes = 0;
    assert.equal(both.fake.counters.byOperation.get('CreateItem'), undefined);
    await both.quiet();
    assert.deepEqual(subjects(), made);
  });

  it('is asked which of its meetings were never sent', async () => {
    both = await InStep.open({
      profile: 'gromox',
      quirks: { itemsAtOnce: 3 },
      linked: { rules: { invitations: 'exchange' } },
    });
    for (const title of names(8)) await both.linked.put(neutral({ ...guests, title }, { uid: title }));
    await both.quiet();
    for (const uid of names(8)) await both.linked.delete(uid);
    await both.quiet();
    assert.deepEqual([subjects(), both.fake.mails], [[], []]);
  });

  for (const lineage of ['none', 'that of the original', 'its own'] as const)
    it(`keeps the copy that somebody has made of an event, whose search key is ${lineage}`, async () => {
      const quirks = { itemsAtOnce: 3, tellsSearchKeys: lineage !== 'none' };
      both = await InStep.open({ profile: 'gromox', quirks });
      await both.linked.synced();
      await both.linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
      await both.quiet();
      const copy = both.outlook.item(both.outlook.copy(both.outlook.all()[0]?.id ?? '', { afresh: true }));
      if (lineage === 'its own') Object.assign(copy, { searchKey: Buffer.alloc(16, 7).toString('base64') });
      await both.quiet();
      assert.deepEqual(
        [subjects(), await titles()],
        [
          ['Ours', 'Ours'],
          ['Ours', 'Ours'],
        ],
      );
    });
});
