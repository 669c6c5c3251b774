/** No object makes a feed hold up everything else: its work is cut into steps of a bounded number of bytes. */
import assert from 'node:assert/strict';
import { type FeedOptions, feedParts } from '../../../src/icalendar/feed/feed.ts';
import { BytePage } from '../../../src/icalendar/feed/feed-bytes.ts';
import { CalendarMerge } from '../../../src/icalendar/feed/merge.ts';
import { stepBytes } from '../../../src/icalendar/steps.ts';
import { foldLine } from '../../../src/icalendar/value.ts';
import { ianaZone } from '../../../src/icalendar/zones/timezone.ts';
import { at, calendar, event } from '../fixtures.ts';

const options: FeedOptions = {
  zone: ianaZone('Europe/Moscow') ?? assert.fail(),
  range: { start: at('2026-01-01T00:00'), end: at('2027-01-01T00:00') },
  alarms: true,
  attendees: true,
};
const start = 'DTSTART:20260310T090000Z';

/** How many steps the part of an event takes, its stored bytes and those that it becomes. */
const written = (kind: string, ...lines: readonly string[]) => {
  const bytes = Buffer.from(calendar(...event(start, ...lines).map((line) => line.replace('VEVENT', kind))));
  const place = { kind, from: 0, to: bytes.length, plain: false };
  const steps = feedParts(options).steps(new BytePage(bytes), place, { changed: at('2026-02-02T00:00') });
  for (let count = 1; ; count++) {
    const step = steps.next();
    if (step.done !== true) continue;
    const text = new CalendarMerge().add(step.value ?? assert.fail());
    return { count, text, bytes: bytes.length };
  }
};

const many = (bytes: number, line: string): string[] =>
  Array.from({ length: Math.ceil(bytes / (line.length + 2)) }, () => line);
const size = 10 * stepBytes;

const alarm = (...lines: readonly string[]): string =>
  ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT15M', ...lines, 'END:VALARM'].join('\r\n');

describe('the part of a huge object', () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    'lines that are copied': many(size, 'X-LINK:https://example.com/a'),
    'links with a user in them': many(size, 'X-LINK:https://user:secret@example.com/a'),
    'texts with links with a user in them': many(size, 'COMMENT:https://user:secret@example.com/a'),
    'attachments with parameters': many(size, 'ATTACH;FMTTYPE=text/plain:https://example.com/a'),
    'lists that are written anew': many(size, 'CATEGORIES:a\\,b,,c'),
    'guests in an odd form': many(size, 'ATTENDEE;CN="a" b:mailto:x@example.com'),
    'reminders that stay as they are': many(size, alarm('DESCRIPTION:x')),
    'reminders that are written anew': many(size, alarm('DESCRIPTION:x', 'X-OTHER:1')),
  };
  for (const [what, lines] of Object.entries(kinds))
    it(`is written in steps: ${what}`, () => {
      const { count, bytes } = written('VEVENT', ...lines);
      assert.ok(count >= Math.floor(bytes / (stepBytes + 200)), String(count));
      assert.ok(count <= 2 * Math.ceil(bytes / stepBytes) + 2, String(count));
    });

  it('is written in steps also where it is many changed instances, and time zones of their own', () => {
    const day = (n: number): string => new Date(at('2026-01-01T09:00') + n * 86_400_000).toISOString();
    const local = (n: number): string => day(n).replaceAll(/[-:]|\.000Z/g, '');
    const changed = Array.from({ length: 2_000 }, (_, n) => [
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:u',
      `RECURRENCE-ID:${local(n)}Z`,
      `DTSTART;TZID=Zone ${n}:${local(n)}`,
    ]).flat();
    const zones = Array.from({ length: 2_000 }, (_, n) => [
      'BEGIN:VTIMEZONE',
      `TZID:Zone ${n}`,
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'END:STANDARD',
      'END:VTIMEZONE',
    ]).flat();
    const { count, text } = written(
      'VEVENT',
      'RRULE:FREQ=DAILY',
      ...changed,
      'END:VEVENT',
      ...zones,
      'BEGIN:VEVENT',
      'UID:u',
    );
    assert.ok(count > 20, String(count));
    assert.equal(text.match(/^BEGIN:VTIMEZONE/gm)?.length, 2_000);
  });

  it('is written in steps also where it is dates of another zone', () => {
    const date = (n: number): string =>
      new Date(at('2026-01-01T09:00') + n * 3_600_000).toISOString().replaceAll(/[-:]|\.000Z/g, '');
    const dates = Array.from({ length: 9_000 }, (_, n) => date(n));
    for (const lines of [
      dates.map((one) => `RDATE;TZID=Europe/Stockholm:${one}`),
      [`EXDATE;TZID=Europe/Stockholm:${dates.join()}`],
    ]) {
      const { count, text } = written('VEVENT', ...lines);
      assert.ok(count > 16, String(count));
      assert.ok(text.replaceAll(/\r\n /g, '').includes('20260101T080000Z'));
    }
  });

  it('is written in steps by the parser, too', () => {
    const lines = many(size, 'COMMENT:https://user:secret@example.com/a');
    for (const { count, bytes, text } of [
      written('VTODO', ...lines),
      written('VEVENT', 'RDATE:20260401T090000Z', ...lines),
    ]) {
      assert.ok(count >= Math.floor(bytes / (stepBytes + 200)), String(count));
      assert.ok(!text.includes('secret'));
    }
  });

  it('is written in a step for each pass over one very long line', () => {
    const long = (line: string): string =>
      foldLine(line.padEnd(size, 'https://user:secret@example.com/a\\n')).slice(0, -2);
    for (const kind of ['VEVENT', 'VTODO'])
      for (const [line, passes] of [
        [long('DESCRIPTION:'), 4],
        [long('X-LINK:'), 2],
        [alarm(long('DESCRIPTION:')), 3],
      ] as const) {
        const { count, text } = written(kind, line);
        assert.ok(count >= passes, `${kind} ${line.slice(0, 20)}: ${count}`);
        assert.ok(text.length > size / 2 && !text.includes('secret'));
      }
  });

  it('takes one step where it is of a usual size', () => {
    assert.equal(written('VEVENT', ...many(stepBytes / 2, 'X-LINK:https://user:x@example.com/')).count, 1);
  });

  it('does not become larger by its title, whatever reminders there are', () => {
    const summary = foldLine(`SUMMARY:${'é'.repeat(30_000)}`).slice(0, -2);
    const alarms = Array.from({ length: 1_000 }, () => alarm('X-OTHER:1'));
    for (const kind of ['VEVENT', 'VTODO']) {
      const { text, bytes } = written(kind, summary, ...alarms);
      assert.ok(text.length < 10 * bytes, String(text.length));
      assert.equal(text.split('BEGIN:VALARM').length, 1_001);
    }
  });
});
