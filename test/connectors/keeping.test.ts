/** What goes when a link ends with the wish to keep one side: copies, and nothing that was made on the side itself. */
import assert from 'node:assert/strict';
import { removeCopies } from '../../src/connectors/clear.ts';
import type { ConnectorLinkPatch } from '../../src/core/connector-change.ts';
import { instant } from '../../src/icalendar/time.ts';
import { endLink, type Keep } from '../../src/service/connectors/links.ts';
import { all, refuses } from '../service/office.ts';
import { neutral } from './events.ts';
import { Linked, titled } from './linked.ts';

/** As `service/connectors/links.ts` has it. */
const fresh: ConnectorLinkPatch = {
  cursor: null,
  reconciling: false,
  initialised: false,
  localCursor: 0,
  lastFailure: null,
  deepChecked: null,
  removed: null,
};

const limitMs = 900_000;

describe('a link that ends with one side kept', () => {
  let linked: Linked;

  beforeEach(async () => {
    linked = await Linked.make();
    await linked.put(neutral({ title: 'Both' }, { uid: 'both' }));
    linked.remote.put(neutral({ title: 'Both' }, { uid: 'both' }));
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
    await linked.synced();
    await linked.put(neutral({ title: 'Later' }, { uid: 'ours-later' }));
    linked.remote.put(neutral({ title: 'Later there' }, { uid: 'theirs-later' }));
    await linked.synced();
  });

  afterEach(() => linked.office.close());

  const everything = ['both', 'ours', 'ours-later', 'theirs', 'theirs-later'];
  const uids = (events: readonly { readonly uid: string }[]): string[] => events.map(({ uid }) => uid).sort();
  const uidsHere = async (): Promise<string[]> => uids(await linked.events());
  const uidsThere = (): string[] => uids(linked.remote.events());
  const clear = async (): Promise<void> =>
    removeCopies(linked.services, linked.remote, await linked.link(), limitMs, AbortSignal.timeout(limitMs));
  const end = (keep: Keep): Promise<void> => endLink(linked.services, linked.who, keep, clear);
  const again = async (): Promise<void> => {
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: fresh }]);
    await linked.synced();
  };

  it('loses there what came from here, and nothing else', async () => {
    await end('portal');
    assert.deepEqual(uidsThere(), ['both', 'theirs', 'theirs-later']);
    assert.deepEqual(await uidsHere(), everything);
    assert.deepEqual(linked.remote.mails, []);
  });

  it('loses here what came from there, into the trash, and nothing else', async () => {
    await end('exchange');
    assert.deepEqual(await uidsHere(), ['both', 'ours', 'ours-later']);
    assert.deepEqual(uidsThere(), everything);
    assert.equal((await all(linked.services.storage.trash(linked.where.calendar.owner))).length, 2);
  });

  it('pairs the same events again without doubles, and still knows the copies', async () => {
    for (const keep of ['both', 'portal', 'exchange', 'portal', 'both', 'exchange'] as const) {
      await end(keep);
      assert.equal((await uidsHere()).length, keep === 'exchange' ? 3 : 5, keep);
      assert.equal(uidsThere().length, keep === 'portal' ? 3 : 5, keep);
      await again();
      await linked.assertInStep();
      assert.deepEqual(uidsThere(), everything);
    }
  });

  it('leaves there what somebody has made anew with the same UID', async () => {
    await end('portal');
    linked.remote.put(neutral({ title: 'Imported' }, { uid: 'ours' }));
    await again();
    await end('portal');
    assert.deepEqual(uidsThere(), ['both', 'ours', 'theirs', 'theirs-later']);
  });

  it('leaves there what was changed since', async () => {
    linked.remote.edit(linked.idThere('ours'), titled('Renamed there'));
    await end('portal');
    assert.deepEqual(uidsThere(), ['both', 'ours', 'theirs', 'theirs-later']);
  });

  it('waits for a run, and lets none take the removals for those of a person', async () => {
    const until = instant(linked.office.clock.now() + 60_000);
    await linked.commit([{ do: 'take-lease', link: linked.id, holder: 'a run', until }]);
    const given = AbortSignal.timeout(50);
    await assert.rejects(removeCopies(linked.services, linked.remote, await linked.link(), limitMs, given));
    assert.deepEqual(uidsThere(), everything);
    await linked.commit([{ do: 'release-lease', link: linked.id, holder: 'a run' }]);
    await clear();
    const result = await linked.services.storage.commit({
      actor: null,
      changes: [{ do: 'take-lease', link: linked.id, holder: 'a run', until }],
    });
    assert.ok(!result.ok);
  });

  it('deletes nothing here when it breaks off in the middle', async () => {
    linked.remote.fault = (kind, moment) => {
      if (kind === 'remove' && moment === 'after') throw new Error('the line broke');
    };
    await assert.rejects(end('portal'), /the line broke/);
    linked.remote.fault = () => undefined;
    await refuses(endLink(linked.services, linked.who, 'portal', undefined), 'busy');
    for (let at = 0; at < 3; at++) {
      linked.office.clock.advance(86_400_000);
      await linked.synced();
    }
    assert.deepEqual(await uidsHere(), everything);
    await linked.assertInStep();
  });
});
