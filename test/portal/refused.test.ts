/** What a calendar refuses of a program is put aside for its person: told, taken home, mended, thrown away. */
import assert from 'node:assert/strict';
import type { RefusedId } from '../../src/core/ids.ts';
import { actorFor } from '../../src/service/access.ts';
import { purgeRefused } from '../../src/service/calendars/refused.ts';
import { addAppPassword } from '../../src/service/people/passwords.ts';
import { type Answer, type Browser, useWorld } from './world.ts';

const lines = (...all: readonly string[]): string => [...all, ''].join('\r\n');
const eventOf = (uid: string, ...more: readonly string[]): readonly string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'DTSTAMP:20260101T000000Z',
  'DTSTART:20260310T090000Z',
  ...more,
  'END:VEVENT',
];
const calendarOf = (...events: readonly string[]): string =>
  lines('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...events, 'END:VCALENDAR');

/** Two events in one object: no calendar takes it, an import does. */
const two = (name: string): string => calendarOf(...eventOf(`${name}-1`), ...eventOf(`${name}-2`));
const broken = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:torn\r\nSUMMARY:cut o';

describe('refused objects', () => {
  const world = useWorld();
  let anna: Browser;
  const home = '/dav/calendars/anna/personal/';
  const put = (name: string, body: string, who = 'anna', place = home): Promise<Answer<unknown>> =>
    world.now.dav(who, 'PUT', `${place}${name}`, {
      headers: { 'Content-Type': 'text/calendar', 'User-Agent': 'Phone/1.0' },
      body,
    });
  const listed = async (browser: Browser = anna) => (await browser.ok('GET /refused')).refused;
  const newest = async (): Promise<string> => (await listed())[0]?.id ?? assert.fail();
  const removeAll = async (): Promise<void> => {
    for (const { id: refused } of await listed())
      await anna.ok('DELETE /refused/{refused}', { path: { refused } });
  };

  before(async () => {
    anna = await world.now.signedIn('anna');
  });
  afterEach(removeAll);

  /** Past the door, which notes no more than some a minute. */
  const stored = async (name: string, bytes: Uint8Array): Promise<void> => {
    const { storage, ids } = world.now.app.services;
    const principal = world.now.anna.id;
    const calendar = (await storage.calendarByName(principal, 'personal'))?.id ?? assert.fail();
    const [code, message] = ['invalid-calendar-data', 'x'] as const;
    const more = { code, message, line: null, uid: null, program: '', bytes };
    const refused = { id: ids<RefusedId>(), principal, calendar, name, ...more };
    await storage.commit({ actor: null, changes: [{ do: 'note-refused', refused }] });
  };

  it('are told to whoever sent them: where, which, why, by what, when', async () => {
    const { status } = await put('torn%20one.ics', broken);
    assert.equal(status, 403);
    const [refused, ...others] = await listed();
    assert.equal(others.length, 0);
    assert.ok(refused);
    const { id, at, detail, calendar, line, ...rest } = refused;
    assert.match(id, /^\d+$/);
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
    assert.ok(detail.length > 5);
    assert.ok(line === null || line > 0);
    assert.ok(calendar);
    assert.deepEqual(rest, {
      calendarName: 'Personal',
      name: 'torn one.ics',
      uid: 'torn',
      reason: 'invalid-calendar-data',
      program: 'Phone/1.0',
      sizeBytes: broken.length,
    });
  });

  it('name the line, where one is at fault', async () => {
    await put('line.ics', calendarOf(...eventOf('line', 'RRULE:FREQ=SOMETIMES')));
    const [refused] = await listed();
    assert.equal(refused?.line, 8);
  });

  it('are given back as they were sent, as nothing that a browser would show', async () => {
    await put('torn.ics', broken);
    const refused = await newest();
    const { text, headers } = await anna.call('GET /refused/{refused}/download', { path: { refused } });
    assert.equal(text, broken);
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.match(headers['content-disposition'] ?? '', /^attachment;/);
  });

  it('are mended as an import mends them, and then put aside no longer', async () => {
    assert.equal((await put('two.ics', two('mend'))).status, 403);
    const refused = await newest();
    const report = await anna.ok('POST /refused/{refused}/mend', { path: { refused } });
    assert.deepEqual([report.added, report.updated, report.failed], [2, 0, 0]);
    assert.deepEqual(await listed(), []);
    const { text } = await world.now.dav('anna', 'PROPFIND', home, { headers: { Depth: '1' } });
    assert.equal(text.match(/mend-/g)?.length, 2);
  });

  it('overwrite nothing when they are mended', async () => {
    await put('there.ics', calendarOf(...eventOf('late-1', 'SUMMARY:newer')));
    await put('late.ics', two('late'));
    const refused = await newest();
    assert.equal((await anna.refused('POST /refused/{refused}/mend', { path: { refused } })).status, 409);
    const { text } = await world.now.dav('anna', 'GET', `${home}there.ics`);
    assert.match(text, /SUMMARY:newer/);
    assert.equal((await listed()).length, 1);
  });

  it('stay when they cannot be mended', async () => {
    await put('never.ics', calendarOf('BEGIN:VEVENT', 'UID:never', 'DTSTART:soon', 'END:VEVENT'));
    const refused = await newest();
    const { status, body } = await anna.call('POST /refused/{refused}/mend', { path: { refused } });
    if (status === 200) assert.deepEqual([body.added, body.failed], [0, 1]);
    else assert.equal(status, 422);
    assert.equal((await listed()).length, 1);
  });

  it('are told no longer when the program has stored a sound one under the name', async () => {
    await put('again.ics', broken);
    assert.equal((await listed()).length, 1);
    assert.equal((await put('again.ics', calendarOf(...eventOf('again')))).status, 201);
    assert.deepEqual(await listed(), []);
  });

  it('are those of whoever sent them, and nobody else’s, not an administrator’s either', async () => {
    await put('mine.ics', broken);
    const refused = await newest();
    for (const name of ['boris', 'root']) {
      const other = await world.now.signedIn(name);
      assert.deepEqual(await listed(other), []);
      for (const route of [
        'GET /refused/{refused}/download',
        'POST /refused/{refused}/mend',
        'DELETE /refused/{refused}',
      ] as const)
        assert.equal((await other.refused(route, { path: { refused } })).status, 404, `${name} ${route}`);
    }
    assert.equal((await listed()).length, 1);
  });

  it('are none where the right was missing, or the condition failed', async () => {
    const other = await world.now.signedIn('boris');
    assert.ok((await put('torn.ics', broken, 'boris')).status >= 400);
    const { services } = world.now.app;
    const owner = await actorFor(services, world.now.anna, { scope: 'write', via: 'session' });
    const values = { label: 'x', scope: 'read' } as const;
    const { secret } = await addAppPassword(services, owner, world.now.anna, values);
    const reading = `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`;
    for (const headers of [{ Authorization: reading }, { 'If-Match': '"x"' }]) {
      const { status } = await world.now.dav('anna', 'PUT', `${home}torn.ics`, {
        headers: { 'Content-Type': 'text/calendar', ...headers },
        body: 'If-Match' in headers ? calendarOf(...eventOf('cond')) : broken,
      });
      assert.ok(status === 403 || status === 412);
    }
    assert.deepEqual(await listed(other), []);
    assert.deepEqual(await listed(), []);
  });

  it('of one name are one, that of the last time', async () => {
    await put('same.ics', broken);
    await put('same.ics', broken);
    await put('same.ics', two('same'));
    const all = await listed();
    assert.deepEqual(
      all.map(({ uid }) => uid),
      ['same-1'],
    );
  });

  it('are noted so often in a minute and no oftener, and fifty of them at most', async () => {
    for (let at = 0; at < 40; at++) await put(`many-${at}.ics`, `${broken}${at}`);
    const count = (await listed()).length;
    assert.ok(count <= 40 && count >= 10, String(count));
    const { storage } = world.now.app.services;
    for (let at = 0; at < 60; at++) await stored(`stored-${at}.ics`, Buffer.alloc(at < 40 ? 10 : 256 * 1024));
    const kept = await storage.refused(world.now.anna.id);
    assert.equal(kept[0]?.name, 'stored-59.ics');
    assert.equal(kept.length, 16);
    assert.ok(kept.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0) <= 4 * 1024 * 1024);
  });

  it('are forgotten after a month', async () => {
    const {
      services,
      services: { storage },
    } = world.now.app;
    await stored('old.ics', Buffer.from(broken));
    const of = async (): Promise<number> => (await storage.refused(world.now.anna.id)).length;
    assert.equal(await of(), 1);
    const later = { ...services, clock: { now: () => services.clock.now() + 29 * 86_400_000 } };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an instant is a number of the clock
    await purgeRefused(later as typeof services);
    assert.equal(await of(), 1);
    const muchLater = { ...services, clock: { now: () => services.clock.now() + 31 * 86_400_000 } };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    await purgeRefused(muchLater as typeof services);
    assert.equal(await of(), 0);
  });
});

describe('objects that are too long', () => {
  const world = useWorld({ 'max-object-bytes': '20000' });

  it('are told of, and not kept', async () => {
    const anna = await world.now.signedIn('anna');
    const body = calendarOf(...eventOf('long', `DESCRIPTION:${'x'.repeat(30_000)}`));
    const path = '/dav/calendars/anna/personal/long.ics';
    const { status } = await world.now.dav('anna', 'PUT', path, {
      headers: { 'Content-Type': 'text/calendar' },
      body,
    });
    assert.ok(status === 403 || status === 413, String(status));
    const { refused } = await anna.ok('GET /refused');
    assert.deepEqual(
      refused.map(({ name, reason, sizeBytes }) => [name, reason, sizeBytes]),
      [['long.ics', 'too-large', null]],
    );
    const at = { path: { refused: refused[0]?.id ?? '' } };
    assert.equal((await anna.refused('GET /refused/{refused}/download', at)).status, 410);
    assert.equal((await anna.refused('POST /refused/{refused}/mend', at)).status, 410);
    await anna.ok('DELETE /refused/{refused}', at);
  });
});
