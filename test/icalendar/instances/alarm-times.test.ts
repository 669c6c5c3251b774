/** When alarms go off. */
import assert from 'node:assert/strict';
import { alarmRings, alarmTimes, ringingAlarms } from '../../../src/icalendar/instances/alarm-times.ts';
import { instances, type RecurringObject } from '../../../src/icalendar/instances/instances.ts';
import { dayMs, instant, minuteMs, type TimeRange } from '../../../src/icalendar/time.ts';
import { utc, zoneResolver } from '../../../src/icalendar/zones/timezone.ts';
import { at, event, objectOf } from '../fixtures.ts';
import { always, berlin, componentOf, iso, range } from '../instance-fixtures.ts';

const alarm = (...lines: readonly string[]): readonly string[] => [
  'BEGIN:VALARM',
  'ACTION:DISPLAY',
  'DESCRIPTION:x',
  ...lines,
  'END:VALARM',
];
const zones = zoneResolver(new Map(), berlin);

/** The first time of the first alarm of the first instance, and how often it goes off. */
function first(object: RecurringObject): string {
  const [instance] = [...instances(object, always, { zone: berlin, maxInstances: 1 })];
  const [component] = instance?.component.components ?? [];
  assert(component);
  const times = alarmTimes(component, instance, zones);
  return times ? `${iso(times.first)} ${times.count}x${times.everyMs / minuteMs}` : 'never';
}

const ofEvent = (...lines: readonly string[]): string =>
  first(
    objectOf(
      ...event(
        'DTSTART;TZID=Europe/Berlin:20260329T120000',
        'DTEND;TZID=Europe/Berlin:20260329T130000',
        ...alarm(...lines),
      ),
    ),
  );

const ringing = (object: RecurringObject, within: TimeRange, most = 100): readonly string[] => {
  const cursor = ringingAlarms(object, within, { zone: utc, maxInstances: most });
  const found = [...cursor].map(({ times, instance, component }) =>
    `${iso(times.first)} ${instance ? iso(instance.start) : 'absolute'} ${component.first('SUMMARY')?.rawValue ?? ''}`.trim(),
  );
  return cursor.truncated ? [...found, 'truncated'] : found;
};

describe('an alarm', () => {
  it('counts from the start or the end, days on the clock and hours exactly', () => {
    assert.equal(ofEvent('TRIGGER:-PT15M'), '2026-03-29T09:45 1x0');
    assert.equal(ofEvent('TRIGGER;RELATED=END:PT5M'), '2026-03-29T11:05 1x0');
    assert.equal(ofEvent('TRIGGER;RELATED=START:-P1D'), '2026-03-28T11:00 1x0');
    assert.equal(ofEvent('TRIGGER:-PT24H'), '2026-03-28T10:00 1x0');
    assert.equal(ofEvent('TRIGGER:PT0S'), '2026-03-29T10:00 1x0');
  });

  it('may name its time, in UTC or by a zone', () => {
    assert.equal(ofEvent('TRIGGER;VALUE=DATE-TIME:20260101T000000Z'), '2026-01-01T00:00 1x0');
    assert.equal(
      ofEvent('TRIGGER;VALUE=DATE-TIME;TZID=Europe/Moscow:20260101T120000'),
      '2026-01-01T09:00 1x0',
    );
  });

  it('repeats only with REPEAT and DURATION', () => {
    assert.equal(ofEvent('TRIGGER:-PT15M', 'REPEAT:3', 'DURATION:PT5M'), '2026-03-29T09:45 4x5');
    assert.equal(ofEvent('TRIGGER:-PT15M', 'REPEAT:3'), '2026-03-29T09:45 1x0');
    assert.equal(ofEvent('TRIGGER:-PT15M', 'REPEAT:-3', 'DURATION:PT5M'), '2026-03-29T09:45 1x5');
    assert.equal(ofEvent('TRIGGER:-PT15M', 'REPEAT:3', 'DURATION:-PT5M'), '2026-03-29T09:45 1x0');
  });

  it('of a to-do counts from DUE where there is nothing else', () => {
    assert.equal(
      first(componentOf('VTODO', 'DUE:20260310T100000Z', ...alarm('TRIGGER:-PT1H'))),
      '2026-03-10T09:00 1x0',
    );
    assert.equal(
      first(
        componentOf(
          'VTODO',
          'DTSTART:20260310T100000Z',
          'DUE:20260312T100000Z',
          ...alarm('TRIGGER;RELATED=END:-PT1H'),
        ),
      ),
      '2026-03-12T09:00 1x0',
    );
    assert.equal(first(componentOf('VTODO', ...alarm('TRIGGER:-PT1H'))), 'never');
  });

  it('never goes off when its trigger says nothing', () => {
    assert.equal(ofEvent('TRIGGER:soon'), 'never');
    assert.equal(ofEvent(), 'never');
  });

  it('rings in a range that holds one of its times', () => {
    const times = { first: at('2026-03-10T10:00'), count: 3, everyMs: 10 * minuteMs };
    const rings = (start: string, end: string): boolean =>
      alarmRings(times, range(`2026-03-10T${start}`, `2026-03-10T${end}`));
    assert.deepEqual(
      [
        rings('09:00', '10:00'),
        rings('10:00', '10:01'),
        rings('10:05', '10:11'),
        rings('10:11', '10:20'),
        rings('10:20', '10:21'),
        rings('10:21', '23:00'),
      ],
      [false, true, true, false, true, false],
    );
    assert.equal(
      alarmRings({ ...times, count: 1, everyMs: 0 }, range('2026-03-10T10:05', '2026-03-11T00:00')),
      false,
    );
  });
});

