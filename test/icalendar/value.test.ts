import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseCalendar } from '../../src/icalendar/component.ts';
import { dayMs, instant, localTime } from '../../src/icalendar/time.ts';
import {
  contentLine,
  dateTimeParams,
  decodeText,
  decodeTextList,
  durationMs,
  encodeParam,
  encodeText,
  foldLine,
  formatDate,
  formatDateTime,
  formatDuration,
  formatLocal,
  formatUtc,
  isEncodedText,
  parseDateTime,
  parseDuration,
  parsePeriod,
  splitList,
  textLine,
} from '../../src/icalendar/value.ts';

const day = localTime(Date.UTC(2026, 2, 10));
const ten = localTime(Date.UTC(2026, 2, 10, 10));

const written = (text: string): string => formatDuration(parseDuration(text) ?? assert.fail(text));

const parsed = (line: string): ReturnType<typeof parseCalendar> =>
  parseCalendar(Buffer.from(`BEGIN:VCALENDAR\r\n${line}END:VCALENDAR\r\n`), 'strict');

describe('an encoded text', () => {
  it('is known as such', () => {
    fc.assert(fc.property(fc.string(), (any) => isEncodedText(encodeText(any))));
    for (const raw of ['a,b', 'a;b', 'a\\', 'a\\x', 'a\\\\;', 'a\\N', 'a\u0007', 'a\nb'])
      assert(!isEncodedText(raw), raw);
  });
});

describe('dates and times', () => {
  it('are days, UTC, floating or zoned', () => {
    assert.deepEqual(parseDateTime('20260310'), { kind: 'date', local: day });
    assert.deepEqual(parseDateTime('20260310T100000Z'), { kind: 'utc', instant: instant(ten) });
    assert.deepEqual(parseDateTime('20260310T100000'), { kind: 'floating', local: ten });
    assert.deepEqual(parseDateTime('20260310T100000', { tzid: 'Europe/Riga' }), {
      kind: 'zoned',
      local: ten,
      tzid: 'Europe/Riga',
    });
  });

  it('are days by their form, or by VALUE=DATE', () => {
    assert.equal(parseDateTime('20260310', { valueType: 'DATE-TIME' })?.kind, 'date');
    assert.equal(parseDateTime('20260310', { tzid: 'Europe/Riga' })?.kind, 'date');
    assert.deepEqual(parseDateTime('20260310T000000', { valueType: 'date' }), { kind: 'date', local: day });
  });

  it('let Z win over a TZID, and take an empty TZID for none', () => {
    assert.equal(parseDateTime('20260310T100000Z', { tzid: 'Europe/Riga' })?.kind, 'utc');
    assert.equal(parseDateTime('20260310T100000', { tzid: '' })?.kind, 'floating');
  });

  it('may be in lower case, with blanks around, with a leap second, and in any year', () => {
    assert.deepEqual(parseDateTime(' 20260310t100000z '), { kind: 'utc', instant: instant(ten) });
    assert.deepEqual(parseDateTime('20161231T235960Z'), {
      kind: 'utc',
      instant: instant(Date.UTC(2016, 11, 31, 23, 59, 59)),
    });
    assert.deepEqual(parseDateTime('00500101'), {
      kind: 'date',
      local: localTime(new Date(0).setUTCFullYear(50, 0, 1)),
    });
    assert.equal(parseDateTime('20240229')?.kind, 'date');
    assert.equal(parseDateTime('20000229')?.kind, 'date');
  });

  it('are none when they do not exist', () => {
    const none = [
      '',
      '2026031',
      '20260230',
      '20250229',
      '19000229',
      '20260431',
      '20261301',
      '20260100',
      '20260310T',
      '20260310T250000',
    ];
    const more = [
      '20260310T240000',
      '20260310T106000',
      '20260310T100061',
      '20260310T100000+0300',
      '20260310 100000',
      '2026-03-10',
      '2026031aT100000',
      'soon',
    ];
    for (const text of [...none, ...more]) assert.equal(parseDateTime(text), undefined, text);
  });

  it('are written as they were read', () => {
    for (const [text, params] of [
      ['20260310', { VALUE: 'DATE' }],
      ['20260310T100000Z', {}],
      ['20260310T100000', {}],
      ['16010101T000000Z', {}],
    ] as const) {
      const value = parseDateTime(text);
      assert(value);
      assert.equal(formatDateTime(value), text);
      assert.deepEqual(dateTimeParams(value), params);
    }
    assert.deepEqual(dateTimeParams({ kind: 'zoned', local: ten, tzid: 'Europe/Riga' }), {
      TZID: 'Europe/Riga',
    });
    assert.equal(formatLocal(ten), '20260310T100000');
    assert.equal(formatDate(ten), '20260310');
    assert.equal(formatUtc(instant(0)), '19700101T000000Z');
  });

  it('that cannot be written are written as the nearest that can', () => {
    for (const ms of [1e20, Infinity, Date.UTC(10_000, 0, 1)])
      assert.equal(formatUtc(instant(ms)), '99991231T235959Z');
    for (const ms of [-1e20, -Infinity, new Date(0).setUTCFullYear(-1)])
      assert.equal(formatLocal(localTime(ms)), '00000101T000000');
  });
});

