import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { etag } from '../../../src/core/ids.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { createCalendar, patchCalendar, setExportAllowed } from '../../../src/service/calendars/calendars.ts';
import { deleteObject, getHead, getObject, putObject } from '../../../src/service/objects/objects.ts';
import {
  candidates,
  fastRows,
  listing,
  multiget,
  overlapping,
} from '../../../src/service/objects/queries.ts';
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
  text,
} from '../office.ts';

describe('objects', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  describe('put', () => {
    it('keeps the bytes as they came and answers with their entity tag', async () => {
      const who = await actor(at, at.alice);
      const bytes = event({ more: ['X-ODD;X-P="a:b":1', 'COMMENT:ä'] });
      const first = await put(at, who, await seen(at), 'a.ics', bytes);
      assert.deepEqual([first.created, first.personal], [true, false]);
      const got = await getObject(at.services, who, await seen(at), 'a.ics');
      assert.deepEqual(Buffer.from(got?.bytes ?? []), bytes);
      assert.equal(got?.etag, first.etag);
      assert.equal((await getHead(at.services, who, await seen(at), 'a.ics'))?.etag, first.etag);
      const second = await put(at, who, await seen(at), 'a.ics', event({ summary: 'Other' }));
      assert.equal(second.created, false);
      assert.notEqual(second.etag, first.etag);
    });

    it('answers without an entity tag when the bytes had to be mended', async () => {
      const who = await actor(at, at.alice);
      const bytes = Buffer.from(
        Buffer.from(event()).toString().replace('VERSION:2.0', 'VERSION:2.0\r\nMETHOD:REQUEST'),
      );
      const { etag: answered, head } = await put(at, who, await seen(at), 'a.ics', bytes);
      assert.equal(answered, undefined);
      const got = await getObject(at.services, who, await seen(at), 'a.ics');
      assert.equal(got?.etag, head.etag);
      assert.ok(!Buffer.from(got?.bytes ?? []).includes('METHOD'));
      assert.deepEqual(at.events.at(-1), {
        event: 'object-repaired',
        calendar: (await seen(at)).calendar.id,
        codes: ['method'],
      });
    });

    for (const [why, bytes, code] of [
      ['is no iCalendar', Buffer.from('<html>'), 'invalid-calendar-data'],
      [
        'holds two events of one UID',
        text([...lines(event()), ...lines(event())]),
        'invalid-calendar-object',
      ],
      ['is a task in a calendar of events', event({ component: 'VTODO' }), 'unsupported-component'],
      [
        'is of version 1.0',
        Buffer.from('BEGIN:VCALENDAR\r\nVERSION:1.0\r\nEND:VCALENDAR\r\n'),
        'unsupported-calendar-data',
      ],
      [
        'has too many attendees',
        event({ more: Array.from({ length: 4 }, (_, n) => `ATTENDEE:mailto:${n}@x.org`) }),
        'too-many-attendees',
      ],
      ['has too many instances', event({ more: ['RRULE:FREQ=DAILY;COUNT=51'] }), 'too-many-instances'],
      ['is too early', event({ start: ':15000101T000000Z', end: ':15000101T010000Z' }), 'before-min-date'],
      ['is too large', event({ summary: 'x'.repeat(5000) }), 'too-large'],
      ['has too long a UID', event({ uid: 'u'.repeat(300) }), 'invalid-calendar-object'],
    ] as const) {
      it(`refuses what ${why} with ${code}`, async () => {
        await at.close();
        at = await office({ maxAttendees: 3, maxInstances: 50, maxObjectBytes: 4000, maxUidBytes: 255 });
        await refuses(put(at, await actor(at, at.alice), await seen(at), 'a.ics', bytes), code);
        assert.deepEqual(await all(listing(at.services, await actor(at, at.alice), await seen(at))), []);
      });
    }

    it('names the line that is wrong', async () => {
      const bytes = event({ more: ['THIS IS NO LINE'] });
      const refusal = await refuses(
        put(at, await actor(at, at.alice), await seen(at), 'a.ics', bytes),
        'invalid-calendar-data',
      );
      assert.equal(refusal.detail.line, 10);
    });

    it('names the object that has the UID', async () => {
      const who = await actor(at, at.alice);
      await put(at, who, await seen(at), 'a.ics', event());
      const refusal = await refuses(put(at, who, await seen(at), 'b.ics', event()), 'uid-in-use');
      assert.equal(refusal.detail.name, 'a.ics');
    });

    it('takes the UID and the name of what was deleted', async () => {
      const who = await actor(at, at.alice);
      await put(at, who, await seen(at), 'a.ics', event());
      await deleteObject(at.services, who, await seen(at), 'a.ics');
      assert.equal((await put(at, who, await seen(at), 'a.ics', event())).created, true);
    });

    it('holds to what the client expects', async () => {
      const who = await actor(at, at.alice);
      const mine = await seen(at);
      const request = { name: 'a.ics', bytes: event() };
      await refuses(putObject(at.services, who, mine, { ...request, expect: 'present' }), 'stale');
      await refuses(
        putObject(at.services, who, mine, { ...request, expect: { etag: etag('"x"') } }),
        'stale',
      );
      const { etag: tag } = await putObject(at.services, who, mine, { ...request, expect: 'absent' });
      assert.ok(tag);
      await refuses(putObject(at.services, who, mine, { ...request, expect: 'absent' }), 'stale');
      await putObject(at.services, who, mine, { ...request, expect: { etag: tag } });
    });

    it('judges the media type by its name and version, not by its other parameters', async () => {
      const who = await actor(at, at.alice);
      const mine = await seen(at);
      const request = { name: 'a.ics', bytes: event(), expect: 'anything' as const };
      for (const contentType of [
        'text/calendar',
        'TEXT/Calendar; charset="utf-8"; component=vevent',
        'application/octet-stream',
        'application/x-www-form-urlencoded; charset=utf-8',
        'text/calendar;version=2.0',
        '',
      ]) {
        await putObject(at.services, who, mine, { ...request, contentType });
      }
      for (const contentType of [
        'text/html',
        'text/plain; charset=utf-8',
        'image/png',
        'text/calendar; version=1.0',
        'application/calendar+json',
      ]) {
        await refuses(
          putObject(at.services, who, mine, { ...request, contentType }),
          'unsupported-calendar-data',
        );
      }
    });

    it('refuses names that are none, and spellings other than the canonical one', async () => {
      const who = await actor(at, at.alice);
      for (const name of ['', '.', '..', 'a%00b', '%zz', 'a b', 'é', 'a%41', 'x'.repeat(1025)]) {
        await refuses(put(at, who, await seen(at), name, event()), 'bad-name');
      }
      // A slash that is encoded is part of the name.
      await put(at, who, await seen(at), 'a%20b%2F%40c', event());
    });

    it('refuses those who may only read, and those who see nothing differently', async () => {
      await share(at, at.bob, 'read');
      const bob = await actor(at, at.bob);
      const refusal = await refuses(put(at, bob, await seen(at, at.bob), 'b.ics'), 'need-privileges');
      assert.equal(refusal.detail.privilege, 'bind');
      await share(at, at.bob, 'busy');
      await refuses(put(at, bob, await seen(at, at.bob), 'b.ics'), 'need-privileges');
      const readOnly = await actor(at, at.alice, 'read');
      const mine = await refreshed(at, readOnly, await seen(at));
      await refuses(put(at, readOnly, mine, 'b.ics'), 'need-privileges');
    });

    it('moves the counter of the calendar', async () => {
      const who = await actor(at, at.alice);
      const before = (await seen(at)).calendar.modseq;
      await put(at, who, await seen(at), 'a.ics');
      assert.equal((await seen(at)).calendar.modseq, before + 1);
    });

    it('says that the calendar is gone when it went meanwhile', async () => {
      const who = await actor(at, at.alice);
      const made = await createCalendar(at.services, who, at.alice, { name: 'short' });
      await at.services.storage.commit({
        actor: null,
        changes: [{ do: 'delete-calendar', calendar: made.calendar.id }],
      });
      await refuses(put(at, who, made, 'a.ics'), 'not-found');
    });

    it('refuses what does not fit into the home any more', async () => {
      await at.close();
      at = await office({ maxHomeBytes: 1000 });
      const who = await actor(at, at.alice);
      await refuses(
        put(at, who, await seen(at), 'a.ics', event({ summary: 'x'.repeat(1500) })),
        'quota-exceeded',
      );
    });
  });

  describe('delete', () => {
    it('answers not-found for what is not there, and stale for what has changed', async () => {
      const who = await actor(at, at.alice);
      await refuses(deleteObject(at.services, who, await seen(at), 'a.ics'), 'not-found');
      await refuses(deleteObject(at.services, who, await seen(at), 'a.ics', 'anything'), 'not-found');
      await put(at, who, await seen(at), 'a.ics');
      await refuses(deleteObject(at.services, who, await seen(at), 'a.ics', { etag: etag('"x"') }), 'stale');
      await deleteObject(at.services, who, await seen(at), 'a.ics');
      assert.equal(await getObject(at.services, who, await seen(at), 'a.ics'), undefined);
      assert.equal(await getHead(at.services, who, await seen(at), 'a.ics'), undefined);
    });

    it('is for those who may write', async () => {
      await put(at, await actor(at, at.alice), await seen(at), 'a.ics');
      await share(at, at.bob, 'read');
      await refuses(
        deleteObject(at.services, await actor(at, at.bob), await seen(at, at.bob), 'a.ics'),
        'need-privileges',
      );
    });
  });

  describe('CLASS', () => {
    const secret = (name: string) => event({ uid: name, more: ['CLASS:PRIVATE', 'LOCATION:Secret place'] });

    it('reduces a private event to its time for others, and its owner and managers see it whole', async () => {
      await put(at, await actor(at, at.alice), await seen(at), 'a.ics', secret('a'));
      await share(at, at.bob, 'edit');
      const bob = await actor(at, at.bob);
      const got = await getObject(at.services, bob, await seen(at, at.bob), 'a.ics');
      assert.equal(got?.shown, 'busy');
      assert.match(Buffer.from(got?.bytes ?? []).toString(), /SUMMARY:Busy/);
      assert.doesNotMatch(Buffer.from(got?.bytes ?? []).toString(), /Secret/);
      const head = await getHead(at.services, bob, await seen(at, at.bob), 'a.ics');
      assert.equal(head?.etag, got?.etag);
      assert.equal(head?.sizeBytes, got?.bytes.length);
      await share(at, at.bob, 'manage');
      assert.equal((await getObject(at.services, bob, await seen(at, at.bob), 'a.ics'))?.shown, 'full');
    });

    it('says busy in the language of the reader', async () => {
      await put(at, await actor(at, at.alice), await seen(at), 'a.ics', secret('a'));
      await share(at, at.bob, 'read');
      const bob = await actor(at, at.bob);
      const where = await seen(at, at.bob);
      for (const [language, word] of [
        ['ru-RU', 'Занято'],
        ['sv', 'Upptagen'],
        ['tlh', 'Busy'],
      ] as const) {
        const speaker = { ...bob, principal: { ...bob.principal, language } };
        const got = await getObject(at.services, speaker, where, 'a.ics');
        assert.match(Buffer.from(got?.bytes ?? []).toString(), new RegExp(`SUMMARY:${word}`));
      }
    });

    it('lets nobody change, move over or delete what they see reduced', async () => {
      const alice = await actor(at, at.alice);
      await put(at, alice, await seen(at), 'a.ics', secret('a'));
      await share(at, at.bob, 'edit');
      const bob = await actor(at, at.bob);
      const theirs = await seen(at, at.bob);
      await refuses(put(at, bob, theirs, 'a.ics', event({ uid: 'a' })), 'need-privileges');
      await refuses(deleteObject(at.services, bob, theirs, 'a.ics'), 'need-privileges');
      await put(at, bob, theirs, 'b.ics', event({ uid: 'b' }));
      await put(at, bob, theirs, 'b.ics', event({ uid: 'b', summary: 'Again' }));
      await deleteObject(at.services, bob, theirs, 'b.ics');
      await refuses(deleteObject(at.services, bob, theirs, 'b.ics'), 'not-found');
      const request = { name: 'c.ics', bytes: event({ uid: 'c' }) };
      await refuses(putObject(at.services, bob, theirs, { ...request, expect: 'present' }), 'stale');
      await putObject(at.services, bob, theirs, { ...request, expect: 'absent' });
      await refuses(putObject(at.services, bob, theirs, { ...request, expect: 'absent' }), 'stale');
      const got = await getObject(at.services, alice, await seen(at), 'a.ics');
      assert.match(Buffer.from(got?.bytes ?? []).toString(), /Secret place/);
    });

    it('shows a private event to those who are invited to all of it', async () => {
      const alice = await actor(at, at.alice);
      const invited = ['CLASS:PRIVATE', 'ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Bob@Example.com'];
      await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: invited }));
      const partly = [
        ...lines(event({ uid: 'b', more: ['CLASS:PRIVATE', 'RRULE:FREQ=DAILY;COUNT=3'] })),
        ...lines(event({ uid: 'b', more: [...invited, 'RECURRENCE-ID:20260324T090000Z'] })),
      ];
      await put(at, alice, await seen(at), 'b.ics', text(partly));
      await share(at, at.bob, 'edit');
      const bob = await actor(at, at.bob);
      const theirs = await seen(at, at.bob);
      assert.equal((await getObject(at.services, bob, theirs, 'a.ics'))?.shown, 'full');
      assert.equal((await getObject(at.services, bob, theirs, 'b.ics'))?.shown, 'busy');
      await put(at, bob, theirs, 'a.ics', event({ uid: 'a', more: [...invited, 'PRIORITY:1'] }));
    });

    it('hides tasks and journal entries that would only say busy', async () => {
      const alice = await actor(at, at.alice);
      const made = await createCalendar(at.services, alice, at.alice, { name: 'mixed' });
      await put(at, alice, made, 'todo.ics', event({ component: 'VTODO', uid: 'todo' }));
      await put(
        at,
        alice,
        made,
        'hidden.ics',
        event({ component: 'VTODO', uid: 'hidden', more: ['CLASS:PRIVATE'] }),
      );
      await share(at, at.bob, 'read', 'mixed');
      const bob = await actor(at, at.bob);
      const read = await seen(at, at.bob, at.alice, 'mixed');
      assert.deepEqual(
        (await all(listing(at.services, bob, read))).map(({ name }) => name),
        ['todo.ics'],
      );
      assert.equal(await getObject(at.services, bob, read, 'hidden.ics'), undefined);
      await share(at, at.bob, 'busy', 'mixed');
      const busy = await seen(at, at.bob, at.alice, 'mixed');
      assert.deepEqual(await all(listing(at.services, bob, busy)), []);
      // Asked again, the answer comes from what is remembered of the form.
      assert.deepEqual(await all(listing(at.services, bob, busy)), []);
      await share(at, at.bob, 'titles', 'mixed');
      const titles = await seen(at, at.bob, at.alice, 'mixed');
      assert.deepEqual(
        (await all(listing(at.services, bob, titles))).map(({ name }) => name),
        ['todo.ics'],
      );
    });

    it('never lets a title out of a set with any part that is not public, by any way of reading', async () => {
      const alice = await actor(at, at.alice);
      const bob = await actor(at, at.bob);
      const word = fc.constantFrom('PUBLIC', 'PRIVATE', 'CONFIDENTIAL', 'X-ODD', 'private', '');
      const level = fc.constantFrom('busy', 'titles', 'read', 'edit');
      await fc.assert(
        fc.asyncProperty(word, word, level, async (master, override, granted) => {
          const classOf = (value: string): string[] => (value === '' ? [] : [`CLASS:${value}`]);
          const bytes = text([
            ...lines(
              event({
                uid: 'a',
                more: ['RRULE:FREQ=DAILY;COUNT=3', 'DESCRIPTION:Secret', ...classOf(master)],
              }),
            ),
            ...lines(event({ uid: 'a', more: ['RECURRENCE-ID:20260324T090000Z', ...classOf(override)] })),
          ]);
          await put(at, alice, await seen(at), 'a.ics', bytes);
          await share(at, at.bob, granted);
          const theirs = await seen(at, at.bob);
          const isPublic = [master, override].every((value) => value === '' || value === 'PUBLIC');
          const shows = isPublic && granted !== 'busy';
          const range = { start: instant(Date.UTC(2026, 2, 1)), end: instant(Date.UTC(2026, 3, 1)) };
          const template = { head: '', tag: ' ', data: ' ', tail: '\n' };
          const { services } = at;
          const texts = [
            await getObject(services, bob, theirs, 'a.ics'),
            ...(await all(candidates(services, bob, theirs))),
            ...(await all(multiget(services, bob, theirs, ['a.ics']))).map(({ object }) => object),
            ...(await all(overlapping(services, bob, theirs, { range }))).map(({ object }) => object),
          ].map((object) => Buffer.from(object?.bytes ?? []).toString());
          for (const selection of [
            { by: 'all' },
            { by: 'range', range, kind: 'VEVENT' },
            { by: 'names', names: ['a.ics'] },
          ] as const) {
            const rows = await fastRows(services, bob, theirs, selection, template);
            if (rows) texts.push(await gathered(rows));
          }
          for (const found of texts) {
            assert.match(found, /UID:a/);
            assert.equal(/Secret plan/.test(found), shows, `${master} ${override} ${granted}`);
            assert.equal(/DESCRIPTION/.test(found), isPublic && (granted === 'read' || granted === 'edit'));
          }
          // Entity tags of listings, sync and bodies are one, and are not that of the hidden bytes.
          const [listed] = await all(listing(services, bob, theirs));
          const sync = await all((await changesSince(services, bob, theirs, undefined)).pages);
          const got = await getObject(services, bob, theirs, 'a.ics');
          assert.equal(listed?.etag, got?.etag);
          assert.deepEqual(sync, [{ name: 'a.ics', gone: false, etag: got?.etag }]);
        }),
        { numRuns: 40 },
      );
    });

    it('delivers what cannot be read to those who see everything, and hides it from the rest', async () => {
      const alice = await actor(at, at.alice);
      await put(at, alice, await seen(at), 'a.ics', secret('a'));
      const { storage } = at.services;
      const object = await storage.object((await seen(at)).calendar.id, 'a.ics');
      assert.ok(object);
      const broken = { ...object, bytes: Buffer.from('broken'), index: emptyIndex };
      await storage.commit({
        actor: null,
        changes: [{ do: 'put', calendar: object.calendar, object: broken, expect: 'anything' }],
      });
      await share(at, at.bob, 'read');
      assert.equal(
        await getObject(at.services, await actor(at, at.bob), await seen(at, at.bob), 'a.ics'),
        undefined,
      );
      assert.ok(await getObject(at.services, alice, await seen(at), 'a.ics'));
    });
  });

  it('lets writes of one who sees everything race without a look', async () => {
    const who = await actor(at, at.alice);
    const mine = await seen(at);
    const results = await Promise.all(
      [1, 2, 3].map((n) => put(at, who, mine, 'a.ics', event({ summary: `${n}` }))),
    );
    assert.equal(results.filter(({ created }) => created).length, 1);
  });

  it('decides again when the object changed between the look and the write', async () => {
    await share(at, at.bob, 'edit');
    const bob = await actor(at, at.bob);
    const theirs = await seen(at, at.bob);
    const results = await Promise.all(
      [1, 2, 3].map((n) => put(at, bob, theirs, 'a.ics', event({ summary: `${n}` }))),
    );
    assert.equal(results.filter(({ created }) => created).length, 1);
    assert.ok(at.events.some(({ event: what }) => what === 'write-retried'));
  });

  it('shows everything again once a calendar may be exported', async () => {
    const alice = await actor(at, at.alice);
    await put(at, alice, await seen(at), 'a.ics');
    await patchCalendar(at.services, alice, await seen(at), { exportDetail: 'busy' });
    await setExportAllowed(at.services, alice, await seen(at), true);
    assert.equal((await getObject(at.services, alice, await seen(at), 'a.ics'))?.shown, 'full');
  });
});

/** The component lines of a calendar text. */
function lines(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString().split('\r\n').slice(3, -2);
}

const emptyIndex = {
  occurrences: [],
  indexed: { start: instant(0), end: instant(0) },
  complete: true,
  first: instant(0),
  last: instant(0),
  undated: false,
};
