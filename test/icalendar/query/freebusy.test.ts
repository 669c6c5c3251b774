import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { difference, intersection, union } from '../../../src/icalendar/instances/period.ts';
import { acceptAvailability, unavailablePeriods } from '../../../src/icalendar/query/availability.ts';
import {
  type BusyPeriod,
  busyPeriods,
  freeBusyCalendar,
  mergedPeriods,
} from '../../../src/icalendar/query/freebusy.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { instant, type TimeRange } from '../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../src/icalendar/zones/timezone.ts';
import { at, calendar, event, nasty, objectFrom, objectOf, rules, text } from '../fixtures.ts';

const range: TimeRange = { start: at('2026-03-01T00:00'), end: at('2026-04-01T00:00') };
const options = { zone: utc, maxInstances: 1000 };
const shown = ({ type, start, end }: BusyPeriod): string =>
  `${type} ${new Date(start).toISOString().slice(5, 16)} ${new Date(end).toISOString().slice(5, 16)}`;
const busy = (...lines: readonly string[]): readonly string[] =>
  busyPeriods(objectOf(...lines), range, options).periods.map(shown);
const one = (...lines: readonly string[]): readonly string[] =>
  busy(...event('DTSTART:20260310T090000Z', 'DURATION:PT1H', ...lines));
const period = (type: BusyPeriod['type'], start: string, end: string): BusyPeriod => ({
  type,
  start: at(start),
  end: at(end),
});

const answered = (status: string): readonly string[] => {
  const object = objectOf(
    ...event(
      'DTSTART:20260310T090000Z',
      'DURATION:PT1H',
      `ATTENDEE;PARTSTAT=${status}:mailto:me@x`,
      'ATTENDEE;PARTSTAT=DECLINED:mailto:you@x',
    ),
  );
  return busyPeriods(object, range, {
    ...options,
    isOwn: (address) => address === 'mailto:me@x',
  }).periods.map(({ type }) => type);
};

const unavailable = (...lines: readonly string[]): readonly string[] => {
  const { calendar } = objectOf(...lines);
  const week = { start: at('2026-03-02T00:00'), end: at('2026-03-04T00:00') };
  return unavailablePeriods(calendar, week, options).map(shown);
};

const available = (...lines: readonly string[]): readonly string[] => [
  'BEGIN:AVAILABLE',
  ...lines,
  'END:AVAILABLE',
];

const statement = (...lines: readonly string[]): readonly string[] => [
  'BEGIN:VAVAILABILITY',
  'UID:a',
  ...lines,
  'END:VAVAILABILITY',
];

const points = (set: readonly TimeRange[]): number[] =>
  Array.from({ length: 62 }, (_, i) => i).filter((i) => set.some(({ start, end }) => i >= start && i < end));

const judged = (...lines: readonly string[]): string => {
  const result = acceptAvailability(calendar(...lines));
  return 'refused' in result ? `${result.refused.precondition} ${result.refused.line ?? '-'}` : 'accepted';
};

