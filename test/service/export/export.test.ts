import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import ICAL from 'ical.js';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import type { Actor } from '../../../src/core/principal.ts';
import {
  createCalendar,
  patchCalendar,
  setExportAllowed,
  setFavourite,
} from '../../../src/service/calendars/calendars.ts';
import { type ExportOptions, exportAllowed, exportCalendar } from '../../../src/service/export/export.ts';
import { Memory } from '../../../src/service/memory.ts';
import { deleteObject } from '../../../src/service/objects/objects.ts';
import { setExportPolicy } from '../../../src/service/people/policies.ts';
import {
  actor,
  days,
  event,
  gathered,
  type Office,
  office,
  put,
  seen,
  share,
  text as textOf,
} from '../office.ts';

const own: ExportOptions = {
  detail: 'full',
  window: 'all',
  alarms: false,
  reducePrivate: false,
  language: 'en',
};
const feed: ExportOptions = { ...own, reducePrivate: true };

const unfolded = (text: string): string => text.replaceAll('\r\n ', '');
const uids = (text: string): string[] =>
  [...unfolded(text).matchAll(/^UID:(.*)$/gm)].map((match) => match[1]?.trim() ?? '');

const stumble = (): never => {
  throw new RangeError('unreadable');
};

describe('export', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const exported = async (options = own, who = alice, calendars?: readonly SeenCalendar[]) => {
    const { etag, lastModified, chunks } = await exportCalendar(
      at.services,
      who,
      calendars ?? [await seen(at)],
      options,
    );
    return { etag, lastModified, text: await gathered(chunks) };
  };

  const stamps = async () => {
    const { text } = await exported();
    const of = (name: string) => new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1] ?? '';
    return [Number(of('SEQUENCE')), of('LAST-MODIFIED'), of('DTSTAMP')] as const;
  };

  it('of an empty calendar is a valid calendar', async () => {
    const { text } = await exported();
    const calendar = new ICAL.Component(ICAL.parse(text));
    assert.equal(calendar.name, 'vcalendar');
    assert.equal(calendar.getAllSubcomponents('vevent').length, 0);
    assert.match(text, /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n/);
    assert.match(text, /METHOD:PUBLISH\r\n/);
    assert.match(text, /X-WR-CALNAME:Personal\r\n/);
    assert.match(text, /X-WR-TIMEZONE:Europe\/Stockholm\r\n/);
  });

  it('tells each zone once, from before the first event on', async () => {
    for (const [uid, year] of [
      ['a', 2026],
      ['b', 2009],
      ['c', 1975],
    ] as const) {
      const date = (hour: string) => `;TZID=Europe/Berlin:${year}0323T${hour}0000`;
      await put(at, alice, await seen(at), `${uid}.ics`, event({ uid, start: date('09'), end: date('10') }));
    }
    const { text } = await exported();
    assert.equal(text.match(/BEGIN:VTIMEZONE/g)?.length, 1);
    assert.deepEqual(uids(text), ['a', 'b', 'c']);
    const calendar = new ICAL.Component(ICAL.parse(text));
    const zone = new ICAL.Timezone(calendar.getFirstSubcomponent('vtimezone') ?? assert.fail());
    const offset = (year: number, month: number) =>
      zone.utcOffset(new ICAL.Time({ year, month, day: 23, hour: 9 }, zone));
    assert.deepEqual([offset(1975, 7), offset(2009, 3), offset(2026, 7)], [3600, 3600, 7200]);
  });

  it('gives the same bytes for the same entity tag, and others once anything changed', async () => {
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a' }));
    const first = await exported();
    at.clock.advance(days(1));
    const again = await exported();
    assert.deepEqual(again, first);
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', summary: 'Other' }));
    const changed = await exported();
    assert.notEqual(changed.etag, first.etag);
    assert.ok(changed.lastModified > first.lastModified);
    await patchCalendar(at.services, alice, await seen(at), { displayName: 'Renamed' });
    const renamed = await exported();
    assert.notEqual(renamed.etag, changed.etag);
    assert.match(renamed.text, /X-WR-CALNAME:Renamed/);
  });

  it('does not keep as finished what was changed while it was read', async () => {
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a' }));
    const started = await exportCalendar(at.services, alice, [await seen(at)], own);
    await put(at, alice, await seen(at), 'b.ics', event({ uid: 'b' }));
    assert.match(await gathered(started.chunks), /UID:b/);
    assert.equal(await started.whole(), undefined);
    await exported();
    const again = await exportCalendar(at.services, alice, [await seen(at)], own);
    assert.ok(await again.whole());
  });

  it('raises SEQUENCE and LAST-MODIFIED with every change', async () => {
    // Programs count for others, and many not at all.
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['SEQUENCE:700'] }));
    const before = await stamps();
    at.clock.advance(60_000);
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', summary: 'x', more: ['SEQUENCE:700'] }));
    const after = await stamps();
    assert.ok(after[0] > before[0] && after[1] > before[1] && after[2] > before[2]);
  });

  describe('with a window', () => {
    const window = { monthsBack: 1, monthsAhead: 2 };

    beforeEach(async () => {
      const mine = await seen(at);
      const onDay = (uid: string, day: string, ...more: string[]) =>
        put(
          at,
          alice,
          mine,
          `${uid}.ics`,
          event({ uid, start: `:${day}T090000Z`, end: `:${day}T100000Z`, more }),
        );
      await onDay('old', '20260101');
      await onDay('edge', '20260220');
      await onDay('now', '20260323');
      await onDay('later', '20260519');
      await onDay('far', '20260521');
      await onDay('series', '20200101', 'RRULE:FREQ=WEEKLY');
      await onDay('ended', '20200101', 'RRULE:FREQ=WEEKLY;COUNT=5');
      await onDay('next', '20300101', 'RRULE:FREQ=WEEKLY');
    });

    it('shows what lies in it, and series whole if any instance does', async () => {
      const { text } = await exported({ ...own, window });
      assert.deepEqual(uids(text).sort(), ['edge', 'later', 'now', 'series']);
      assert.match(text, /DTSTART:20200101T090000Z/);
      assert.equal(uids((await exported()).text).length, 8);
    });

    it('moves by day, not by second', async () => {
      const first = await exported({ ...own, window });
      at.clock.advance(11 * 3600_000 - 1);
      assert.deepEqual(await exported({ ...own, window }), first);
      at.clock.advance(1);
      const next = await exported({ ...own, window });
      assert.notEqual(next.etag, first.etag);
      assert.ok(next.lastModified > first.lastModified);
      assert.deepEqual(uids(next.text).sort(), ['later', 'now', 'series']);
    });

    it('of the owner limits what others get, but not the owner', async () => {
      await patchCalendar(at.services, alice, await seen(at), { exportWindow: window });
      assert.equal(uids((await exported()).text).length, 8);
      assert.equal(uids((await exported(feed)).text).length, 4);
      await share(at, at.bob, 'read');
      assert.equal(
        uids((await exported(own, await actor(at, at.bob), [await seen(at, at.bob)])).text).length,
        4,
      );
      const narrow = { ...feed, window: { monthsBack: 0, monthsAhead: 1 } };
      assert.deepEqual(uids((await exported(narrow)).text).sort(), ['now', 'series']);
    });

    it('ends on the last day of a shorter month', async () => {
      at.clock.advance(days(11));
      const { text } = await exported({ ...own, window: { monthsBack: 1, monthsAhead: 0 } });
      assert.deepEqual(uids(text).sort(), ['now', 'series']);
    });
  });

  it('in anybody’s hands hides what is not public, also of those who are invited, and people', async () => {
    const invited = ['ATTENDEE:mailto:alice@example.com', 'ORGANIZER:mailto:alice@example.com'];
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['CLASS:PRIVATE', ...invited] }));
    await put(at, alice, await seen(at), 'b.ics', event({ uid: 'b', summary: 'Open', more: invited }));
    const { text } = await exported(feed);
    assert.doesNotMatch(text, /Secret plan/);
    assert.match(text, /SUMMARY:Busy/);
    assert.match(text, /SUMMARY:Open/);
    assert.doesNotMatch(text, /alice@example/);
    const mine = await exported();
    assert.match(mine.text, /Secret plan/);
    assert.match(mine.text, /alice@example/);
  });

  it('says busy in the language that was asked for', async () => {
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['CLASS:PRIVATE'] }));
    assert.match((await exported({ ...feed, language: 'ru' })).text, /SUMMARY:Занято/);
  });

  it('shows alarms only when asked, and never of reduced events', async () => {
    const inner = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:x', 'TRIGGER:-PT5M', 'END:VALARM'];
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', inner }));
    assert.doesNotMatch((await exported()).text, /VALARM/);
    assert.match((await exported({ ...own, alarms: true })).text, /VALARM/);
    assert.doesNotMatch((await exported({ ...own, alarms: true, detail: 'busy' })).text, /VALARM/);
  });

  it('never shows more than the least of what was asked, what the owner lets out, and what the reader may see', async () => {
    await patchCalendar(at.services, alice, await seen(at), { description: 'About', color: '#11223344' });
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['LOCATION:Here'] }));
    const bob = await actor(at, at.bob);
    const detail = fc.constantFrom('full', 'titles', 'busy');
    const level = fc.constantFrom('busy', 'titles', 'read', 'manage');
    const shows = { busy: 0, titles: 1, full: 2, read: 2, manage: 2 };
    await fc.assert(
      fc.asyncProperty(detail, detail, level, fc.boolean(), async (asked, owners, granted, reducePrivate) => {
        await share(at, at.bob, granted);
        await patchCalendar(at.services, alice, await seen(at), { exportDetail: owners });
        const { text } = await exported({ ...own, detail: asked, reducePrivate }, bob, [
          await seen(at, at.bob),
        ]);
        const least = Math.min(shows[asked], shows[owners], shows[granted]);
        assert.equal(/Secret plan/.test(text), least >= 1);
        assert.equal(/LOCATION:Here/.test(text), least === 2);
        assert.equal(/X-WR-CALDESC:About/.test(text), least === 2);
        assert.match(text, /UID:a/);
      }),
      { numRuns: 40 },
    );
  });

  it('merges calendars without clashes of UIDs, and names where each event is from', async () => {
    const work = await createCalendar(at.services, alice, at.alice, { name: 'work', displayName: 'Work' });
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'same' }));
    await put(at, alice, work, 'a.ics', event({ uid: 'same' }));
    await put(at, alice, work, 'b.ics', event({ uid: 'other' }));
    const calendars = [await seen(at), await seen(at, at.alice, at.alice, 'work')];
    const { text } = await exported({ ...own, title: 'All' }, alice, calendars);
    assert.deepEqual(uids(text), ['same', `same-${work.calendar.id.toString(36)}`, 'other']);
    assert.match(text, /X-WR-CALNAME:All\r\n/);
    assert.deepEqual(
      [...text.matchAll(/^CATEGORIES:(.*)\r$/gm)].map((match) => match[1]),
      ['Personal', 'Work', 'Work'],
    );
    const none = await exported(own, alice, []);
    assert.match(none.text, /X-WR-CALNAME:Calendar/);
  });

  it('calls a foreign calendar as its reader does', async () => {
    await share(at, at.bob, 'read');
    const bob = await actor(at, at.bob);
    const before = await exported(own, bob, [await seen(at, at.bob)]);
    await patchCalendar(at.services, bob, await seen(at, at.bob), { displayName: 'Hers' });
    const after = await exported(own, bob, [await seen(at, at.bob)]);
    assert.match(after.text, /X-WR-CALNAME:Hers/);
    assert.notEqual(after.etag, before.etag);
  });

  it('may be forbidden by the owner or by the administrator', async () => {
    const { calendar } = await seen(at);
    assert.deepEqual(await exportAllowed(at.services, calendar), { allowed: true });
    await setExportPolicy(at.services, at.system, 'user', 'forbidden');
    assert.deepEqual(await exportAllowed(at.services, calendar), { allowed: false, by: 'administrator' });
    await setExportPolicy(at.services, at.system, 'user', 'owner');
    await setExportAllowed(at.services, alice, await seen(at), false);
    assert.deepEqual(await exportAllowed(at.services, (await seen(at)).calendar), {
      allowed: false,
      by: 'owner',
    });
  });

  it('leaves out what cannot be read, and streams more than a page', async () => {
    const mine = await seen(at);
    await Promise.all(
      Array.from({ length: 600 }, (_, n) => put(at, alice, mine, `${n}.ics`, event({ uid: `${n}` }))),
    );
    await deleteObject(at.services, alice, mine, '5.ics');
    const { text } = await exported();
    assert.equal(uids(text).length, 599);
    assert.equal(new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').length, 599);
  });

  it('survives durations beyond the end of time', async () => {
    const mine = await seen(at);
    const dates = [
      ['DTSTART;VALUE=DATE:20260528', 'DURATION:P999999999W'],
      ['DTSTART:20260528T100000Z', 'DURATION:P999999999D'],
      [
        'DTSTART:20260528T100000Z',
        'RRULE:FREQ=DAILY;COUNT=2',
        'RDATE;VALUE=PERIOD:20260601T100000Z/P999999999W',
      ],
      ['DTSTART;VALUE=DATE:99991231', 'DURATION:P2D'],
      ['DTSTART;TZID=America/New_York:99991231T235959', 'RRULE:FREQ=DAILY;UNTIL=99991231'],
    ];
    for (const [index, lines] of dates.entries()) {
      const body = ['BEGIN:VEVENT', `UID:${index}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT'];
      await put(at, alice, mine, `${index}.ics`, textOf(body));
    }
    for (const options of [own, { ...own, detail: 'busy' as const }]) {
      const { text } = await exported(options);
      assert.equal(new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').length, dates.length);
    }
    assert.deepEqual(
      at.events.filter(({ event }) => event === 'object-left-out'),
      [],
    );
  });

  it('goes on without what cannot be written, and says so in the log', async () => {
    const mine = await seen(at);
    for (const uid of ['a', 'b']) await put(at, alice, mine, `${uid}.ics`, event({ uid }));
    // Its next time lies behind the horizon of the index.
    const more = ['RRULE:FREQ=YEARLY;INTERVAL=20'];
    await put(
      at,
      alice,
      mine,
      'c.ics',
      event({ uid: 'c', start: ':20200101T000000Z', end: ':20200101T000500Z', more }),
    );
    const isBroken = ({ uid }: { readonly uid: string }): boolean => uid !== 'a';
    const { storage } = at.services;
    const services = {
      ...at.services,
      storage: {
        ...storage,
        async *contents(query: Parameters<typeof storage.contents>[0]) {
          for await (const page of storage.contents(query)) {
            const all = page
              .objects()
              .map((one) =>
                isBroken(one) ? Object.defineProperty({ ...one }, 'from', { get: stumble }) : one,
              );
            yield { ...page, objects: () => all, cuts: Buffer.from(all.map(() => '').join('\n')) };
          }
        },
        async *objects(query: Parameters<typeof storage.objects>[0]) {
          for await (const page of storage.objects(query)) {
            yield page.map((one) =>
              isBroken(one) ? Object.defineProperty({ ...one }, 'bytes', { get: stumble }) : one,
            );
          }
        },
      },
    };
    const window = { monthsBack: 1, monthsAhead: 1200 };
    assert.deepEqual(uids((await exported({ ...own, window })).text), ['a', 'b', 'c']);
    for (const options of [own, { ...own, detail: 'busy' }, { ...own, window }] as const) {
      at.events.splice(0);
      const { chunks } = await exportCalendar({ ...services, memory: new Memory() }, alice, [mine], options);
      assert.deepEqual(uids(await gathered(chunks)), ['a']);
      const told = at.events.filter(({ event: what }) => what === 'object-left-out');
      assert.equal(told.length, 2);
    }
  });

  it('shows favourites of others as the reader has them', async () => {
    await share(at, 'everyone', 'titles');
    const bob = await actor(at, at.bob);
    await setFavourite(at.services, bob, await seen(at, at.bob), true);
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', more: ['LOCATION:Here'] }));
    const { text } = await exported(feed, bob, [await seen(at, at.bob)]);
    assert.match(text, /Secret plan/);
    assert.doesNotMatch(text, /LOCATION/);
  });
});
