import assert from 'node:assert/strict';
import {
  byteString,
  CalendarMerge,
  type MergePart,
  mergedCalendar,
} from '../../../src/icalendar/feed/merge.ts';

const noNames: ReadonlyMap<string, string> = new Map();

const definition = (tzid: string, offset: string): string =>
  `BEGIN:VTIMEZONE\r\nTZID:${tzid}\r\nBEGIN:STANDARD\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`;

const part = (tzid: string, offset: string, custom = true, asked: string[] = []): MergePart => ({
  zones: [
    {
      tzid,
      custom,
      text: () => {
        asked.push(tzid);
        return definition(tzid, offset);
      },
    },
  ],
  lines: (rename) => `X;TZID=${rename.get(tzid) ?? tzid}\r\n`,
});

const plain = (lines: string): MergePart => ({ zones: [], lines: () => lines });

const merged = (...parts: readonly MergePart[]): string => {
  const merge = new CalendarMerge();
  return merge.head() + parts.map((one) => merge.add(one)).join('') + merge.tail();
};

const namesIn = (text: string): readonly string[] => [...text.matchAll(/TZID.*/g)].map(([name]) => name);

async function* pages(): AsyncGenerator<readonly MergePart[]> {
  for (let page = 0; page < 10; page++) {
    await Promise.resolve();
    yield Array.from({ length: 100 }, (_, n) => plain(`N:${page}-${n} ${'x'.repeat(800)}\r\n`));
  }
}

