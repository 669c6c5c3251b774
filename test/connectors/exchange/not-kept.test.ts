/** Changes that a server takes without a word and does not keep: what it says of them afterwards is nobody's edit (exchange.md 9.1). */
import assert from 'node:assert/strict';
import { profileNames } from '../../../conformance/exchange/profile.ts';
import type { EventContent } from '../../../src/connectors/event.ts';
import { neutral } from '../events.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const first: Partial<EventContent> = {
  title: 'Plan',
  location: 'Room 1',
  importance: 'high',
  privacy: 'private',
  categories: ['Blue'],
};
const second: Partial<EventContent> = {
  location: 'Room 2',
  importance: 'low',
  privacy: 'public',
  categories: ['Red'],
};

describe('a change that is not kept there', () => {
  let both: InStep;

  afterEach(() => both.close());

  for (const profile of profileNames) {
    const ignoresUpdates = ['location', 'importance', 'sensitivity', 'categories'] as const;

    it(`is not put back here at ${profile}, and told of once`, async () => {
      both = await InStep.open({ profile, quirks: { ignoresUpdates } });
      const { linked, outlook } = both;
      await linked.put(neutral(first, { uid: 'one' }));
      await linked.put(neutral(first, { uid: 'other' }));
      await both.quiet();
      await linked.edit('one', withContent(second));
      const { run } = await linked.run();
      assert.match(run.detail ?? '', /\bchange-not-kept=1\b/);
      assert.equal(outlook.all()[0]?.location, 'Room 1');
      await both.quiet();
      // Somebody there changes something else.
      for (const { id } of outlook.all()) outlook.edit(id, { subject: 'Theirs' });
      await both.quiet();
      const { content } = await linked.event('one');
      assert.equal(content.title, 'Theirs');
      const { location, importance, privacy, categories } = content;
      assert.deepEqual({ location, importance, privacy, categories }, second);
      // Once it is known it is no news.
      await linked.edit('other', withContent({ location: 'Room 3' }));
      assert.doesNotMatch((await linked.run()).run.detail ?? '', /not-kept/);
      await both.quiet();
      outlook.edit(outlook.all()[1]?.id ?? '', { subject: 'Theirs again' });
      await both.quiet();
      assert.equal((await linked.event('other')).content.location, 'Room 3');
    });
  }

  it('gives way to what somebody there changes of it', async () => {
    both = await InStep.open({ quirks: { ignoresUpdates: ['location'] } });
    await both.linked.put(neutral(first, { uid: 'one' }));
    await both.quiet();
    await both.linked.edit('one', withContent({ location: 'Room 2' }));
    await both.quiet();
    const [item] = both.fake.store.mailbox('alice@example.com')?.byName.get('calendar')?.items.values() ?? [];
    assert.ok(item);
    item.content.location = 'Room 9';
    both.fake.store.touch(item);
    await both.quiet();
    assert.equal((await both.linked.event('one')).content.location, 'Room 9');
  });

  it('is another thing than one that somebody there takes back', async () => {
    both = await InStep.open();
    await both.linked.put(neutral(first, { uid: 'one' }));
    await both.quiet();
    await both.linked.edit('one', withContent({ location: 'Room 2' }));
    await both.quiet();
    both.outlook.edit(both.outlook.all()[0]?.id ?? '', { location: 'Room 1' });
    await both.quiet();
    assert.equal((await both.linked.event('one')).content.location, 'Room 1');
  });

  it('is read back once for each field, and not again', async () => {
    both = await InStep.open();
    const { linked, fake } = both;
    await linked.put(neutral(first, { uid: 'one' }));
    await both.quiet();
    const reads: number[] = [];
    for (const change of [
      titled('A'),
      titled('B'),
      withContent({ location: 'C', title: 'C' }),
      withContent({ location: 'D' }),
    ]) {
      await linked.edit('one', change);
      fake.counters.byOperation.clear();
      await linked.run();
      reads.push(fake.counters.byOperation.get('GetItem') ?? 0);
      await both.quiet();
    }
    assert.deepEqual(reads, [1, 0, 1, 0]);
  });

  for (const kind of ['reset-before', 'reset-after'] as const) {
    it(`is not put back here either where the answer was lost (${kind})`, async () => {
      both = await InStep.open({ quirks: { ignoresUpdates: ['location'] } });
      const { linked, fake, outlook } = both;
      await linked.put(neutral(first, { uid: 'one' }));
      await both.quiet();
      fake.faults.add({ on: 'UpdateItem', fault: { kind } });
      await linked.edit('one', withContent({ location: 'Room 2', title: 'Renamed' }));
      await linked.run();
      await both.quiet();
      outlook.edit(outlook.all()[0]?.id ?? '', { subject: 'Theirs' });
      await both.quiet();
      const { title, location } = (await linked.event('one')).content;
      assert.deepEqual([title, location], ['Theirs', 'Room 2']);
    });
  }
});
