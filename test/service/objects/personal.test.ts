import assert from 'node:assert/strict';
import { getObject, putObject } from '../../../src/service/objects/objects.ts';
import { fastRows, listing } from '../../../src/service/objects/queries.ts';
import { changesSince } from '../../../src/service/sync/sync.ts';
import {
  actor,
  all,
  event,
  gathered,
  type Office,
  office,
  put,
  refreshed,
  refuses,
  seen,
  share,
} from '../office.ts';

const alarm = (...more: string[]): string[] => [
  'BEGIN:VALARM',
  'ACTION:DISPLAY',
  'DESCRIPTION:x',
  'TRIGGER:-PT5M',
  ...more,
  'END:VALARM',
];

describe('alarms on calendars that one may only read', () => {
  let at: Office;
  const dismissed = event({
    more: ['X-MOZ-LASTACK:20260320T120000Z'],
    inner: alarm('ACKNOWLEDGED:20260320T120000Z'),
  });

  beforeEach(async () => {
    at = await office();
    await put(at, await actor(at, at.alice), await seen(at), 'a.ics', event({ inner: alarm() }));
    await share(at, at.bob, 'read');
    await share(at, at.team, 'read');
  });
  afterEach(() => at.close());

  it('are dismissed for that person alone', async () => {
    const bob = await actor(at, at.bob);
    const result = await put(at, bob, await seen(at, at.bob), 'a.ics', dismissed);
    assert.deepEqual([result.created, result.personal], [false, true]);
    const mine = await getObject(at.services, bob, await seen(at, at.bob), 'a.ics');
    assert.deepEqual(Buffer.from(mine?.bytes ?? []), dismissed);
    assert.equal(mine?.etag, result.etag);
    const theirs = await getObject(at.services, await actor(at, at.alice), await seen(at), 'a.ics');
    assert.doesNotMatch(Buffer.from(theirs?.bytes ?? []).toString(), /LASTACK/);
  });

  it('reach the other devices of that person by every way of reading, and nobody else', async () => {
    const bob = await actor(at, at.bob);
    const first = await changesSince(at.services, bob, await seen(at, at.bob), undefined);
    await all(first.pages);
    const { token } = first.end();
    const { etag } = await put(at, bob, await seen(at, at.bob), 'a.ics', dismissed);
    const theirs = await seen(at, at.bob);
    const delta = await changesSince(at.services, bob, theirs, token);
    assert.deepEqual(await all(delta.pages), [{ name: 'a.ics', gone: false, etag }]);
    assert.deepEqual(
      (await all(listing(at.services, bob, theirs))).map((head) => head.etag),
      [etag],
    );
    const rows = await fastRows(at.services, bob, theirs, { by: 'all' }, { head: '', tag: ' ', tail: '' });
    assert.ok(rows);
    assert.equal(await gathered(rows), `a.ics ${etag}`);
    const alice = await actor(at, at.alice);
    assert.notEqual((await all(listing(at.services, alice, await seen(at))))[0]?.etag, etag);
  });

  it('hold to what the client expects of its own copy', async () => {
    const bob = await actor(at, at.bob);
    const where = await seen(at, at.bob);
    const shared = await getObject(at.services, bob, where, 'a.ics');
    assert.ok(shared);
    const request = { name: 'a.ics', bytes: dismissed };
    await refuses(putObject(at.services, bob, where, { ...request, expect: 'absent' }), 'stale');
    const { etag } = await putObject(at.services, bob, where, { ...request, expect: { etag: shared.etag } });
    await refuses(putObject(at.services, bob, where, { ...request, expect: { etag: shared.etag } }), 'stale');
    assert.ok(etag);
    // Put back as it was, the person's own copy is forgotten.
    const again = { name: 'a.ics', bytes: shared.bytes, expect: { etag } };
    assert.equal((await putObject(at.services, bob, where, again)).etag, shared.etag);
    assert.equal((await getObject(at.services, bob, where, 'a.ics'))?.etag, shared.etag);
  });

  it('come back when the shared event changes', async () => {
    const bob = await actor(at, at.bob);
    await put(at, bob, await seen(at, at.bob), 'a.ics', dismissed);
    await put(
      at,
      await actor(at, at.alice),
      await seen(at),
      'a.ics',
      event({ summary: 'Moved', inner: alarm() }),
    );
    const got = await getObject(at.services, bob, await seen(at, at.bob), 'a.ics');
    assert.match(Buffer.from(got?.bytes ?? []).toString(), /SUMMARY:Moved/);
  });

  it('cannot carry any other change', async () => {
    const bob = await actor(at, at.bob);
    const where = await seen(at, at.bob);
    const other = event({ summary: 'Mine now', inner: alarm('ACKNOWLEDGED:20260320T120000Z') });
    const refusal = await refuses(put(at, bob, where, 'a.ics', other), 'need-privileges');
    assert.equal(refusal.detail.privilege, 'write-content');
    await refuses(put(at, bob, where, 'new.ics', dismissed), 'need-privileges');
  });

  it('are not for events that the person sees reduced, nor for those who see less than all', async () => {
    const alice = await actor(at, at.alice);
    await put(at, alice, await seen(at), 'p.ics', event({ uid: 'p', more: ['CLASS:PRIVATE'] }));
    const bob = await actor(at, at.bob);
    await refuses(put(at, bob, await seen(at, at.bob), 'p.ics', event({ uid: 'p' })), 'need-privileges');
    await share(at, at.team, null);
    await share(at, at.bob, 'titles');
    await refuses(put(at, bob, await seen(at, at.bob), 'a.ics', dismissed), 'need-privileges');
  });

  it('are not for a credential that may only read', async () => {
    const readOnly = await actor(at, at.bob, 'read');
    const where = await refreshed(at, readOnly, await seen(at, at.bob));
    await refuses(put(at, readOnly, where, 'a.ics', dismissed), 'need-privileges');
  });

  it('give way to the shared state once the person may write', async () => {
    const bob = await actor(at, at.bob);
    await put(at, bob, await seen(at, at.bob), 'a.ics', dismissed);
    await share(at, at.bob, 'edit');
    const got = await getObject(at.services, bob, await seen(at, at.bob), 'a.ics');
    assert.doesNotMatch(Buffer.from(got?.bytes ?? []).toString(), /LASTACK/);
  });
});