describe('the busy periods of an object', () => {
  it('are of the type that STATUS, TRANSP and Outlook say', () => {
    assert.deepEqual(one(), ['BUSY 03-10T09:00 03-10T10:00']);
    assert.deepEqual(one('STATUS:confirmed', 'TRANSP:OPAQUE'), ['BUSY 03-10T09:00 03-10T10:00']);
    assert.deepEqual(one('STATUS:Tentative'), ['BUSY-TENTATIVE 03-10T09:00 03-10T10:00']);
    assert.deepEqual(one('STATUS:CANCELLED'), []);
    assert.deepEqual(one('TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'), []);
    assert.deepEqual(one('X-MICROSOFT-CDO-BUSYSTATUS:OOF'), ['BUSY-UNAVAILABLE 03-10T09:00 03-10T10:00']);
    assert.deepEqual(one('X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE'), ['BUSY-TENTATIVE 03-10T09:00 03-10T10:00']);
    assert.deepEqual(one('X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE', 'STATUS:CONFIRMED'), [
      'BUSY 03-10T09:00 03-10T10:00',
    ]);
  });

  it('follow each component of a series by itself; a replaced instance without an end is as long as the others', () => {
    const { periods } = busyPeriods(objectFrom(nasty('transp-status-matrix')), range, options);
    assert.deepEqual(periods.map(shown), ['BUSY-TENTATIVE 03-11T09:00 03-11T10:00']);
    const moment = [
      ...event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=2'),
      ...event('RECURRENCE-ID:20260311T090000Z', 'DTSTART:20260311T090000Z'),
    ];
    assert.deepEqual(busy(...moment), []);
  });

  it('are none for what one has declined, and tentative for what one may attend', () => {
    assert.deepEqual(answered('DECLINED'), []);
    assert.deepEqual(answered('TENTATIVE'), ['BUSY-TENTATIVE']);
    assert.deepEqual(answered('ACCEPTED'), ['BUSY']);
  });

  it('do not come from moments, tasks and journals', () => {
    assert.deepEqual(busy(...event('DTSTART:20260310T090000Z')), []);
    assert.deepEqual(
      busy('BEGIN:VTODO', 'UID:u', 'DTSTART:20260310T090000Z', 'DUE:20260310T100000Z', 'END:VTODO'),
      [],
    );
  });

  it('come from stored free/busy times as they are told', () => {
    assert.deepEqual(
      busy(
        'BEGIN:VFREEBUSY',
        'UID:f',
        'FREEBUSY:20260310T090000Z/PT1H',
        'FREEBUSY;FBTYPE=FREE:20260311T090000Z/PT1H',
        'FREEBUSY;FBTYPE=X-ODD:20260312T090000Z/20260312T100000Z',
        'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260313T090000Z/P1D,20250101T000000Z/PT1H,x',
        'END:VFREEBUSY',
      ),
      [
        'BUSY 03-10T09:00 03-10T10:00',
        'BUSY 03-12T09:00 03-12T10:00',
        'BUSY-UNAVAILABLE 03-13T09:00 03-14T09:00',
      ],
    );
  });

  it('say when there are more than may be looked at', () => {
    const dense = objectOf(...event('DTSTART:20260301T000000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY'));
    assert(busyPeriods(dense, range, { ...options, maxInstances: 10 }).truncated);
  });
});

describe('merged periods', () => {
  it('are cut to the range, joined where they touch, by type', () => {
    const merged = mergedPeriods(
      [
        period('BUSY', '2026-03-10T10:00', '2026-03-10T11:00'),
        period('BUSY-TENTATIVE', '2026-03-10T09:30', '2026-03-10T10:30'),
        period('BUSY', '2026-03-10T09:00', '2026-03-10T10:00'),
        period('BUSY', '2026-02-01T00:00', '2026-03-01T01:00'),
        period('BUSY', '2026-04-01T00:00', '2026-04-02T00:00'),
      ],
      range,
    );
    assert.deepEqual(merged.map(shown), [
      'BUSY 03-01T00:00 03-01T01:00',
      'BUSY 03-10T09:00 03-10T11:00',
      'BUSY-TENTATIVE 03-10T09:30 03-10T10:30',
    ]);
  });
});

describe('the VFREEBUSY that is answered', () => {
  it('has one line for each type, and is an object that a PUT would keep', () => {
    const periods = [
      period('BUSY', '2026-03-10T09:00', '2026-03-10T10:00'),
      period('BUSY', '2026-03-11T09:00', '2026-03-11T10:00'),
      period('BUSY-TENTATIVE', '2026-03-12T09:00', '2026-03-12T10:00'),
    ];
    const bytes = freeBusyCalendar({ uid: 'f', stamp: at('2026-01-01T00:00'), range, periods });
    const result = acceptObject(bytes, rules);
    assert(result.ok && !result.repaired);
    assert.deepEqual(
      result.object.master?.properties.map(({ content }) => content),
      [
        'UID:f',
        'DTSTAMP:20260101T000000Z',
        'DTSTART:20260301T000000Z',
        'DTEND:20260401T000000Z',
        'FREEBUSY;FBTYPE=BUSY:20260310T090000Z/20260310T100000Z,20260311T090000Z/20260311T100000Z',
        'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260312T090000Z/20260312T100000Z',
      ],
    );
  });

  it('is a REPLY with its people when it answers a request', () => {
    const answer = text(
      freeBusyCalendar({
        uid: 'f',
        stamp: at('2026-01-01T00:00'),
        range,
        periods: [],
        method: 'REPLY',
        people: 'ATTENDEE:mailto:a@b\r\n',
      }),
    );
    assert.match(answer, /METHOD:REPLY\r\nBEGIN:VFREEBUSY[^]*ATTENDEE:mailto:a@b\r\nEND:VFREEBUSY/);
  });
});

