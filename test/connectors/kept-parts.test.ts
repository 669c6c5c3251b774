/** What both sides agree on after a change of which the other side has kept a part (exchange.md 9.1). */
import assert from 'node:assert/strict';
import { canonical } from '../../src/connectors/agreed.ts';
import { asKept } from '../../src/connectors/outbox.ts';
import { changedInstance, daily } from './events.ts';
import { titled, withContent } from './linked.ts';

const before = canonical(daily({ title: 'Before', location: 'Room 1' }));
const [one, other] = ['2026-03-25T09:00:00Z', '2026-03-26T09:00:00Z'];

describe('a change of which a part is kept', () => {
  it('is agreed on where it was kept, and where it was not both sides say what they say', () => {
    const after = canonical(withContent({ title: 'After', location: 'Room 2' })(before));
    const told = canonical(titled('After')(before));
    assert.deepEqual(asKept({ local: after, remote: after }, before, told), { local: after, remote: told });
  });

  it('is agreed on by instance', () => {
    const after = canonical({ ...changedInstance(before, one, { title: 'Other' }), excluded: [other] });
    for (const told of [
      changedInstance(before, one, { title: 'Other' }),
      { ...before, excluded: [other] },
      before,
    ])
      assert.deepEqual(
        asKept({ local: after, remote: after }, before, canonical(told)).remote,
        canonical(told),
      );
  });

  it('leaves what somebody has changed there meanwhile to be decided about', () => {
    const after = canonical(titled('After')(before));
    const told = canonical(titled('Theirs')(before));
    assert.deepEqual(asKept({ local: after, remote: after }, before, told).remote, after);
  });
});
