import assert from 'node:assert/strict';
import { assert as always, array, integer, property, string } from 'fast-check';
import { envelopeSplitter } from '../../../src/connectors/exchange/notifications/splitter.ts';
import { envelope, failing } from './scripted.ts';

describe('the splitter of streams', () => {
  it('finds the same envelopes wherever the chunks are cut', () => {
    const texts = array(string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 6 });
    always(
      property(
        texts,
        array(integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }),
        (contents, cuts) => {
          const envelopes = contents.map((text, index) =>
            index % 2 === 0
              ? envelope(`<m:X>${escaped(text)}</m:X>`)
              : `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>${escaped(text)}</Body></Envelope  >`,
          );
          const bytes = Buffer.from(envelopes.join(''));
          const splitter = envelopeSplitter();
          const found: string[] = [];
          let at = 0;
          for (let turn = 0; at < bytes.length; turn += 1) {
            const size = cuts[turn % cuts.length] ?? 1;
            for (const each of splitter.push(bytes.subarray(at, at + size)))
              found.push(each.toString('utf8'));
            at += size;
          }
          assert.deepEqual(found, envelopes);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives up on an envelope without end', () => {
    const splitter = envelopeSplitter();
    assert.throws(
      () => {
        for (let count = 0; count < 6; count += 1) splitter.push(Buffer.alloc(1024 * 1024, 0x61));
      },
      failing('transient', 'notification-too-large'),
    );
  });
});

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
