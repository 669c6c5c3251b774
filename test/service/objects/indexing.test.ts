import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { manualClock } from '../../../src/core/clock.ts';
import { defaultLimits } from '../../../src/core/limits.ts';
import { instances } from '../../../src/icalendar/instances/instances.ts';
import { parseObject } from '../../../src/icalendar/object.ts';
import { dayMs, instant, type TimeRange } from '../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../src/icalendar/zones/timezone.ts';
import {
  classificationOf,
  indexWindow,
  isPlain,
  isZoneDependent,
  mailboxOf,
  objectIndex,
} from '../../../src/service/objects/indexing.ts';
import { event, noon, text } from '../office.ts';

const services = (maxIndexedOccurrences = 4000) => ({
  clock: manualClock(noon),
  limits: { ...defaultLimits, maxIndexedOccurrences },
});
const readBy = { timeZone: null, timeZoneData: null, ownerTimeZone: 'Europe/Stockholm' };
const view = { zone: ianaZone('Europe/Stockholm') ?? utc, readBy, addresses: [], isOwn: () => false };
const objectOf = (bytes: Uint8Array) => parseObject(bytes) ?? assert.fail('no object');
const indexOf = (bytes: Uint8Array, max?: number) => objectIndex(services(max), objectOf(bytes), view);

