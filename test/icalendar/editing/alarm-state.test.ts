import assert from 'node:assert/strict';
import { differsOnlyInAlarmState } from '../../../src/icalendar/editing/alarm-state.ts';
import type { CalendarObject } from '../../../src/icalendar/object.ts';
import { event, objectOf } from '../fixtures.ts';

const alarm = (...lines: readonly string[]): string[] => [
  'BEGIN:VALARM',
  'ACTION:DISPLAY',
  'TRIGGER:-PT15M',
  'DESCRIPTION:x',
  ...lines,
  'END:VALARM',
];
const base = ['DTSTART:20260310T090000Z', 'SUMMARY:a', 'RRULE:FREQ=DAILY'];
const before = objectOf(
  ...event(...base, ...alarm()),
  ...event('RECURRENCE-ID:20260312T090000Z', 'DTSTART:20260312T100000Z'),
);
const after = (own: readonly string[], alarms: readonly string[] = alarm()): CalendarObject =>
  objectOf(
    ...event(...own, ...alarms),
    ...event('RECURRENCE-ID:20260312T090000Z', 'DTSTART:20260312T100000Z'),
  );

const only = (object: CalendarObject): boolean => differsOnlyInAlarmState(before, object);

describe('a change of alarm state alone', () => {
  it('is dismissing or snoozing in Thunderbird', () => {
    assert(
      only(
        after([
          ...base,
          'X-MOZ-LASTACK:20260310T080000Z',
          'X-MOZ-GENERATION:3',
          'LAST-MODIFIED:20260310T080000Z',
        ]),
      ),
    );
    assert(
      only(
        after([
          ...base,
          'X-MOZ-SNOOZE-TIME:20260310T090000Z',
          'X-MOZ-SNOOZE-TIME-1741597200000000:20260310T090000Z',
        ]),
      ),
    );
  });

  it('is acknowledging or snoozing by RFC 9074', () => {
    assert(only(after(base, alarm('UID:a1', 'ACKNOWLEDGED:20260310T080000Z'))));
    const snooze = [
      'BEGIN:VALARM',
      'UID:a2',
      'ACTION:DISPLAY',
      'TRIGGER;VALUE=DATE-TIME:20260310T091500Z',
      'RELATED-TO;RELTYPE=SNOOZE:a1',
      'END:VALARM',
    ];
    assert(only(after(base, [...alarm('UID:a1', 'ACKNOWLEDGED:20260310T080000Z'), ...snooze])));
  });

  it('is what Apple’s programs note of an alarm that they have set by themselves', () => {
    assert(only(after(base, alarm('X-WR-ALARMUID:a1', 'X-APPLE-DEFAULT-ALARM:TRUE'))));
    assert(only(after(base, alarm('X-APPLE-LOCAL-DEFAULT-ALARM:TRUE'))));
  });

  it('may come with lines in another order, other folds, another order of parameters', () => {
    const one = objectOf(...event('DTSTART;TZID=A;X-B=1:20260310T090000', 'SUMMARY:ab'));
    assert(
      differsOnlyInAlarmState(
        one,
        objectOf(...event('SUMMARY:a', ' b', 'DTSTART;X-B="1";TZID=A:20260310T090000')),
      ),
    );
  });

  it('is nothing else', () => {
    assert(!only(after(['DTSTART:20260310T093000Z', ...base.slice(1)])));
    assert(!only(after([...base, 'LOCATION:x'])));
    assert(!only(after(base, [])));
    assert(!only(after(base, alarm('X-OTHER:1'))));
    assert(!only(after(base, [...alarm(), ...alarm()])));
    assert(!only(objectOf(...event(...base, ...alarm()))));
    assert(
      !only(
        objectOf('BEGIN:VEVENT', 'UID:other', 'DTSTAMP:20260101T000000Z', ...base, ...alarm(), 'END:VEVENT'),
      ),
    );
  });
});
