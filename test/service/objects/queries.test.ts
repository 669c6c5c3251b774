import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import { encodeSegment } from '../../../src/core/name.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { instant, type TimeRange } from '../../../src/icalendar/time.ts';
import { createCalendar } from '../../../src/service/calendars/calendars.ts';
import {
  candidates,
  fastRows,
  headsOf,
  listing,
  multiget,
  overlapping,
  overlappingHeads,
} from '../../../src/service/objects/queries.ts';
import {
  actor,
  all,
  event,
  gathered,
  type Office,
  office,
  put,
  refuses,
  seen,
  share,
  text,
} from '../office.ts';

const template = { head: '<', tag: ' ', tail: '>' };

describe('queries', () => {
  let at: Office;
  let alice: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    mine = await createCalendar(at.services, alice, at.alice, { name: 'mixed' });
  });
  afterEach(() => at.close());

  const day = (from: string, to: string): TimeRange => ({
    start: instant(Date.parse(`${from}Z`)),
    end: instant(Date.parse(`${to}Z`)),
  });
  const found = async (range: TimeRange, zone?: string, who = alice, where = mine) => {
    const query = { range, ...(zone !== undefined && { zone }) };
    const candidates = await all(overlapping(at.services, who, where, query));
    const heads = await all(overlappingHeads(at.services, who, where, query));
    const names = candidates.map(({ object, sure }) => `${object.head.name} ${sure ? 'sure' : 'perhaps'}`);
    // Both ways of asking agree; bytes come only with what is not sure.
    const short = heads.map(({ head, object }) => `${head.name} ${object ? 'perhaps' : 'sure'}`);
    assert.deepEqual(short.sort(), [...names].sort());
    return names;
  };
  const rows = async (range: TimeRange, zone?: string, who = alice, where = mine) => {
    const selection = { by: 'range', range, kind: 'VEVENT', ...(zone !== undefined && { zone }) } as const;
    const bytes = await fastRows(at.services, who, where, selection, template);
    return bytes && (await gathered(bytes)).replaceAll(/ "[^"]*"/g, '');
  };

  it('find events in a range by the index, and are sure of them', async () => {
    await put(at, alice, mine, 'a.ics', event({ uid: 'a' }));
    await put(
      at,
      alice,
      mine,
      'b.ics',
      event({ uid: 'b', start: ':20260401T090000Z', end: ':20260401T100000Z' }),
    );
    assert.deepEqual(await found(day('2026-03-23T00:00', '2026-03-24T00:00')), ['a.ics sure']);
    assert.equal(await rows(day('2026-03-23T00:00', '2026-03-24T00:00')), '<a.ics>');
    assert.deepEqual(await found(day('2026-03-23T10:00', '2026-03-24T00:00')), []);
    assert.equal(await rows(day('2026-03-23T10:00', '2026-03-24T00:00')), '');
    const open = { start: instant(Date.parse('2026-03-25T00:00Z')), end: instant(Number.POSITIVE_INFINITY) };
    assert.deepEqual(await found(open), ['b.ics sure']);
  });

  it('find endless series in years the index does not reach, once each', async () => {
    await put(at, alice, mine, 'daily.ics', event({ uid: 'd', more: ['RRULE:FREQ=DAILY'] }));
    assert.deepEqual(await found(day('2126-03-23T00:00', '2126-03-24T00:00')), ['daily.ics perhaps']);
    assert.equal(await rows(day('2126-03-23T00:00', '2126-03-24T00:00')), undefined);
    assert.deepEqual(await found(day('2026-03-23T00:00', '2126-03-24T00:00')), ['daily.ics sure']);
    assert.deepEqual(await found(day('2025-03-23T00:00', '2025-03-24T00:00')), []);
  });

  it('find tasks as candidates, dated or not', async () => {
    const todo = (uid: string, ...more: string[]) => event({ component: 'VTODO', uid, more });
    await put(at, alice, mine, 'plain.ics', todo('p'));
    await put(at, alice, mine, 'due.ics', todo('d', 'DUE:20260323T090000Z'));
    assert.deepEqual((await found(day('2026-03-23T00:00', '2026-03-24T00:00'))).sort(), [
      'due.ics perhaps',
      'plain.ics perhaps',
    ]);
    assert.deepEqual(await found(day('2026-04-23T00:00', '2026-04-24T00:00')), ['plain.ics perhaps']);
    const selection = {
      by: 'range',
      range: day('2026-04-23T00:00', '2026-04-24T00:00'),
      kind: 'VTODO',
    } as const;
    assert.equal(await fastRows(at.services, alice, mine, selection, template), undefined);
    const tasks = overlapping(at.services, alice, mine, { ...selection, kinds: ['VEVENT'] });
    assert.deepEqual(await all(tasks), []);
  });

  it('read dates and floating times by the zone of the question, when it has one', async () => {
    await put(
      at,
      alice,
      mine,
      'floating.ics',
      event({ uid: 'f', start: ':20260323T090000', end: ':20260323T100000' }),
    );
    await put(at, alice, mine, 'fixed.ics', event({ uid: 'x' }));
    // In Stockholm at eight in UTC; in Tokyo at midnight.
    assert.deepEqual(await found(day('2026-03-23T08:00', '2026-03-23T09:00')), ['floating.ics sure']);
    assert.deepEqual(await found(day('2026-03-23T08:00', '2026-03-23T09:00'), 'Europe/Stockholm'), [
      'floating.ics sure',
    ]);
    assert.equal(
      await rows(day('2026-03-23T08:00', '2026-03-23T09:00'), 'Europe/Stockholm'),
      '<floating.ics>',
    );
    assert.deepEqual(await found(day('2026-03-23T00:00', '2026-03-23T01:00'), 'Asia/Tokyo'), [
      'floating.ics perhaps',
    ]);
    assert.equal(await rows(day('2026-03-23T00:00', '2026-03-23T01:00'), 'Asia/Tokyo'), undefined);
    assert.deepEqual((await found(day('2026-03-23T09:00', '2026-03-23T10:00'), 'Asia/Tokyo')).sort(), [
      'fixed.ics sure',
      'floating.ics perhaps',
    ]);
    assert.equal(await rows(day('2027-03-23T08:00', '2027-03-23T09:00'), 'Asia/Tokyo'), '');
  });

  it('get many by name in the order asked, and say which are not there', async () => {
    await put(at, alice, mine, 'a.ics');
    await put(at, alice, mine, encodeSegment('b @ é.ics'), event({ uid: 'b' }));
    const asked = [encodeSegment('b @ é.ics'), 'no.ics', 'a.ics'];
    const got = await all(multiget(at.services, alice, mine, asked));
    assert.deepEqual(
      got.map(({ name, object }) => [name, object !== undefined]),
      [
        [asked[0], true],
        ['no.ics', false],
        ['a.ics', true],
      ],
    );
    const heads = await all(headsOf(at.services, alice, mine, asked));
    assert.deepEqual(
      heads.map(({ name }) => name),
      [asked[0], 'a.ics'],
    );
    const bytes = await fastRows(
      at.services,
      alice,
      mine,
      { by: 'names', names: asked },
      { ...template, missing: '!' },
    );
    assert.ok(bytes);
    assert.match(await gathered(bytes), /^<b%20%40%20%C3%A9\.ics "[^"]+"><no\.ics!<a\.ics "[^"]+">$/);
  });

  it('refuse more names than the limit', async () => {
    await at.close();
    at = await office({ maxMultigetHrefs: 2 });
    alice = await actor(at, at.alice);
    await refuses(all(multiget(at.services, alice, await seen(at), ['a', 'b', 'c'])), 'too-many-results');
  });

  it('list kinds, and from an object on', async () => {
    for (const uid of ['a', 'b', 'c']) await put(at, alice, mine, `${uid}.ics`, event({ uid }));
    await put(at, alice, mine, 't.ics', event({ uid: 't', component: 'VTODO' }));
    const heads = await all(listing(at.services, alice, mine, { kinds: ['VEVENT'] }));
    assert.deepEqual(
      heads.map(({ name }) => name),
      ['a.ics', 'b.ics', 'c.ics'],
    );
    const later = await all(listing(at.services, alice, mine, { after: heads[1]?.id ?? assert.fail() }));
    assert.deepEqual(
      later.map(({ name }) => name),
      ['c.ics', 't.ics'],
    );
    const tasks = await all(candidates(at.services, alice, mine, ['VTODO']));
    assert.deepEqual(
      tasks.map(({ head }) => head.name),
      ['t.ics'],
    );
    const rows = await fastRows(at.services, alice, mine, { by: 'all', kinds: ['VTODO'] }, template);
    assert.ok(rows);
    assert.match(await gathered(rows), /^<t\.ics "[^"]+">$/);
  });

  it('give finished rows to a reader unless something would have to be reduced', async () => {
    await share(at, at.bob, 'read', 'mixed');
    const bob = await actor(at, at.bob);
    const theirs = await seen(at, at.bob, at.alice, 'mixed');
    await put(at, alice, mine, 'a.ics', event({ uid: 'a' }));
    assert.ok(await fastRows(at.services, bob, theirs, { by: 'all' }, template));
    assert.equal(await rows(day('2026-03-23T00:00', '2026-03-24T00:00'), undefined, bob, theirs), '<a.ics>');
    await put(
      at,
      alice,
      mine,
      'p.ics',
      event({ uid: 'p', more: ['CLASS:PRIVATE'], start: ':20260501T090000Z', end: ':20260501T100000Z' }),
    );
    assert.equal(await fastRows(at.services, bob, theirs, { by: 'all' }, template), undefined);
    // Only what was asked for counts.
    assert.equal(await rows(day('2026-03-23T00:00', '2026-03-24T00:00'), undefined, bob, theirs), '<a.ics>');
    assert.ok(await fastRows(at.services, bob, theirs, { by: 'names', names: ['a.ics'] }, template));
    await share(at, at.bob, 'titles', 'mixed');
    const titles = await seen(at, at.bob, at.alice, 'mixed');
    assert.equal(
      await fastRows(at.services, bob, titles, { by: 'names', names: ['a.ics'] }, template),
      undefined,
    );
  });

  it('go through more objects than a page holds', async () => {
    const { storage } = at.services;
    const many = Array.from({ length: 600 }, (_, n) => n);
    await Promise.all(
      many.map((n) =>
        put(at, alice, mine, `${n}.ics`, event({ uid: `${n}`, more: n % 2 ? ['CLASS:PRIVATE'] : [] })),
      ),
    );
    assert.equal(await storage.objectCount(mine.calendar.id), 600);
    await share(at, at.bob, 'read', 'mixed');
    const bob = await actor(at, at.bob);
    const theirs = await seen(at, at.bob, at.alice, 'mixed');
    const heads = await all(listing(at.services, bob, theirs));
    assert.equal(heads.length, 600);
    assert.deepEqual(await all(listing(at.services, bob, theirs)), heads);
    const got = await all(
      multiget(
        at.services,
        bob,
        theirs,
        many.map((n) => `${n}.ics`),
      ),
    );
    assert.deepEqual(new Set(got.map(({ object }) => object?.etag)), new Set(heads.map(({ etag }) => etag)));
    const range = day('2026-03-23T00:00', '2026-03-24T00:00');
    assert.equal((await found(range, undefined, bob, theirs)).length, 600);
  });

  it('find overrides without a master', async () => {
    const lines = [
      'BEGIN:VEVENT',
      'UID:o',
      'DTSTAMP:20260101T000000Z',
      'RECURRENCE-ID:20260323T090000Z',
      'DTSTART:20260325T090000Z',
      'DTEND:20260325T100000Z',
      'END:VEVENT',
    ];
    await put(at, alice, mine, 'o.ics', text(lines));
    assert.deepEqual(await found(day('2026-03-25T00:00', '2026-03-26T00:00')), ['o.ics sure']);
    assert.deepEqual(await found(day('2026-03-23T00:00', '2026-03-24T00:00')), []);
  });
});
