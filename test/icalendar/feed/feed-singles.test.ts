import assert from 'node:assert/strict';
import ICAL from 'ical.js';
import { type FeedOptions, feedHead, feedParts } from '../../../src/icalendar/feed/feed.ts';
import { BytePage } from '../../../src/icalendar/feed/feed-bytes.ts';
import { isOutlookRule, SingleEvents } from '../../../src/icalendar/feed/feed-singles.ts';
import { CalendarMerge } from '../../../src/icalendar/feed/merge.ts';
import { completed } from '../../../src/icalendar/steps.ts';
import { ianaZone } from '../../../src/icalendar/zones/timezone.ts';
import { at, calendar, event } from '../fixtures.ts';

const zone = ianaZone('Europe/Moscow') ?? assert.fail();
const range = { start: at('2026-03-01T00:00'), end: at('2026-04-01T00:00') };

const feedOf = (...objects: readonly Uint8Array[]): string => {
  const options: FeedOptions = {
    zone,
    range,
    alarms: false,
    attendees: false,
    singles: new SingleEvents(range, zone),
  };
  const parts = feedParts(options);
  const merge = new CalendarMerge();
  let text = merge.head(feedHead({ name: 'x' }));
  for (const bytes of objects) {
    const place = { kind: 'VEVENT', from: 0, to: bytes.length, plain: true };
    const made = completed(
      parts.steps(new BytePage(bytes), place, { changed: range.start, uidSuffix: '-s' }),
    );
    text += merge.add(made ?? assert.fail());
  }
  return text + merge.tail();
};

const datesOf = (feed: string): readonly string[] =>
  feed
    .match(/(?:UID|DTSTART|DTEND|RRULE|RECURRENCE-ID|RDATE)[;:].*(?=\r)/g)
    ?.filter((line) => !/:1|:20251/.test(line)) ?? [];

const start = 'DTSTART;TZID=Europe/Berlin:20260302T090000';

