import assert from 'node:assert/strict';
import type { CalendarObject } from '../../../src/icalendar/object.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { parsedInTurns } from '../../../src/service/objects/parsed.ts';
import { type Office, office, text } from '../office.ts';

/** An object of about so many bytes. */
const long = (uid: string, sizeBytes: number): Uint8Array =>
  text([
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260323T090000Z',
    `DESCRIPTION:${'x'.repeat(sizeBytes)}`,
    'END:VEVENT',
  ]);

describe('a parsed object', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  const parsed = (etag: string, bytes: Uint8Array): Promise<CalendarObject | undefined> =>
    parsedInTurns(at.services, etag, bytes, utc);

  it('is kept where its text is long, under its entity tag', async () => {
    const [bytes, same] = [long('a', 50_000), long('a', 50_000)];
    const first = await parsed('e', bytes);
    assert.equal(first?.uid, 'a');
    assert.equal(await parsed('e', same), first);
    assert.notEqual(await parsed('f', same), first);
    const short = long('a', 100);
    assert.notEqual(await parsed('g', short), await parsed('g', short));
  });

  it('is never that of other bytes', async () => {
    assert.equal((await parsed('e', long('a', 50_000)))?.uid, 'a');
    assert.equal((await parsed('e', long('b', 50_000)))?.uid, 'b');
  });

  it('is forgotten when others need the room, what was not asked for the longest first', async () => {
    const megabyte = 1_000_000;
    const known = (uid: string): Promise<unknown> => parsed(uid, long(uid, megabyte));
    const [a, b] = [await known('a'), await known('b')];
    await known('c');
    await known('d');
    assert.equal(await known('a'), a);
    await known('e');
    assert.equal(await known('a'), a);
    assert.notEqual(await known('b'), b);
    const huge = long('h', 5 * megabyte);
    assert.notEqual(await parsed('h', huge), await parsed('h', huge));
    assert.equal(await known('a'), a);
  });

  it('counts by its lines where they are short, since its tree does', async () => {
    const lines = (uid: string, count: number): Uint8Array =>
      text(['BEGIN:VEVENT', `UID:${uid}`, ...Array.from({ length: count }, () => 'X-A:1'), 'END:VEVENT']);
    const half = await parsed('a', lines('a', 60_000));
    assert.equal(await parsed('a', lines('a', 60_000)), half);
    await parsed('b', lines('b', 60_000));
    assert.notEqual(await parsed('a', lines('a', 60_000)), half);
  });

  it('is read with turns for others, and once', async () => {
    const changed = Array.from(
      { length: 1_500 },
      (_, n) =>
        `BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID:20260101T00${String(n % 60).padStart(2, '0')}00Z\r\nEND:VEVENT\r\n`,
    );
    const bytes = Buffer.from(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${changed.join('')}END:VCALENDAR\r\n`);
    let turns = 0;
    let isOver = false;
    const other = (): void => {
      turns++;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    const object = await parsedInTurns(at.services, 'l', bytes, utc);
    isOver = true;
    assert.equal(object?.overrides.length, 1_500);
    assert.ok(turns > 2, `${turns} turns`);
    assert.equal(await parsed('l', bytes), object);
    assert.equal(await parsedInTurns(at.services, 'l', bytes, utc), object);
  });
});
