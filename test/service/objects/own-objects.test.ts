import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Level } from '../../../src/core/acl.ts';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import type { Actor, Principal } from '../../../src/core/principal.ts';
import { Refusal } from '../../../src/core/refusal.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { createCalendar } from '../../../src/service/calendars/calendars.ts';
import { importCalendar } from '../../../src/service/calendars/import.ts';
import { listTrash, restore } from '../../../src/service/calendars/trash.ts';
import { changeEvent, removeEvent } from '../../../src/service/objects/events.ts';
import { deleteObject, getHead, getObject, putObject } from '../../../src/service/objects/objects.ts';
import { listing, multiget } from '../../../src/service/objects/queries.ts';
import { copyObject, moveObject } from '../../../src/service/objects/transfers.ts';
import { undoWrite } from '../../../src/service/objects/undo.ts';
import { createPerson } from '../../../src/service/people/people.ts';
import { actor, all, event, type Office, office, put, refuses, seen, share } from '../office.ts';

describe('objects of one’s own', () => {
  let at: Office;
  let alice: Actor;
  let bob: Actor;
  let mine: SeenCalendar;
  /** Alice's calendar as Bob meets it. */
  let shared: SeenCalendar;

  const level = async (given: Level): Promise<void> => {
    await share(at, at.bob, given);
    shared = await seen(at, at.bob);
  };
  beforeEach(async () => {
    at = await office();
    [alice, bob] = [await actor(at, at.alice), await actor(at, at.bob)];
    mine = await seen(at);
    await level('contribute');
  });
  afterEach(() => at.close());

  const send = (who: Actor, where: SeenCalendar, name: string, summary: string) =>
    put(at, who, where, name, event({ uid: name, summary }));
  const text = async (name: string): Promise<string> => {
    const found = await getObject(at.services, alice, mine, name);
    return found ? Buffer.from(found.bytes).toString() : '';
  };

  it('are added, changed and removed by whoever may contribute', async () => {
    await send(bob, shared, 'own.ics', 'one');
    await send(bob, shared, 'own.ics', 'two');
    assert.match(await text('own.ics'), /SUMMARY:two/);
    await moveObject(at.services, bob, shared, 'own.ics', {
      seen: shared,
      name: 'new.ics',
      overwrite: false,
    });
    await deleteObject(at.services, bob, shared, 'new.ics');
    assert.equal(await text('new.ics'), '');
  });

  it('stay their maker’s after the owner has changed them', async () => {
    await send(bob, shared, 'own.ics', 'one');
    await send(alice, mine, 'own.ics', 'changed by the owner');
    await send(bob, shared, 'own.ics', 'two');
    assert.match(await text('own.ics'), /SUMMARY:two/);
  });

  it('are no one else’s: what others have made is refused by its name, and stands as it was', async () => {
    await send(alice, mine, 'hers.ics', 'hers');
    await send(bob, shared, 'own.ics', 'own');
    const elsewhere = await seen(at, at.bob, at.bob);
    const target = (where: SeenCalendar, name: string) => ({ seen: where, name, overwrite: true });
    const { services } = at;
    for (const [work, privilege] of [
      [() => send(bob, shared, 'hers.ics', 'his'), 'write-content'],
      [() => deleteObject(services, bob, shared, 'hers.ics'), 'unbind'],
      [() => moveObject(services, bob, shared, 'hers.ics', target(elsewhere, 'a.ics')), 'unbind'],
      [() => moveObject(services, bob, shared, 'hers.ics', target(shared, 'b.ics')), 'unbind'],
      [() => moveObject(services, bob, shared, 'own.ics', target(shared, 'hers.ics')), 'unbind'],
      [() => copyObject(services, bob, shared, 'own.ics', target(shared, 'hers.ics')), 'write-content'],
    ] as const) {
      const { detail } = await refuses(work(), 'need-privileges');
      assert.deepEqual(detail, { privilege, calendar: mine.calendar.id, name: 'hers.ics' });
    }
    assert.match(await text('hers.ics'), /SUMMARY:hers/);
    assert.match(await text('own.ics'), /SUMMARY:own/);
  });

  it('are copied freely: a copy is the copier’s', async () => {
    await send(alice, mine, 'hers.ics', 'hers');
    const elsewhere = await seen(at, at.bob, at.bob);
    const there = { seen: elsewhere, name: 'copy.ics', overwrite: false };
    await copyObject(at.services, bob, shared, 'hers.ics', there);
    assert.ok(await getObject(at.services, bob, elsewhere, 'copy.ics'));
    await deleteObject(at.services, bob, elsewhere, 'copy.ics');
    assert.equal(await getObject(at.services, bob, elsewhere, 'copy.ics'), undefined);
    assert.match(await text('hers.ics'), /SUMMARY:hers/);
  });

  it('of which nobody knows who made them are nobody’s, and of the system likewise', async () => {
    await putObject(at.services, at.system, mine, {
      name: 'old.ics',
      bytes: event({ uid: 'old' }),
      expect: 'absent',
    });
    await refuses(deleteObject(at.services, bob, shared, 'old.ics'), 'need-privileges');
    await deleteObject(at.services, alice, mine, 'old.ics');
  });

  it('may be changed and not removed by those who revise, and removed by those who edit', async () => {
    for (const name of ['a.ics', 'b.ics']) await send(alice, mine, name, 'hers');
    await level('revise');
    await send(bob, shared, 'a.ics', 'revised');
    assert.match(await text('a.ics'), /SUMMARY:revised/);
    await refuses(deleteObject(at.services, bob, shared, 'a.ics'), 'need-privileges');
    const target = { seen: await seen(at, at.bob, at.bob), name: 'x.ics', overwrite: false };
    await refuses(moveObject(at.services, bob, shared, 'a.ics', target), 'need-privileges');
    await send(bob, shared, 'own.ics', 'own');
    await deleteObject(at.services, bob, shared, 'own.ics');
    await level('edit');
    await deleteObject(at.services, bob, shared, 'a.ics');
    await moveObject(at.services, bob, shared, 'b.ics', target);
  });

  it('come out of the trash as they went into it', async () => {
    await send(bob, shared, 'own.ics', 'one');
    await deleteObject(at.services, alice, mine, 'own.ics');
    const [item] = await all(listTrash(at.services, alice, at.alice));
    assert.ok(item);
    await restore(at.services, alice, at.alice, item.id);
    await send(bob, shared, 'own.ics', 'two');
  });

  it('come back as their maker’s when what the owner did is taken back', async () => {
    const { services } = at;
    await send(bob, shared, 'own.ics', 'one');
    const target = { seen: mine, uid: 'own.ics', zone: utc };
    const etag = async () => (await getObject(services, alice, mine, 'own.ics'))?.etag ?? assert.fail();
    const gone = await removeEvent(services, alice, target, 'all', await etag());
    await undoWrite(services, alice, gone.undo);
    await send(bob, shared, 'own.ics', 'two');
    const changed = await changeEvent(services, alice, target, 'all', { title: 'three' }, await etag());
    await undoWrite(services, alice, changed.undo);
    await send(bob, shared, 'own.ics', 'four');
  });

  it('are what an import updates, and it adds what is not there', async () => {
    await send(alice, mine, 'hers.ics', 'hers');
    await send(bob, shared, 'own.ics', 'own');
    const inner = (uid: string): string[] =>
      Buffer.from(event({ uid, summary: 'imported' }))
        .toString()
        .split('\r\n')
        .slice(3, -2);
    const file = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:x',
      ...['hers.ics', 'own.ics', 'new'].flatMap(inner),
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    const report = await importCalendar(at.services, bob, shared, Buffer.from(file));
    assert.deepEqual([report.added, report.updated, report.failed], [1, 1, 1]);
    assert.deepEqual(
      report.notices.map(({ uid, code }) => [uid, code]),
      [['hers.ics', 'need-privileges']],
    );
    assert.match(await text('hers.ics'), /SUMMARY:hers/);
  });

  it('by others keep the reminders that somebody has dismissed, for that person alone', async () => {
    const alarm = (more: readonly string[]): Uint8Array =>
      event({
        uid: 'a.ics',
        inner: ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT5M', 'DESCRIPTION:x', ...more, 'END:VALARM'],
      });
    await put(at, alice, mine, 'a.ics', alarm([]));
    const result = await put(at, bob, shared, 'a.ics', alarm(['ACKNOWLEDGED:20260323T085500Z']));
    assert.ok(result.personal);
    const his = await getObject(at.services, bob, shared, 'a.ics');
    assert.equal(his?.etag, result.etag);
    assert.doesNotMatch(await text('a.ics'), /ACKNOWLEDGED/);
  });

  it('of which somebody keeps a copy from when they could only read are changed over it', async () => {
    const alarm = (more: readonly string[], summary = 'own'): Uint8Array =>
      event({
        uid: 'a.ics',
        summary,
        inner: ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT5M', 'DESCRIPTION:x', ...more, 'END:VALARM'],
      });
    await put(at, bob, shared, 'a.ics', alarm([]));
    await level('read');
    await put(at, bob, shared, 'a.ics', alarm(['ACKNOWLEDGED:20260323T085500Z']));
    await level('contribute');
    const his = (await getObject(at.services, bob, shared, 'a.ics')) ?? assert.fail();
    assert.match(Buffer.from(his.bytes).toString(), /ACKNOWLEDGED/);
    await putObject(at.services, bob, shared, {
      name: 'a.ics',
      bytes: alarm([], 'changed'),
      expect: { etag: his.etag },
    });
    assert.match(await text('a.ics'), /SUMMARY:changed/);
    const now = (await getObject(at.services, bob, shared, 'a.ics')) ?? assert.fail();
    assert.doesNotMatch(Buffer.from(now.bytes).toString(), /ACKNOWLEDGED/);
  });

  it('are shown whole to whoever has made them, whatever their CLASS, and to nobody else', async () => {
    const secret = (summary: string): Uint8Array => event({ uid: 'a.ics', summary, more: ['CLASS:PRIVATE'] });
    await put(at, bob, shared, 'a.ics', secret('mine alone'));
    await put(
      at,
      alice,
      mine,
      'hers.ics',
      event({ uid: 'hers', summary: 'hers alone', more: ['CLASS:PRIVATE'] }),
    );
    await share(at, at.root, 'edit');
    const root = await actor(at, at.root);
    const asRoot = await seen(at, at.root);
    const { services } = at;
    const read = async (who: Actor, where: SeenCalendar, name: string): Promise<string> => {
      const found = await getObject(services, who, where, name);
      const heads = (await all(listing(services, who, where))).find((head) => head.name === name);
      assert.equal((await getHead(services, who, where, name))?.etag, found?.etag);
      assert.equal(heads?.etag, found?.etag);
      return Buffer.from(found?.bytes ?? []).toString();
    };
    assert.match(await read(bob, shared, 'a.ics'), /mine alone/);
    assert.doesNotMatch(await read(bob, shared, 'hers.ics'), /hers alone/);
    assert.doesNotMatch(await read(root, asRoot, 'a.ics'), /mine alone/);
    const pages = await all(multiget(services, bob, shared, ['a.ics', 'hers.ics']));
    assert.deepEqual(
      pages.map(({ object }) => object?.shown),
      ['full', 'busy'],
    );
    await put(at, bob, shared, 'a.ics', secret('still mine'));
    await refuses(deleteObject(services, root, asRoot, 'a.ics'), 'need-privileges');
    await level('titles');
    assert.doesNotMatch(await read(bob, shared, 'a.ics'), /still mine/);
    await level('contribute');
    await deleteObject(services, bob, shared, 'a.ics');
  });

  it('law: whatever happens, everybody does what their level and the maker of each object allow, and nothing else', async () => {
    const people = new Map<string, readonly [Actor, Level]>();
    const places = new Map<string, SeenCalendar>();
    let count = 0;
    const deeds = fc.array(
      fc.record({
        who: fc.constantFrom('owner', 'contribute', 'other', 'revise', 'edit', 'read'),
        does: fc.constantFrom('put', 'put', 'delete', 'rename', 'over', 'copy', 'restore'),
        name: fc.constantFrom('a', 'b', 'c'),
        to: fc.constantFrom('a', 'b', 'c', 'd'),
      }),
      { maxLength: 25 },
    );
    const person = async (name: string, given: Level): Promise<void> => {
      const principal: Principal = await createPerson(at.services, at.system, { name });
      await share(at, principal, given, 'plan');
      people.set(name, [await actor(at, principal), given]);
      places.set(name, await seen(at, principal, at.alice, 'plan'));
    };
    await createCalendar(at.services, alice, at.alice, { name: 'plan' });
    people.set('owner', [alice, 'manage']);
    places.set('owner', await seen(at, at.alice, at.alice, 'plan'));
    for (const [name, given] of [
      ['contribute', 'contribute'],
      ['other', 'contribute'],
      ['revise', 'revise'],
      ['edit', 'edit'],
      ['read', 'read'],
    ] as const)
      await person(name, given);
    await fc.assert(
      fc.asyncProperty(deeds, async (steps) => {
        const { services } = at;
        const owner = places.get('owner') ?? assert.fail();
        /** Whose each object is; every object has a UID of its own, by its name when it was made. */
        const model = new Map<string, { readonly by: string; readonly uid: string }>();
        const round = count++;
        let made = 0;
        for (const { who, does, name, to } of steps) {
          const [acting, given] = people.get(who) ?? assert.fail();
          const place = places.get(who) ?? assert.fail();
          const there = model.get(name);
          const target = model.get(to);
          const adds = given !== 'read';
          const owns = (object: typeof there): boolean => adds && object?.by === who;
          const changes = (object: typeof there): boolean =>
            ['revise', 'edit', 'manage'].includes(given) || owns(object);
          const removes = (object: typeof there): boolean =>
            ['edit', 'manage'].includes(given) || owns(object);
          const attempt = async (allowed: boolean, work: Promise<unknown>): Promise<boolean> => {
            const code = await work.then(
              () => undefined,
              (error: unknown) => (error instanceof Refusal ? error.code : assert.fail(String(error))),
            );
            assert.equal(code, allowed ? undefined : 'need-privileges', `${who} ${does} ${name} ${to}`);
            return allowed;
          };
          const uid = there?.uid ?? `${round}-${made++}`;
          if (does === 'put') {
            const bytes = event({ uid, summary: `${round} ${made++}` });
            const work = putObject(services, acting, place, { name, bytes, expect: 'anything' });
            if (await attempt(there ? changes(there) : adds, work))
              model.set(name, there ?? { by: who, uid });
          } else if (!there || name === to) continue;
          else if (does === 'delete') {
            if (await attempt(removes(there), deleteObject(services, acting, place, name)))
              model.delete(name);
          } else if (does === 'rename' || does === 'over') {
            // Over another UID nothing is moved.
            if (target) continue;
            const work = moveObject(services, acting, place, name, {
              seen: place,
              name: to,
              overwrite: does === 'over',
            });
            if (!(await attempt(removes(there), work))) continue;
            model.delete(name);
            model.set(to, there);
          } else if (does === 'restore') {
            await deleteObject(services, alice, owner, name);
            const [item] = await all(listTrash(services, alice, at.alice));
            await restore(services, alice, at.alice, item?.id ?? assert.fail());
          }
        }
        for (const [name, { by }] of model) {
          const [acting] = people.get('contribute') ?? assert.fail();
          const work = deleteObject(services, acting, places.get('contribute') ?? assert.fail(), name);
          if (by === 'contribute') await work;
          else {
            await refuses(work, 'need-privileges');
            await deleteObject(services, alice, owner, name);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