describe('the index of an object', () => {
  it('holds all instances of what ends, and says so', () => {
    const index = indexOf(event({ more: ['RRULE:FREQ=DAILY;COUNT=3'] }));
    assert.deepEqual([index.complete, index.occurrences.length, index.undated], [true, 3, false]);
    assert.deepEqual([index.first, index.last], [Date.UTC(2026, 2, 23, 9), Date.UTC(2026, 2, 25, 10)]);
  });

  it('holds an endless series from its start to three years ahead', () => {
    const index = indexOf(event({ more: ['RRULE:FREQ=WEEKLY'] }));
    assert.equal(index.complete, false);
    assert.equal(index.indexed.start, Number.NEGATIVE_INFINITY);
    assert.equal(index.indexed.end, indexWindow(services()).end);
    assert.equal(index.last, Number.POSITIVE_INFINITY);
    assert.equal(index.occurrences.length, 157);
  });

  it('holds an old endless series from a year ago on', () => {
    const index = indexOf(
      event({ start: ':19900101T090000Z', end: ':19900101T100000Z', more: ['RRULE:FREQ=WEEKLY'] }),
    );
    assert.equal(index.indexed.start, indexWindow(services()).start);
    assert.ok((index.occurrences[0]?.start ?? 0) >= indexWindow(services()).start);
  });

  it('holds of a dense series what fits, from a month ago on', () => {
    const index = indexOf(
      event({ start: ':20200101T090000Z', end: ':20200101T091000Z', more: ['RRULE:FREQ=HOURLY'] }),
      1000,
    );
    assert.ok(index.occurrences.length <= 1000 && index.occurrences.length > 300);
    assert.equal(index.indexed.start, noon - 31 * dayMs);
    assert.ok(index.indexed.end < noon + 60 * dayMs);
    const bomb = indexOf(
      event({ start: ':20200101T090000Z', end: ':20200101T090000Z', more: ['RRULE:FREQ=SECONDLY'] }),
      100,
    );
    assert.ok(bomb.occurrences.length <= 100 && !bomb.complete);
  });

  it('holds of a long finite series what fits', () => {
    const index = indexOf(event({ more: ['RRULE:FREQ=DAILY;COUNT=900'] }), 100);
    assert.equal(index.complete, false);
    assert.ok(index.occurrences.length <= 100);
  });

  it('knows tasks without any date', () => {
    const index = indexOf(event({ component: 'VTODO' }));
    assert.deepEqual([index.undated, index.complete, index.occurrences], [true, true, []]);
  });

  it('counts events by TRANSP and STATUS, and nothing else as busy', () => {
    const busy = (...more: string[]) => indexOf(event({ more })).occurrences[0]?.busy;
    assert.deepEqual(
      [
        busy(),
        busy('TRANSP:transparent'),
        busy('STATUS:CANCELLED'),
        busy('STATUS:TENTATIVE'),
        busy('X-MICROSOFT-CDO-BUSYSTATUS:OOF'),
      ],
      ['busy', 'free', 'free', 'tentative', 'unavailable'],
    );
    const todo = indexOf(
      event({ component: 'VTODO', more: ['DTSTART:20260323T090000Z', 'DUE:20260323T100000Z'] }),
    );
    assert.deepEqual(
      todo.occurrences.map((row) => row.busy),
      ['free'],
    );
  });

  it('does not count what the owner has declined', () => {
    const object = objectOf(event({ more: ['ATTENDEE;PARTSTAT=DECLINED:MAILTO:a@x.org'] }));
    const isOwn = (address: string) => mailboxOf(address) === 'a@x.org';
    assert.equal(objectIndex(services(), object, { ...view, isOwn }).occurrences[0]?.busy, 'free');
  });

  it('agrees with the instances themselves about any range it knows', () => {
    const rule = fc.constantFrom(
      'FREQ=DAILY',
      'FREQ=WEEKLY;BYDAY=MO,FR',
      'FREQ=MONTHLY;BYMONTHDAY=31',
      'FREQ=YEARLY',
      'FREQ=HOURLY;INTERVAL=7',
      'FREQ=DAILY;COUNT=50',
      'FREQ=MINUTELY;INTERVAL=45',
    );
    const start = fc.constantFrom(
      ':20200115T090000Z',
      ';TZID=America/New_York:20251030T013000',
      ';VALUE=DATE:20240229',
      ':20260320T000000',
      ':20290101T120000Z',
    );
    const max = fc.constantFrom(50, 400, 4000);
    fc.assert(
      fc.property(
        rule,
        start,
        max,
        fc.integer({ min: -700, max: 1300 }),
        fc.integer({ min: 1, max: 30 }),
        (frequency, written, most, day, length) => {
          const object = objectOf(event({ start: written, end: written, more: [`RRULE:${frequency}`] }));
          const index = objectIndex(services(most), object, view);
          const range: TimeRange = {
            start: instant(noon + day * dayMs),
            end: instant(noon + (day + length) * dayMs),
          };
          const known =
            index.complete || (range.start >= index.indexed.start && range.end <= index.indexed.end);
          if (!known) return;
          const byIndex = index.occurrences.some(
            (row) =>
              row.start < range.end &&
              (row.end > range.start || (row.end === row.start && row.start >= range.start)),
          );
          const cursor = instances(object, range, { zone: view.zone, maxInstances: 10 });
          assert.equal(byIndex, !cursor.next().done, `${frequency} ${written} ${day} ${length}`);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the facts of an object', () => {
  it('name the strictest CLASS of all its components', () => {
    const of = (...classes: string[]) =>
      classificationOf(objectOf(event({ more: classes.map((word) => `CLASS:${word}`) })));
    assert.deepEqual(
      [of(), of('PUBLIC'), of('private'), of('CONFIDENTIAL'), of('X-MINE')],
      ['public', 'public', 'private', 'confidential', 'private'],
    );
  });

  it('tell whether its times move with the zone', () => {
    const moves = (start: string, ...more: string[]) =>
      isZoneDependent(objectOf(event({ start, end: ':20260323T100000Z', more })), utc);
    assert.equal(moves(':20260323T090000Z'), false);
    assert.equal(moves(';TZID=Europe/Berlin:20260323T090000'), false);
    assert.equal(moves(':20260323T090000'), true);
    assert.equal(moves(';VALUE=DATE:20260323'), true);
    assert.equal(moves(';TZID=Nowhere at all:20260323T090000'), true);
    assert.equal(moves(':20260323T090000Z', 'EXDATE;VALUE=DATE:20260324'), true);
    const override = [
      ...Buffer.from(event()).toString().split('\r\n').slice(3, -2),
      'BEGIN:VEVENT',
      'UID:event-1',
      'RECURRENCE-ID:20260323T090000Z',
      'DTSTART:20260323T110000',
      'END:VEVENT',
    ];
    assert.equal(isZoneDependent(objectOf(text(override)), utc), true);
  });

  it('tell whether its bytes can stand in XML as they are', () => {
    for (const plain of ['', 'a\r\nb\tc\n', 'ä€😀', '\u0085\u2028'])
      assert.equal(isPlain(Buffer.from(plain)), true, plain);
    for (const bad of ['&', '<', '>', 'a\rb', '\u0000', '\u000b', '\ufffe', '\uffff'])
      assert.equal(isPlain(Buffer.from(bad)), false, bad);
    assert.equal(isPlain(Buffer.from('\ufffd')), true);
  });

  it('read a mailbox out of a calendar address', () => {
    assert.equal(mailboxOf(' MAILTO:A@X.org '), 'a@x.org');
    assert.equal(mailboxOf('a@x.org'), 'a@x.org');
  });
});
