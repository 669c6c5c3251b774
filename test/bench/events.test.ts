import assert from 'node:assert/strict';
import { benchEvent, fold } from './events.ts';

describe('the events of the bench', () => {
  it('are the same bytes for the same index, and others for another revision', () => {
    for (const index of [0, 17, 9999]) assert.equal(benchEvent(index).ics, benchEvent(index).ics);
    assert.notEqual(benchEvent(1).ics, benchEvent(1, { revision: 1 }).ics);
  });

  it('have lines of at most 75 octets that unfold to what they were', () => {
    const line = `SUMMARY:${'Совещание '.repeat(30)}`;
    const folded = fold(line);
    assert.equal(folded.replaceAll('\r\n ', ''), line);
    const texts = [folded, ...Array.from({ length: 500 }, (_, index) => benchEvent(index).ics)];
    for (const text of texts)
      for (const part of text.split('\r\n')) assert.ok(Buffer.byteLength(part) <= 75, part);
  });

  it('are mixed as their comment says', () => {
    const count = { weekly: 0, allday: 0, timed: 0 };
    for (let index = 0; index < 5000; index++) count[benchEvent(index).kind] += 1;
    assert.ok(Math.abs(count.weekly / 5000 - 0.1) < 0.02, `${count.weekly} weekly`);
    assert.ok(Math.abs(count.allday / 5000 - 0.08) < 0.02, `${count.allday} all-day`);
  });
});
