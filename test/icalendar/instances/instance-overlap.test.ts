/** Which instances a range finds: the tables of RFC 4791 §9.9, the rows of the index, the extent of an object. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { indexBounds, type OverlapRule } from '../../../src/icalendar/instances/instance-overlap.ts';
import {
  extent,
  occurrenceRows,
  type RecurringObject,
  spanOverlaps,
} from '../../../src/icalendar/instances/instances.ts';
import { instant, secondMs } from '../../../src/icalendar/time.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { at, event, objectOf } from '../fixtures.ts';
import { always, componentOf, file, iso, list, range } from '../instance-fixtures.ts';

const hits = (object: RecurringObject, start: string, end: string): boolean =>
  list(object, range(start, end), utc).length > 0;

const of = (...lines: readonly string[]): string => {
  const { first, last, recurring, infinite } = extent(objectOf(...event(...lines)), utc);
  return [iso(first), last === Infinity ? 'for ever' : iso(last), recurring, infinite].join(' ');
};

describe('overlap with a range (RFC 4791 §9.9)', () => {
  it('of an event is half-open, a moment counts at its own second', () => {
    const hour = objectOf(...event('DTSTART:20260310T100000Z', 'DTEND:20260310T110000Z'));
    assert.deepEqual(
      [
        hits(hour, '2026-03-10T11:00', '2026-03-10T12:00'),
        hits(hour, '2026-03-10T10:59', '2026-03-10T12:00'),
        hits(hour, '2026-03-10T09:00', '2026-03-10T10:00'),
        hits(hour, '2026-03-10T09:00', '2026-03-10T10:01'),
      ],
      [false, true, false, true],
    );
    const moment = objectOf(...event('DTSTART:20260310T100000Z'));
    assert.deepEqual(
      [
        hits(moment, '2026-03-10T10:00', '2026-03-10T11:00'),
        hits(moment, '2026-03-10T09:00', '2026-03-10T10:00'),
        hits(moment, '2026-03-10T10:01', '2026-03-10T11:00'),
      ],
      [true, false, false],
    );
  });

  it('of a to-do with DTSTART and DURATION includes its end', () => {
    const object = file('vtodo-dtstart-duration');
    assert.equal(list(object, { start: at('2026-03-10T10:30'), end: instant(Infinity) }, utc).length, 1);
    const simple = componentOf('VTODO', 'DTSTART:20260310T100000Z', 'DURATION:PT30M');
    assert.deepEqual(
      [
        hits(simple, '2026-03-10T10:30', '2026-03-10T11:00'),
        hits(simple, '2026-03-10T10:31', '2026-03-10T11:00'),
        hits(simple, '2026-03-10T09:00', '2026-03-10T10:00'),
        hits(simple, '2026-03-10T09:00', '2026-03-10T10:01'),
      ],
      [true, false, false, true],
    );
  });

  it('of a to-do with DTSTART and DUE, which may come first', () => {
    const backwards = componentOf('VTODO', 'DTSTART:20260312T100000Z', 'DUE:20260310T100000Z');
    assert.equal(hits(backwards, '2026-03-10T00:00', '2026-03-11T00:00'), true);
    assert.equal(hits(backwards, '2026-03-12T00:00', '2026-03-13T00:00'), true);
    assert.equal(hits(backwards, '2026-03-13T00:00', '2026-03-14T00:00'), false);
    const days = componentOf('VTODO', 'DTSTART;VALUE=DATE:20260310', 'DUE;VALUE=DATE:20260312');
    assert.equal(hits(days, '2026-03-11T12:00', '2026-03-11T13:00'), true);
    assert.equal(hits(days, '2026-03-12T00:00', '2026-03-13T00:00'), false);
  });

  it('of a to-do with DUE alone is at its end, and it recurs on it', () => {
    const due = componentOf('VTODO', 'DUE:20260310T100000Z');
    assert.deepEqual(
      [hits(due, '2026-03-10T09:00', '2026-03-10T10:00'), hits(due, '2026-03-10T10:00', '2026-03-10T11:00')],
      [true, false],
    );
    const weekly = componentOf('VTODO', 'DUE:20260310T100000Z', 'RRULE:FREQ=WEEKLY');
    assert.equal(hits(weekly, '2026-03-17T09:00', '2026-03-17T10:00'), true);
    assert.equal(list(file('vtodo-recurring-no-start'), always, utc, 2).length, 2);
  });

  it('of a to-do with DTSTART alone is at its start', () => {
    const started = componentOf('VTODO', 'DTSTART:20260310T100000Z');
    assert.deepEqual(
      [
        hits(started, '2026-03-10T10:00', '2026-03-10T11:00'),
        hits(started, '2026-03-10T09:00', '2026-03-10T10:00'),
      ],
      [true, false],
    );
  });

  it('of a to-do without dates is by CREATED and COMPLETED, or always', () => {
    const both = componentOf('VTODO', 'CREATED:20260310T100000Z', 'COMPLETED:20260312T100000Z');
    assert.deepEqual(
      [
        hits(both, '2026-03-11T00:00', '2026-03-11T01:00'),
        hits(both, '2026-03-09T00:00', '2026-03-10T10:00'),
        hits(both, '2026-03-12T10:00', '2026-03-13T00:00'),
        hits(both, '2026-03-12T10:01', '2026-03-13T00:00'),
      ],
      [true, true, true, false],
    );
    const completed = componentOf('VTODO', 'COMPLETED:20260312T100000Z');
    assert.deepEqual(
      [
        hits(completed, '2026-03-12T09:00', '2026-03-12T10:00'),
        hits(completed, '2026-03-12T10:00', '2026-03-12T11:00'),
        hits(completed, '2026-03-11T00:00', '2026-03-12T00:00'),
      ],
      [true, true, false],
    );
    const created = componentOf('VTODO', 'CREATED:20260310T100000Z');
    assert.deepEqual(
      [
        hits(created, '2030-01-01T00:00', '2030-01-02T00:00'),
        hits(created, '2026-03-09T00:00', '2026-03-10T10:00'),
      ],
      [true, false],
    );
    assert.equal(hits(file('vtodo-plain'), '1970-01-01T00:00', '1970-01-02T00:00'), true);
    assert.deepEqual(extent(componentOf('VTODO'), utc), {
      first: -Infinity,
      last: Infinity,
      recurring: false,
      infinite: false,
    });
  });

  it('of a journal is its day or its moment', () => {
    assert.equal(
      hits(componentOf('VJOURNAL', 'DTSTART;VALUE=DATE:20260310'), '2026-03-10T23:00', '2026-03-11T00:00'),
      true,
    );
    assert.equal(
      hits(componentOf('VJOURNAL', 'DTSTART:20260310T100000Z'), '2026-03-10T10:00', '2026-03-10T10:01'),
      true,
    );
    assert.equal(hits(componentOf('VJOURNAL'), '1970-01-01T00:00', '2070-01-01T00:00'), false);
  });

  it('of a VFREEBUSY is its whole or its periods', () => {
    const whole = componentOf('VFREEBUSY', 'DTSTART:20260310T000000Z', 'DTEND:20260311T000000Z');
    assert.deepEqual(
      [
        hits(whole, '2026-03-11T00:00', '2026-03-12T00:00'),
        hits(whole, '2026-03-09T00:00', '2026-03-10T00:00'),
      ],
      [true, false],
    );
    const periods = componentOf(
      'VFREEBUSY',
      'FREEBUSY:20260310T100000Z/PT1H,20260310T150000Z/20260310T160000Z,nothing',
    );
    assert.deepEqual(list(periods, always, utc), ['2026-03-10T10:00/60', '2026-03-10T15:00/60']);
    assert.deepEqual(extent(componentOf('VFREEBUSY'), utc), {
      first: Infinity,
      last: -Infinity,
      recurring: false,
      infinite: false,
    });
  });

  it('of a VAVAILABILITY is open where it has no end', () => {
    assert.equal(hits(componentOf('VAVAILABILITY'), '1970-01-01T00:00', '1970-01-02T00:00'), true);
    assert.equal(
      hits(componentOf('VAVAILABILITY', 'DTSTART:20260310T000000Z'), '1970-01-01T00:00', '1970-01-02T00:00'),
      false,
    );
    assert.equal(
      hits(componentOf('VAVAILABILITY', 'DTSTART:20260310T000000Z'), '2070-01-01T00:00', '2070-01-02T00:00'),
      true,
    );
    assert.equal(
      hits(componentOf('VAVAILABILITY', 'DTEND:20260310T000000Z'), '1970-01-01T00:00', '1970-01-02T00:00'),
      true,
    );
    assert.equal(
      hits(
        componentOf('VAVAILABILITY', 'DTSTART:20260310T000000Z', 'DURATION:P1D'),
        '2070-01-01T00:00',
        '2070-01-02T00:00',
      ),
      false,
    );
  });
});

describe('the rows of the occurrence index', () => {
  const rules: readonly OverlapRule[] = [
    'span',
    'to-do-span',
    'to-do-due',
    'due',
    'created',
    'completed',
    'created-completed',
    'always',
    'published',
  ];

  it('miss no overlap, whatever the rule', () => {
    const second = fc.integer({ min: 0, max: 12 }).map((value) => instant(value * secondMs));
    fc.assert(
      fc.property(fc.constantFrom(...rules), second, second, second, second, (rule, start, end, from, to) => {
        fc.pre(from < to && (start <= end || rule === 'to-do-due' || rule === 'created-completed'));
        const own = rule === 'due' || rule === 'completed' ? { start: end, end } : { start, end };
        if (!spanOverlaps(rule, own.start, own.end, { start: from, end: to })) return;
        const row = indexBounds(rule, own.start, own.end);
        assert(
          row.start < to && (row.end > from || row.start >= from),
          `${rule} ${own.start} ${own.end} ${from} ${to}`,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('hold one instance each, with what says whether it is busy', () => {
    const { rows, truncated } = occurrenceRows(file('this-and-future'), always, {
      zone: utc,
      maxInstances: 100,
    });
    assert.equal(truncated, false);
    assert.deepEqual(
      rows.map(({ start, component }) => `${iso(start)} ${component.first('SUMMARY')?.rawValue}`),
      [
        '2026-03-10T09:00 Series',
        '2026-03-11T09:00 Series',
        '2026-03-12T09:00 Series',
        '2026-03-13T11:00 Later',
        '2026-03-14T11:00 Later',
        '2026-03-15T11:00 Later',
      ],
    );
    assert.deepEqual(
      occurrenceRows(componentOf('VTODO', 'DUE:20260310T100000Z'), always, {
        zone: utc,
        maxInstances: 1,
      }).rows.map(({ start, end }) => [start, end]),
      [[at('2026-03-10T10:00') - 1, at('2026-03-10T10:00') + 1]],
    );
  });
});

describe('the extent of an object', () => {
  it('is that of its one instance, or that of the series', () => {
    assert.equal(
      of('DTSTART:20260310T100000Z', 'DURATION:PT1H'),
      '2026-03-10T10:00 2026-03-10T11:00 false false',
    );
    assert.equal(of('DTSTART:20260310T100000Z', 'RRULE:FREQ=DAILY'), '2026-03-10T10:00 for ever true true');
    assert.equal(
      of('DTSTART:20260310T100000Z', 'DTEND:20260310T110000Z', 'RRULE:FREQ=DAILY;UNTIL=20260312T100000Z'),
      '2026-03-10T10:00 2026-03-12T11:00 true false',
    );
    assert.equal(
      of('DTSTART:20260310T100000Z', 'RDATE:20260101T000000Z,20270101T000000Z'),
      '2026-01-01T00:00 2027-01-01T00:00 true false',
    );
  });

  it('reaches at least to the end of COUNT, and for ever if that is too far to be worked out', () => {
    const counted = extent(objectOf(...event('DTSTART:20260310T100000Z', 'RRULE:FREQ=WEEKLY;COUNT=3')), utc);
    assert(counted.last >= at('2026-03-24T10:00') && counted.last < at('2026-03-26T00:00'));
    assert.equal(
      of('DTSTART:20260310T100000Z', 'RRULE:FREQ=SECONDLY;COUNT=1000000000'),
      '2026-03-10T10:00 for ever true false',
    );
    assert.equal(
      of('DTSTART:20260310T100000Z', 'RRULE:FREQ=DAILY;COUNT=1000000000;UNTIL=20270101T000000Z').slice(
        17,
        21,
      ),
      '2027',
    );
  });
});
