import assert from 'node:assert/strict';
import { idSource } from '../../src/core/ids.ts';
import type { Job } from '../../src/portal/api.ts';
import { JobRecords } from '../../src/portal/job-record.ts';
import { type Office, office } from '../service/office.ts';

const running: Job = {
  id: 'a-name-nobody-guesses',
  kind: 'import',
  calendar: '1',
  state: 'running',
  done: 300,
  total: 1000,
  report: null,
  error: null,
  message: null,
};

describe('jobs that several servers tell of', () => {
  let at: Office;
  let runs: JobRecords;
  let looksOn: JobRecords;
  beforeEach(async () => {
    at = await office();
    const server = (number: number): JobRecords =>
      new JobRecords({ ...at.services, ids: idSource(at.clock, number) });
    runs = server(4);
    looksOn = server(5);
    await runs.put(at.alice.id, running);
  });
  afterEach(async () => {
    await runs.put(at.alice.id, { ...running, state: 'failed' });
    await at.close();
  });

  const seen = async (by: JobRecords): Promise<string | undefined> =>
    (await by.get(at.alice.id, running.id))?.state;

  it('run for everybody as long as whoever runs them says so', async () => {
    for (let minute = 0; minute < 5; minute++) {
      at.clock.advance(50_000);
      await runs.beat();
      assert.deepEqual([await seen(runs), await seen(looksOn)], ['running', 'running']);
    }
    assert.equal(await looksOn.get(at.bob.id, running.id), undefined);
  });

  it('were interrupted when whoever ran them has fallen silent', async () => {
    at.clock.advance(60_000);
    assert.equal(await seen(looksOn), 'interrupted');
    await runs.beat();
    assert.equal(await seen(looksOn), 'running');
  });

  it('were interrupted at once for the server that came in the place of the other', async () => {
    const successor = new JobRecords({ ...at.services, ids: idSource(at.clock, 4) });
    assert.equal(await seen(successor), 'interrupted');
  });
});
