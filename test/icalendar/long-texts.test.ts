/** Texts of any length are read and written character by character; what they say is what the short rules say. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { withoutUserInfo } from '../../src/icalendar/feed/feed-lines.ts';
import { decodeText, encodeText } from '../../src/icalendar/value.ts';

const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\\',
        '\\n',
        '\\N',
        '\\,',
        ';',
        ',',
        ':',
        '"',
        '\r',
        '\n',
        '\r\n',
        '\t',
        '\x07',
        '\x7f',
      ),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.constantFrom('é', '\u2028', '😀', '\ud800', 'n', '://', '@'),
    ),
  )
  .map((pieces) => pieces.join(''));

describe('a text', () => {
  it('is decoded as RFC 5545 §3.3.11 says', () => {
    fc.assert(
      fc.property(awkward, (raw) => {
        const wanted = raw.replace(/\\([\\;,nN:"])/g, (_, escaped: string) =>
          escaped.toLowerCase() === 'n' ? '\n' : escaped,
        );
        assert.equal(decodeText(raw), wanted);
      }),
    );
  });

  it('is encoded so that it is one line and says the same', () => {
    fc.assert(
      fc.property(awkward, (text) => {
        const encoded = encodeText(text);
        // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
        assert.doesNotMatch(encoded, /[\0-\x08\x0a-\x1f\x7f]/);
        // oxlint-disable-next-line no-control-regex -- as above
        const kept = text.replace(/\r\n|\r/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f]/g, '');
        assert.equal(decodeText(encoded), kept);
      }),
    );
  });
});

describe('a link with a user in it', () => {
  const cases: Readonly<Record<string, string>> = {
    'https://user:secret@example.com/a': 'https://example.com/a',
    'see HTTPS://user@example.com, and ftp://a:b@c': 'see HTTPS://example.com, and ftp://c',
    // A password with an @ in it.
    'https://user:p@ss@example.com': 'https://example.com',
    'https://пользователь:тайна@example.com': 'https://example.com',
    'https://example.com/@user': 'https://example.com/@user',
    'https://example.com/?mail=a@b.c': 'https://example.com/?mail=a@b.c',
    'https://example.com\u00a0write to a@b.c': 'https://example.com\u00a0write to a@b.c',
    'mail a@b.c or see https://example.com': 'mail a@b.c or see https://example.com',
    '"https://example.com" a@b.c': '"https://example.com" a@b.c',
    '://a@b': '://a@b',
    'x://y://a@b': 'x://y://b',
    'x://@://@': 'x://://@',
  };
  it('loses the user and nothing else', () => {
    for (const [text, wanted] of Object.entries(cases)) assert.equal(withoutUserInfo(text), wanted);
  });
});
