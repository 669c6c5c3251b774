import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { allows, highest, type Level, levels, lower } from '../../src/core/acl.ts';
import { manualClock, systemClock } from '../../src/core/clock.ts';
import { etag, id, idSource, type ObjectId, uid } from '../../src/core/ids.ts';
import { normalName } from '../../src/core/principal.ts';
import { Refusal } from '../../src/core/refusal.ts';

describe('levels', () => {
  const level = fc.option(fc.constantFrom<Level>(...levels), { nil: undefined });

  it('are totally ordered, with nothing below all', () => {
    assert.equal(highest([]), undefined);
    assert.equal(highest(['read', 'busy', 'edit']), 'edit');
    assert.equal(allows(undefined, 'busy'), false);
    assert.equal(allows('titles', 'busy'), true);
    assert.equal(allows('titles', 'read'), false);
    assert.equal(lower('edit', 'read'), 'read');
    assert.equal(lower('busy', undefined), undefined);
  });

  it('have a highest and a lower that agree with the order', () => {
    fc.assert(
      fc.property(level, level, (one, other) => {
        const least = lower(one, other);
        assert.equal(least, lower(other, one));
        for (const needed of levels) {
          assert.equal(allows(least, needed), allows(one, needed) && allows(other, needed));
          const found = [one, other].filter((value) => value !== undefined);
          assert.equal(
            allows(highest(found), needed),
            found.some((value) => allows(value, needed)),
          );
        }
      }),
    );
  });
});

describe('ids', () => {
  it('ascend and never repeat, also when more are drawn than the clock has moments', () => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const next = idSource(clock, 3);
    const drawn: number[] = [];
    for (let n = 0; n < 1000; n++) {
      drawn.push(next<ObjectId>());
      if (n % 100 === 0) clock.advance(1);
      if (n === 500) clock.advance(-50);
    }
    assert.ok(drawn.every((value, index) => index === 0 || value > (drawn[index - 1] ?? 0)));
    assert.ok(drawn.every(Number.isSafeInteger));
  });

  it('of two processes are different', () => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const [one, two] = [idSource(clock, 0), idSource(clock, 1)];
    const drawn = Array.from({ length: 300 }, () => [one<ObjectId>(), two<ObjectId>()]).flat();
    assert.equal(new Set(drawn).size, drawn.length);
  });

  it('go on above the highest that was given, although the clock was set back', () => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const before = idSource(clock, 3);
    const given = Array.from({ length: 300 }, () => before<ObjectId>());
    const highest = given.at(-1) ?? 0;
    clock.advance(-3_600_000);
    const after = idSource(clock, 0, highest);
    assert.ok(Array.from({ length: 300 }, () => after<ObjectId>()).every((drawn) => drawn > highest));
  });

  it('are brands on plain values', () => {
    assert.deepEqual([id<ObjectId>(1), etag('"x"'), uid('u')], [1, '"x"', 'u']);
  });
});

describe('small things of the core', () => {
  it('compare login names without case, blanks at the ends, or form of Unicode', () => {
    assert.equal(normalName('  Zoe\u0308@Example.COM '), 'zo\u00eb@example.com');
  });

  it('carry a refusal’s code, detail and cause', () => {
    const cause = new Error('x');
    const refusal = new Refusal('stale', 'changed', { line: 3 }, cause);
    assert.deepEqual(
      [refusal.name, refusal.code, refusal.detail.line, refusal.cause],
      ['Refusal', 'stale', 3, cause],
    );
    assert.equal(new Refusal('gone', 'x').cause, undefined);
  });

  it('have a clock that is the system’s', () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
  });
});
