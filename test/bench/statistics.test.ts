import assert from 'node:assert/strict';
import { growthExponent, median, percentile } from './statistics.ts';

describe('the statistics of the bench', () => {
  it('take the nearest rank as percentile', () => {
    assert.equal(percentile([1, 2, 3, 4], 0.5), 2);
    assert.equal(percentile([1, 2, 3, 4], 0.99), 4);
    assert.equal(percentile([], 0.5), null);
  });

  it('take the mean of the middle two as median, and leave out what is missing', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, null, 1]), 2.5);
    assert.equal(median([null]), null);
  });

  it('tell growth: 0 for none, 1 for proportional, nothing for a single size', () => {
    const sizes = [10, 100, 1000] as const;
    assert.equal(growthExponent(sizes.map((size) => [size, 5])), 0);
    assert.equal(growthExponent(sizes.map((size) => [size, size / 10])), 1);
    assert.equal(growthExponent([[10, 1]]), null);
  });
});
