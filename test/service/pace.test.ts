import assert from 'node:assert/strict';
import { manualClock } from '../../src/core/clock.ts';
import { Pace } from '../../src/service/pace.ts';

describe('long work', () => {
  it('goes on without a pause as long as it is short', async () => {
    const clock = manualClock(0);
    const pace = new Pace(clock);
    clock.advance(9);
    assert.ok(!pace.isOver());
    let others = 0;
    setImmediate(() => others++);
    await pace.breathe();
    assert.equal(others, 0);
  });

  it('lets others have their turn after ten milliseconds, and then has another of its own', async () => {
    const clock = manualClock(0);
    const pace = new Pace(clock);
    clock.advance(10);
    assert.ok(pace.isOver());
    let others = 0;
    setImmediate(() => others++);
    await pace.breathe();
    assert.equal(others, 1);
    assert.ok(!pace.isOver());
  });
});
