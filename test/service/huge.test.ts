/** Objects of a size that nobody needs: taken or refused with a reason, by PUT and by import, and told to whoever asks. */
import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import type { Actor } from '../../src/core/principal.ts';
import { Refusal, type RefusalCode } from '../../src/core/refusal.ts';
import { parseObject } from '../../src/icalendar/object.ts';
import { selectedData } from '../../src/icalendar/query/select.ts';
import { instant } from '../../src/icalendar/time.ts';
import { utc } from '../../src/icalendar/zones/timezone.ts';
import { importCalendar } from '../../src/service/calendars/import.ts';
import { exportCalendar } from '../../src/service/export/export.ts';
import { freeBusy } from '../../src/service/objects/freebusy.ts';
import { getObject } from '../../src/service/objects/objects.ts';
import { actor, days, gathered, noon, type Office, office, put, refreshed, seen, text } from './office.ts';

const mebi = 1024 * 1024;

const many = (count: number, line: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => line(index));
const day = (index: number): string =>
  new Date(Date.UTC(2026, 0, 1) + days(index)).toISOString().replaceAll(/[-:]|\.000/g, '');
const event = (...lines: readonly string[]): string[] => [
  'BEGIN:VEVENT',
  'UID:huge',
  'DTSTAMP:20260101T000000Z',
  ...lines,
  'END:VEVENT',
];
const start = 'DTSTART:20260101T000000Z';
const override = (index: number): string =>
  event(`RECURRENCE-ID:${day(index)}`, `DTSTART:${day(index)}`, 'SUMMARY:o').join('\r\n');

interface Huge {
  readonly lines: () => readonly string[];
  readonly put: 'stored' | RefusalCode;
  /** An import is more forgiving: it may leave something out. */
  readonly imported: 'added' | 'failed';
}

const inputs: Readonly<Record<string, Huge>> = {
  '100,000 attendees': {
    lines: () => event(start, ...many(100_000, (n) => `ATTENDEE;CN=A ${n}:mailto:a${n}@example.com`)),
    put: 'too-many-attendees',
    imported: 'failed',
  },
  '4,900 attendees': {
    lines: () => event(start, ...many(4_900, (n) => `ATTENDEE;CN=A ${n}:mailto:a${n}@example.com`)),
    put: 'stored',
    imported: 'added',
  },
  'a description of 10 MB': {
    lines: () => event(start, `DESCRIPTION:${'x'.repeat(10_000_000)}`),
    put: 'too-large',
    imported: 'failed',
  },
  'a description of 4 MB in one line': {
    lines: () => event(start, `DESCRIPTION:${'\\n'.repeat(2_000_000)}`),
    put: 'stored',
    imported: 'added',
  },
  '50,000 EXDATEs': {
    lines: () => event(start, 'RRULE:FREQ=DAILY', `EXDATE:${many(50_000, day).join()}`),
    put: 'too-many-instances',
    imported: 'failed',
  },
  '9,000 EXDATEs': {
    lines: () => event(start, 'RRULE:FREQ=DAILY', ...many(9_000, (n) => `EXDATE:${day(n + 1)}`)),
    put: 'stored',
    imported: 'added',
  },
  '20,000 overrides': {
    lines: () => [...event(start, 'RRULE:FREQ=DAILY'), ...many(20_000, override)],
    put: 'invalid-calendar-data',
    imported: 'failed',
  },
  '5,000 overrides': {
    lines: () => [...event(start, 'RRULE:FREQ=DAILY'), ...many(5_000, override)],
    put: 'stored',
    imported: 'added',
  },
  'a file of 5 MB attached inline': {
    lines: () => event(start, `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat((5 * mebi) / 4)}`),
    put: 'too-large',
    imported: 'failed',
  },
  'a file of 4 MB attached inline': {
    lines: () => event(start, `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(mebi)}`),
    put: 'stored',
    imported: 'added',
  },
  '10,000 parameters': {
    lines: () => event(start, `X-WIDE${';P=1'.repeat(10_000)}:v`),
    put: 'stored',
    imported: 'added',
  },
  '1,000,000 parameters': {
    lines: () => event(start, `X-WIDE${';P=1'.repeat(1_000_000)}:v`),
    put: 'invalid-calendar-data',
    imported: 'added',
  },
  '200,000 folds': {
    lines: () => event(start, `DESCRIPTION:a${'\r\n a'.repeat(200_000)}`),
    put: 'stored',
    imported: 'added',
  },
  'a rule of seconds without end': {
    lines: () => event(start, 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY'),
    put: 'stored',
    imported: 'added',
  },
  'a rule of seconds on some Sundays, in a zone': {
    lines: () =>
      event(
        'DTSTART;TZID=Europe/Stockholm:20260101T000000',
        'RRULE:FREQ=HOURLY;BYSECOND=0,1,2,3,4,5,6,7,8,9,10;BYMINUTE=0,1,2,3,4,5;BYDAY=SU',
      ),
    put: 'stored',
    imported: 'added',
  },
  'a rule that never happens': {
    lines: () => event(start, 'RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30'),
    put: 'stored',
    imported: 'added',
  },
  'a rule of 2,147,483,647 seconds': {
    lines: () => event(start, 'RRULE:FREQ=SECONDLY;COUNT=2147483647'),
    put: 'too-many-instances',
    imported: 'failed',
  },
};

describe('a huge object', () => {
  let at: Office;
  let alice: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    mine = await seen(at);
  });
  afterEach(() => at.close());

  const year = { start: instant(noon), end: instant(noon + days(365)) };

  /** What clients, feeds and other people ask of whatever is stored. */
  const askEverything = async (): Promise<void> => {
    const calendar = await refreshed(at, alice, mine);
    const { chunks } = await exportCalendar(at.services, alice, [calendar], {
      detail: 'full',
      window: 'all',
      alarms: true,
      reducePrivate: false,
      language: 'en',
    });
    assert.match(await gathered(chunks), /END:VCALENDAR\r\n$/);
    await freeBusy(at.services, alice, [calendar.calendar], year);
    const stored = await getObject(at.services, alice, calendar, 'huge.ics');
    const object = stored && parseObject(stored.bytes, 'forgiving');
    if (!object) return;
    const options = { zone: utc, maxInstances: 10_000, maxBytes: 64 * mebi };
    selectedData(object, { recurrence: { form: 'expand', range: year } }, options);
    selectedData(object, { recurrence: { form: 'limit', range: year } }, options);
  };

  for (const [name, huge] of Object.entries(inputs)) {
    it(`${name}: by PUT`, async () => {
      const outcome = await put(at, alice, mine, 'huge.ics', text(huge.lines())).then(
        () => 'stored',
        (error: unknown) => (error instanceof Refusal ? error.code : Promise.reject(error)),
      );
      assert.equal(outcome, huge.put);
      await askEverything();
    });

    it(`${name}: by import`, async () => {
      const file = text(huge.lines());
      const { added, failed, notices } = await importCalendar(at.services, alice, mine, file);
      assert.deepEqual(
        { added, failed },
        huge.imported === 'added' ? { added: 1, failed: 0 } : { added: 0, failed: 1 },
      );
      if (failed > 0) assert.ok(notices.length > 0);
      await askEverything();
    });
  }
});
