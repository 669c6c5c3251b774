/** Servers that keep whole copies of instances: what they keep of what a series said before is no edit of anybody's. */
import assert from 'node:assert/strict';
import type { Update } from '../../src/connectors/remote.ts';
import { instanceContent } from '../../src/connectors/series.ts';
import { hourMs } from '../../src/icalendar/time.ts';
import { runUntilCrash } from './crash.ts';
import { daily } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

const day = '2026-03-25T09:00:00Z';

const invites = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

/** Its instance of that day is a copy, which nobody sees as long as it says what the series says. */
async function begun(): Promise<Linked> {
  const linked = await Linked.make();
  await linked.put(daily(invites, { uid: 'one' }));
  await linked.synced();
  const { update } = linked.remote;
  Object.assign(linked.remote, {
    update: async (updates: readonly Update[], ...rest: [never, AbortSignal]) => {
      const [first] = updates;
      const isKnown = first?.before.overrides[day] !== undefined || first?.after.overrides[day] !== undefined;
      const { fault } = linked.remote;
      linked.remote.fault = (kind, moment) => {
        if (kind === 'update' && moment === 'after' && first && !isKnown)
          linked.remote.editSilently(first.id, (event) => ({
            ...event,
            overrides: { ...event.overrides, [day]: instanceContent(first.before, day) },
          }));
        return fault(kind, moment);
      };
      try {
        return await update(updates, ...rest);
      } finally {
        linked.remote.fault = fault;
      }
    },
  });
  return linked;
}

describe('what a write leaves behind in a series', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  async function assertFollowed(title: string): Promise<void> {
    await linked.assertInStep();
    const here = await linked.event('one');
    assert.deepEqual([here.content.title, here.overrides], [title, {}]);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
    linked.office.clock.advance(25 * hourMs);
    assert.equal((await linked.synced()).counters.repaired, 0);
    assert.deepEqual(linked.remote.mails, []);
  }

  it('follows it in the same run', async () => {
    linked = await begun();
    await linked.edit('one', titled('Renamed'));
    await linked.synced();
    await assertFollowed('Renamed');
  });

  it('follows it also when the answer to the write was lost', async () => {
    linked = await begun();
    await linked.edit('one', titled('Renamed'));
    linked.remote.fault = (kind, moment) => {
      if (kind === 'update' && moment === 'after') throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.synced();
    await assertFollowed('Renamed');
  });

  it('follows it at whatever step the process dies', async () => {
    for (let step = 1, reached = true; reached; step++) {
      linked = await begun();
      await linked.edit('one', titled('Renamed'));
      reached = await runUntilCrash(linked, step);
      linked.office.clock.advance(91_000);
      await linked.synced();
      await assertFollowed('Renamed');
      if (reached) await linked.office.close();
    }
  });

  it('is an edit of somebody else where it says anything new', async () => {
    linked = await begun();
    await linked.edit('one', titled('Renamed'));
    linked.remote.fault = (kind, moment) => {
      if (kind !== 'update' || moment !== 'after') return;
      linked.remote.edit(linked.idThere('one'), (event) => ({
        ...event,
        overrides: { [day]: { ...instanceContent(event, day), title: 'Written there' } },
      }));
      throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.synced();
    await linked.assertInStep();
    const here = await linked.event('one');
    assert.deepEqual([here.content.title, here.overrides[day]?.title], ['Renamed', 'Written there']);
    await linked.edit('one', withContent({ location: 'Room 1' }));
    await linked.synced();
    await linked.assertInStep();
  });
});
