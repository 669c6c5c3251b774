import assert from 'node:assert/strict';
import { acceptObject, productId } from '../../src/icalendar/repair.ts';
import { instant } from '../../src/icalendar/time.ts';
import type { ObjectRules } from '../../src/icalendar/validate.ts';
import { calendar, event, rules, text } from './fixtures.ts';

const verdict = (bytes: Uint8Array, own: Partial<ObjectRules> = {}): string => {
  const result = acceptObject(bytes, { ...rules, ...own });
  if (!result.ok) return `${result.refused.precondition} ${result.refused.line ?? '-'}`;
  return result.repaired ? 'mended' : 'kept';
};

const start = 'DTSTART:20260310T090000Z';
const put = (...lines: readonly string[]): string => verdict(calendar(...event(...lines)));
const component = (name: string, ...lines: readonly string[]): readonly string[] => [
  `BEGIN:${name}`,
  ...lines,
  `END:${name}`,
];

const headed = (...head: readonly string[]): string =>
  verdict(
    Buffer.from(['BEGIN:VCALENDAR', ...head, 'PRODID:x', ...event(start), 'END:VCALENDAR', ''].join('\r\n')),
  );

const mended = (...lines: readonly string[]): string => {
  const result = acceptObject(Buffer.from(lines.join('\r\n')), rules);
  assert(result.ok && result.repaired);
  assert.deepEqual(result.object.bytes, result.bytes);
  return text(result.bytes);
};

