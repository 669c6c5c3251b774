import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { dayMs } from '../../../src/icalendar/time.ts';
import { earliestStart, lengthClass, longestOfClass } from '../../../src/storage/sqlite/length-class.ts';
import { endOfTime } from '../../../src/storage/sqlite/values.ts';

describe('length classes', () => {
  it('are ascending and cover every length', () => {
    assert.deepEqual(
      longestOfClass,
      longestOfClass.toSorted((a, b) => a - b),
    );
    assert.equal(lengthClass(0, 0), 0);
    assert.equal(lengthClass(0, dayMs), 0);
    assert.equal(lengthClass(0, dayMs + 1), 1);
    assert.equal(lengthClass(-endOfTime, endOfTime), -1 + longestOfClass.length);
  });

  it('tell from where on to read: nothing of the class that starts before can reach the range', () => {
    const start = fc.integer({ min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(start, fc.integer({ min: 0, max: 1e12 }), start, (starts, length, rangeStart) => {
        const found = lengthClass(starts, starts + length);
        if (starts + length > rangeStart) assert.ok(starts >= earliestStart(found, rangeStart));
      }),
    );
  });

  it('reads the class without a bound from the beginning of time', () => {
    assert.equal(earliestStart(longestOfClass.length - 1, 0), -endOfTime);
    assert.equal(earliestStart(0, -endOfTime), -endOfTime);
  });
});
