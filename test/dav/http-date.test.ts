import assert from 'node:assert/strict';
import { httpDate, parseHttpDate } from '../../src/dav/http-date.ts';

describe('HTTP dates', () => {
  const when = Date.UTC(1994, 10, 6, 8, 49, 37);

  it('are read in all three forms of RFC 9110 §5.6.7', () => {
    for (const text of [
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
    ]) {
      assert.equal(parseHttpDate(text), when, text);
    }
    assert.equal(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT'), Date.UTC(2017, 0, 1));
    assert.equal(parseHttpDate('Sunday, 06-Nov-69 08:49:37 GMT'), Date.UTC(2069, 10, 6, 8, 49, 37));
  });

  it('are nothing when they are something else', () => {
    for (const text of [
      '',
      'yesterday',
      '1994-11-06T08:49:37Z',
      'Sun, 06 Foo 1994 08:49:37 GMT',
      'Sun, 06 Nov 1994 08:49:37 CET',
      'Sun, 31 Feb 1994 08:49:37 GMT',
      'Sun, 00 Nov 1994 08:49:37 GMT',
      'Sun, 06 Nov 1994 24:00:00 GMT',
      'Sun, 06 Nov 1994 08:60:00 GMT',
    ]) {
      assert.equal(parseHttpDate(text), undefined, text);
    }
  });

  it('are written in the first form', () => {
    const parsed = parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT');
    assert.equal(parsed && httpDate(parsed), 'Sun, 06 Nov 1994 08:49:37 GMT');
  });
});
