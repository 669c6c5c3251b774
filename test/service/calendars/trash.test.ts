import assert from 'node:assert/strict';
import { id, type TrashId } from '../../../src/core/ids.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { calendarInHome } from '../../../src/service/access.ts';
import {
  createCalendar,
  deleteCalendar,
  grant,
  moveCalendar,
} from '../../../src/service/calendars/calendars.ts';
import { listTrash, purgeTrash, restore, trashTitle } from '../../../src/service/calendars/trash.ts';
import { deleteObject, getObject } from '../../../src/service/objects/objects.ts';
import { listing } from '../../../src/service/objects/queries.ts';
import { actor, all, days, event, type Office, office, put, refuses, seen } from '../office.ts';

describe('trash', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const items = async () => all(listTrash(at.services, alice, at.alice));
  const only = async () => (await items())[0]?.id ?? assert.fail('the trash is empty');

  it('gives an object back as it was', async () => {
    const { etag } = await put(at, alice, await seen(at), 'a.ics');
    await deleteObject(at.services, alice, await seen(at), 'a.ics');
    assert.deepEqual(
      (await items()).map(({ objectName }) => objectName),
      ['a.ics'],
    );
    await restore(at.services, alice, at.alice, await only());
    assert.equal((await getObject(at.services, alice, await seen(at), 'a.ics'))?.etag, etag);
    assert.deepEqual(await items(), []);
  });

  it('tells titles from the beginning of a text, and cuts long ones', async () => {
    const titleOf = async (lines: readonly string[]): Promise<string | undefined> => {
      const written = Buffer.from(event({ uid: 'a' })).toString();
      const bytes = Buffer.from(written.replace(/SUMMARY:.*(?=\r)/, lines.join('\r\n')));
      await put(at, alice, await seen(at), 'a.ics', bytes);
      await deleteObject(at.services, alice, await seen(at), 'a.ics');
      const title = await trashTitle(at.services, await only());
      await purgeTrash(at.services, alice, -1, at.alice);
      return title;
    };
    const long = `DESCRIPTION:${'x'.repeat(100_000)}`;
    assert.equal(await titleOf(['SUMMARY:Plan', long]), 'Plan');
    assert.equal(await titleOf([long, 'SUMMARY:Plan']), undefined);
    assert.equal(await titleOf([`SUMMARY:a${'😀'.repeat(50_000)}`]), `a${'😀'.repeat(99)}…`);
    assert.equal(await titleOf([`SUMMARY:${'é'.repeat(200)}`]), 'é'.repeat(200));
  });

  it('gives it another name where its own is taken, and refuses where its UID is', async () => {
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a' }));
    await deleteObject(at.services, alice, await seen(at), 'a.ics');
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'b' }));
    await put(at, alice, await seen(at), 'a-2.ics', event({ uid: 'c' }));
    await restore(at.services, alice, at.alice, await only());
    const names = (await all(listing(at.services, alice, await seen(at)))).map(({ name }) => name);
    assert.deepEqual(names.sort(), ['a-2.ics', 'a-3.ics', 'a.ics']);
    await deleteObject(at.services, alice, await seen(at), 'a-3.ics');
    await put(at, alice, await seen(at), 'new.ics', event({ uid: 'a' }));
    await refuses(restore(at.services, alice, at.alice, await only()), 'uid-in-use');
  });

  it('gives a calendar back with what was in it, under another name if need be', async () => {
    // What people call it says nothing of its address, and may be what none may be called there.
    const displayName = 'shared-plans / Q1';
    const made = await createCalendar(at.services, alice, at.alice, { name: 'work', displayName });
    await put(at, alice, made, 'a.ics');
    await deleteCalendar(at.services, alice, made);
    await createCalendar(at.services, alice, at.alice, { name: 'work' });
    const { calendar, object } = await restore(at.services, alice, at.alice, await only());
    assert.deepEqual([calendar.name, calendar.displayName, object], ['work-2', displayName, null]);
    const back = await seen(at, at.alice, at.alice, 'work-2');
    assert.equal(back.calendar.id, made.calendar.id);
    assert.equal((await all(listing(at.services, alice, back))).length, 1);
  });

  it('belongs to its owner', async () => {
    await put(at, alice, await seen(at), 'a.ics');
    await deleteObject(at.services, alice, await seen(at), 'a.ics');
    const bob = await actor(at, at.bob);
    await refuses(all(listTrash(at.services, bob, at.alice)), 'need-privileges');
    await refuses(restore(at.services, bob, at.bob, await only()), 'not-found');
    await refuses(restore(at.services, alice, at.alice, id<TrashId>(1)), 'not-found');
    await refuses(purgeTrash(at.services, bob, 0), 'need-privileges');
    await refuses(purgeTrash(at.services, bob, 0, at.alice), 'need-privileges');
  });

  it('puts nothing back into a calendar that was given to somebody else', async () => {
    const work = await createCalendar(at.services, alice, at.alice, { name: 'work' });
    await put(at, alice, work, 'a.ics');
    await deleteObject(at.services, alice, work, 'a.ics');
    await moveCalendar(at.services, at.system, work, { owner: at.bob, name: 'work', overwrite: false });
    const item = await only();
    await refuses(restore(at.services, alice, at.alice, item), 'not-found');
    const bob = await actor(at, at.bob);
    const his = await seen(at, at.bob, at.bob, 'work');
    await grant(at.services, bob, his, at.alice.id, 'read');
    await refuses(restore(at.services, alice, at.alice, item), 'need-privileges');
    await grant(at.services, bob, his, at.alice.id, 'edit');
    await restore(at.services, alice, at.alice, item);
    assert.equal((await all(listing(at.services, bob, his))).length, 1);
  });

  it('forgets by age, of one home or of all', async () => {
    await put(at, alice, await seen(at), 'a.ics');
    await deleteObject(at.services, alice, await seen(at), 'a.ics');
    at.clock.advance(days(10));
    await purgeTrash(at.services, alice, days(30), at.alice);
    assert.equal((await items()).length, 1);
    at.clock.advance(days(30));
    await purgeTrash(at.services, at.system, days(30));
    assert.equal((await items()).length, 0);
    assert.ok(await calendarInHome(at.services, alice, at.alice, 'personal'));
  });
});
