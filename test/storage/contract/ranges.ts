import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ObjectIndex, Occurrence } from '../../../src/core/calendar.ts';
import { dayMs, instant, type TimeRange } from '../../../src/icalendar/time.ts';
import type { Selection } from '../../../src/storage/port.ts';
import {
  allTime,
  at,
  complete,
  days,
  flat,
  noon,
  nowhere,
  object,
  put,
  range,
  type StorageFactory,
  undated,
  useWorld,
  work,
} from './fixture.ts';

/** RFC 4791 §9.9, the row for a VEVENT with start and end. */
const overlaps = ({ start, end }: Occurrence, range: TimeRange): boolean =>
  start < range.end && (end > range.start || (start === end && start >= range.start));

/** Of a series that goes on for ever, indexed from day `from` to day `until`. */
const series = (from: number, until: number, more: Partial<ObjectIndex> = {}): ObjectIndex => ({
  occurrences: [days(from)],
  indexed: range(from, until),
  complete: false,
  first: at(from),
  last: instant(Infinity),
  undated: false,
  ...more,
});

const inOrder = (rows: readonly Occurrence[]): Occurrence[] =>
  rows.toSorted((a, b) => a.start - b.start || a.end - b.end);

export function rangeContract(factory: StorageFactory): void {
  describe('time ranges', () => {
    const world = useWorld(factory);
    const names = async (select: Selection): Promise<string[]> =>
      (await flat(world.storage.heads({ calendar: work, select }))).map(({ name }) => name);

    const unindexed = (from: number, to: number): Promise<string[]> =>
      names({ by: 'unindexed', range: range(from, to) });

    const unproven = (from: number, to: number): Promise<string[]> =>
      names({ by: 'unproven', range: range(from, to) });

    it('find what overlaps by the rule of RFC 4791 §9.9', async () => {
      await world.done(
        put(work, object('before.ics', { index: complete(days(-1, 0)) })),
        put(work, object('into.ics', { index: complete(days(-1, 0.5)) })),
        put(work, object('instant-at-start.ics', { index: complete(days(0, 0)) })),
        put(work, object('instant-at-end.ics', { index: complete(days(1, 1)) })),
        put(work, object('instant-before.ics', { index: complete(days(-0.5, -0.5)) })),
        put(work, object('out-of.ics', { index: complete(days(0.5, 3)) })),
        put(work, object('around.ics', { index: complete(days(-900, 900)) })),
        put(work, object('after.ics', { index: complete(days(1, 2)) })),
        put(work, object('undated.ics', { index: undated })),
      );
      assert.deepEqual(await names({ by: 'indexed', range: range(0, 1) }), [
        'into.ics',
        'instant-at-start.ics',
        'out-of.ics',
        'around.ics',
        'undated.ics',
      ]);
    });

    it('name an object once however many of its instances overlap', async () => {
      const index = complete(
        ...Array.from({ length: 50 }, (_, day) => days(day)),
        days(3),
        days(3, 9, 'free'),
      );
      await world.done(put(work, object('daily.ics', { index })));
      assert.deepEqual(await names({ by: 'indexed', range: range(0, 50) }), ['daily.ics']);
    });

    it('forget the instances of a version that is replaced', async () => {
      await world.done(put(work, object('a.ics', { index: complete(days(0), days(7)) })));
      await world.done(put(work, object('a.ics', { version: 2, index: complete(days(7), days(8)) })));
      assert.deepEqual(await names({ by: 'indexed', range: range(0, 1) }), []);
      assert.deepEqual(await names({ by: 'indexed', range: range(8, 9) }), ['a.ics']);
    });

    it('know of what is put again the instances of its new version, whatever both versions share', async () => {
      const instances = fc
        .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom(1, 30)), {
          minLength: 1,
          maxLength: 10,
          selector: String,
        })
        .map((list) => list.map(([day, hours]) => days(day, day + hours / 24)));
      let version = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(instances, { minLength: 2, maxLength: 5 }), async (versions) => {
          for (const occurrences of versions) {
            await world.done(
              put(work, object('a.ics', { version: version++, index: complete(...occurrences) })),
            );
            assert.deepEqual(await flat(world.storage.busy(work, allTime)), inOrder(occurrences));
          }
        }),
        { numRuns: 60 },
      );
    });

    it('find for any instances and any range exactly what overlaps', async () => {
      const hour = fc.integer({ min: -2000, max: 2000 });
      const length = fc.oneof(
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(0, 24, 25, 192, 193, 1536, 1537, 12_288, 12_289, 20_000),
      );
      const occurrence = fc
        .tuple(hour, length)
        .map(([from, hours]): Occurrence => days(from / 24, (from + hours) / 24));
      const side = fc.oneof(hour, fc.constant(Infinity));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(occurrence, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
          fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 6 }),
          async (objects, ranges) => {
            await world.done(
              ...objects.map((occurrences, at) =>
                put(work, object(`${at}`, { index: complete(...occurrences) })),
              ),
            );
            for (const [from, to] of ranges) {
              const asked = {
                start: instant(noon + -from * (dayMs / 24)),
                end: instant(noon + to * (dayMs / 24)),
              };
              const wanted = objects.flatMap((found, at) =>
                found.some((one) => overlaps(one, asked)) ? [`${at}`] : [],
              );
              assert.deepEqual(await names({ by: 'indexed', range: asked }), wanted);
              const busy = await flat(world.storage.busy(work, asked));
              const wantedBusy = objects.flatMap((found) =>
                [...new Map(found.map((one) => [`${one.start} ${one.end}`, one])).values()].filter((one) =>
                  overlaps(one, asked),
                ),
              );
              assert.deepEqual(busy, inOrder(wantedBusy));
            }
            for (const head of await flat(world.storage.heads({ calendar: work, select: { by: 'all' } }))) {
              await world.done({ do: 'delete', calendar: work, name: head.name, expect: 'present' });
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    it('without an end find what goes on behind their start', async () => {
      await world.done(
        put(work, object('past.ics', { index: complete(days(-2, -1)) })),
        put(work, object('until.ics', { index: complete(days(-1, 0)) })),
        put(work, object('into.ics', { index: complete(days(-1, 0.5)) })),
        put(work, object('instant.ics', { index: complete(days(0, 0)) })),
        put(work, object('far.ics', { index: complete(days(900, 901)) })),
        put(work, object('undated.ics', { index: undated })),
        put(work, object('series.ics', { index: series(0, 100) })),
        put(work, object('old.ics', { index: series(-90, -80) })),
      );
      const asked = { start: at(0), end: instant(Infinity) };
      assert.deepEqual(await names({ by: 'indexed', range: asked }), [
        'into.ics',
        'instant.ics',
        'far.ics',
        'undated.ics',
        'series.ics',
      ]);
      assert.deepEqual(await names({ by: 'unproven', range: asked }), ['old.ics']);
    });

    it('know what the index does not', async () => {
      await world.done(
        put(work, object('whole.ics')),
        put(work, object('open.ics', { index: series(0, 100) })),
        put(work, object('ended.ics', { index: series(0, 100, { last: at(50) }) })),
        put(work, object('late.ics', { index: series(200, 300) })),
        put(work, object('cut.ics', { index: series(0, 500, { indexed: range(10, 500) }) })),
      );
      assert.deepEqual(await unindexed(10, 90), []);
      assert.deepEqual(await unindexed(90, 110), ['open.ics']);
      assert.deepEqual(await unindexed(0, 20), ['cut.ics']);
      assert.deepEqual(await unindexed(-20, -10), []);
      assert.deepEqual(await unindexed(-Infinity, Infinity), ['open.ics', 'late.ics', 'cut.ics']);
      // What has a row in the range is known to lie in it, whatever else it may have there.
      assert.deepEqual(await unproven(90, 110), ['open.ics']);
      assert.deepEqual(await unproven(0, 110), []);
      assert.deepEqual(await unproven(5, 20), ['cut.ics']);
      assert.deepEqual(await unproven(-Infinity, Infinity), []);
      const open = { by: 'unproven', range: range(5, 20) } as const;
      assert.equal(await world.storage.has({ calendar: work, select: open }), true);
      const proved = { by: 'unproven', range: range(0, 5) } as const;
      assert.equal(await world.storage.has({ calendar: work, select: proved, kinds: ['VTODO'] }), false);
      assert.equal(
        await world.storage.has({ calendar: work, select: { by: 'unindexed', range: range(10, 90) } }),
        false,
      );
      assert.equal(
        await world.storage.has({ calendar: work, select: { by: 'unindexed', range: range(90, 110) } }),
        true,
      );
    });

    it('know which objects move with the zone', async () => {
      await world.done(
        put(work, object('fixed.ics')),
        put(work, object('floating.ics', { zoneDependent: true })),
        put(work, object('elsewhen.ics', { zoneDependent: true, index: complete(days(50)) })),
        put(work, object('daily.ics', { zoneDependent: true, index: series(-10, -5) })),
      );
      const select = { by: 'zone-dependent', range: range(0, 1) } as const;
      assert.deepEqual(await names(select), ['floating.ics', 'daily.ics']);
      assert.equal(await world.storage.has({ calendar: work, select }), true);
      const later = { by: 'zone-dependent', range: range(-100, -90) } as const;
      assert.equal(await world.storage.has({ calendar: work, select: later }), false);
    });

    it('are read in slices where they hold much', async () => {
      const index = complete(...Array.from({ length: 1000 }, (_, day) => days(day)));
      const open = series(0, 1);
      await world.done(...Array.from({ length: 6 }, (_, at) => put(work, object(`${at}`, { index }))));
      await world.done(
        ...Array.from({ length: 4200 }, (_, at) => put(work, object(`u${at}`, { index: undated }))),
      );
      await world.done(
        ...Array.from({ length: 4200 }, (_, at) => put(work, object(`o${at}`, { index: open }))),
      );
      await world.done(
        ...Array.from({ length: 4200 }, (_, at) =>
          put(
            work,
            object(`c${at}`, {
              index: {
                ...open,
                indexed: { start: at === 0 ? range(7, 8).start : range(9, 9).start, end: instant(Infinity) },
              },
            }),
          ),
        ),
      );
      assert.equal((await names({ by: 'indexed', range: allTime })).length, 12_606);
      assert.equal((await names({ by: 'unindexed', range: allTime })).length, 8400);
      assert.equal((await flat(world.storage.busy(work, allTime))).length, 14_400);
    });

    it('give the busy instances in order, without free ones', async () => {
      await world.done(
        put(work, object('long.ics', { index: complete(days(-30, 2, 'tentative')) })),
        put(work, object('a.ics', { index: complete(days(1), days(-2, -1.9)) })),
        put(work, object('free.ics', { index: complete(days(0, 1, 'free')) })),
        put(work, object('b.ics', { index: complete(days(0.5, 9, 'unavailable')) })),
        put(work, object('undated.ics', { index: undated })),
      );
      assert.deepEqual(await flat(world.storage.busy(work, range(0, 2))), [
        { start: at(-30), end: at(2), busy: 'tentative' },
        { start: at(0.5), end: at(9), busy: 'unavailable' },
        { ...days(1) },
      ]);
      assert.deepEqual(await flat(world.storage.busy(nowhere, range(0, 2))), []);
    });
  });
}
