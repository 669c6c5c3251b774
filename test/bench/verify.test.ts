import assert from 'node:assert/strict';
import { benchEvent } from './events.ts';
import { eventContent } from './verify.ts';

describe('what the bench compares of an event', () => {
  it('is the same when a server folds, sorts and stamps anew', () => {
    const { ics } = benchEvent(3);
    const rewritten = ics
      .replaceAll('\r\n ', '')
      .split('\r\n')
      .map((line) =>
        line.startsWith('DTSTART;') ? `X-NEW:1\r\n${line.replace(/;[^:]*/, ';TZID="A:B"')}` : line,
      )
      .join('\r\n');
    assert.notEqual(rewritten, ics);
    assert.equal(eventContent(rewritten), eventContent(ics));
  });

  it('differs when a value does', () => {
    const { ics } = benchEvent(3);
    assert.notEqual(eventContent(ics.replace('SUMMARY:', 'SUMMARY:Not ')), eventContent(ics));
    assert.notEqual(eventContent(benchEvent(4).ics), eventContent(ics));
  });
});
