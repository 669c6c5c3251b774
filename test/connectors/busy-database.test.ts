/** Another process keeps writing: commits are refused at any moment, and nothing is lost or doubled by it. */
import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import type { Services } from '../../src/service/context.ts';
import type { Storage } from '../../src/storage/port.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

const meeting = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

async function begun(): Promise<Linked> {
  const linked = await Linked.make({ remote: { pageSize: 2, batchSize: 2 } });
  for (const uid of ['one', 'two', 'gone', 'gone-there']) await linked.put(neutral({ title: uid }, { uid }));
  await linked.put(daily({ title: 'series' }, { uid: 'series' }));
  await linked.put(neutral({ ...meeting, title: 'meeting' }, { uid: 'meeting' }));
  await linked.synced();
  await linked.edit('one', titled('Edited here'));
  await linked.edit('meeting', withContent({ location: 'Room 4' }));
  await linked.edit('series', titled('Edited here'));
  await linked.delete('gone');
  await linked.put(neutral({ title: 'new' }, { uid: 'new' }));
  linked.remote.edit(linked.idThere('two'), titled('Edited there'));
  linked.remote.delete(linked.idThere('gone-there'));
  linked.remote.put(neutral({ title: 'new there' }, { uid: 'new-there' }));
  return linked;
}

/** The services of which the commits with these numbers are refused. Answers how many there were. */
function refusing(linked: Linked, isRefused: (commit: number) => boolean): [Services, () => number] {
  let count = 0;
  const { storage } = linked.services;
  const busy: Storage = Object.assign(Object.create(storage), storage, {
    commit: async (set: Parameters<Storage['commit']>[0]) => {
      if (isRefused(++count)) throw new Refusal('busy', 'another process keeps writing to the database');
      return await storage.commit(set);
    },
  });
  return [{ ...linked.services, storage: busy }, () => count];
}

async function assertDone(linked: Linked, what: string): Promise<void> {
  linked.office.clock.advance(91_000);
  for (let at = 0; at < 2; at++) await linked.synced();
  await linked.assertInStep();
  const found = linked.remote.events().map(({ uid, content }) => `${uid}: ${content.title}`);
  assert.deepEqual(
    found.sort(),
    [
      'meeting: meeting',
      'new-there: new there',
      'new: new',
      'one: Edited here',
      'series: Edited here',
      'two: Edited there',
    ],
    what,
  );
  assert.deepEqual(linked.remote.mails, ['update meeting'], what);
  assert.deepEqual(await linked.requestsOf(), ['changes'], what);
}

describe('a database that is busy', () => {
  it('for one commit ends the run, whichever it is, and the next one is right', async () => {
    let refused = 1;
    for (let reached = true; reached; refused++) {
      const linked = await begun();
      const [services, count] = refusing(linked, (commit) => commit === refused);
      const { failure } = await linked.run('schedule', services).catch((error: unknown) => {
        // The last line about a run could not be written: whoever runs it is told.
        assert.ok(error instanceof Refusal && error.code === 'busy');
        return { failure: undefined };
      });
      reached = count() >= refused;
      if (reached && failure)
        assert.deepEqual([failure.class, failure.code], ['transient', 'database-busy'], `${refused}`);
      await assertDone(linked, `commit ${refused}`);
      await linked.office.close();
    }
    assert.ok(refused > 15, `only ${refused} commits`);
  });

  it('for the rest of a run loses nothing', async () => {
    for (const from of [1, 3, 6, 9, 12]) {
      const linked = await begun();
      const [services] = refusing(linked, (commit) => commit >= from);
      await assert.rejects(linked.run('schedule', services), Refusal);
      await assertDone(linked, `from commit ${from}`);
      await linked.office.close();
    }
  });
});
