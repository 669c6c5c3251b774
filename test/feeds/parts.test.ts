import assert from 'node:assert/strict';
import { currentTag, isStale } from '../../src/feeds/conditional.ts';
import { contentDisposition } from '../../src/feeds/file-name.ts';

describe('content disposition of a feed', () => {
  it('names the file after the calendar, in ASCII for older programs', () => {
    assert.equal(
      contentDisposition('Отпуск 2026'),
      `inline; filename="_ 2026.ics"; filename*=UTF-8''${encodeURIComponent('Отпуск 2026.ics')}`,
    );
    assert.equal(
      contentDisposition('отпуск'),
      `inline; filename="calendar.ics"; filename*=UTF-8''${encodeURIComponent('отпуск.ics')}`,
    );
  });

  it('lets nothing through that could end the value or the header', () => {
    const hostile = contentDisposition('a"; x="b\r\nSet-Cookie: c=1\u0000/../\\d');
    assert.ok(!/[\r\n\0]/.test(hostile));
    assert.equal(hostile.match(/"/g)?.length, 2);
    assert.ok(!hostile.includes('\\'));
  });

  it('encodes what stands for something else in the value, and loses lone halves of characters', () => {
    // RFC 8187 §3.2.1: quotes, parentheses and asterisks are no characters of an extended value.
    assert.equal(
      contentDisposition("Ann's (work)"),
      `inline; filename="Ann's (work).ics"; filename*=UTF-8''Ann%27s%20%28work%29.ics`,
    );
    assert.match(contentDisposition('a\ud800b'), /filename="a b\.ics"/);
  });

  it('is never empty and never long', () => {
    assert.match(contentDisposition(''), /^inline; filename="calendar\.ics"/);
    assert.ok(contentDisposition('ж'.repeat(10_000)).length < 600);
  });
});

describe('conditional request of a feed', () => {
  const modified = Date.UTC(2026, 0, 1, 12, 0, 0, 700);

  it('compares tags weakly and dates by whole seconds', () => {
    const current = (headers: Parameters<typeof currentTag>[0]) => currentTag(headers, ['"a"'], modified);
    assert.equal(current({ 'if-none-match': 'W/"a"' }), '"a"');
    assert.equal(current({ 'if-none-match': '"b"' }), undefined);
    assert.equal(current({ 'if-modified-since': 'Thu, 01 Jan 2026 12:00:00 GMT' }), '"a"');
    assert.equal(current({ 'if-modified-since': 'Thu, 01 Jan 2026 11:59:59 GMT' }), undefined);
    assert.equal(current({}), undefined);
  });

  it('holds of this state alone where the request says so', () => {
    const stale = (headers: Parameters<typeof isStale>[0]) => isStale(headers, ['"a"', '"a-gzip"'], modified);
    for (const tags of ['"a"', '"x", "a-gzip"', '*']) assert.equal(stale({ 'if-match': tags }), false, tags);
    for (const tags of ['"b"', 'W/"a"', '']) assert.equal(stale({ 'if-match': tags }), true, tags);
    const before = 'Thu, 01 Jan 2026 11:59:59 GMT';
    assert.equal(stale({ 'if-unmodified-since': before }), true);
    assert.equal(stale({ 'if-unmodified-since': 'Thu, 01 Jan 2026 12:00:00 GMT' }), false);
    assert.equal(stale({ 'if-unmodified-since': 'yesterday' }), false);
    assert.equal(stale({ 'if-match': '*', 'if-unmodified-since': before }), false);
    assert.equal(stale({}), false);
  });
});
