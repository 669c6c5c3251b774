import assert from 'node:assert/strict';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { parsedInTurns, parsedObject } from '../../../src/service/objects/parsed.ts';
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

  it('is kept where its text is long, under its entity tag', () => {
    const [bytes, same] = [long('a', 50_000), long('a', 50_000)];
    const first = parsedObject(at.services, 'e', bytes);
    assert.equal(first?.uid, 'a');
    assert.equal(parsedObject(at.services, 'e', same), first);
    assert.notEqual(parsedObject(at.services, 'f', same), first);
    const short = long('a', 100);
    assert.notEqual(parsedObject(at.services, 'g', short), parsedObject(at.services, 'g', short));
  });

  it('is never that of other bytes', () => {
    assert.equal(parsedObject(at.services, 'e', long('a', 50_000))?.uid, 'a');
    assert.equal(parsedObject(at.services, 'e', long('b', 50_000))?.uid, 'b');
  });

  it('is forgotten when others need the room, what was not asked for the longest first', () => {
    const megabyte = 1_000_000;
    const known = (uid: string): unknown => parsedObject(at.services, uid, long(uid, megabyte));
    const [a, b] = [known('a'), known('b')];
    known('c');
    known('d');
    assert.equal(known('a'), a);
    known('e');
    assert.equal(known('a'), a);
    assert.notEqual(known('b'), b);
    const huge = long('h', 5 * megabyte);
    assert.notEqual(parsedObject(at.services, 'h', huge), parsedObject(at.services, 'h', huge));
    assert.equal(known('a'), a);
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
    assert.equal(parsedObject(at.services, 'l', bytes), object);
    assert.equal(await parsedInTurns(at.services, 'l', bytes, utc), object);
  });
});