describe('a merged calendar', () => {
  it('goes on without a part that cannot be written, and keeps what the part would have needed for the next', () => {
    const errors: unknown[] = [];
    const broken: MergePart = {
      ...part('A', '+0100', false),
      lines: () => {
        throw new RangeError('Invalid time value');
      },
    };
    assert.throws(() => merged(broken), RangeError);
    const text = merged({ ...broken, leftOut: (error) => errors.push(error) }, part('A', '+0100', false));
    assert.equal(errors.length, 1);
    assert.deepEqual(namesIn(text), ['TZID:A', 'TZID=A']);
  });

  it('is one VCALENDAR with the lines of all parts', () => {
    assert.equal(
      merged(plain('A:1\r\n'), plain('B:2\r\n')),
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//portcal//portcal//EN\r\nCALSCALE:GREGORIAN\r\nA:1\r\nB:2\r\nEND:VCALENDAR\r\n',
    );
  });

  it('has each time zone once, before the first lines that use it', () => {
    const all = merged(part('Own', '+0100'), part('Own', '+0100'), part('Other', '+0100'));
    assert.deepEqual(namesIn(all), ['TZID:Own', 'TZID=Own', 'TZID=Own', 'TZID:Other', 'TZID=Other']);
  });

  it('renames a definition of the same name and another meaning', () => {
    const all = merged(
      part('Own', '+0100'),
      part('Own', '+0200'),
      part('Own', '+0200'),
      part('Own', '+0300'),
    );
    assert.deepEqual(namesIn(all), [
      'TZID:Own',
      'TZID=Own',
      'TZID:Own (2)',
      'TZID=Own (2)',
      'TZID=Own (2)',
      'TZID:Own (3)',
      'TZID=Own (3)',
    ]);
  });

  it('renames what readers take for the end of a parameter', () => {
    const text = merged(
      part('+03:00', '+0300'),
      part('+03:00', '+0300'),
      part('+03.00', '+0400', false),
      part('(UTC+11:00) X', '+1100'),
      part('(UTC+11:00) X; Y', '+1100', false),
    );
    assert.deepEqual(namesIn(text), [
      'TZID:+03.00',
      'TZID=+03.00',
      'TZID=+03.00',
      'TZID=+03.00',
      'TZID:(UTC+11:00) X',
      'TZID=(UTC+11:00) X',
      'TZID:(UTC+11.00) X\\, Y',
      'TZID=(UTC+11.00) X, Y',
    ]);
  });

  it('asks once for what the zone database knows, and does not rename it', () => {
    const asked: string[] = [];
    const all = merged(
      part('Europe/Berlin', '+0100', false, asked),
      part('Europe/Berlin', '+0200', false, asked),
    );
    assert.deepEqual(asked, ['Europe/Berlin']);
    assert.deepEqual(namesIn(all), ['TZID:Europe/Berlin', 'TZID=Europe/Berlin', 'TZID=Europe/Berlin']);
  });

  it('goes on without a part that cannot be written, and without its zones', () => {
    const errors: unknown[] = [];
    const broken: MergePart = {
      ...part('Own', '+0100'),
      lines: () => {
        throw new RangeError('no such date');
      },
    };
    const all = merged({ ...broken, leftOut: (error) => errors.push(error) }, part('Own', '+0200'));
    assert.deepEqual(namesIn(all), ['TZID:Own', 'TZID=Own']);
    assert.equal(errors.length, 1);
    assert.throws(() => merged(broken), RangeError);
  });

  it('holds text as one character for each byte', () => {
    assert.equal(byteString('plain'), 'plain');
    assert.equal(Buffer.from(byteString('Дом 🏠'), 'latin1').toString('utf8'), 'Дом 🏠');
    const zones = [{ tzid: 'Öst', custom: true, text: () => definition('Öst', '+0100') }];
    const all = merged({ zones, lines: () => '' });
    assert.match(Buffer.from(all, 'latin1').toString('utf8'), /TZID:Öst\r\n/);
    assert.equal(new CalendarMerge().add(plain('x')), plain('x').lines(noNames));
  });

  it('comes in chunks that hold little more room than they need, also for long parts and at the end', async () => {
    async function* long(): AsyncIterable<MergePart[]> {
      for (const size of [10_000, 600_000, 100_000]) yield [plain(`N:${'x'.repeat(size)}\r\n`)];
      await Promise.resolve();
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of mergedCalendar(long())) chunks.push(chunk);
    assert.equal(chunks.length, 4);
    for (const { length, buffer } of chunks) assert.ok(length < 10_000 || buffer.byteLength < length * 1.13);
  });

  it('comes in chunks, one page of parts after the other', async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of mergedCalendar(pages(), ['NAME:ё\r\n'])) chunks.push(chunk);
    assert.ok(chunks.length > 2);
    const whole = Buffer.concat(chunks).toString('utf8');
    assert.ok(whole.startsWith('BEGIN:VCALENDAR') && whole.includes('NAME:ё\r\n'));
    assert.equal(whole.match(/^N:/gm)?.length, 1000);
  });

  it('is written over what was read of its pages, and over nothing else', async () => {
    const stored = Array.from({ length: 5 }, (_, page) =>
      Array.from({ length: 100 }, (__, n) => Buffer.from(`${page}-${n} ${'y'.repeat(3_000)}`)),
    );
    const given = stored.map((objects) => Buffer.concat(objects));
    // Most leave as they are; of the second page all become longer than they were, so that they come to lie behind what is read.
    const longer = (page: number, n: number): string =>
      'z'.repeat(page === 1 ? (n === 3 ? 300_000 : 1_000) : 0);
    const said = stored.flatMap((objects, page) =>
      objects.map((bytes, n) => longer(page, n) + bytes.toString()),
    );
    async function* reading(): AsyncIterable<Iterable<MergePart>> {
      for (const [page, bytes] of given.entries()) {
        await Promise.resolve();
        yield partsOf(bytes, page);
      }
    }
    // Read when they are written, as cuts are.
    function* partsOf(page: Buffer, number: number): Iterable<MergePart> {
      let from = 0;
      for (const [n, { length }] of (stored[number] ?? []).entries()) {
        const own = page.subarray(from, from + length);
        const lines = (): string => longer(number, n) + own.toString();
        yield { zones: [], lines, reading: { bytes: page, from, sizeBytes: length } };
        from += length;
      }
    }
    const chunks: Uint8Array[] = [];
    const copies: Buffer[] = [];
    for await (const chunk of mergedCalendar(reading())) {
      chunks.push(chunk);
      copies.push(Buffer.from(chunk));
    }
    assert.equal(Buffer.concat(chunks.slice(1, -1)).toString(), said.join(''));
    assert.deepEqual(Buffer.concat(chunks), Buffer.concat(copies));
    const buffers = new Set<ArrayBufferLike>(chunks.map(({ buffer }) => buffer));
    assert.ok(given.some(({ buffer }) => buffers.has(buffer)));
  });
});