describe('an object on its way in', () => {
  it('is kept byte for byte when nothing is wrong', () => {
    const bytes = calendar(...event(start, 'X-ANYTHING;X-P=1:2'));
    const result = acceptObject(bytes, rules);
    assert(result.ok);
    assert.equal(result.bytes, bytes);
    assert.equal(result.object.kind, 'VEVENT');
    assert.equal(result.object.uid, 'u');
    assert.equal(result.repaired, false);
  });

  it('is one calendar with one kind of component, one UID and one master', () => {
    const one = event(start);
    const override = event('RECURRENCE-ID:20260311T090000Z', start);
    assert.equal(verdict(calendar(...one, ...override, ...override)), 'kept');
    assert.equal(verdict(calendar(...override)), 'kept');
    assert.equal(verdict(calendar(...one, ...one)), 'valid-calendar-object-resource 9');
    assert.equal(
      verdict(Buffer.concat([calendar(...one), calendar(...one)])),
      'valid-calendar-object-resource 10',
    );
    assert.equal(
      verdict(calendar(...one, ...component('VTODO', 'UID:u'))),
      'valid-calendar-object-resource 9',
    );
    assert.equal(
      verdict(calendar(...one, ...component('VEVENT', 'UID:U', 'RECURRENCE-ID:20260311', start))),
      'valid-calendar-object-resource 10',
    );
  });

  it('names both masters when there are two', () => {
    const result = acceptObject(calendar(...event(start), ...event(start)), rules);
    assert(!result.ok);
    assert.match(result.refused.message, /lines 4 and 9 /);
  });

  it('is of a kind that the calendar takes', () => {
    const task = calendar(...component('VTODO', 'UID:u', 'DTSTAMP:20260101T000000Z'));
    assert.equal(verdict(task), 'kept');
    assert.equal(verdict(task, { components: new Set(['VEVENT']) }), 'supported-calendar-component 1');
    assert.equal(verdict(calendar(...component('X-ROOM', 'UID:u'))), 'supported-calendar-component 4');
  });

  it('has something in it besides time zones and parts of components', () => {
    assert.equal(verdict(calendar()), 'valid-calendar-object-resource 1');
    assert.equal(verdict(calendar(...component('VTIMEZONE', 'TZID:a'))), 'valid-calendar-object-resource 1');
    assert.equal(
      verdict(calendar(...component('VALARM', 'ACTION:AUDIO'))),
      'valid-calendar-object-resource 1',
    );
    assert.equal(verdict(Buffer.alloc(0)), 'valid-calendar-data 1');
  });

  it('has its components where they belong', () => {
    const inside = (...inner: readonly string[]): string => put(start, ...inner);
    assert.equal(inside(...component('VALARM', 'ACTION:AUDIO')), 'kept');
    assert.equal(inside(...component('PARTICIPANT', 'UID:p', ...component('VLOCATION', 'UID:l'))), 'kept');
    assert.equal(inside(...component('X-OWN', ...component('VALARM'))), 'kept');
    for (const name of ['VEVENT', 'VTODO', 'VTIMEZONE', 'VCALENDAR', 'STANDARD', 'AVAILABLE']) {
      assert.equal(inside(...component(name)), 'valid-calendar-data 8', name);
    }
    assert.equal(verdict(calendar(...event(start), ...component('VALARM'))), 'valid-calendar-data 9');
    assert.equal(put(start, ...component('VALARM', ...component('VALARM'))), 'valid-calendar-data 9');
  });

  it('needs a start when it is an event, and each decisive property once', () => {
    assert.equal(put(), 'valid-calendar-data 4');
    assert.equal(put(start, start), 'valid-calendar-data 8');
    assert.equal(put(start, 'SUMMARY:a', 'SUMMARY:b'), 'kept');
    assert.equal(put(start, 'UID:u'), 'valid-calendar-data 8');
  });

  it('has dates that exist where they decide when it is', () => {
    for (const line of [
      'DTEND:20260230',
      'RECURRENCE-ID:soon',
      'EXDATE:20260310,x',
      'RDATE:20260310T090000Z/x',
      'DURATION:long',
    ]) {
      assert.equal(put(start, line), 'valid-calendar-data 8', line);
    }
    for (const line of [
      'DTEND:',
      'EXDATE:',
      'RDATE:',
      'DURATION:',
      'RRULE:',
      'CREATED:never',
      'EXDATE:20260310,20260311T090000Z',
    ]) {
      assert.equal(put(start, line), 'kept', line);
    }
    assert.equal(put('DTSTART:'), 'valid-calendar-data 7');
    assert.equal(put(start, 'RDATE;VALUE=PERIOD:20260311T090000Z/PT1H'), 'kept');
    assert.equal(
      verdict(calendar(...component('VFREEBUSY', 'UID:u', 'FREEBUSY:20260311'))),
      'valid-calendar-data 6',
    );
  });

  it('has rules with a frequency and values of their form', () => {
    const good = [
      'FREQ=DAILY',
      'freq=weekly;byday=mo,-1su',
      'FREQ=YEARLY;INTERVAL=0;X-OWN=1;SKIP=OMIT',
      'FREQ=DAILY;UNTIL=20260401;',
      'FREQ=MONTHLY;BYMONTHDAY=-1;BYSETPOS=1, 2',
    ];
    for (const rule of good) assert.equal(put(start, `RRULE:${rule}`), 'kept', rule);
    const bad = [
      'DAILY',
      'FREQ=OFTEN',
      'COUNT=3',
      'FREQ=DAILY;COUNT=x',
      'FREQ=WEEKLY;BYDAY=SO',
      'FREQ=DAILY;BYHOUR=24',
      'FREQ=DAILY;BYMONTH=0',
      'FREQ=DAILY;UNTIL=later',
      'FREQ=DAILY;WKST=1',
      'FREQ=DAILY;BYDAY',
    ];
    for (const rule of bad) assert.equal(put(start, `RRULE:${rule}`), 'valid-calendar-data 8', rule);
  });

  it('stays within the limits that the calendar announces', () => {
    const few = { maxAttendeesPerInstance: 2, maxInstances: 3 };
    const limited = (...lines: readonly string[]): string =>
      verdict(calendar(...event(start, ...lines)), few);
    assert.equal(limited('ATTENDEE:mailto:a@b', 'ATTENDEE:mailto:b@b'), 'kept');
    assert.equal(
      limited('ATTENDEE:mailto:a@b', 'ATTENDEE:mailto:b@b', 'ATTENDEE:mailto:c@b'),
      'max-attendees-per-instance 10',
    );
    assert.equal(limited('RRULE:FREQ=DAILY;COUNT=3'), 'kept');
    assert.equal(limited('RRULE:FREQ=DAILY;COUNT=4'), 'max-instances 4');
    assert.equal(limited('RRULE:FREQ=DAILY'), 'kept');
    assert.equal(limited('RDATE:20260311,20260312,20260313,20260314'), 'max-instances 4');
    assert.equal(limited('EXDATE:20260311', 'EXDATE:20260312,20260313,20260314'), 'max-instances 4');
    const override = event('RECURRENCE-ID:20260311T090000Z', start);
    assert.equal(
      verdict(calendar(...override, ...override, ...override, ...override), few),
      'max-instances 1',
    );
  });

  it('has no more changed instances than can be read in one go, whatever the calendar announces', () => {
    const overrides = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => {
        const at = new Date(Date.UTC(2026, 2, 10 + index, 9)).toISOString().replaceAll(/[-:]|\.000/g, '');
        return event(`RECURRENCE-ID;RANGE=THISANDFUTURE:${at}`, `DTSTART:${at}`);
      }).flat();
    const many = { maxInstances: 1_000_000 };
    assert.equal(verdict(calendar(...overrides(5_000)), many), 'kept');
    assert.equal(verdict(calendar(...overrides(5_001)), many), 'max-instances 1');
  });

  it('has no more lines, rules and parts of rules than anybody has a use for', () => {
    assert.equal(put(start, 'X:1\r\n'.repeat(119_000)), 'kept');
    assert.match(put(start, 'X:1\r\n'.repeat(120_001)), /^valid-calendar-data/);
    assert.match(put(start, `X:1${'\r\n '.repeat(500_000)}`, 'X:1'), /^valid-calendar-data/);
    assert.match(put(start, ...Array.from({ length: 51 }, () => 'RRULE:FREQ=DAILY')), /^valid-calendar-data/);
    assert.match(put(start, `RRULE:FREQ=DAILY;BYSECOND=${'1,'.repeat(10_000)}1`), /^valid-calendar-data/);
  });

  it('lies between the dates that the calendar announces', () => {
    const years = { minDateTime: instant(Date.UTC(2000, 0, 1)), maxDateTime: instant(Date.UTC(2030, 0, 1)) };
    const on = (value: string): string => verdict(calendar(...event(`DTSTART:${value}`)), years);
    assert.equal(on('20000101'), 'kept');
    assert.equal(on('19991231'), 'min-date-time 7');
    assert.equal(on('20300101T000001Z'), 'max-date-time 7');
    assert.equal(verdict(calendar(...event(start, 'DTEND:20300102')), years), 'max-date-time 8');
  });

  it('is of version 2.0 and of the Gregorian calendar; that is told before all else', () => {
    assert.equal(headed('VERSION:2.0', 'CALSCALE:gregorian'), 'kept');
    assert.equal(headed('VERSION:2.0;2.0'), 'kept');
    assert.equal(headed('VERSION:1.0', 'broken line'), 'supported-calendar-data 2');
    assert.equal(headed('VERSION:2.0', 'CALSCALE:HEBREW'), 'supported-calendar-data 3');
  });
});

describe('the repairs of a PUT', () => {
  it('take METHOD out and leave all other bytes', () => {
    const lines = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'method:REQUEST',
      'PRODID:x',
      'METHOD:PUBLISH',
      ...event(start),
      'END:VCALENDAR',
      '',
    ];
    assert.equal(mended(...lines), lines.filter((line) => !/^method/i.test(line)).join('\r\n'));
  });

  it('add VERSION and PRODID where they are missing', () => {
    const lines = ['BEGIN:VCALENDAR', ...event(start), 'END:VCALENDAR', ''];
    assert.equal(
      mended(...lines),
      ['BEGIN:VCALENDAR', 'VERSION:2.0', `PRODID:${productId}`, ...lines.slice(1)].join('\r\n'),
    );
  });

  it('are told as findings', () => {
    const result = acceptObject(
      Buffer.from(['BEGIN:VCALENDAR', 'METHOD:X', ...event(start), 'END:VCALENDAR'].join('\n')),
      rules,
    );
    assert.deepEqual(
      result.findings.map(({ code, line }) => [code, line]),
      [
        ['version-missing', 1],
        ['prodid-missing', 1],
        ['method', 2],
      ],
    );
  });
});
