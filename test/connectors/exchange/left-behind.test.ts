/** Exceptions that say what their series says are told as none; they follow it all the same (exchange.md 8.6, 10.3). */
import assert from 'node:assert/strict';
import { dayFrom } from '../../../conformance/exchange/recurrence.ts';
import { titled } from '../linked.ts';
import { InStep } from './in-step.ts';

describe('an exception that says what its series says', () => {
  let at: InStep;

  afterEach(() => at.close());

  it('gets the new title of the series with it', async () => {
    at = await InStep.open();
    const id = at.outlook.create({
      subject: 'Stand-up',
      start: '2026-03-24T10:00',
      end: '2026-03-24T10:30',
      recurrence: { pattern: { kind: 'daily', interval: 1 }, start: dayFrom('2026-03-24'), count: 5 },
    });
    at.outlook.editInstance(id, '2026-03-26', { subject: 'Stand-up, special' });
    at.outlook.editInstance(id, '2026-03-26', { subject: 'Stand-up' });
    at.outlook.editInstance(id, '2026-03-27', { location: 'Elsewhere' });
    await at.linked.synced();
    const [series] = await at.linked.events();
    assert.deepEqual(Object.keys(series?.overrides ?? {}), ['2026-03-27T09:00:00Z']);
    await at.linked.edit(series?.uid ?? '', titled('Daily'));
    await at.linked.synced();
    await at.quiet();
    await at.assertInStep();
    const [here] = await at.linked.events();
    assert.deepEqual(Object.keys(here?.overrides ?? {}), ['2026-03-27T09:00:00Z']);
    const [there] = await at.there();
    assert.deepEqual(Object.keys(there?.event.overrides ?? {}), ['2026-03-27T09:00:00Z']);
    assert.equal(there?.event.content.title, 'Daily');
  });
});
