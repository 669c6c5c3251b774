import assert from 'node:assert/strict';
import { isCleanLink } from '../../../src/icalendar/feed/feed-checks.ts';

describe('a link in a feed', () => {
  const clean = (line: string): boolean => isCleanLink(line, 'ATTACH'.length);

  it('stays as it is when it leads to the web and says nothing else', () => {
    assert.ok(clean('ATTACH:https://example.com/a/b.pdf?c=1#d'));
    assert.ok(clean('ATTACH:http://example.com'));
  });

  it('is looked at by the parser when there is a user, a parameter, another scheme or anything unusual in it', () => {
    for (const line of [
      'ATTACH:https://user:secret@example.com/a',
      'ATTACH;FMTTYPE=text/plain:https://example.com/a',
      'ATTACH:data:text/plain;base64,AAAA',
      'ATTACH:https://example.com/a b',
      'ATTACH: https://example.com/a',
      'ATTACH:https://example.com/\u00e9',
      'ATTACH:',
    ])
      assert.ok(!clean(line), line);
  });
});
