import assert from 'node:assert/strict';
import { LongText, Stride } from '../../src/icalendar/steps.ts';

describe('work in steps', () => {
  it('pauses after so many things, and earlier where they are long', () => {
    const stride = new Stride(3, 100);
    const asked = [1, 1, 1, 1, 200, 60, 39, 1, 1].map((sizeBytes) => stride.isOver(sizeBytes));
    assert.deepEqual(asked, [false, false, true, false, true, false, false, true, false]);
  });

  it('has the whole of a text that grew line by line', () => {
    for (const count of [0, 1, 2, 5_000]) {
      const text = new LongText();
      const lines = Array.from({ length: count }, (_, n) => `${n}ж${'x'.repeat(n % 30)}\r\n`);
      for (const line of lines) text.add(line);
      assert.equal(text.text(), lines.join(''));
      text.add('more');
      assert.equal(text.text(), `${lines.join('')}more`);
    }
  });
});
