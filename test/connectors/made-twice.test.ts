/** What was made there twice from here is one event in the end (exchange.md 8.5, 17.2). */
import assert from 'node:assert/strict';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke, type MemoryOptions, type RequestKind } from './memory-calendar.ts';

/** Creations mailed their guests by themselves. */
async function asVersionBefore(linked: Linked): Promise<void> {
  for await (const page of linked.services.storage.connectors.outbox(linked.id)) {
    for (const entry of page) {
      const { quiet: _, ...payload }: Readonly<Record<string, unknown>> = JSON.parse(entry.payload);
      await linked.commit([{ do: 'put-outbox', entry: { ...entry, payload: JSON.stringify(payload) } }]);
    }
  }
  for (const { attempt: _, ...item } of linked.remote.items.values()) {
    linked.remote.items.set(item.id, { ...item, invited: true });
    linked.remote.mails.push(`create ${item.event.uid}`);
  }
}

/** Nothing tells of what was made a moment ago. */
const blind = {
  capabilities: { findByMarker: false },
  withoutUidSearch: true,
  lagsEverywhere: true,
} as const;

describe('one event that was made there twice', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  async function assertOne(change: { readonly title: string; readonly location?: string }): Promise<void> {
    await linked.synced();
    await linked.assertInStep();
    assert.deepEqual(
      linked.remote.events().map(({ content: { title, location } }) => ({ title, location })),
      [{ location: '', ...change }],
    );
    assert.equal((await linked.requestsOf()).join(), 'changes');
  }

  /** Neither search nor listing tells of the first one in time. */
  async function lost(pageSize = 512, alsoSecond = false): Promise<void> {
    linked = await Linked.make({ remote: { ...blind, pageSize } });
    await linked.synced();
    await linked.put(daily({ title: 'Ours' }, { uid: 'one' }));
    let left = alsoSecond ? 2 : 1;
    linked.remote.fault = (kind, moment) => {
      if (kind === 'create' && moment === 'after' && left-- > 0) throw lineBroke();
    };
    linked.remote.lag = 5;
    await linked.run();
    await linked.run();
    assert.equal(linked.remote.items.size, 2);
    linked.remote.lag = 0;
  }

  it('is one when the first answer was lost and the listing was late', async () => {
    await lost();
    await linked.synced();
    await assertOne({ title: 'Ours' });
    assert.equal((await linked.events())[0]?.uid, 'one');
    assert.deepEqual(linked.remote.mails, []);
  });

  for (const pageSize of [1, 512]) {
    it(`is one when both answers were lost, ${pageSize} on a page`, async () => {
      await lost(pageSize, true);
      await linked.synced();
      await assertOne({ title: 'Ours' });
    });

    it(`is one when both answers were lost, and it was changed here in between, ${pageSize} on a page`, async () => {
      linked = await Linked.make({ remote: { ...blind, pageSize } });
      await linked.synced();
      await linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
      linked.remote.fault = (kind, moment) => {
        if (kind === 'create' && moment === 'after') throw lineBroke();
      };
      linked.remote.lag = 5;
      await linked.run();
      await linked.edit('one', titled('Changed'));
      await linked.run();
      linked.remote.fault = () => undefined;
      linked.remote.lag = 0;
      await linked.synced();
      await assertOne({ title: 'Changed' });
    });
  }

  it('keeps what somebody there has changed of the first one', async () => {
    await lost();
    linked.remote.edit('item-1', withContent({ location: 'Theirs' }));
    await linked.edit('one', titled('Changed'));
    await linked.synced();
    await assertOne({ title: 'Changed', location: 'Theirs' });
  });

  it('keeps what somebody there has changed of the second one', async () => {
    await lost();
    linked.remote.edit('item-2', withContent({ location: 'Theirs' }));
    await linked.edit('one', titled('Changed'));
    await linked.synced();
    await assertOne({ title: 'Changed', location: 'Theirs' });
  });

  it('loses nothing where somebody there has changed both', async () => {
    await lost();
    linked.remote.edit('item-1', withContent({ location: 'One' }));
    linked.remote.edit('item-2', withContent({ location: 'Other' }));
    await linked.synced();
    await linked.synced();
    const places = (await linked.events()).map(({ content }) => content.location);
    assert.deepEqual(places.sort(), ['One', 'Other']);
  });

  it('does not come back when it was deleted here before anybody knew', async () => {
    linked = await Linked.make({ remote: blind });
    await linked.synced();
    await linked.put(neutral({}, { uid: 'one' }));
    linked.remote.fault = (kind, moment) => {
      if (kind === 'create' && moment === 'after') throw lineBroke();
    };
    linked.remote.lag = 5;
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.delete('one');
    await linked.synced();
    linked.remote.lag = 0;
    await linked.synced();
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [0, 0]);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  for (const findByMarker of [true, false]) {
    for (const lag of [0, 5]) {
      const how = `${findByMarker ? 'and says that nothing is found' : 'and cannot search'}, ${lag} late`;
      it(`is found by what it says where the server keeps neither marker nor UID, ${how}`, async () => {
        linked = await Linked.make({ remote: { capabilities: { findByMarker } } });
        await linked.synced();
        await linked.put(neutral({}, { uid: 'one' }));
        linked.remote.fault = (kind, moment) => {
          if (kind !== 'create' || moment !== 'after') return;
          linked.remote.put(neutral({}, { uid: 'made-there' }), { id: 'item-1', marker: null });
          throw lineBroke();
        };
        await linked.run();
        linked.remote.fault = () => undefined;
        linked.remote.lag = lag;
        await linked.run();
        linked.remote.lag = 0;
        await linked.synced();
        assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [1, 1]);
        assert.deepEqual(await linked.requestsOf(), ['changes']);
      });
    }
  }

  for (const origin of ['here', 'there']) {
    it(`is one when it is restored there after it was made anew, made ${origin} at first`, async () => {
      linked = await Linked.make();
      if (origin === 'here') await linked.put(neutral({ title: 'Old' }, { uid: 'one' }));
      else linked.remote.put(neutral({ title: 'Old' }, { uid: 'one' }));
      await linked.synced();
      const first = linked.remote.items.get(linked.idThere('one'));
      assert.ok(first);
      linked.remote.delete(first.id);
      await linked.edit('one', titled('New'));
      await linked.synced();
      await assertOne({ title: 'New' });
      linked.remote.put(first.event, { id: 'restored', marker: first.marker });
      await linked.synced();
      await assertOne({ title: 'New' });
    });
  }

  describe('with guests', () => {
    const meeting = {
      organizer: { address: 'alice@example.com', name: '' },
      attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
    } as const;

    /** Made here, and the answer to its creation lost `when` it was done or before, while nothing tells of anything. */
    async function unanswered(
      when: 'before' | 'after',
      remote: Partial<MemoryOptions> = blind,
    ): Promise<void> {
      linked = await Linked.make({ remote });
      await linked.synced();
      await linked.put(neutral({ ...meeting, title: 'Ours' }, { uid: 'one' }));
      failOnce('create', when);
      linked.remote.lag = 5;
      await linked.run();
    }

    function failOnce(kind: RequestKind, when: 'before' | 'after'): void {
      let left = 1;
      linked.remote.fault = (at, moment) => {
        if (at === kind && moment === when && left-- > 0) throw lineBroke();
      };
    }

    it('mails nobody twice, and keeps the one of which they have heard', async () => {
      await unanswered('after');
      for (let at = 0; at < 3; at++) await linked.run();
      assert.equal(linked.remote.items.size, 2);
      assert.deepEqual(linked.remote.mails, ['create one']);
      linked.remote.lag = 0;
      await linked.synced();
      await assertOne({ title: 'Ours' });
      assert.deepEqual([...linked.remote.items.keys()], ['item-2']);
      await linked.delete('one');
      await linked.synced();
      assert.deepEqual(linked.remote.mails, ['create one', 'remove one']);
    });

    it('invites them as soon as it is there, whatever has become of the first request', async () => {
      await unanswered('before');
      assert.deepEqual(linked.remote.mails, []);
      await linked.run();
      assert.deepEqual(linked.remote.mails, ['create one']);
      for (let at = 0; at < 3; at++) await linked.run();
      linked.remote.lag = 0;
      await linked.synced();
      assert.deepEqual(linked.remote.mails, ['create one']);
      await assertOne({ title: 'Ours' });
      assert.deepEqual(linked.remote.mails, ['create one']);
    });

    it('does not take what it reads itself for what a listing tells', async () => {
      await unanswered('after');
      await linked.run();
      linked.remote.forgetCursors();
      for (let at = 0; at < 3; at++) await linked.run();
      assert.deepEqual(linked.remote.mails, ['create one']);
      linked.remote.lag = 0;
      await linked.synced();
      await assertOne({ title: 'Ours' });
      assert.deepEqual(linked.remote.mails, ['create one']);
    });

    it('tells them what it says by then', async () => {
      await unanswered('before');
      await linked.edit('one', withContent({ location: 'Hall' }));
      linked.remote.lag = 0;
      await linked.synced();
      await assertOne({ title: 'Ours', location: 'Hall' });
      assert.deepEqual(linked.remote.mails, ['create one']);
    });

    it('tells them nothing of one that is deleted here before they were invited', async () => {
      await unanswered('before');
      await linked.delete('one');
      linked.remote.lag = 0;
      await linked.synced();
      await linked.synced();
      assert.deepEqual([linked.remote.items.size, linked.remote.mails], [0, []]);
    });

    it('tells them nothing of one that was deleted here before anybody knew of it: they were not invited', async () => {
      await unanswered('after');
      await linked.delete('one');
      await linked.run();
      linked.remote.lag = 0;
      for (let at = 0; at < 2; at++) await linked.synced();
      assert.deepEqual([linked.remote.items.size, linked.remote.mails], [0, []]);
      assert.equal((await linked.events()).length, 0);
    });

    for (const when of ['before', 'after'] as const) {
      it(`mails them once where a version before this one has sent a creation that mails, and its answer was lost ${when} it was done`, async () => {
        await unanswered(when);
        await asVersionBefore(linked);
        for (let at = 0; at < 3; at++) await linked.run();
        assert.equal(linked.remote.mails.length, when === 'after' ? 1 : 0, 'not as long as nobody can tell');
        linked.remote.lag = 0;
        await linked.synced();
        await assertOne({ title: 'Ours' });
        assert.deepEqual(linked.remote.mails, ['create one']);
      });
    }

    it('does not come back where both were made and it was deleted here', async () => {
      await unanswered('after');
      await linked.run();
      await linked.delete('one');
      await linked.run();
      linked.remote.lag = 0;
      for (let at = 0; at < 2; at++) await linked.synced();
      assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [0, 0]);
      assert.deepEqual(linked.remote.mails, ['create one', 'remove one']);
    });

    for (const moment of ['before', 'after'] as const) {
      it(`mails them once when the answer to the invitation is lost as well, ${moment} it was sent`, async () => {
        await unanswered('before');
        await linked.run();
        linked.remote.lag = 0;
        failOnce('update', moment);
        await linked.run();
        for (let at = 0; at < 2; at++) await linked.synced();
        await assertOne({ title: 'Ours' });
        assert.deepEqual(linked.remote.mails, ['create one']);
      });
    }

    it('is silent where both answers were lost and nobody can tell whether they were invited', async () => {
      await unanswered('after', { ...blind, withoutInvited: true });
      failOnce('create', 'after');
      await linked.run();
      linked.remote.lag = 0;
      for (let at = 0; at < 3; at++) await linked.run();
      await assertOne({ title: 'Ours' });
      assert.deepEqual(linked.remote.mails, ['create one']);
    });

    const ways: Readonly<Record<string, Partial<MemoryOptions>>> = {
      'its marker': {},
      'its UID': { capabilities: { findByMarker: false } },
      'a listing of everything': { capabilities: { findByMarker: false }, withoutUidSearch: true },
    };
    for (const [way, remote] of Object.entries(ways)) {
      it(`is never made twice where it is found by ${way}, though the listing of changes is late`, async () => {
        await unanswered('after', remote);
        linked.remote.requests.length = 0;
        await linked.run();
        assert.ok(!linked.remote.requests.includes('create'));
        assert.deepEqual([linked.remote.items.size, linked.remote.mails], [1, ['create one']]);
        linked.remote.lag = 0;
        await linked.synced();
        await assertOne({ title: 'Ours' });
        assert.deepEqual(linked.remote.mails, ['create one']);
      });
    }
  });
});