describe('availability', () => {
  it('is unavailable time outside of the AVAILABLE instances', () => {
    const { calendar } = objectFrom(nasty('vavailability'));
    const days = { start: at('2026-03-02T00:00'), end: at('2026-03-04T00:00') };
    assert.deepEqual(
      unavailablePeriods(calendar, days, { ...options, zone: ianaZone('Europe/Moscow') ?? utc }).map(shown),
      [
        'BUSY-UNAVAILABLE 03-02T00:00 03-02T06:00',
        'BUSY-UNAVAILABLE 03-02T15:00 03-03T06:00',
        'BUSY-UNAVAILABLE 03-03T15:00 03-04T00:00',
      ],
    );
  });

  it('says nothing outside of its own span, and uses its BUSYTYPE', () => {
    assert.deepEqual(
      unavailable(...statement('DTSTART:20260302T120000Z', 'DTEND:20260303T120000Z', 'BUSYTYPE:BUSY')),
      ['BUSY 03-02T12:00 03-03T12:00'],
    );
    assert.deepEqual(unavailable(...statement('DTSTART:20260303T120000Z', 'BUSYTYPE:X-ODD')), [
      'BUSY-UNAVAILABLE 03-03T12:00 03-04T00:00',
    ]);
    assert.deepEqual(unavailable(...statement('DTEND:20260302T010000Z')), [
      'BUSY-UNAVAILABLE 03-02T00:00 03-02T01:00',
    ]);
    assert.deepEqual(unavailable('BEGIN:VTIMEZONE', 'TZID:A', 'END:VTIMEZONE', ...event()), []);
  });

  it('of higher priority speaks first', () => {
    assert.deepEqual(
      unavailable(
        ...statement('BUSYTYPE:BUSY'),
        ...statement(
          'PRIORITY:1',
          'DTSTART:20260302T120000Z',
          'DTEND:20260303T000000Z',
          ...available('UID:x', 'DTSTART:20260302T120000Z', 'DTEND:20260302T180000Z'),
        ),
      ),
      [
        'BUSY-UNAVAILABLE 03-02T18:00 03-03T00:00',
        'BUSY 03-02T00:00 03-02T12:00',
        'BUSY 03-03T00:00 03-04T00:00',
      ],
    );
  });

  it('has overrides of its AVAILABLE instances', () => {
    const daily = available('UID:x', 'DTSTART:20260302T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');
    const moved = available(
      'UID:x',
      'RECURRENCE-ID:20260303T090000Z',
      'DTSTART:20260303T000000Z',
      'DURATION:P1D',
    );
    assert.deepEqual(unavailable(...statement(...daily, ...moved)), [
      'BUSY-UNAVAILABLE 03-02T00:00 03-02T09:00',
      'BUSY-UNAVAILABLE 03-02T10:00 03-03T00:00',
    ]);
  });
});

describe('a value for calendar-availability', () => {
  it('holds availability and time zones, several of each', () => {
    assert.equal('calendar' in acceptAvailability(nasty('vavailability')), true);
    const available = ['BEGIN:AVAILABLE', 'UID:x', 'DTSTART:20260310T090000Z', 'END:AVAILABLE'];
    assert.equal(
      judged(
        'BEGIN:VTIMEZONE',
        'TZID:A',
        'END:VTIMEZONE',
        ...statement(...available),
        ...statement('DTSTART:20260310T090000Z'),
      ),
      'accepted',
    );
  });

  it('holds nothing else, and no dates that do not exist', () => {
    assert.equal(judged(), 'valid-calendar-data -');
    assert.equal(judged(...statement(), ...event('DTSTART:20260310')), 'valid-calendar-data 7');
    assert.equal(judged(...statement('DTSTART:20260230')), 'valid-calendar-data 4');
    assert.equal(judged(...statement('BEGIN:AVAILABLE', 'UID:x', 'END:AVAILABLE')), 'valid-calendar-data 4');
    assert.equal(judged('broken line'), 'valid-calendar-data 4');
    assert.equal('refused' in acceptAvailability(Buffer.from('hello')), true);
  });
});

describe('sets of time', () => {
  const ranges = fc.array(
    fc
      .tuple(fc.nat(50), fc.nat(10))
      .map(([start, length]) => ({ start: instant(start), end: instant(start + length) })),
    { maxLength: 8 },
  );

  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const a = union(left);
        const b = union(right);
        assert.deepEqual(points(a), points(left));
        assert.deepEqual(
          points(intersection(a, b)),
          points(a).filter((i) => points(b).includes(i)),
        );
        assert.deepEqual(
          points(difference(a, b)),
          points(a).filter((i) => !points(b).includes(i)),
        );
        for (const set of [a, intersection(a, b), difference(a, b)]) {
          for (const [i, { start, end }] of set.entries())
            assert(start < end && start >= (set[i - 1]?.end ?? 0));
        }
      }),
    );
  });
});
