import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import { etag } from '../../../src/core/ids.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { createCalendar } from '../../../src/service/calendars/calendars.ts';
import { getHead, getObject } from '../../../src/service/objects/objects.ts';
import { listing, overlapping } from '../../../src/service/objects/queries.ts';
import { copyObject, moveObject } from '../../../src/service/objects/transfers.ts';
import { patchProperties, properties } from '../../../src/service/properties.ts';
import { changesSince } from '../../../src/service/sync/sync.ts';
import { actor, all, event, type Office, office, put, refuses, seen, share } from '../office.ts';

describe('copies and moves of objects', () => {
  let at: Office;
  let alice: Actor;
  let from: SeenCalendar;
  let to: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    from = await seen(at);
    to = await createCalendar(at.services, alice, at.alice, { name: 'work', timeZone: 'Asia/Tokyo' });
    await put(at, alice, from, 'a.ics', event({ uid: 'a' }));
  });
  afterEach(() => at.close());

  const target = (name: string, overwrite = true, where = to) => ({ seen: where, name, overwrite });
  const names = async (where: SeenCalendar) =>
    (await all(listing(at.services, alice, where))).map(({ name }) => name);

  it('move keeps bytes, entity tag and dead properties, and shows in both calendars’ logs', async () => {
    const before = await getObject(at.services, alice, from, 'a.ics');
    assert.ok(before);
    const holder = { on: 'object', id: before.head.id } as const;
    await patchProperties(at.services, alice, holder, new Map([['{x}y', '<y xmlns="x"/>']]));
    const token = async (where: SeenCalendar) => {
      const sync = await changesSince(at.services, alice, where, undefined);
      await all(sync.pages);
      return sync.end().token;
    };
    const [old, fresh] = [await token(await seen(at)), await token(to)];
    const moved = await moveObject(at.services, alice, from, 'a.ics', target('b.ics'));
    assert.deepEqual(moved, { created: true, etag: before.etag });
    assert.deepEqual([await names(from), await names(to)], [[], ['b.ics']]);
    const head = await getHead(at.services, alice, to, 'b.ics');
    assert.equal(head?.id, before.head.id);
    assert.deepEqual([...(await properties(at.services, holder)).keys()], ['{x}y']);
    const gone = await changesSince(at.services, alice, await seen(at), old);
    assert.deepEqual(await all(gone.pages), [{ name: 'a.ics', gone: true }]);
    const came = await changesSince(at.services, alice, await seen(at, at.alice, at.alice, 'work'), fresh);
    assert.deepEqual(await all(came.pages), [{ name: 'b.ics', gone: false, etag: before.etag }]);
  });

  it('move and back again meets nothing of itself', async () => {
    await moveObject(at.services, alice, from, 'a.ics', target('a.ics'));
    await moveObject(at.services, alice, to, 'a.ics', target('a.ics', false, from));
    assert.deepEqual([await names(from), await names(to)], [['a.ics'], []]);
  });

  it('move inside a calendar renames', async () => {
    await moveObject(at.services, alice, from, 'a.ics', target('z.ics', false, from));
    assert.deepEqual(await names(from), ['z.ics']);
  });

  it('go over what is there only when told to', async () => {
    await copyObject(at.services, alice, from, 'a.ics', target('b.ics'));
    await refuses(moveObject(at.services, alice, from, 'a.ics', target('b.ics', false)), 'stale');
    await refuses(copyObject(at.services, alice, from, 'a.ics', target('b.ics', false)), 'stale');
    assert.equal((await copyObject(at.services, alice, from, 'a.ics', target('b.ics'))).created, false);
    await put(at, alice, to, 'c.ics', event({ uid: 'c' }));
    await refuses(moveObject(at.services, alice, from, 'a.ics', target('c.ics')), 'uid-in-use');
    assert.equal((await moveObject(at.services, alice, from, 'a.ics', target('b.ics'))).created, false);
    assert.deepEqual(await names(to), ['b.ics', 'c.ics']);
  });

  it('answer not-found, stale and location-not-ok where they must', async () => {
    await refuses(moveObject(at.services, alice, from, 'no.ics', target('b.ics')), 'not-found');
    await refuses(copyObject(at.services, alice, from, 'no.ics', target('b.ics')), 'not-found');
    await refuses(
      moveObject(at.services, alice, from, 'a.ics', target('b.ics'), { etag: etag('"x"') }),
      'stale',
    );
    await refuses(
      moveObject(at.services, alice, from, 'a.ics', target('a.ics', true, from)),
      'location-not-ok',
    );
    await refuses(
      copyObject(at.services, alice, from, 'a.ics', target('a.ics', true, from)),
      'location-not-ok',
    );
    await refuses(copyObject(at.services, alice, from, 'a.ics', target('x/y')), 'bad-name');
  });

  it('are judged by the rules of the target', async () => {
    const tasks = await seen(at, at.alice, at.alice, 'tasks');
    await refuses(
      moveObject(at.services, alice, from, 'a.ics', target('a.ics', true, tasks)),
      'unsupported-component',
    );
    await refuses(
      copyObject(at.services, alice, from, 'a.ics', target('a.ics', true, tasks)),
      'unsupported-component',
    );
    await refuses(copyObject(at.services, alice, from, 'a.ics', target('b.ics', true, from)), 'uid-in-use');
  });

  it('copy makes an object of its own, with the dead properties of the source', async () => {
    const source = await getHead(at.services, alice, from, 'a.ics');
    assert.ok(source);
    const holder = { on: 'object', id: source.id } as const;
    await patchProperties(at.services, alice, holder, new Map([['{x}y', '<y xmlns="x"/>']]));
    const copied = await copyObject(at.services, alice, from, 'a.ics', target('b.ics'));
    assert.deepEqual(copied, { created: true, etag: source.etag });
    const copy = await getHead(at.services, alice, to, 'b.ics');
    assert.ok(copy);
    assert.notEqual(copy.id, source.id);
    assert.deepEqual([...(await properties(at.services, { on: 'object', id: copy.id })).keys()], ['{x}y']);
    // Again from a source without any: the copy has none left.
    await patchProperties(at.services, alice, holder, new Map([['{x}y', null]]));
    await copyObject(at.services, alice, from, 'a.ics', target('b.ics'));
    assert.equal((await properties(at.services, { on: 'object', id: copy.id })).size, 0);
  });

  it('need the right to write at both ends of a move, and to read what is copied', async () => {
    await share(at, at.bob, 'read');
    const bob = await actor(at, at.bob);
    const mine = await seen(at, at.bob, at.bob);
    const theirs = await seen(at, at.bob);
    await refuses(
      moveObject(at.services, bob, theirs, 'a.ics', target('a.ics', true, mine)),
      'need-privileges',
    );
    await refuses(
      copyObject(at.services, bob, mine, 'a.ics', target('a.ics', true, theirs)),
      'need-privileges',
    );
    await copyObject(at.services, bob, theirs, 'a.ics', target('a.ics', true, mine));
    await share(at, at.bob, 'titles');
    const titles = await seen(at, at.bob);
    await refuses(
      copyObject(at.services, bob, titles, 'a.ics', target('c.ics', true, mine)),
      'need-privileges',
    );
  });

  it('cannot carry a private event to where it would be seen, nor go over one', async () => {
    await put(at, alice, from, 'p.ics', event({ uid: 'p', more: ['CLASS:PRIVATE'] }));
    await share(at, at.bob, 'edit');
    const bob = await actor(at, at.bob);
    const mine = await seen(at, at.bob, at.bob);
    const theirs = await seen(at, at.bob);
    await refuses(
      moveObject(at.services, bob, theirs, 'p.ics', target('p.ics', true, mine)),
      'need-privileges',
    );
    await refuses(
      copyObject(at.services, bob, theirs, 'p.ics', target('p.ics', true, mine)),
      'need-privileges',
    );
    await put(at, bob, mine, 'b.ics', event({ uid: 'b' }));
    await refuses(
      moveObject(at.services, bob, mine, 'b.ics', target('p.ics', true, theirs)),
      'need-privileges',
    );
    await refuses(
      copyObject(at.services, bob, mine, 'b.ics', target('p.ics', true, theirs)),
      'need-privileges',
    );
    await moveObject(at.services, bob, mine, 'b.ics', target('b.ics', true, theirs));
    assert.deepEqual(await names(from), ['a.ics', 'p.ics', 'b.ics']);
  });

  it('index what moved by the zone of its new calendar', async () => {
    await put(
      at,
      alice,
      from,
      'f.ics',
      event({ uid: 'f', start: ':20260323T090000', end: ':20260323T100000' }),
    );
    await moveObject(at.services, alice, from, 'f.ics', target('f.ics'));
    // Nine in Tokyo is midnight in UTC.
    const range = { start: instant(Date.UTC(2026, 2, 23, 0)), end: instant(Date.UTC(2026, 2, 23, 1)) };
    const found = await all(overlapping(at.services, alice, to, { range }));
    assert.deepEqual(
      found.map(({ object, sure }) => [object.head.name, sure]),
      [['f.ics', true]],
    );
  });
});
