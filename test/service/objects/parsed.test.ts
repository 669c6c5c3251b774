import assert from 'node:assert/strict';
import { parsedObject } from '../../../src/service/objects/parsed.ts';
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
});