describe('the alarms that ring in a range', () => {
  const weekly = event(
    'DTSTART:20260310T100000Z',
    'RRULE:FREQ=WEEKLY',
    'SUMMARY:A',
    ...alarm('TRIGGER:-P7D'),
    ...alarm('TRIGGER:PT1H', 'REPEAT:2', 'DURATION:P1D'),
  );

  it('belong to instances before and after it', () => {
    assert.deepEqual(ringing(objectOf(...weekly), range('2026-03-17T09:00', '2026-03-17T10:01')), [
      '2026-03-17T10:00 2026-03-24T10:00 A',
    ]);
    assert.deepEqual(ringing(objectOf(...weekly), range('2026-03-19T10:00', '2026-03-19T12:00')), [
      '2026-03-17T11:00 2026-03-17T10:00 A',
    ]);
    assert.deepEqual(ringing(objectOf(...weekly), range('2026-03-20T10:00', '2026-03-20T12:00')), []);
    assert.deepEqual(
      ringing(objectOf(...weekly), range('2126-03-19T10:00', '2126-03-19T10:30')),
      ringing(objectOf(...weekly), range('2126-03-19T10:00', '2126-03-19T10:30')),
    );
  });

  it('are those of the override for its instance', () => {
    const object = objectOf(
      ...weekly,
      ...event(
        'RECURRENCE-ID:20260317T100000Z',
        'DTSTART:20260318T100000Z',
        'SUMMARY:B',
        ...alarm('TRIGGER:-PT30M'),
      ),
    );
    assert.deepEqual(ringing(object, range('2026-03-17T10:30', '2026-03-18T10:00')), [
      '2026-03-18T09:30 2026-03-18T10:00 B',
    ]);
    assert.deepEqual(
      ringing(
        objectOf(
          ...event('RECURRENCE-ID:20260317T100000Z', 'DTSTART:20260318T100000Z', ...alarm('TRIGGER:-PT30M')),
        ),
        always,
      ).length,
      1,
    );
  });

  it('are absolute ones once, whatever instances there are', () => {
    const object = objectOf(
      ...event(
        'DTSTART:20260310T100000Z',
        'RRULE:FREQ=DAILY',
        ...alarm('TRIGGER;VALUE=DATE-TIME:20300101T000000Z'),
      ),
    );
    assert.deepEqual(ringing(object, range('2030-01-01T00:00', '2030-01-02T00:00')), [
      '2030-01-01T00:00 absolute',
    ]);
    assert.deepEqual(ringing(object, range('2031-01-01T00:00', '2031-01-02T00:00')), []);
    assert.deepEqual(
      ringing(componentOf('VTODO', ...alarm('TRIGGER;VALUE=DATE-TIME:20300101T000000Z')), always),
      ['2030-01-01T00:00 absolute'],
    );
  });

  it('are bounded, however many and often', () => {
    const many = Array.from({ length: 300 }, () =>
      alarm('TRIGGER:-PT1H', 'REPEAT:999999999', 'DURATION:PT1S'),
    ).flat();
    const object = objectOf(...event('DTSTART:20200310T100000Z', 'RRULE:FREQ=MINUTELY', ...many));
    const within = { start: at('2026-01-01T00:00'), end: instant(at('2026-01-01T00:00') + dayMs) };
    let count = 0;
    const cursor = ringingAlarms(object, within, { zone: utc, maxInstances: 1e6 });
    for (const one of cursor) count += one.times.count > 0 ? 1 : 0;
    assert(count > 0 && count < 150_000 && cursor.truncated);
    assert.deepEqual(ringing(object, within, 0), ['truncated']);
  });
});
