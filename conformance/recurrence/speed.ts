/**
 * Measures how long it takes to find the instances of an object, as a PUT does for the occurrence index.
 *
 *   node dist/conformance/recurrence/speed.js
 *
 * Each figure is the median of 15 rounds over objects parsed anew, so reading properties, rules and zones is part of it.
 */

import { instances, occurrenceRows } from '../../src/icalendar/instances/instances.ts';
import { type CalendarObject, parseObject } from '../../src/icalendar/object.ts';
import { instant, type TimeRange } from '../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../src/icalendar/zones/timezone.ts';

const zone = ianaZone('Europe/Berlin') ?? utc;
const threeYears: TimeRange = { start: instant(Date.UTC(2026, 0, 1)), end: instant(Date.UTC(2029, 0, 1)) };
const nextCentury: TimeRange = { start: instant(Date.UTC(2126, 0, 1)), end: instant(Date.UTC(2126, 1, 1)) };
const berlin = 'DTSTART;TZID=Europe/Berlin:20260105T100000';

const cases: readonly (readonly [string, TimeRange, readonly string[]])[] = [
  ['an event', threeYears, [berlin, 'DTEND;TZID=Europe/Berlin:20260105T110000']],
  ['an event in UTC', threeYears, ['DTSTART:20260105T100000Z', 'DTEND:20260105T110000Z']],
  ['every day', threeYears, [berlin, 'DURATION:PT1H', 'RRULE:FREQ=DAILY']],
  ['every day, all day', threeYears, ['DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=DAILY']],
  ['every working day', threeYears, [berlin, 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR']],
  [
    'every second Tuesday of the month',
    threeYears,
    [berlin, 'DURATION:PT1H', 'RRULE:FREQ=MONTHLY;BYDAY=2TU'],
  ],
  ['every year', threeYears, ['DTSTART;VALUE=DATE:19700105', 'RRULE:FREQ=YEARLY']],
  ['every day, a century later', nextCentury, [berlin, 'DURATION:PT1H', 'RRULE:FREQ=DAILY']],
  [
    'on working days, 100,000 times, a century later',
    nextCentury,
    [berlin, 'RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=100000'],
  ],
  ['every minute but every minute', threeYears, [berlin, 'RRULE:FREQ=MINUTELY', 'EXRULE:FREQ=MINUTELY']],
];

const rounds = 15;
const objectsPerRound = 100;

for (const [name, range, lines] of cases) {
  const rows = measure(
    lines,
    (object) => occurrenceRows(object, range, { zone, maxInstances: 10_000 }).rows.length,
  );
  const read = measure(lines, (object) => {
    let count = 0;
    for (const one of instances(object, range, { zone, maxInstances: 10_000 }))
      count += one.end >= one.start ? 1 : 0;
    return count;
  });
  const each = rows.count > 1 ? `, ${((rows.us / rows.count) * 1000).toFixed(0)} ns each` : '';
  console.log(
    `${name}: ${rows.count} rows in ${rows.us.toFixed(1)} µs${each}; as instances ${read.us.toFixed(1)} µs`,
  );
}

function measure(
  lines: readonly string[],
  work: (object: CalendarObject) => number,
): { readonly us: number; readonly count: number } {
  const text = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//speed//EN',
    'BEGIN:VEVENT',
    'UID:u',
    'DTSTAMP:20260101T000000Z',
    ...lines,
    'SUMMARY:x',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  const bytes = Buffer.from(text.join('\r\n'));
  const times: number[] = [];
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    const objects = Array.from({ length: objectsPerRound }, () => parseObject(bytes)).filter(
      (object) => object !== undefined,
    );
    const started = performance.now();
    for (const object of objects) count = work(object);
    times.push(((performance.now() - started) / objectsPerRound) * 1000);
  }
  return { us: times.sort((a, b) => a - b)[rounds >> 1] ?? Number.NaN, count };
}
