import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { type Clock, manualClock, systemClock } from '../../../src/core/clock.ts';
import { id } from '../../../src/core/ids.ts';
import type { Storage } from '../../../src/storage/port.ts';
import { openSqlite } from '../../../src/storage/sqlite/open.ts';
import { takeProcessNumber } from '../../../src/storage/sqlite/process-number.ts';
import {
  anna,
  boris,
  calendar,
  flat,
  makeWorld,
  noon,
  object,
  person,
  problems,
  put,
  remove,
  work,
} from '../contract/fixture.ts';
import { useFolder } from './fixture.ts';

describe('sqlite and several processes', () => {
  const path = useFolder();
  const open = (name: string, clock: Clock, processNumber = 0): Storage =>
    openSqlite({ file: path(name), clock, processNumber });

  it('have numbers of their own, which come free when they end', () => {
    const folder = path('numbers');
    const [one, two] = [takeProcessNumber(folder), takeProcessNumber(folder)];
    assert.deepEqual([one.number, two.number], [0, 1]);
    one.release();
    const three = takeProcessNumber(folder);
    assert.equal(three.number, 0);
    const others = Array.from({ length: 30 }, () => takeProcessNumber(folder));
    assert.throws(() => takeProcessNumber(folder), /32 processes work on the data/);
    for (const { release } of [two, three, ...others]) release();
  });

  it('have them without writing anything: a full disk keeps none of them out', () => {
    const folder = path('unwritten');
    const taken = [takeProcessNumber(folder), takeProcessNumber(folder)];
    const files = readdirSync(`${folder}/processes`).map((name) => [
      name,
      statSync(`${folder}/processes/${name}`).size,
    ]);
    assert.deepEqual(files, [
      ['0', 0],
      ['1', 0],
    ]);
    for (const { release } of taken) release();
  });

  it('give no id a second time when the clock was set back meanwhile', async () => {
    const { storage, done, clock } = await makeWorld(({ clock }) => open('a.db', clock));
    await done(...Array.from({ length: 200 }, (_, at) => put(work, object(`${at}.ics`))));
    await storage.close();
    const early = manualClock(clock.now() - 2);
    const again = open('a.db', early);
    for (let at = 0; at < 200; at++) {
      const changes = [put(work, object(`again-${at}.ics`)), remove(work, `${at}.ics`)];
      assert.ok((await again.commit({ actor: anna, changes })).ok);
    }
    assert.deepEqual(await problems(again), []);
    await again.close();
  });

  it('see at once what the other has committed', async () => {
    const { storage: one, done, clock } = await makeWorld(({ clock }) => open('a.db', clock));
    const two = open('a.db', clock, 1);
    await done(put(work, object('a.ics')));
    assert.equal((await two.head(work, 'a.ics'))?.etag, '"a.ics-1"');
    const version = await one.directoryVersion();
    await two.commit({
      actor: null,
      changes: [{ do: 'grant', calendar: work, grantee: boris, level: 'read' }],
    });
    assert.ok((await one.directoryVersion()) > version);
    assert.equal((await one.visibleTo(boris, []))[0]?.granted, 'read');
    await Promise.all([one.close(), two.close()]);
  });

  it('tell their watchers what the other has committed', async () => {
    const { storage: one, clock } = await makeWorld(({ clock }) => open('a.db', clock));
    const two = open('a.db', clock, 1);
    const heard = new Promise<void>((resolve) => {
      one.watch({ committed: resolve, deviceSeen: () => undefined });
    });
    // The timer of a watch keeps no process alive.
    const alive = setInterval(() => undefined, 1000);
    await two.commit({ actor: anna, changes: [put(work, object('a.ics'))] });
    await heard;
    clearInterval(alive);
    await Promise.all([one.close(), two.close()]);
  });

  it('take turns in writing, and neither loses anything', async () => {
    const { storage: one, clock } = await makeWorld(({ clock }) => open('a.db', clock));
    const two = open('a.db', clock, 1);
    const writes = [one, two].flatMap((storage, at) =>
      Array.from({ length: 200 }, (_, number) =>
        storage.commit({ actor: anna, changes: [put(work, object(`${at}-${number}.ics`))] }),
      ),
    );
    assert.ok((await Promise.all(writes)).every(({ ok }) => ok));
    assert.equal(await one.objectCount(work), 400);
    assert.equal((await two.calendar(work))?.modseq, 401);
    assert.equal((await flat(two.changes(work, 0))).length, 400);
    assert.deepEqual(await problems(one), []);
    await Promise.all([one.close(), two.close()]);
  });

  it('keeps every acknowledged commit when the process is killed in the midst of them', async function () {
    this.timeout(60_000);
    const writer = fileURLToPath(new URL('./crash-writer.js', import.meta.url));
    const first = open('crash.db', systemClock);
    await first.commit({
      actor: null,
      changes: [
        { do: 'create-principal', principal: person(anna, 'anna') },
        { do: 'create-calendar', calendar: calendar(work, anna, 'work') },
      ],
    });
    await first.close();
    for (let round = 0; round < 3; round++) {
      const child = fork(writer, [path('crash.db'), String(round)]);
      const acknowledged: string[] = [];
      await new Promise<void>((resolve) => {
        child.on('message', (name) => {
          if (typeof name === 'string') acknowledged.push(name);
          if (acknowledged.length === 150 + round * 37) resolve();
        });
      });
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      const storage = open('crash.db', systemClock, 1);
      for (const name of acknowledged) {
        assert.ok(await storage.head(work, name), `${name} was acknowledged and is not there`);
      }
      assert.deepEqual(await problems(storage), []);
      await storage.close();
    }
  });

  it('goes on clearing away what a process that died had not finished', async () => {
    const { storage, done, clock } = await makeWorld(({ clock }) => open('a.db', clock));
    await done(...Array.from({ length: 10 }, (_, at) => put(work, object(`${at}.ics`))));
    await storage.close();
    const raw = new Sqlite(path('a.db'));
    raw.exec(`UPDATE calendar SET state = 'purged' WHERE id = ${work}`);
    raw.exec(`INSERT INTO sweep (kind, subject, before, through) VALUES ('calendar', ${work}, 0, 0)`);
    raw.exec('UPDATE principal SET used_bytes = 0');
    const next = open('a.db', clock);
    await next.tidy({ before: clock.now(), keepChanges: 100 });
    assert.equal(raw.prepare('SELECT count(*) FROM object').pluck().get(), 0);
    raw.close();
    assert.deepEqual(await problems(next), []);
    await next.close();
  });

  it('writes marks of use when it closes', async () => {
    const { storage, done, clock } = await makeWorld(({ clock }) => open('a.db', clock));
    await done(
      {
        do: 'add-app-password',
        id: id(1),
        principal: anna,
        label: '',
        scope: 'read',
        calendars: null,
        hash: Buffer.from('h'),
      },
      {
        do: 'add-link',
        id: id(2),
        principal: anna,
        target: work,
        label: '',
        detail: 'full',
        window: 'all',
        alarms: true,
        expires: null,
        hash: Buffer.from('h'),
      },
    );
    storage.touchAppPassword(id(1), clock.now(), 'phone', '127.0.0.1');
    storage.touchLink(id(2), clock.now(), 'phone');
    storage.touchLink(id(2), clock.now(), 'tablet');
    storage.touchLink(id(99), clock.now(), 'nothing');
    assert.equal((await storage.linkByHash(Buffer.from('h')))?.useCount, 0);
    await storage.close();
    const next = open('a.db', manualClock(noon));
    const link = await next.linkByHash(Buffer.from('h'));
    assert.deepEqual([link?.useCount, link?.lastUsed, link?.lastProgram], [2, noon, 'tablet']);
    const [password] = await next.appPasswords(anna);
    assert.deepEqual(
      [password?.lastUsed, password?.lastProgram, password?.lastAddress],
      [noon, 'phone', '127.0.0.1'],
    );
    await next.close();
  });
});