describe('durations', () => {
  const hour = 3_600_000;

  it('have nominal days and an exact rest', () => {
    assert.deepEqual(parseDuration('P1W2DT3H4M5S'), { weeks: 1, days: 2, ms: 3 * hour + 4 * 60_000 + 5_000 });
    assert.deepEqual(parseDuration('-PT15M'), { weeks: 0, days: 0, ms: -900_000 });
    assert.deepEqual(parseDuration('+p1d'), { weeks: 0, days: 1, ms: 0 });
    assert.deepEqual(parseDuration('-P1W'), { weeks: -1, days: 0, ms: 0 });
    assert.equal(durationMs({ weeks: 1, days: 1, ms: 5 }), 8 * 24 * hour + 5);
  });

  it('are nothing in all the forms in which programs write nothing', () => {
    for (const text of ['P', 'PT', 'T0', 'P0', 'PT0', 'PT0S', '-PT0S', 'P0D']) {
      assert.deepEqual(parseDuration(text), { weeks: 0, days: 0, ms: 0 }, text);
    }
  });

  it('are none when they say nothing', () => {
    for (const text of [
      '',
      '1',
      'soon',
      'P1',
      'PT1',
      'P1Y',
      'P-1D',
      'P1H1D',
      'PTT1H',
      '--P1D',
      'P9999999999D',
    ]) {
      assert.equal(parseDuration(text), undefined, text);
    }
  });

  it('are no longer than all the years that can be written', () => {
    for (const text of ['P999999999W', '-P999999999D', 'PT999999999H']) {
      const days = Math.abs(durationMs(parseDuration(text) ?? { weeks: 0, days: 0, ms: 0 })) / dayMs;
      assert(days > 3_650_000 && days < 3_653_000, text);
    }
  });

  it('are written in their shortest form, and read back as the same time', () => {
    for (const text of ['P1W', '-P2W', 'P1D', 'P1DT2H', 'PT15M', '-PT15M', 'PT0S', 'PT1H1S', '-P1DT12H'])
      assert.equal(written(text), text);
    assert.equal(written('P1W2D'), 'P9D');
    assert.equal(written('PT90M'), 'PT1H30M');
  });
});

