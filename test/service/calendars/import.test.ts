import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { createCalendar } from '../../../src/service/calendars/calendars.ts';
import { importCalendar } from '../../../src/service/calendars/import.ts';
import { getObject } from '../../../src/service/objects/objects.ts';
import { listing, overlapping } from '../../../src/service/objects/queries.ts';
import {
  actor,
  all,
  event,
  type Office,
  office,
  put,
  refreshed,
  refuses,
  seen,
  share,
  text,
} from '../office.ts';

const lines = (uid: string, ...more: string[]): string[] => [
  'BEGIN:VEVENT',
  ...(uid === '' ? [] : [`UID:${uid}`]),
  'DTSTAMP:20260101T000000Z',
  'DTSTART:20260323T090000Z',
  `SUMMARY:${uid}`,
  ...more,
  'END:VEVENT',
];

describe('import', () => {
  let at: Office;
  let alice: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    mine = await seen(at);
  });
  afterEach(() => at.close());

  const counts = async (source: Uint8Array, options = {}, who = alice, where = mine) => {
    const { added, updated, unchanged, failed, notices } = await importCalendar(
      at.services,
      who,
      where,
      source,
      options,
    );
    return { counts: [added, updated, unchanged, failed], notices };
  };
  const names = async () =>
    (await all(listing(at.services, alice, await refreshed(at, alice, mine)))).map(({ name }) => name);

  it('adds what is new, updates what differs, and leaves alone what does not', async () => {
    const first = text([...lines('a'), ...lines('b'), ...lines('')]);
    assert.deepEqual((await counts(first)).counts, [3, 0, 0, 0]);
    const { modseq } = (await seen(at)).calendar;
    assert.deepEqual((await counts(first)).counts, [0, 0, 3, 0]);
    assert.equal((await seen(at)).calendar.modseq, modseq);
    const second = text([...lines('a', 'LOCATION:x'), ...lines('b'), ...lines('c')]);
    assert.deepEqual((await counts(second)).counts, [1, 1, 1, 0]);
    assert.ok(at.events.some((one) => one.event === 'imported' && one.updated === 1));
  });

  it('stores objects whose UIDs cannot be keys under others, the same each time', async () => {
    const long = text([...lines('u'.repeat(2_000)), ...lines('a')]);
    const first = await counts(long);
    assert.deepEqual(first.counts, [2, 0, 0, 0]);
    assert.match(first.notices.map(({ message }) => message).join(), /UID of more than 1024 bytes/);
    assert.deepEqual((await counts(long)).counts, [0, 0, 2, 0]);
  });

  it('takes an object whose UID the calendar has for another kind, beside that', async () => {
    const task = text(['BEGIN:VTODO', 'UID:a', 'DTSTAMP:20260101T000000Z', 'SUMMARY:task', 'END:VTODO']);
    const both = text([...lines('a'), 'BEGIN:VTODO', 'UID:a', 'SUMMARY:other', 'END:VTODO']);
    const components = ['VEVENT', 'VTODO'] as const;
    const where = await createCalendar(at.services, alice, at.alice, { name: 'both', components });
    assert.deepEqual((await counts(task, {}, alice, where)).counts, [1, 0, 0, 0]);
    const second = await counts(both, {}, alice, where);
    assert.deepEqual(second.counts, [2, 0, 0, 0]);
    assert.match(second.notices.map(({ message }) => message).join(), /the calendar has a VTODO of this UID/);
    assert.deepEqual((await counts(both, {}, alice, where)).counts, [0, 0, 2, 0]);
  });

  it('finds objects by UID, whatever their names', async () => {
    await put(at, alice, mine, 'own-name.ics', event({ uid: 'a' }));
    assert.deepEqual((await counts(text(lines('a')))).counts, [0, 1, 0, 0]);
    assert.deepEqual(await names(), ['own-name.ics']);
  });

  it('names new objects after their UIDs where that is readable', async () => {
    await counts(
      text([...lines('plain@x'), ...lines('.hidden'), ...lines('odd/one é'), ...lines('u'.repeat(200))]),
    );
    const found = await names();
    assert.equal(found[0], 'plain%40x.ics');
    for (const name of found.slice(1)) assert.match(name, /^[0-9a-f]{32}\.ics$/);
  });

  it('finds another name where another object has it', async () => {
    await put(at, alice, mine, 'b.ics', event({ uid: 'other' }));
    const { counts: found } = await counts(text([...lines('a'), ...lines('b')]));
    assert.deepEqual(found, [2, 0, 0, 0]);
    assert.equal((await names()).length, 3);
  });

  it('keeps series with their changed instances together, from wherever in the file', async () => {
    await counts(
      text([
        ...lines('s', 'RRULE:FREQ=DAILY;COUNT=3'),
        ...lines('x'),
        ...lines('s', 'RECURRENCE-ID:20260324T090000Z'),
      ]),
    );
    const got = await getObject(at.services, alice, mine, 's.ics');
    assert.equal(
      Buffer.from(got?.bytes ?? [])
        .toString()
        .match(/BEGIN:VEVENT/g)?.length,
      2,
    );
  });

  it('loses one broken event and no other, and says why', async () => {
    const source = text([
      ...lines('a'),
      'BEGIN:VEVENT',
      'UID:bad',
      'DTSTART:nonsense',
      'END:VEVENT',
      'BEGIN:VTODO',
      'UID:todo',
      'END:VTODO',
      ...lines('b'),
    ]);
    const { counts: found, notices } = await counts(source);
    assert.deepEqual(found, [2, 0, 0, 2]);
    assert.ok(notices.some(({ message, line }) => line !== undefined && /DTSTART/.test(message)));
    assert.ok(notices.some(({ uid, message }) => uid === 'todo' && /VTODO/.test(message)));
  });

  it('tells what it would do without doing it', async () => {
    assert.deepEqual(
      (await counts(text([...lines('a'), ...lines('b')]), { dryRun: true })).counts,
      [2, 0, 0, 0],
    );
    assert.deepEqual(await names(), []);
  });

  it('reads files as programs of all kinds have written them, to the same event (clients.md, demand 59)', async () => {
    const written = text(
      lines('a', 'LOCATION:Дом 5').map((line) =>
        line === 'DTSTART:20260323T090000Z' ? 'DTSTART;TZID=Europe/Moscow:20260323T120000' : line,
      ),
    ).toString();
    const cp1251 = Buffer.from(
      Array.from(written, (letter) => {
        const code = letter.codePointAt(0) ?? 0;
        return code < 0x80 ? code : code - 0x410 + 0xc0;
      }),
    );
    for (const [what, bytes] of [
      ['as it should be', Buffer.from(written)],
      ['with a byte order mark', Buffer.from(`\ufeff${written}`)],
      ['with LF', Buffer.from(written.replaceAll('\r\n', '\n'))],
      ['with CR', Buffer.from(written.replaceAll('\r\n', '\r'))],
      ['with blank lines', Buffer.from(`\r\n\r\n${written.replaceAll('\r\n', '\r\n\r\n')}\r\n`)],
      ['in cp1251', cp1251],
      ['in UTF-16', Buffer.from(`\ufeff${written}`, 'utf16le')],
    ] as const) {
      const where = await createCalendar(at.services, alice, at.alice, { name: what });
      assert.deepEqual((await counts(bytes, {}, alice, where)).counts, [1, 0, 0, 0], what);
      assert.deepEqual(
        (await counts(bytes, {}, alice, await refreshed(at, alice, where))).counts,
        [0, 0, 1, 0],
        what,
      );
      const seenNow = await refreshed(at, alice, where);
      const [head] = await all(listing(at.services, alice, seenNow));
      const object = await getObject(at.services, alice, seenNow, head?.name ?? assert.fail(what));
      const kept = Buffer.from(object?.bytes ?? []).toString();
      assert.match(kept, /\r\nLOCATION:Дом 5\r\n/, what);
      assert.match(kept, /\r\nDTSTART;TZID=Europe\/Moscow:20260323T120000\r\n/, what);
      const range = {
        start: instant(Date.parse('2026-03-23T09:00Z')),
        end: instant(Date.parse('2026-03-23T09:01Z')),
      };
      const found = overlapping(at.services, alice, seenNow, { range, kinds: ['VEVENT'] });
      assert.equal((await all(found)).length, 1, what);
    }
  });

  it('goes in batches and tells how far it is', async () => {
    const source = text(Array.from({ length: 450 }, (_, n) => lines(`e${n}`)).flat());
    const seenProgress: string[] = [];
    await counts(source, {
      onProgress: ({ done, total }: { done: number; total: number }) => seenProgress.push(`${done}/${total}`),
    });
    assert.deepEqual(seenProgress, ['100/450', '200/450', '300/450', '400/450', '450/450']);
    assert.equal((await names()).length, 450);
  });

  it('reads what the file says of the calendar', async () => {
    const source = text(['X-WR-CALNAME:Holidays', 'X-WR-TIMEZONE:Europe/Moscow', ...lines('a')]);
    const { calendar } = await importCalendar(at.services, alice, mine, source);
    assert.deepEqual([calendar.name, calendar.timeZone], ['Holidays', 'Europe/Moscow']);
  });

  it('refuses what is no calendar, what is too large, and those who may not write', async () => {
    await refuses(counts(Buffer.from('<html></html>')), 'invalid-calendar-data');
    await share(at, at.bob, 'read');
    const bob = await actor(at, at.bob);
    await refuses(counts(text(lines('a')), {}, bob, await seen(at, at.bob)), 'need-privileges');
    await at.close();
    at = await office({ maxImportBytes: 100, maxHomeBytes: 100 });
    alice = await actor(at, at.alice);
    mine = await seen(at);
    await refuses(counts(text(lines('a'.repeat(100)))), 'too-large');
  });

  it('stops when the home is full', async () => {
    await at.close();
    at = await office({ maxHomeBytes: 1000 });
    alice = await actor(at, at.alice);
    mine = await seen(at);
    const source = text(Array.from({ length: 50 }, (_, n) => lines(`e${n}`)).flat());
    await refuses(counts(source), 'quota-exceeded');
  });

  it('does not write over what the importer sees reduced', async () => {
    await put(at, alice, mine, 'a.ics', event({ uid: 'a', more: ['CLASS:PRIVATE'] }));
    await share(at, at.bob, 'edit');
    const bob = await actor(at, at.bob);
    const { counts: found } = await counts(
      text([...lines('a'), ...lines('b')]),
      {},
      bob,
      await seen(at, at.bob),
    );
    assert.deepEqual(found, [1, 0, 0, 1]);
  });

  it('says which objects another writer was faster with', async () => {
    const { storage } = at.services;
    const racing = {
      ...storage,
      // Between the look and the write somebody adds an object with the UID.
      commit: async (set: Parameters<typeof storage.commit>[0]) => {
        await put(at, alice, mine, 'first.ics', event({ uid: 'a' })).catch(() => {});
        return await storage.commit(set);
      },
    };
    const report = await importCalendar(
      { ...at.services, storage: racing },
      alice,
      mine,
      text([...lines('a'), ...lines('b')]),
    );
    assert.deepEqual([report.added, report.failed], [1, 1]);
    assert.match(report.notices[0]?.message ?? '', /same UID/);
  });

  it('tells what was not taken in the order of the file', async () => {
    const undated = lines('x', 'RRULE:FREQ=NEVER').filter((line) => !line.startsWith('DTSTART'));
    const { notices } = await counts(text([...undated, ...lines('a'), ...undated.with(1, 'UID:y')]));
    const told = notices.map(({ line = Number.POSITIVE_INFINITY }) => line);
    assert.ok(told.length >= 4);
    assert.deepEqual(
      told,
      told.toSorted((one, other) => one - other),
    );
  });
});
