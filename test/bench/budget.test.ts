import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { Budget } from './budget.ts';
import { type PlanItem, plan } from './plan.ts';
import { summarize } from './statistics.ts';

const limits = { operationMs: 10_000, serverMs: 60_000 };

function item(name: string): PlanItem {
  const found = plan().find((one) => one.name === name);
  assert.ok(found, name);
  return found;
}

function summaryOf(ms: number): ReturnType<typeof summarize> {
  return summarize({ latencies: [ms], bytes: 0, errors: 0, statuses: {}, elapsedMs: ms, cpuMs: null });
}

describe('the time a server is given', () => {
  it('lets a fast operation have all of its rounds', () => {
    const budget = new Budget(limits);
    for (let round = 0; round < 500; round++) {
      assert.equal(budget.refusal(item('poll@8')), undefined);
      budget.spend(item('poll@8'), 500, summaryOf(2));
    }
  });

  it('gives an operation that was slow one round, and says how long it took', () => {
    const budget = new Budget(limits);
    budget.spend(item('list-etags@1'), 24_000, summaryOf(24_000));
    assert.equal(budget.refusal(item('list-etags@1')), '23 s longer than its slices');
    assert.equal(budget.refusal(item('sync-initial@1')), undefined);
  });

  it('leaves out what would take out of proportion with more connections', () => {
    const budget = new Budget(limits);
    const alone = 3_000 * availableParallelism();
    budget.spend(item('multiget-50@1'), alone, summaryOf(alone));
    assert.match(budget.refusal(item('multiget-50@8')) ?? '', /^a request takes \d.* at a concurrency of 1$/);
    assert.equal(budget.refusal(item('query-day@8')), undefined);
  });

  it('ends with the time of the server', () => {
    const budget = new Budget(limits);
    for (const name of ['list-etags@1', 'sync-initial@1', 'freebusy@1', 'get@1'])
      budget.spend(item(name), 20_000, summaryOf(20_000));
    assert.equal(budget.refusal(item('poll@8')), "the server's time of 60 s was over");
    assert.equal(budget.refusal(item('poll@1')), undefined, 'once with one connection is always possible');
    budget.spend(item('poll@1'), 5, summaryOf(5));
    assert.equal(budget.refusal(item('poll@1')), "the server's time of 60 s was over");
  });
});
