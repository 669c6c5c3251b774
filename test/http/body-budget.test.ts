import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import { createBodyBudget } from '../../src/http/body-budget.ts';

const mebi = 1024 * 1024;

const refused = (work: () => void): boolean => {
  try {
    work();
    return false;
  } catch (error) {
    assert.ok(error instanceof Refusal && error.code === 'busy' && error.detail.retryAfterSeconds === 5);
    return true;
  }
};

describe('body budget', () => {
  it('lets a request that is alone have as much as it wants', () => {
    const budget = createBodyBudget(mebi);
    const alone = budget.open('person 1');
    alone.take(64 * mebi);
    alone.requireRoom(64 * mebi);
    assert.ok(refused(() => budget.open('person 2').take(1)));
    alone.close();
    budget.open('person 2').take(64 * mebi);
  });

  it('keeps a quarter free for small bodies', () => {
    const budget = createBodyBudget(100 * mebi);
    budget.open('person 1').take(37 * mebi);
    budget.open('person 2').take(37 * mebi);
    const third = budget.open('person 3');
    assert.ok(refused(() => third.requireRoom(2 * mebi)));
    third.take(mebi);
    assert.ok(refused(() => third.take(1)));
    for (let count = 0; count < 25; count++) budget.open('person 1').take(mebi);
    assert.ok(refused(() => budget.open('person 1').take(mebi)));
  });

  it('gives one sender half of the rest, however many requests they make', () => {
    const budget = createBodyBudget(100 * mebi);
    const own = Array.from({ length: 3 }, () => budget.open('person 1'));
    for (const share of own) share.take(12 * mebi);
    assert.ok(refused(() => budget.open('person 1').take(2 * mebi)));
    budget.open('person 1').take(mebi);
    budget.open('person 2').take(35 * mebi);
    own[0]?.close();
    budget.open('person 1').take(2 * mebi);
  });

  it('gets back everything, also from a share that is closed twice or was refused', () => {
    const budget = createBodyBudget(10 * mebi);
    const [one, two] = [budget.open('a'), budget.open('b')];
    one.take(3 * mebi);
    assert.ok(refused(() => two.take(6 * mebi)));
    two.close();
    one.close();
    one.close();
    const three = budget.open('c');
    three.take(1);
    budget.open('d').take(3 * mebi);
  });
});
