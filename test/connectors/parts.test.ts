/** A main item says nothing of the instances that single items stand for. */
import assert from 'node:assert/strict';
import { withParts } from '../../src/connectors/parts.ts';
import { content, series } from './exchange/mapping/fixture.ts';

const moved = '2026-12-07T09:00:00Z';
const beside = '2026-11-25T11:00:00Z';
const rule = 'FREQ=WEEKLY;BYDAY=MO';

describe('parts of a series', () => {
  it('are as agreed, whatever the main item says of their instances', () => {
    const agreed = series(
      rule,
      {},
      { overrides: { [moved]: content({ title: 'Moved' }), [beside]: content() } },
    );
    const main = series(rule, { title: 'New' }, { excluded: ['2026-11-30T09:00:00Z', moved] });
    const whole = withParts(main, agreed, [moved, beside]);
    assert.deepEqual(whole.excluded, ['2026-11-30T09:00:00Z']);
    assert.deepEqual(whole.overrides, agreed.overrides);
    assert.equal(whole.content.title, 'New');
  });

  it('that were deleted stay so', () => {
    const agreed = series(rule, {}, { excluded: [moved] });
    assert.deepEqual(withParts(series(rule), agreed, [moved]).excluded, [moved]);
  });

  it('do not touch other instances', () => {
    const main = series(rule, {}, { overrides: { [moved]: content() } });
    assert.deepEqual(withParts(main, series(rule), []), main);
  });
});
