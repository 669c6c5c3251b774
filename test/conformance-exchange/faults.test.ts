import assert from 'node:assert/strict';
import type { Fault } from '../../conformance/exchange/faults.ts';
import { parse } from '../../conformance/exchange/markup.ts';
import { calendar, creation, envelopeOf, type Lab, openLab, post, syncing } from './lab.ts';

const sync = envelopeOf(syncing(undefined));
const create = envelopeOf(creation('<t:Subject>x</t:Subject>'));

describe('the fake Exchange server: faults on demand', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.close());

  const wrong = async (
    fault: Fault,
    body = sync,
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> => {
    lab.exchange.faults.add({ fault });
    return post(lab.exchange, body);
  };

  it('is busy in three ways, with and without a back-off', async () => {
    const detail = await wrong({ kind: 'busy', where: 'fault-detail', backOffMs: 1_500 });
    assert.equal(detail.status, 500);
    assert.match(detail.text, /<t:Value Name="BackOffMilliseconds">1500</);
    const inside = await wrong({ kind: 'busy', where: 'response-message', backOffMs: 0 });
    assert.equal(inside.status, 200);
    assert.match(inside.text, /ErrorServerBusy[\s\S]*"BackOffMilliseconds">0</);
    const bare = await wrong({ kind: 'busy', where: 'fault-code' });
    assert.match(bare.text, /<faultcode[^>]*>a:ErrorServerBusy</);
    assert.doesNotMatch(bare.text, /detail/);
  });

  it('commits and closes the connection without an answer', async () => {
    await assert.rejects(wrong({ kind: 'reset-after' }, create));
    assert.equal(lab.exchange.outlook('alice@lab.test').all().length, 1);
    await assert.rejects(wrong({ kind: 'reset-before' }, create));
    assert.equal(lab.exchange.outlook('alice@lab.test').all().length, 1);
  });

  it('breaks off in the middle, trickles, and answers what is no XML', async () => {
    await assert.rejects(wrong({ kind: 'half' }));
    assert.ok(parse((await wrong({ kind: 'drip', bytes: 50, everyMs: 1 })).text));
    assert.equal(parse((await wrong({ kind: 'not-xml' })).text), undefined);
    assert.equal((await wrong({ kind: 'empty' })).text, '');
    assert.equal(parse((await wrong({ kind: 'doctype' })).text), undefined);
    const unavailable = await wrong({ kind: 'status', status: 503, retryAfter: '7', html: true });
    assert.deepEqual([unavailable.status, unavailable.headers.get('retry-after')], [503, '7']);
  });

  it('answers a wrong number of parts, and elements nobody knows', async () => {
    const batch = envelopeOf(
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>${calendar}${calendar}</m:FolderIds></m:GetFolder>`,
    );
    const parts = (text: string): number => text.match(/<m:GetFolderResponseMessage /g)?.length ?? 0;
    assert.equal(parts((await wrong({ kind: 'duplicate-messages' }, batch)).text), 4);
    assert.equal(parts((await wrong({ kind: 'drop-message' }, batch)).text), 1);
    assert.match((await wrong({ kind: 'unknown-elements' }, batch)).text, /Novelty/);
  });

  it('waits for its turn, its operation and its mailbox', async () => {
    const { faults } = lab.exchange;
    faults.add({
      on: 'SyncFolderItems',
      after: 1,
      times: 2,
      mailbox: 'alice@lab.test',
      fault: { kind: 'code', code: 'ErrorTimeoutExpired', where: 'message' },
    });
    const codes: string[] = [];
    for (let i = 0; i < 4; i++) codes.push(await lab.code(syncing(undefined)));
    assert.deepEqual(codes, ['NoError', 'ErrorTimeoutExpired', 'ErrorTimeoutExpired', 'NoError']);
    assert.equal(faults.pending, 0);
  });

  it('has a clock of its own in its Date header', async () => {
    lab.exchange.clockSkewMs = 3 * 3_600_000;
    const answer = await post(lab.exchange, sync);
    assert.equal(answer.headers.get('date'), 'Mon, 23 Nov 2026 11:00:00 GMT');
  });

  it('counts requests and how many ran at once', async () => {
    const { counters, faults } = lab.exchange;
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    faults.add({ fault: { kind: 'hold', until } });
    const held = post(lab.exchange, sync);
    while (counters.of('SyncFolderItems') === 0) await new Promise(setImmediate);
    await post(lab.exchange, sync);
    release();
    await held;
    assert.deepEqual(
      [counters.of('SyncFolderItems'), counters.maxConcurrent, counters.maxConcurrentOfOneMailbox],
      [2, 2, 2],
    );
  });
});
