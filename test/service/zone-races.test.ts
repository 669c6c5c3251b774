/** An index is always that of the zone by which its calendar is read now, and of its owner's addresses, whoever was faster. */
import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import type { ChangeSet } from '../../src/core/change-set.ts';
import type { Actor } from '../../src/core/principal.ts';
import { instant } from '../../src/icalendar/time.ts';
import { operator } from '../../src/service/access.ts';
import { patchCalendar, trashCalendar } from '../../src/service/calendars/calendars.ts';
import { listTrash, restore } from '../../src/service/calendars/trash.ts';
import type { Services } from '../../src/service/context.ts';
import { deleteObject, putObject } from '../../src/service/objects/objects.ts';
import { patchPerson } from '../../src/service/people/people.ts';
import { actor, all, event, type Office, office, put, refreshed, seen } from './office.ts';

describe('a change of zone', () => {
  let at: Office;
  let alice: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    mine = await seen(at);
  });
  afterEach(() => at.close());

  const day = (uid: string): Uint8Array =>
    event({ uid, start: ';VALUE=DATE:20260323', end: ';VALUE=DATE:20260324' });
  const named = (timeZone: string): Promise<void> => patchCalendar(at.services, alice, mine, { timeZone });
  const owners = (timeZone: string) => patchPerson(at.services, alice, at.alice, { timeZone });

  const root = operator('command-line');
  const declined = event({ uid: 'a', more: ['ATTENDEE;PARTSTAT=DECLINED:mailto:alice@other.example'] });
  const renamed = () => patchPerson(at.services, root, at.alice, { addresses: ['alice@other.example'] });

  /** When the busy times of the calendar begin, as the index has it. */
  const starts = async (): Promise<readonly string[]> => {
    const { calendar } = await refreshed(at, alice, mine);
    const found: string[] = [];
    const range = { start: instant(Date.UTC(2026, 2, 20)), end: instant(Date.UTC(2026, 2, 27)) };
    for await (const rows of at.services.storage.busy(calendar.id, range))
      found.push(
        ...rows
          .filter(({ busy }) => busy !== 'free')
          .map(({ start }) => new Date(start).toISOString().slice(5, 16)),
      );
    assert.deepEqual(await at.services.storage.staleIndexes(), []);
    return found;
  };
  const stockholm = '03-22T23:00';
  const tokyo = '03-22T15:00';
  const moscow = '03-22T21:00';

  /** The same services; `first` happens right before the first commit that it is asked about. */
  const overtaken = (isMeant: (set: ChangeSet) => boolean, first: () => Promise<unknown>): Services => {
    const { storage } = at.services;
    let isDone = false;
    const commit: typeof storage.commit = async (set) => {
      if (!isDone && isMeant(set)) {
        isDone = true;
        await first();
      }
      return await storage.commit(set);
    };
    return { ...at.services, storage: { ...storage, commit } };
  };
  const puts = ({ changes }: ChangeSet): boolean => changes.some((change) => change.do === 'put');
  const reindexes = ({ changes }: ChangeSet): boolean => changes.some((change) => change.do === 'reindex');

  it('between the reading of a calendar and the storing of an object moves its days', async () => {
    await named('Asia/Tokyo');
    // `mine` is from before the change.
    await put(at, alice, mine, 'a.ics', day('a'));
    assert.deepEqual(await starts(), [tokyo]);
  });

  it('of the owner moves them, too', async () => {
    const request = { name: 'a.ics', bytes: day('a'), expect: 'anything' } as const;
    const services = overtaken(puts, () => owners('Asia/Tokyo'));
    await putObject(services, alice, mine, request);
    assert.deepEqual(await starts(), [tokyo]);
  });

  it('that comes while another one is followed is the one that counts', async () => {
    await put(at, alice, mine, 'a.ics', day('a'));
    const services = overtaken(reindexes, () => named('Europe/Moscow'));
    await patchCalendar(services, alice, mine, { timeZone: 'Asia/Tokyo' });
    assert.deepEqual(await starts(), [moscow]);
  });

  it('or of the addresses of the owner, while an object is stored, is seen in its busy times', async () => {
    const request = { name: 'a.ics', bytes: declined, expect: 'anything' } as const;
    await putObject(overtaken(puts, renamed), alice, mine, request);
    assert.deepEqual(await starts(), []);
  });

  it('or of the addresses, while another change of them is followed, is the one that counts', async () => {
    await put(at, alice, mine, 'a.ics', declined);
    assert.deepEqual(await starts(), ['03-23T09:00']);
    const services = overtaken(reindexes, renamed);
    await patchPerson(services, root, at.alice, { addresses: ['alice@third.example'] });
    assert.deepEqual(await starts(), []);
  });

  it('or of the addresses is met by what comes back from the trash', async () => {
    await put(at, alice, mine, 'a.ics', declined);
    await deleteObject(at.services, alice, mine, 'a.ics');
    const [item] = await all(listTrash(at.services, alice, at.alice));
    assert.ok(item);
    const isRestore = ({ changes }: ChangeSet): boolean => changes.some((change) => change.do === 'restore');
    await restore(overtaken(isRestore, renamed), alice, at.alice, item.id);
    assert.deepEqual(await starts(), []);
  });

  it('or of the addresses is no matter for objects without guests', async () => {
    await renamed();
    const version = await at.services.storage.directoryVersion();
    await put(at, alice, mine, 'a.ics', event({ uid: 'a' }));
    assert.equal(await at.services.storage.directoryVersion(), version);
  });

  it('is no matter for objects with times of their own', async () => {
    await named('Asia/Tokyo');
    const { storage } = at.services;
    const version = await storage.directoryVersion();
    await put(at, alice, mine, 'a.ics', event({ uid: 'a' }));
    assert.equal(await storage.directoryVersion(), version);
    assert.deepEqual(await starts(), ['03-23T09:00']);
  });

  it('is met by what comes back from the trash', async () => {
    await put(at, alice, mine, 'a.ics', day('a'));
    assert.deepEqual(await starts(), [stockholm]);
    await deleteObject(at.services, alice, mine, 'a.ics');
    await named('Asia/Tokyo');
    const [item] = await all(listTrash(at.services, alice, at.alice));
    assert.ok(item);
    const isRestore = ({ changes }: ChangeSet): boolean => changes.some((change) => change.do === 'restore');
    await restore(
      overtaken(isRestore, () => named('Europe/Moscow')),
      alice,
      at.alice,
      item.id,
    );
    assert.deepEqual(await starts(), [moscow]);
  });

  it('is met by a calendar that comes back from the trash', async () => {
    await put(at, alice, mine, 'a.ics', day('a'));
    await trashCalendar(at.services, alice, mine);
    await owners('Asia/Tokyo');
    const [item] = await all(listTrash(at.services, alice, at.alice));
    assert.ok(item);
    await restore(at.services, alice, at.alice, item.id);
    assert.deepEqual(await starts(), [tokyo]);
  });
});
