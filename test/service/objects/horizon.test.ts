import assert from 'node:assert/strict';
import type { Actor } from '../../../src/core/principal.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { checkIndexes, moveHorizon } from '../../../src/service/objects/horizon.ts';
import { deleteObject } from '../../../src/service/objects/objects.ts';
import { overlapping } from '../../../src/service/objects/queries.ts';
import { patchPerson } from '../../../src/service/people/people.ts';
import { actor, all, days, event, type Office, office, put, seen } from '../office.ts';

const day = (hour: number): number => Date.UTC(2026, 2, 23, hour);

async function* asPages<Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  for await (const item of items) yield [item];
}

describe('horizon', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const sureOn = async (year: number) => {
    const range = { start: instant(Date.UTC(year, 2, 23)), end: instant(Date.UTC(year, 2, 24)) };
    return (await all(overlapping(at.services, alice, await seen(at), { range }))).map(
      ({ object, sure }) => `${object.head.name} ${sure}`,
    );
  };

  it('has nothing to do on the day of a PUT', async () => {
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['RRULE:FREQ=DAILY'] }));
    assert.equal(await moveHorizon(at.services), 0);
  });

  it('rolls on with the years, without moving the calendar’s counter', async () => {
    await put(at, alice, await seen(at), 'endless.ics', event({ uid: 'a', more: ['RRULE:FREQ=DAILY'] }));
    await put(
      at,
      alice,
      await seen(at),
      'finite.ics',
      event({ uid: 'b', more: ['RRULE:FREQ=YEARLY;COUNT=5'] }),
    );
    assert.deepEqual((await sureOn(2030)).sort(), ['endless.ics false', 'finite.ics true']);
    const { modseq } = (await seen(at)).calendar;
    at.clock.advance(days(3 * 365));
    assert.equal(await moveHorizon(at.services), 1);
    assert.equal(await moveHorizon(at.services), 0);
    assert.deepEqual((await sureOn(2030)).sort(), ['endless.ics true', 'finite.ics true']);
    assert.equal((await seen(at)).calendar.modseq, modseq);
    assert.ok(at.events.some((one) => one.event === 'horizon-moved' && one.objects === 1));
  });

  it('leaves series alone that are too dense for more rows', async () => {
    await put(at, alice, await seen(at), 'dense.ics', event({ uid: 'a', more: ['RRULE:FREQ=MINUTELY'] }));
    at.clock.advance(days(400));
    assert.equal(await moveHorizon(at.services), 0);
    const range = { start: instant(at.clock.now()), end: instant(at.clock.now() + 3600_000) };
    assert.equal((await all(overlapping(at.services, alice, await seen(at), { range }))).length, 1);
  });

  it('goes in transactions of bounded size, and over calendars that are gone or changed meanwhile', async () => {
    const mine = await seen(at);
    const many = Array.from({ length: 450 }, (_, n) => n);
    await Promise.all(
      many.map((n) => put(at, alice, mine, `${n}.ics`, event({ uid: `${n}`, more: ['RRULE:FREQ=MONTHLY'] }))),
    );
    at.clock.advance(days(800));
    const moving = moveHorizon(at.services);
    await deleteObject(at.services, alice, mine, '3.ics');
    const moved = await moving;
    assert.ok(moved >= 449, `${moved}`);
  });

  describe('after a change of what the index was made by', () => {
    const declined = [
      'ATTENDEE;PARTSTAT=DECLINED:mailto:new@example.com',
      'ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com',
    ];
    const busy = async (start: number, end: number): Promise<number> => {
      const range = { start: instant(start), end: instant(end) };
      return (await all(at.services.storage.busy((await seen(at)).calendar.id, range))).length;
    };

    it('follows the addresses of the owner: who has declined is not busy', async () => {
      await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: declined }));
      await put(at, alice, await seen(at), 'b.ics', event({ uid: 'b' }));
      assert.equal(await busy(day(9), day(10)), 2);
      await patchPerson(at.services, at.system, at.alice, { addresses: ['new@example.com'] });
      assert.equal(await busy(day(9), day(10)), 1);
      assert.deepEqual(await at.services.storage.staleIndexes(), []);
    });

    it('finds what a crash left undone, at the next round or by check', async () => {
      const mine = await seen(at);
      const floating = { start: ':20260323T090000', end: ':20260323T100000' };
      await put(at, alice, mine, 'a.ics', event({ uid: 'a', ...floating }));
      assert.equal(await busy(day(8), day(9)), 1);
      const calendar = mine.calendar.id;
      const crashed = (timeZone: string) =>
        at.services.storage.commit({
          actor: null,
          changes: [{ do: 'patch-calendar', calendar, patch: { timeZone } }],
        });
      await crashed('Asia/Tokyo');
      const told = await all(asPages(checkIndexes(at.services, { repair: false })));
      assert.match(told.join(), /^the index of calendar \d+ was made by the time zone of before$/);
      assert.equal(await busy(day(0), day(1)), 0);
      await moveHorizon(at.services);
      assert.equal(await busy(day(0), day(1)), 1);
      await crashed('Europe/London');
      assert.match((await all(asPages(checkIndexes(at.services, { repair: true })))).join(), /\(mended\)$/);
      assert.equal(await busy(day(9), day(10)), 1);
      assert.deepEqual(await all(asPages(checkIndexes(at.services, { repair: false }))), []);
    });
  });

  it('says which object it cannot read', async () => {
    const { storage } = at.services;
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['RRULE:FREQ=DAILY'] }));
    const object = await storage.object((await seen(at)).calendar.id, 'a.ics');
    assert.ok(object);
    const index = {
      occurrences: [],
      indexed: { start: instant(0), end: instant(0) },
      complete: false,
      first: instant(0),
      last: instant(Number.POSITIVE_INFINITY),
      undated: false,
    };
    const broken = { ...object, bytes: Buffer.from('broken'), index };
    await storage.commit({
      actor: null,
      changes: [{ do: 'put', calendar: object.calendar, object: broken, expect: 'anything' }],
    });
    assert.equal(await moveHorizon(at.services), 0);
    assert.ok(at.events.some(({ event: what }) => what === 'object-unreadable'));
  });
});
