import assert from 'node:assert/strict';
import { createHealth } from '../../src/observability/health.ts';

describe('health', () => {
  it('is ready while storage answers, and not when it does not', async () => {
    let works = true;
    let nowMs = 0;
    const health = createHealth(
      () => (works ? Promise.resolve() : Promise.reject(new Error('disk'))),
      () => nowMs,
    );
    assert.deepEqual(await health.ready(), { ready: true, why: 'ready' });
    works = false;
    nowMs = 1000;
    assert.deepEqual(await health.ready(), { ready: false, why: 'storage' });
  });

  it('asks storage once a second at most', async () => {
    let probes = 0;
    let nowMs = 0;
    const health = createHealth(
      () => {
        probes += 1;
        return Promise.resolve();
      },
      () => nowMs,
    );
    for (nowMs = 0; nowMs < 3000; nowMs += 100) await health.ready();
    assert.equal(probes, 3);
  });

  it('is not ready while stopping, whatever storage says', async () => {
    const health = createHealth(
      () => Promise.resolve(),
      () => 0,
    );
    health.stop();
    assert.deepEqual(await health.ready(), { ready: false, why: 'stopping' });
  });
});
