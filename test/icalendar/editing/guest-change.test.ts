import assert from 'node:assert/strict';
import { isGuestChange } from '../../../src/icalendar/editing/guest-change.ts';
import { parseObject } from '../../../src/icalendar/object.ts';

const lines = (...more: string[]): string[] => [
  'BEGIN:VEVENT',
  'UID:m1',
  'DTSTAMP:20260101T000000Z',
  'DTSTART;TZID=Europe/Berlin:20260406T100000',
  'DTEND;TZID=Europe/Berlin:20260406T110000',
  'RRULE:FREQ=WEEKLY;COUNT=10',
  'SUMMARY:Review',
  'ORGANIZER;CN=Boss:mailto:boss@corp.example',
  'ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:Anna@corp.example',
  'ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@corp.example',
  ...more,
  'END:VEVENT',
];

const object = (text: readonly string[]) => {
  const all = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...text, 'END:VCALENDAR', ''];
  const found = parseObject(Buffer.from(all.join('\r\n')));
  assert.ok(found);
  return found;
};

const meeting = lines();
const edited = (from: string | RegExp, to: string): string[] => meeting.map((line) => line.replace(from, to));
const isOwn = (address: string): boolean => address.toLowerCase() === 'anna@corp.example';
const allowed = (after: readonly string[], before: readonly string[] = meeting): boolean =>
  isGuestChange(object(before), object(after), isOwn);

describe('what a guest may change of a meeting', () => {
  it('is nothing, the answer, reminders, busy status, categories and privacy', () => {
    assert.ok(allowed(meeting));
    assert.ok(allowed(edited(/NEEDS-ACTION:mailto:Anna/, 'ACCEPTED;X-NOTE=y:mailto:anna')));
    assert.ok(
      allowed(lines('BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT10M', 'DESCRIPTION:x', 'END:VALARM')),
    );
    assert.ok(allowed(lines('TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE')));
    assert.ok(allowed(lines('CATEGORIES:Blue', 'CLASS:PRIVATE')));
  });

  it('is not what is the organizer’s', () => {
    assert.ok(!allowed(edited('Review', 'Party')));
    assert.ok(!allowed(edited(/T100000/, 'T093000')));
    assert.ok(!allowed(edited(/T110000/, 'T113000')));
    assert.ok(!allowed(edited('COUNT=10', 'COUNT=9')));
    assert.ok(!allowed(edited('ACCEPTED:mailto:bob', 'DECLINED:mailto:bob')));
    assert.ok(!allowed(meeting.filter((line) => !line.includes('bob'))));
    assert.ok(!allowed(edited('mailto:boss', 'mailto:anna')));
    for (const line of [
      'LOCATION:Room',
      'DESCRIPTION:x',
      'STATUS:CANCELLED',
      'URL:https://a.example',
      'PRIORITY:1',
    ])
      assert.ok(!allowed(lines(line)), line);
    assert.ok(!allowed(lines('EXDATE;TZID=Europe/Berlin:20260413T100000')));
    assert.ok(!allowed(edited('UID:m1', 'UID:m2')));
  });

  it('is said by programs in other ways', () => {
    const rewritten = edited(/^DTEND.*/, 'DURATION:PT1H')
      .map((line) => line.replace('FREQ=WEEKLY;COUNT=10', 'COUNT=10;INTERVAL=1;FREQ=WEEKLY;WKST=MO'))
      .map((line) => line.replace('DTSTAMP:2026', 'LAST-MODIFIED:2027'))
      .toReversed();
    const turned = [
      'BEGIN:VEVENT',
      ...rewritten.slice(1, -1),
      'STATUS:CONFIRMED',
      'PRIORITY:0',
      'END:VEVENT',
    ];
    assert.ok(allowed(turned));
    assert.ok(allowed(lines('DESCRIPTION:a\\nb\\, c'), lines('DESCRIPTION:a\\nb\\, c\\n ')));
  });

  it('is another zone only where its clocks do the same', () => {
    assert.ok(allowed(meeting.map((line) => line.replace('Europe/Berlin', 'Europe/Paris'))));
    const utc = meeting.map((line) =>
      line.replace(';TZID=Europe/Berlin', '').replace(/T1([01])0000$/, 'T0$10000Z'),
    );
    assert.ok(
      !allowed(utc.map((line) => line.replace('T000000Z', 'T080000Z').replace('T010000Z', 'T090000Z'))),
    );
  });

  it('is the answer to one instance of a series, and nothing else of it', () => {
    const instance = (...more: string[]): string[] => [
      ...meeting,
      'BEGIN:VEVENT',
      'UID:m1',
      'DTSTAMP:20260101T000000Z',
      'RECURRENCE-ID;TZID=Europe/Berlin:20260413T100000',
      'ORGANIZER;CN=Boss:mailto:boss@corp.example',
      'ATTENDEE;PARTSTAT=DECLINED:mailto:anna@corp.example',
      'ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@corp.example',
      ...more,
      'END:VEVENT',
    ];
    const same = ['DTSTART;TZID=Europe/Berlin:20260413T100000', 'DTEND;TZID=Europe/Berlin:20260413T110000'];
    const moved = ['DTSTART;TZID=Europe/Berlin:20260413T120000', 'DTEND;TZID=Europe/Berlin:20260413T130000'];
    assert.ok(allowed(instance(...same, 'SUMMARY:Review')));
    assert.ok(!allowed(instance(...same, 'SUMMARY:Party')));
    assert.ok(!allowed(instance(...moved, 'SUMMARY:Review')));
    assert.ok(
      allowed(instance(...moved, 'SUMMARY:Party', 'CLASS:PRIVATE'), instance(...moved, 'SUMMARY:Party')),
    );
    assert.ok(!allowed(meeting, instance(...moved, 'SUMMARY:Review')));
    assert.ok(allowed(meeting, instance(...same, 'SUMMARY:Review')));
  });
});
