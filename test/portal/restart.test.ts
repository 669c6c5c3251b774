/* oxlint-disable typescript/no-unsafe-type-assertion -- answers have no type until they are looked at, and here they are */
import assert from 'node:assert/strict';
import type { Job } from '../../src/portal/api.ts';
import { JobRecords } from '../../src/portal/job-record.ts';
import { type Browser, event, ownCalendar, useWorld } from './world.ts';

describe('a restart of the server', () => {
  const world = useWorld();
  let anna: Browser;
  let id: string;

  before(async () => {
    anna = await world.now.signedIn('anna');
    ({ id } = await ownCalendar(anna));
  });

  it('lets a write be taken back that was made before it', async () => {
    const { uid, undo } = await anna.ok('POST /calendars/{id}/events', { path: { id }, body: event() });
    const path = { id, uid };
    const { etag } = await anna.ok('GET /calendars/{id}/events/{uid}', { path });
    const changed = await anna.ok('PATCH /calendars/{id}/events/{uid}', {
      path,
      body: { title: 'Another title' },
      ifMatch: etag,
    });
    await world.now.restart();
    await anna.ok('POST /undo/{undo}', { path: { undo: changed.undo } });
    assert.equal((await anna.ok('GET /calendars/{id}/events/{uid}', { path })).title, 'Meeting');
    assert.equal((await anna.refused('POST /undo/{undo}', { path: { undo: changed.undo } })).status, 404);
    // Of the object as it was added: it is so again.
    await anna.ok('POST /undo/{undo}', { path: { undo } });
    assert.equal((await anna.call('GET /calendars/{id}/events/{uid}', { path })).status, 404);
  });

  it('lets programs go on from what they were told before it (clients.md, demand 10)', async () => {
    const { now } = world;
    const home = '/dav/calendars/anna/personal/';
    const headers = { 'Content-Type': 'text/calendar' };
    const put = async (name: string, more = {}) =>
      await now.dav('anna', 'PUT', `${home}${name}.ics`, {
        headers: { ...headers, ...more },
        body: `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\nUID:${name}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
      });
    const sync = async (token: string) => {
      const { status, text } = await now.dav('anna', 'REPORT', home, {
        headers: { Depth: '0' },
        body: `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`,
      });
      assert.equal(status, 207, text);
      const names = [...text.matchAll(/personal\/(\w+)\.ics<\/D:href>(<D:status>HTTP\/1.1 404)?/g)];
      return {
        token: /sync-token>([^<]+)</.exec(text)?.[1] ?? '',
        told: names.map(([, name = '', gone]) => (gone ? `${name} gone` : name)).sort(),
      };
    };
    const etag = (await put('stays')).headers['etag'];
    await put('goes');
    const { token } = await sync('');
    await now.restart();
    assert.deepEqual(await sync(token), { token, told: [] });
    const unchanged = { 'If-None-Match': etag };
    assert.equal((await now.dav('anna', 'GET', `${home}stays.ics`, { headers: unchanged })).status, 304);
    await put('comes');
    await now.dav('anna', 'DELETE', `${home}goes.ics`);
    await now.restart();
    assert.deepEqual((await sync(token)).told, ['comes', 'goes gone']);
    assert.equal((await put('stays', { 'If-Match': etag })).status, 204);
  });

  it('does not disturb DAVx5, which polls meanwhile', async () => {
    const { code } = await anna.ok('POST /connect/codes', { body: { device: 'android' } });
    const { now } = world;
    const begun = await now.ask('POST', `/c/${code}/index.php/login/v2`);
    const { poll, login } = begun.body as { poll: { token: string }; login: string };
    const polled = () =>
      now.ask('POST', '/connect/poll', {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: `token=${poll.token}`,
      });
    await now.restart();
    assert.equal((await polled()).status, 404);
    assert.equal((await now.ask('POST', new URL(login).pathname)).status, 200);
    await now.restart();
    const { status, body } = await polled();
    assert.deepEqual([status, Object.keys(body ?? {})], [200, ['server', 'loginName', 'appPassword']]);
  });

  it('keeps the report of an import, and says of one that ran how far it had come', async () => {
    const text = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nEND:VCALENDAR\r\n';
    const started = await anna.ok('POST /calendars/{id}/import', {
      path: { id },
      raw: { type: 'text/calendar', bytes: text },
    });
    const path = { job: started.id };
    let job: Job;
    do job = await anna.ok('GET /jobs/{job}', { path });
    while (job.state === 'running');
    // As a server leaves it that was killed.
    const records = new JobRecords(world.now.app.services);
    const killed = { ...job, id: 'a-name-nobody-guesses', state: 'running', done: 300, total: 1000 } as const;
    await records.put(world.now.anna.id, { ...killed, report: null });
    await world.now.restart();
    assert.deepEqual(await anna.ok('GET /jobs/{job}', { path }), job);
    const { state, done, total } = await anna.ok('GET /jobs/{job}', { path: { job: killed.id } });
    assert.deepEqual([state, done, total], ['interrupted', 300, 1000]);
    const boris = await world.now.signedIn('boris');
    assert.equal((await boris.refused('GET /jobs/{job}', { path: { job: killed.id } })).status, 404);
  });
});
