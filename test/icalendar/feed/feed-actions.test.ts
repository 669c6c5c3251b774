import assert from 'node:assert/strict';
import { entries, entryAt } from '../../../src/icalendar/feed/feed-actions.ts';

describe('the table of what a feed does with properties', () => {
  it('finds each of its names, and no other', () => {
    for (const entry of entries) {
      const { name } = entry;
      assert.equal(entryAt(`;${name}:1`, 1, 1 + name.length), entry, name);
      assert.equal(entryAt(`;${name.toLowerCase()}:1`, 1, 1 + name.length), undefined);
      assert.equal(entryAt(`;${name}X:1`, 1, 2 + name.length), undefined);
    }
    assert.equal(entryAt('X', 0, 1), undefined);
    assert.equal(entryAt('', 0, 0), undefined);
  });

  it('has a bit of its own for what an event has once', () => {
    const bits = entries.map(({ bit }) => bit).filter((bit) => bit !== 0);
    assert.equal(new Set(bits).size, bits.length);
    assert.ok(bits.length > 15);
  });
});
