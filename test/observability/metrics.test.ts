import assert from 'node:assert/strict';
import { listenForMetrics, type MetricsListener, noMetrics } from '../../src/observability/metrics.ts';

describe('metrics', () => {
  let listener: MetricsListener;
  const page = async (path = '/metrics'): Promise<Response> =>
    await fetch(`http://127.0.0.1:${listener.port}${path}`);

  beforeEach(async () => {
    listener = await listenForMetrics('127.0.0.1', 0);
  });

  afterEach(async () => {
    await listener.close();
  });

  it('count requests by door, method and status, with their times', async () => {
    listener.metrics.request('dav', 'PROPFIND', 207, 0.002);
    listener.metrics.request('dav', 'PROPFIND', 207, 2);
    const text = await (await page()).text();
    assert.match(text, /portcal_request_seconds_count\{door="dav",method="PROPFIND",status="207"\} 2/);
    assert.match(
      text,
      /portcal_request_seconds_bucket\{le="0\.003",door="dav",method="PROPFIND",status="207"\} 1/,
    );
  });

  it('cannot be grown by clients that invent methods', async () => {
    for (const method of ['BIND', 'LINK', 'MKACTIVITY']) listener.metrics.request('dav', method, 405, 0.001);
    assert.match(
      await (await page()).text(),
      /portcal_request_seconds_count\{door="dav",method="other",status="405"\} 3/,
    );
  });

  it('count failed sign-ins and connections', async () => {
    listener.metrics.signInFailed('wrong-credentials');
    listener.metrics.feedAnswered('not-modified');
    listener.metrics.connections(() => 42);
    const text = await (await page()).text();
    assert.match(text, /portcal_feed_answers_total\{answer="not-modified"\} 1/);
    assert.match(text, /portcal_sign_in_failures_total\{reason="wrong-credentials"\} 1/);
    assert.match(text, /portcal_connections 42/);
    assert.match(text, /process_resident_memory_bytes/);
  });

  it('are at one path only', async () => {
    assert.equal((await page('/')).status, 404);
  });

  it('refuse to listen where somebody else does', async () => {
    await assert.rejects(listenForMetrics('127.0.0.1', listener.port), /EADDRINUSE/);
  });

  it('ask for nothing when switched off', () => {
    noMetrics.request('dav', 'GET', 200, 1);
    noMetrics.signInFailed('malformed');
    noMetrics.connections(() => assert.fail('nobody reads these metrics'));
  });
});
