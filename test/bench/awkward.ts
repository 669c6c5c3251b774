/**
 * What awkward iCalendar costs, in milliseconds of processor time: the files of test/data/nasty and texts of sizes that nobody
 * needs, each read as a PUT and as an import, expanded, told as free/busy and written into a feed. The tests of these say that
 * the work is bounded in steps; this says how long it takes.
 *
 *     node dist/test/bench/awkward.js [--above 5]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { feedPart } from '../../src/icalendar/feed/feed.ts';
import { openImport } from '../../src/icalendar/import/import.ts';
import { extent, occurrenceRows } from '../../src/icalendar/instances/instances.ts';
import { parseObject } from '../../src/icalendar/object.ts';
import { busyPeriods } from '../../src/icalendar/query/freebusy.ts';
import { selectedData } from '../../src/icalendar/query/select.ts';
import { acceptObject } from '../../src/icalendar/repair.ts';
import { instant, type TimeRange } from '../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../src/icalendar/zones/timezone.ts';

const zone = ianaZone('Europe/Moscow') ?? utc;
const year: TimeRange = { start: instant(Date.UTC(2026, 0, 1)), end: instant(Date.UTC(2027, 0, 1)) };
const far: TimeRange = { start: instant(Date.UTC(2126, 0, 1)), end: instant(Date.UTC(2126, 1, 1)) };
const options = { zone, maxInstances: 10_000 };
const rules = {
  components: new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY']),
  maxAttendeesPerInstance: 5_000,
  maxInstances: 10_000,
  minDateTime: instant(Date.UTC(1601, 0, 1)),
  maxDateTime: instant(Date.UTC(9999, 11, 31)),
};

const eventOf = (...lines: readonly string[]): Uint8Array =>
  Buffer.from(
    `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260310T090000Z\r\n${lines.join('\r\n')}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
  );
const minutes = (count: number): string =>
  Array.from({ length: count }, (_, n) =>
    new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString().replaceAll(/[-:]|\.000/g, ''),
  ).join();
const cross = (count: number): string => Array.from({ length: count }, (_, n) => n).join();

/** Shapes of which a careless reader takes the square of their size. */
const size = 50_000;
const large: Readonly<Record<string, Uint8Array>> = {
  'components that never end': eventOf('BEGIN:VEVENT\r\n'.repeat(size)),
  'a long name': eventOf(`X${';A=1'.repeat(size)}:1`),
  'quoted values of one parameter': eventOf(`X;A=${'"a",'.repeat(size)}:1`),
  'open quotes': eventOf(`X;A=${'"a;B='.repeat(size)}:1`),
  'parameters without values': eventOf(`X${';A'.repeat(size)}:1`),
  'lines of CR': eventOf('A\r'.repeat(size)),
  'folds of one character': eventOf(`X:${'é\r\n '.repeat(size)}`),
  escapes: eventOf(`X:${'\\,'.repeat(size)}`),
  'quoted-printable': eventOf(`SUMMARY;ENCODING=QUOTED-PRINTABLE:${'=41=\r\n'.repeat(size)}B`),
  'one list of dates': eventOf(`EXDATE:${'20260310T090000Z,'.repeat(size)}`),
  'lines of dates': eventOf('EXDATE:20260310T090000Z\r\n'.repeat(size)),
  'a rule of many hours': eventOf(`RRULE:FREQ=DAILY;BYHOUR=${'1,'.repeat(size)}`),
  'digits of a duration': eventOf(`DURATION:P${'1'.repeat(size)}D`),
  'dots before an address': eventOf(`DESCRIPTION:${'a.'.repeat(size)}@`),
  'links before an address': eventOf(`DESCRIPTION:${'a://'.repeat(size)}@`),
  'an attachment': eventOf(`ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(size)}`),
  '9,999 RDATEs': eventOf('DURATION:PT1M', `RDATE:${minutes(9_999)}`),
  '9,999 EXDATEs': eventOf('RRULE:FREQ=MINUTELY', `EXDATE:${minutes(9_999)}`),
  'every minute': eventOf('RRULE:FREQ=MINUTELY'),
  '31 million times a year': eventOf(
    `RRULE:FREQ=DAILY;BYHOUR=${cross(24)};BYMINUTE=${cross(60)};BYSECOND=${cross(60)}`,
  ),
  '300 reminders that repeat for ever': eventOf(
    'BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT1H\r\nREPEAT:999999999\r\nDURATION:PT1S\r\nEND:VALARM\r\n'
      .repeat(300)
      .trimEnd(),
  ),
};

const works: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  put: (bytes) => void acceptObject(bytes, rules),
  import: (bytes) => {
    for (const { bytes: made } of openImport(bytes).objects) void made;
  },
  index(bytes) {
    const object = parseObject(bytes, 'forgiving');
    if (!object) return;
    extent(object, zone);
    occurrenceRows(object, year, options);
  },
  far(bytes) {
    const object = parseObject(bytes, 'forgiving');
    if (object) occurrenceRows(object, far, options);
  },
  expand(bytes) {
    const object = parseObject(bytes, 'forgiving');
    const recurrence = { form: 'expand', range: year } as const;
    if (object) selectedData(object, { recurrence }, { ...options, maxBytes: 64 * 1024 * 1024 });
  },
  busy(bytes) {
    const object = parseObject(bytes, 'forgiving');
    if (object) busyPeriods(object, year, options);
  },
  feed(bytes) {
    const object = parseObject(bytes, 'forgiving');
    const feed = { zone, range: year, alarms: true, attendees: true };
    if (object) feedPart(object, feed, { changed: year.start }).lines(new Map());
  },
};

/** The least of some runs: what the machine does besides only adds to it. */
function cpuMs(work: () => void): number {
  let least = Infinity;
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const { values } = parseArgs({ options: { above: { type: 'string', default: '5' } } });
const above = Number(values.above);
const folder = new URL('../../../test/data/nasty/', import.meta.url);
const small = readdirSync(folder)
  .filter((name) => name.endsWith('.ics'))
  .map((name) => [name, readFileSync(new URL(name, folder))] as const);

console.log(`processor time in ms, of what takes more than ${above}`);
for (const [name, bytes] of [...small, ...Object.entries(large)]) {
  const took = Object.entries(works).map(([work, run]) => [work, cpuMs(() => run(bytes))] as const);
  const shown = took.filter(([, ms]) => ms > above).map(([work, ms]) => `${work} ${ms.toFixed(0)}`);
  if (shown.length > 0) console.log(`${name.padEnd(36)} ${shown.join(', ')}`);
}
