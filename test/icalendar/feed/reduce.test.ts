import assert from 'node:assert/strict';
import { accessClass, reducedSteps } from '../../../src/icalendar/feed/reduce.ts';
import type { CalendarObject } from '../../../src/icalendar/object.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { completed } from '../../../src/icalendar/steps.ts';
import { event, nasty, objectFrom, objectOf, rules, text } from '../fixtures.ts';

const reducedObject = (object: CalendarObject, detail: 'busy' | 'titles', placeholder: string): Uint8Array =>
  completed(reducedSteps(object, detail, placeholder));

const classOf = (...classes: readonly string[]): string =>
  accessClass(
    objectOf(
      ...classes.flatMap((value, i) =>
        event(...(i ? ['RECURRENCE-ID:20260101'] : []), ...(value ? [`CLASS:${value}`] : [])),
      ),
    ),
  );

const state = (value: string): string =>
  text(reducedObject(objectOf(...event(`X-MICROSOFT-CDO-BUSYSTATUS:${value}`)), 'busy', 'x'));

describe('the class of an object', () => {
  it('is the strictest that any of its components has', () => {
    assert.equal(classOf(''), 'PUBLIC');
    assert.equal(classOf('PUBLIC', 'public'), 'PUBLIC');
    assert.equal(classOf('', 'PRIVATE'), 'PRIVATE');
    assert.equal(classOf('PRIVATE', '', 'confidential'), 'CONFIDENTIAL');
    assert.equal(accessClass(objectFrom(nasty('public-series-private-override'))), 'PRIVATE');
  });

  it('is private for values that are not known (RFC 5545 §3.8.1.3)', () => {
    assert.equal(classOf('X-TEAM'), 'PRIVATE');
    assert.equal(classOf(' Secret'), 'PRIVATE');
  });
});

describe('a reduced object', () => {
  const secret = [
    'BEGIN:VTIMEZONE',
    'TZID:Own',
    'COMMENT:zonesecret',
    'X-LIC-LOCATION:zonesecret',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0100',
    'COMMENT:zonesecret',
    'END:STANDARD',
    'END:VTIMEZONE',
    'BEGIN:VTIMEZONE',
    'TZID:Unused',
    'END:VTIMEZONE',
    ...event(
      'DTSTART;TZID=Own;X-NOTE=parsecret:20260310T090000',
      'DTEND;TZID=Own:20260310T100000',
      'RRULE:FREQ=DAILY;COUNT=3',
      'EXDATE;TZID=Own:20260311T090000',
      'SUMMARY;LANGUAGE=x-secret:Title\\, here',
      'DESCRIPTION:secret',
      'LOCATION:secret',
      'ATTENDEE;CN=secret:mailto:secret@x',
      'ORGANIZER:mailto:secret@x',
      'URL:https://secret',
      'CATEGORIES:secret',
      'X-SECRET:secret',
      'COMMENT:secret',
      'STATUS:secret',
      'TRANSP:OPAQUE',
      'CREATED:secret',
      'BEGIN:VALARM',
      'DESCRIPTION:secret',
      'END:VALARM',
    ),
    ...event(
      'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Own:20260312T090000',
      'DTSTART;TZID=Own:20260312T110000',
      'SUMMARY:Moved',
      'STATUS:TENTATIVE',
    ),
  ];
  const object = objectOf(...secret);
  const show = (detail: 'busy' | 'titles'): string => text(reducedObject(object, detail, 'Занято'));

  it('has times, zones, rules and a word in the place of the title', () => {
    assert.deepEqual(show('busy').split('\r\n'), [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//portcal//portcal//EN',
      'BEGIN:VTIMEZONE',
      'TZID:Own',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'UID:u',
      'DTSTAMP:20260101T000000Z',
      'DTSTART;TZID=Own:20260310T090000',
      'DTEND;TZID=Own:20260310T100000',
      'RRULE:FREQ=DAILY;COUNT=3',
      'EXDATE;TZID=Own:20260311T090000',
      'TRANSP:OPAQUE',
      'SUMMARY:Занято',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:u',
      'DTSTAMP:20260101T000000Z',
      'RECURRENCE-ID;TZID=Own;RANGE=THISANDFUTURE:20260312T090000',
      'DTSTART;TZID=Own:20260312T110000',
      'STATUS:TENTATIVE',
      'SUMMARY:Занято',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  it('shows the titles, and nothing else, when titles may leave', () => {
    assert.match(show('titles'), /SUMMARY:Title\\, here\r\n/);
    assert.match(show('titles'), /SUMMARY:Moved\r\n/);
    assert.doesNotMatch(show('titles'), /secret/i);
  });

  it('is an object that a PUT would keep', () => {
    const result = acceptObject(reducedObject(object, 'busy', 'Busy'), rules);
    assert(result.ok && !result.repaired);
  });

  it('has its word where there was no title', () => {
    assert.match(
      text(reducedObject(objectOf(...event('DTSTART:20260310')), 'titles', 'Busy')),
      /SUMMARY:Busy/,
    );
  });

  it('keeps the busy state that Outlook wrote, but no text in its place', () => {
    assert.match(state('OOF'), /BUSYSTATUS:OOF/);
    assert.doesNotMatch(state('at the doctor'), /doctor/);
  });

  it('is made in steps of thousands of lines, instances or zones', () => {
    const zones = Array.from({ length: 2_000 }, (_, n) => [
      'END:VEVENT',
      'BEGIN:VTIMEZONE',
      `TZID:Zone ${n}`,
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'UID:u',
      `RECURRENCE-ID;TZID=Zone ${n}:20260310T090000`,
    ]).flat();
    const lines = Array.from({ length: 20_000 }, (_, n) => `X-${n}:1`);
    for (const [inside, least] of [
      [lines, 10],
      [zones, 12],
      [['SUMMARY:x'], 0],
    ] as const) {
      const steps = reducedSteps(objectOf(...event('DTSTART:20260310T090000Z', ...inside)), 'busy', 'x');
      let count = 0;
      while (steps.next().done !== true) count++;
      assert.ok(least === 0 ? count === 0 : count >= least, `${count} steps`);
    }
  });

  it('of busy times has no title', () => {
    const object = objectOf(
      'BEGIN:VFREEBUSY',
      'UID:u',
      'DTSTAMP:20260101T000000Z',
      'FREEBUSY:20260310T090000Z/PT1H',
      'COMMENT:secret',
      'END:VFREEBUSY',
    );
    for (const detail of ['busy', 'titles'] as const) {
      const shown = text(reducedObject(object, detail, 'Busy'));
      assert.match(shown, /FREEBUSY:20260310T090000Z\/PT1H\r\nEND:VFREEBUSY/);
      assert.doesNotMatch(shown, /SUMMARY|secret/);
    }
  });
});