describe('periods and lists', () => {
  it('have an end or a duration', () => {
    assert.deepEqual(parsePeriod('20260310T100000Z/PT1H'), {
      start: { kind: 'utc', instant: instant(ten) },
      duration: { weeks: 0, days: 0, ms: 3_600_000 },
    });
    assert.equal(parsePeriod('20260310T100000/20260310T110000', { tzid: 'A' })?.end?.kind, 'zoned');
    for (const text of ['', '20260310T100000Z', 'x/PT1H', '20260310T100000Z/', '20260310T100000Z/x'])
      assert.equal(parsePeriod(text), undefined, text);
  });

  it('leave out entries that are empty', () => {
    assert.deepEqual(splitList('a,,b, ,c'), ['a', 'b', 'c']);
    assert.deepEqual(splitList(''), []);
  });
});

describe('text', () => {
  it('is decoded as RFC 5545 says, and leniently beyond', () => {
    assert.equal(decodeText('a\\nb\\Nc\\,d\\;e\\\\n'), 'a\nb\nc,d;e\\n');
    assert.equal(decodeText('12\\:30 \\"x\\" C:\\temp\\'), '12:30 "x" C:\\temp\\');
    assert.equal(decodeText('plain, as it is'), 'plain, as it is');
  });

  it('is split at commas that are not escaped', () => {
    assert.deepEqual(decodeTextList('a,b\\,c,,d\\\\,e\\'), ['a', 'b,c', '', 'd\\', 'e\\']);
    assert.deepEqual(decodeTextList('a\\;b'), ['a;b']);
  });

  it('comes back from encoding as it was, without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        // oxlint-disable-next-line no-control-regex -- what encoding takes out
        const expected = text.replace(/\r\n|\r/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f]/g, '');
        assert.equal(decodeText(encodeText(text)), expected);
      }),
    );
  });
});

describe('content lines', () => {
  it('stay one line with one value, whatever is written into them', () => {
    const anything = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\r', '\n', '\0', '"', ':', ';', ',', '^', '\\', 'я', '😀', '\u2028'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(anything, anything, (value, param) => {
        const line = textLine('X-TEST', value, { CN: param, 'X-NONE': undefined, MEMBER: [param, 'b'] });
        const { calendars, findings } = parsed(line);
        assert.deepEqual(findings, []);
        const properties = calendars[0]?.properties ?? [];
        assert.equal(properties.length, 1);
        assert.equal(decodeText(properties[0]?.rawValue ?? ''), decodeText(encodeText(value)));
        assert.deepEqual(
          properties[0]?.params.map(({ name, values }) => [name, values.length]),
          [
            ['CN', 1],
            ['MEMBER', 2],
          ],
        );
        for (const physical of line.split('\r\n')) assert(Buffer.byteLength(physical) <= 75);
      }),
    );
  });

  it('cannot be begun by a value', () => {
    assert.equal(
      contentLine('URL', 'http://x/\r\nATTENDEE:mailto:a@b'),
      'URL:http://x/ATTENDEE:mailto:a@b\r\n',
    );
    assert.throws(() => contentLine('URL:x\r\nATTENDEE', 'y'), TypeError);
    assert.throws(() => contentLine('A', 'y', { 'B=c;D': 'e' }), TypeError);
  });

  it('encode parameters by RFC 6868 and quote what needs it', () => {
    assert.equal(encodeParam('a "b"\n^'), "a ^'b^'^n^^");
    assert.equal(encodeParam('a:b'), '"a:b"');
  });

  it('are folded at 75 octets, never inside a character', () => {
    assert.equal(foldLine('A'.repeat(75)), `${'A'.repeat(75)}\r\n`);
    assert.equal(foldLine('A'.repeat(76)), `${'A'.repeat(75)}\r\n A\r\n`);
    assert.equal(foldLine(`${'A'.repeat(73)}😀B`), `${'A'.repeat(73)}\r\n 😀B\r\n`);
    assert.equal(foldLine(`${'A'.repeat(74)}яB`), `${'A'.repeat(74)}\r\n яB\r\n`);
    assert.equal(foldLine('日'.repeat(26)), `${'日'.repeat(25)}\r\n 日\r\n`);
  });
});
