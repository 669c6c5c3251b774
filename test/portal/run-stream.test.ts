import assert from 'node:assert/strict';
import { nothingCounted } from '../../src/connectors/round/work.ts';
import type { ConnectorRun } from '../../src/core/connector.ts';
import { id } from '../../src/core/ids.ts';
import { instant } from '../../src/icalendar/time.ts';
import { followRun, type RunStream } from '../../src/portal/run-stream.ts';
import { type Office, office } from '../service/office.ts';

describe('followers of a run', () => {
  let at: Office;
  before(async () => {
    at = await office();
  });
  after(() => at.close());

  it('are so many of each person, the oldest of whom makes room', () => {
    const run: ConnectorRun = {
      id: id(1),
      link: id(2),
      cause: 'manual',
      started: instant(0),
      finished: null,
      outcome: 'running',
      phase: 'pulling',
      done: 0,
      total: null,
      counters: nothingCounted,
      failure: null,
      detail: null,
    };
    const following = new Set<RunStream>();
    const others = followRun(at.services, following, at.bob.id, run);
    const own = Array.from({ length: 20 }, () => followRun(at.services, following, at.alice.id, run));
    assert.deepEqual(
      own.map(({ ended }) => ended),
      own.map((_, place) => place < 12),
    );
    assert.ok(!others.ended);
    for (const stream of following) stream.end();
    assert.equal(following.size, 0);
  });
});