describe('for Outlook', () => {
  it('rules of its own dialog are left alone, all others are not', () => {
    const known = [
      'FREQ=DAILY;INTERVAL=3;COUNT=4',
      'FREQ=WEEKLY;BYDAY=MO,WE;WKST=MO;UNTIL=20260401T000000Z',
      'FREQ=MONTHLY',
      'FREQ=MONTHLY;BYMONTHDAY=15',
      'FREQ=MONTHLY;BYMONTHDAY=-1',
      'FREQ=MONTHLY;BYDAY=2TU',
      'FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      'FREQ=MONTHLY;BYDAY=SU,SA;BYSETPOS=1',
      'FREQ=YEARLY',
      'FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=9',
      'FREQ=YEARLY;BYMONTH=5;BYDAY=1MO',
      'FREQ=YEARLY;BYMONTH=5;BYDAY=MO;BYSETPOS=1',
      'no rule',
    ];
    const foreign = [
      'FREQ=HOURLY',
      'FREQ=DAILY;BYDAY=MO',
      'FREQ=DAILY;BYHOUR=9,15',
      'FREQ=WEEKLY;BYMONTH=5',
      'FREQ=WEEKLY;BYDAY=1MO',
      'FREQ=MONTHLY;BYMONTH=5',
      'FREQ=MONTHLY;BYMONTHDAY=1,15',
      'FREQ=MONTHLY;BYMONTHDAY=-2',
      'FREQ=MONTHLY;BYDAY=5MO',
      'FREQ=MONTHLY;BYDAY=MO',
      'FREQ=MONTHLY;BYDAY=1MO,3MO',
      'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1',
      'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1,3',
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
      'FREQ=MONTHLY;BYSETPOS=1',
      'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD',
      'FREQ=YEARLY;BYDAY=20MO',
      'FREQ=YEARLY;BYMONTHDAY=1',
      'FREQ=YEARLY;BYMONTH=5,6',
      'FREQ=YEARLY;BYWEEKNO=20',
    ];
    for (const rule of known) assert.ok(isOutlookRule(rule), rule);
    for (const rule of foreign) assert.ok(!isOutlookRule(rule), rule);
  });

  it('a series with another rule becomes single events of the period, in their zone and under names of their own', () => {
    const feed = feedOf(
      calendar(
        ...event(start, 'DTEND;TZID=Europe/Berlin:20260302T100000', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=2,30'),
      ),
    );
    assert.deepEqual(datesOf(feed).slice(-6), [
      'UID:u-20260302T080000Z-s',
      'DTSTART;TZID=Europe/Berlin:20260302T090000',
      'DTEND;TZID=Europe/Berlin:20260302T100000',
      'UID:u-20260330T070000Z-s',
      'DTSTART;TZID=Europe/Berlin:20260330T090000',
      'DTEND;TZID=Europe/Berlin:20260330T100000',
    ]);
    const all = new ICAL.Component(ICAL.parse(feed)).getAllSubcomponents('vevent');
    assert.equal(all.length, 2);
  });

  it('whole days, replaced instances and additional dates become events, too', () => {
    const days = feedOf(calendar(...event('DTSTART;VALUE=DATE:20260302', 'RDATE;VALUE=DATE:20260310')));
    assert.deepEqual(datesOf(days), [
      'UID:u-20260301T210000Z-s',
      'DTSTART;VALUE=DATE:20260302',
      'DTEND;VALUE=DATE:20260303',
      'UID:u-20260309T210000Z-s',
      'DTSTART;VALUE=DATE:20260310',
      'DTEND;VALUE=DATE:20260311',
    ]);
    const moved = feedOf(
      calendar(
        ...event('DTSTART:20260302T090000Z', 'RRULE:FREQ=DAILY;BYDAY=MO;COUNT=2'),
        ...event(
          'RECURRENCE-ID:20260309T090000Z',
          'DTSTART:20260310T110000Z',
          'DURATION:PT1H',
          'SUMMARY:moved',
        ),
      ),
    );
    assert.deepEqual(datesOf(moved), [
      'UID:u-20260302T090000Z-s',
      'DTSTART:20260302T090000Z',
      'UID:u-20260309T090000Z-s',
      'DTSTART:20260310T110000Z',
      'DTEND:20260310T120000Z',
    ]);
    const later = event('RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z', 'DTSTART:20260303T100000Z');
    const shifted = feedOf(
      calendar(...event('DTSTART:20260302T090000Z', 'RRULE:FREQ=DAILY;COUNT=3'), ...later),
    );
    assert.doesNotMatch(shifted, /RRULE|RECURRENCE-ID/);
    assert.equal(shifted.match(/BEGIN:VEVENT/g)?.length, 3);
  });

  it('series that it knows stay series, whichever way they are written', () => {
    const rule = 'RRULE:FREQ=WEEKLY;BYDAY=MO';
    for (const lines of [
      [start, rule],
      [start, rule, 'SUMMARY:a;b', 'DURATION:PT0S'],
    ]) {
      assert.match(feedOf(calendar(...event(...lines))), /RRULE:FREQ=WEEKLY;BYDAY=MO\r\n/);
    }
  });

  it('dense and many series have a bound', () => {
    const hourly = event(start, 'RRULE:FREQ=MINUTELY', `DESCRIPTION:${'x'.repeat(60)}`);
    assert.equal(feedOf(calendar(...hourly)).match(/BEGIN:VEVENT/g)?.length, 1_000);
    const long = Array.from({ length: 300 }, () => `X-LONG:${'x'.repeat(60)}`);
    const objects = Array.from({ length: 4 }, () =>
      calendar(...event(start, 'RRULE:FREQ=MINUTELY', ...long)),
    );
    const feed = feedOf(...objects);
    assert.ok(feed.length < 20e6);
    assert.match(feed, /RRULE:FREQ=MINUTELY/);
  });
});
