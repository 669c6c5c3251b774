/** exchange.md 17.2, 19.5: killed at any moment, nothing is lost, doubled or mailed twice, and nothing stays stuck. */
import assert from 'node:assert/strict';
import { runUntilCrash } from './crash.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

const meeting = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

/** Both sides before their first run. */
async function unlinked(): Promise<Linked> {
  const linked = await Linked.make({ remote: { pageSize: 2, batchSize: 2 } });
  for (const uid of ['edited', 'edited-there', 'edited-both', 'deleted', 'deleted-there']) {
    await linked.put(neutral({ title: uid }, { uid }));
  }
  linked.remote.put(daily({ title: 'series' }, { uid: 'series' }));
  linked.remote.put(neutral({ title: 'other' }, { uid: 'other' }));
  await linked.put(neutral({ ...meeting, title: 'meeting' }, { uid: 'meeting' }));
  return linked;
}

/** What people did on both sides since. */
async function worked(linked: Linked): Promise<void> {
  await linked.edit('edited', titled('edited here'));
  await linked.edit('edited-both', titled('title from here'));
  await linked.edit('meeting', withContent({ location: 'Room 4' }));
  await linked.delete('deleted');
  await linked.put(neutral({ title: 'new here' }, { uid: 'new' }));
  await linked.put(neutral({ ...meeting, title: 'new meeting' }, { uid: 'new-meeting' }));
  linked.remote.edit(linked.idThere('edited-there'), titled('edited there'));
  linked.remote.edit(linked.idThere('edited-both'), withContent({ location: 'from there' }));
  linked.remote.delete(linked.idThere('deleted-there'));
  linked.remote.put(neutral({ title: 'new there' }, { uid: 'new-there' }));
  linked.remote.edit(linked.idThere('series'), (event) => ({ ...event, excluded: ['2026-03-25T09:00:00Z'] }));
}

async function assertDone(linked: Linked, step: number): Promise<void> {
  for (let at = 0; at < 3; at++) await linked.synced();
  await linked.assertInStep();
  const uids = linked.remote.events().map(({ uid }) => uid);
  assert.deepEqual(
    uids.toSorted(),
    [
      'edited',
      'edited-both',
      'edited-there',
      'meeting',
      'new',
      'new-meeting',
      'new-there',
      'other',
      'series',
    ],
    `step ${step}`,
  );
  const both = linked.there('edited-both').content;
  assert.deepEqual([both.title, both.location], ['title from here', 'from there'], `step ${step}`);
  assert.equal(linked.there('edited').content.title, 'edited here');
  assert.equal(linked.there('edited-there').content.title, 'edited there');
  assert.deepEqual(await linked.requestsOf(), ['changes'], `step ${step}: a fixed point`);
}

/** Fewer would mean that a run does not do what these tests kill it in. */
const minSteps = 30;

describe('connector engine, killed at every step', () => {
  it('ends a first run without doubles and without a mail', async () => {
    let step = 1;
    for (let reached = true; reached; step++) {
      const linked = await unlinked();
      reached = await runUntilCrash(linked, step);
      linked.office.clock.advance(91_000);
      for (let at = 0; at < 3; at++) await linked.synced();
      await linked.assertInStep();
      assert.equal(linked.remote.items.size, 8, `step ${step}`);
      assert.deepEqual(linked.remote.mails, [], `step ${step}`);
      await linked.office.close();
    }
    assert.ok(step > minSteps, `only ${step} steps`);
  });

  it('ends a run with changes on both sides, with each mail sent once', async () => {
    let step = 1;
    for (let reached = true; reached; step++) {
      const linked = await unlinked();
      await linked.synced();
      await worked(linked);
      reached = await runUntilCrash(linked, step);
      linked.office.clock.advance(91_000);
      await assertDone(linked, step);
      assert.deepEqual(
        linked.remote.mails.toSorted(),
        ['create new-meeting', 'update meeting'],
        `step ${step}`,
      );
      await linked.office.close();
    }
    assert.ok(step > minSteps, `only ${step} steps`);
  });

  it('ends a run that is killed twice', async () => {
    for (let step = 3, reached = true; reached; step += 7) {
      const linked = await unlinked();
      await linked.synced();
      await worked(linked);
      reached = await runUntilCrash(linked, step);
      linked.office.clock.advance(91_000);
      await runUntilCrash(linked, step % 11);
      linked.office.clock.advance(91_000);
      await assertDone(linked, step);
      await linked.office.close();
    }
  });
});
