import assert from 'node:assert/strict';
import type { Actor } from '../../../src/core/principal.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { calendarInHome, operator, visibleCalendars } from '../../../src/service/access.ts';
import {
  copyCalendar,
  createCalendar,
  defaultComponents,
  deleteCalendar,
  grant,
  grantsOf,
  moveCalendar,
  patchCalendar,
  setFavourite,
  setGrants,
  trashCalendar,
} from '../../../src/service/calendars/calendars.ts';
import { candidates, listing, overlapping } from '../../../src/service/objects/queries.ts';
import { calendarZone } from '../../../src/service/objects/zones.ts';
import { calendarProperties, patchProperties } from '../../../src/service/properties.ts';
import { actor, all, event, type Office, office, put, refreshed, refuses, seen, share } from '../office.ts';

const zoneData = (tzid: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:x',
    'BEGIN:VTIMEZONE',
    `TZID:${tzid}`,
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0300',
    'TZOFFSETTO:+0300',
    'END:STANDARD',
    'END:VTIMEZONE',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

describe('calendars', () => {
  let at: Office;
  let alice: Actor;
  let bob: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    bob = await actor(at, at.bob);
  });
  afterEach(() => at.close());

  describe('create', () => {
    it('gives what was left out a sensible value', async () => {
      const { calendar, isOwn } = await createCalendar(at.services, alice, at.alice, { name: 'work' });
      assert.ok(isOwn);
      assert.deepEqual(
        [
          calendar.displayName,
          calendar.components,
          calendar.exportAllowed,
          calendar.transparent,
          calendar.timeZone,
        ],
        ['work', defaultComponents, true, false, null],
      );
    });

    it('keeps everything that was said, dead properties with it', async () => {
      const made = await createCalendar(at.services, alice, at.alice, {
        name: 'work',
        displayName: 'Work',
        description: 'd',
        color: '#11223344',
        order: 7,
        timeZone: 'europe/moscow',
        components: ['VTODO'],
        transparent: true,
        exportAllowed: false,
        properties: new Map([['{x}y', '<y xmlns="x"/>']]),
      });
      const { displayName, description, color, order, timeZone, components, transparent, exportAllowed } =
        made.calendar;
      assert.deepEqual(
        { displayName, description, color, order, timeZone, components, transparent, exportAllowed },
        {
          displayName: 'Work',
          description: 'd',
          color: '#11223344',
          order: 7,
          timeZone: 'Europe/Moscow',
          components: ['VTODO'],
          transparent: true,
          exportAllowed: false,
        },
      );
      assert.deepEqual(
        [...(await calendarProperties(at.services, alice, made))],
        [['{x}y', '<y xmlns="x"/>']],
      );
    });

    it('refuses names that are taken, that are none, and that stand for foreign calendars', async () => {
      await refuses(createCalendar(at.services, alice, at.alice, { name: 'personal' }), 'already-exists');
      for (const name of ['', '.', 'a/b', 'a\u0000', 'shared-abc', '\ud800']) {
        await refuses(createCalendar(at.services, alice, at.alice, { name }), 'bad-name');
      }
      await createCalendar(at.services, alice, at.alice, { name: 'shared-ABC' });
    });

    it('refuses homes of others, also to administrators, and homes that are full', async () => {
      await refuses(createCalendar(at.services, bob, at.alice, { name: 'x' }), 'need-privileges');
      const root = await actor(at, at.root);
      await refuses(createCalendar(at.services, root, at.alice, { name: 'x' }), 'need-privileges');
      await refuses(
        createCalendar(at.services, await actor(at, at.alice, 'read'), at.alice, { name: 'x' }),
        'need-privileges',
      );
      const made = await createCalendar(at.services, root, at.team, { name: 'x' });
      assert.equal(made.calendar.ownerName, 'team');
      assert.equal((await seen(at, at.bob, at.team, 'x')).level, 'edit');
      await at.close();
      at = await office({ maxCalendarsPerHome: 2 });
      await refuses(createCalendar(at.services, operator(), at.alice, { name: 'x' }), 'quota-exceeded');
    });

    it('reads the zone out of its definition, and refuses what is none', async () => {
      const make = (name: string, timeZoneData: string) =>
        createCalendar(at.services, alice, at.alice, { name, timeZoneData });
      assert.equal((await make('a', zoneData('Europe/Moscow'))).calendar.timeZone, 'Europe/Moscow');
      const custom = await make('b', zoneData('Our own'));
      assert.equal(custom.calendar.timeZone, null);
      const zone = await calendarZone(at.services, custom.calendar);
      assert.equal(zone.offsetAt(instant(0)), 3 * 3600_000);
      await refuses(make('c', 'BEGIN:VCALENDAR'), 'invalid-calendar-data');
      await refuses(make('d', zoneData('x').replaceAll('VTIMEZONE', 'VEVENT')), 'invalid-calendar-data');
      await refuses(
        createCalendar(at.services, alice, at.alice, { name: 'e', timeZone: 'No/Where' }),
        'invalid-property',
      );
      assert.equal((await calendarZone(at.services, (await seen(at)).calendar)).id, 'Europe/Stockholm');
    });
  });

  describe('patch', () => {
    it('changes one’s own for all who see it', async () => {
      await share(at, at.bob, 'read');
      await patchCalendar(at.services, alice, await seen(at), {
        displayName: 'Mine',
        color: '#00000000',
        order: 3,
        transparent: null,
        description: null,
      });
      const theirs = await seen(at, at.bob);
      assert.deepEqual(
        [theirs.calendar.displayName, theirs.calendar.color, theirs.calendar.order],
        ['Mine', '#00000000', 3],
      );
      await patchCalendar(at.services, alice, await seen(at), { displayName: null });
      assert.equal((await seen(at)).calendar.displayName, 'personal');
    });

    it('changes a foreign one for oneself, also where one may only read', async () => {
      await share(at, at.bob, 'read');
      const theirs = await seen(at, at.bob);
      const properties = new Map([['{x}y', '<y xmlns="x">bob</y>']]);
      await patchCalendar(at.services, bob, theirs, {
        displayName: 'Hers',
        color: '#FFFFFFFF',
        order: 1,
        transparent: true,
        properties,
      });
      const again = await seen(at, at.bob);
      assert.equal(again.calendar.displayName, 'Personal');
      assert.deepEqual(
        [again.view?.displayName, again.view?.color, again.view?.order, again.view?.transparent],
        ['Hers', '#FFFFFFFF', 1, true],
      );
      assert.equal((await seen(at)).calendar.color, null);
      assert.equal((await calendarProperties(at.services, alice, await seen(at))).size, 0);
      assert.equal((await calendarProperties(at.services, bob, again)).get('{x}y'), '<y xmlns="x">bob</y>');
    });

    it('lets a person’s own dead properties stand over those of the owner', async () => {
      await share(at, at.bob, 'read');
      const set = (who: Actor, where: Awaited<ReturnType<typeof seen>>, text: string) =>
        patchCalendar(at.services, who, where, { properties: new Map([['{x}y', text]]) });
      await set(alice, await seen(at), 'alice');
      assert.equal((await calendarProperties(at.services, bob, await seen(at, at.bob))).get('{x}y'), 'alice');
      await set(bob, await seen(at, at.bob), 'bob');
      assert.equal((await calendarProperties(at.services, bob, await seen(at, at.bob))).get('{x}y'), 'bob');
      assert.equal((await calendarProperties(at.services, alice, await seen(at))).get('{x}y'), 'alice');
    });

    it('leaves description and zone of a foreign one to those who manage it, export to its owner', async () => {
      await share(at, at.bob, 'edit');
      const patch = async (changes: Parameters<typeof patchCalendar>[3]) =>
        patchCalendar(at.services, bob, await seen(at, at.bob), changes);
      await refuses(patch({ description: 'x', color: '#123456FF' }), 'need-privileges');
      assert.equal((await seen(at, at.bob)).view?.color ?? null, null);
      await share(at, at.bob, 'manage');
      await patch({ description: 'x' });
      assert.equal((await seen(at)).calendar.description, 'x');
      await refuses(patch({ exportDetail: 'full' }), 'need-privileges');
      await refuses(
        patchCalendar(at.services, await actor(at, at.alice, 'read'), await seen(at), { order: 1 }),
        'need-privileges',
      );
      await patch({});
    });

    it('refuses more dead properties than a resource may have', async () => {
      await at.close();
      at = await office({ maxDeadPropertyBytes: 100 });
      alice = await actor(at, at.alice);
      const properties = new Map([['{x}y', 'z'.repeat(200)]]);
      await refuses(patchCalendar(at.services, alice, await seen(at), { properties }), 'quota-exceeded');
      await refuses(
        createCalendar(at.services, alice, at.alice, { name: 'n', properties }),
        'quota-exceeded',
      );
      const holder = { on: 'home', id: at.alice.id } as const;
      await refuses(patchProperties(at.services, alice, holder, properties), 'quota-exceeded');
      await patchProperties(at.services, alice, holder, new Map([['{x}y', 'z']]));
    });

    it('moves floating events in the index when the zone changes, and leaves fixed ones alone', async () => {
      await put(
        at,
        alice,
        await seen(at),
        'f.ics',
        event({ uid: 'f', start: ':20260323T090000', end: ':20260323T100000' }),
      );
      await put(at, alice, await seen(at), 'x.ics', event({ uid: 'x' }));
      const found = async (hour: number) => {
        const range = {
          start: instant(Date.UTC(2026, 2, 23, hour)),
          end: instant(Date.UTC(2026, 2, 23, hour + 1)),
        };
        return (await all(overlapping(at.services, alice, await seen(at), { range }))).map(
          ({ object }) => object.head.name,
        );
      };
      assert.deepEqual([await found(8), await found(9)], [['f.ics'], ['x.ics']]);
      await patchCalendar(at.services, alice, await seen(at), { timeZone: 'Asia/Tokyo' });
      assert.deepEqual([await found(0), await found(8)], [['f.ics'], []]);
      await patchCalendar(at.services, alice, await seen(at), { timeZoneData: zoneData('Our own') });
      assert.deepEqual([await found(6), await found(0)], [['f.ics'], []]);
      assert.ok(at.events.some(({ event: what }) => what === 'calendar-reindexed'));
      await patchCalendar(at.services, alice, await seen(at), { timeZoneData: null });
      assert.deepEqual(await found(8), ['f.ics']);
    });
  });

  describe('delete', () => {
    it('puts one’s own into the trash, even the last one', async () => {
      for (const name of ['personal', 'tasks'])
        await deleteCalendar(at.services, alice, await seen(at, at.alice, at.alice, name));
      assert.deepEqual(await visibleCalendars(at.services, alice), []);
      await createCalendar(at.services, alice, at.alice, { name: 'personal' });
    });

    it('takes a foreign one out of the home and leaves it alone otherwise, whatever the rights', async () => {
      await share(at, at.bob, 'manage');
      await deleteCalendar(at.services, bob, await seen(at, at.bob));
      assert.ok(await seen(at));
      await refuses(
        deleteCalendar(at.services, await actor(at, at.bob, 'read'), await seen(at, at.bob)),
        'need-privileges',
      );
      await trashCalendar(at.services, bob, await seen(at, at.bob));
      assert.equal(await calendarInHome(at.services, alice, at.alice, 'personal'), undefined);
    });
  });

  describe('move', () => {
    it('renames, and keeps what is in it', async () => {
      await put(at, alice, await seen(at), 'a.ics');
      const target = { owner: at.alice, name: 'renamed', overwrite: false };
      assert.deepEqual(await moveCalendar(at.services, alice, await seen(at), target), { created: true });
      const moved = await seen(at, at.alice, at.alice, 'renamed');
      assert.equal((await all(listing(at.services, alice, moved))).length, 1);
    });

    it('goes over what is there only when told to', async () => {
      const target = { owner: at.alice, name: 'tasks', overwrite: false };
      await refuses(moveCalendar(at.services, alice, await seen(at), target), 'stale');
      await refuses(
        moveCalendar(at.services, alice, await seen(at), { ...target, name: 'personal' }),
        'location-not-ok',
      );
      assert.deepEqual(
        await moveCalendar(at.services, alice, await seen(at), { ...target, overwrite: true }),
        { created: false },
      );
      assert.deepEqual((await seen(at, at.alice, at.alice, 'tasks')).calendar.components, ['VEVENT']);
    });

    it('is for the owner, in their own home; the command line hands calendars over', async () => {
      await share(at, at.bob, 'manage');
      const theirs = await seen(at, at.bob);
      await refuses(
        moveCalendar(at.services, bob, theirs, { owner: at.bob, name: 'x', overwrite: false }),
        'need-privileges',
      );
      const mine = await seen(at);
      await refuses(
        moveCalendar(at.services, alice, mine, { owner: at.bob, name: 'x', overwrite: false }),
        'need-privileges',
      );
      const asOperator = await refreshed(at, at.system, mine);
      await moveCalendar(at.services, at.system, asOperator, { owner: at.bob, name: 'x', overwrite: false });
      assert.equal((await seen(at, at.bob, at.bob, 'x')).isOwn, true);
      assert.equal(await calendarInHome(at.services, alice, at.alice, 'personal'), undefined);
    });
  });

  describe('copy', () => {
    it('copies settings, dead properties and objects', async () => {
      const source = await seen(at);
      await put(at, alice, source, 'a.ics', event({ uid: 'a' }));
      await patchCalendar(at.services, alice, source, {
        color: '#01020304',
        timeZone: 'Asia/Tokyo',
        properties: new Map([['{x}y', '<y/>']]),
      });
      const target = { owner: at.alice, name: 'copy', overwrite: false };
      assert.deepEqual(await copyCalendar(at.services, alice, await seen(at), target), { created: true });
      const copy = await seen(at, at.alice, at.alice, 'copy');
      assert.deepEqual([copy.calendar.color, copy.calendar.timeZone], ['#01020304', 'Asia/Tokyo']);
      assert.equal((await calendarProperties(at.services, alice, copy)).get('{x}y'), '<y/>');
      assert.deepEqual(
        (await all(listing(at.services, alice, copy))).map(({ name }) => name),
        ['a.ics'],
      );
      assert.deepEqual(
        await copyCalendar(at.services, alice, await seen(at), { ...target, overwrite: true }, 0),
        { created: false },
      );
      assert.deepEqual(
        await all(listing(at.services, alice, await seen(at, at.alice, at.alice, 'copy'))),
        [],
      );
    });

    it('leaves behind what the actor sees reduced', async () => {
      await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a' }));
      await put(at, alice, await seen(at), 'p.ics', event({ uid: 'p', more: ['CLASS:PRIVATE'] }));
      await share(at, at.bob, 'read');
      await copyCalendar(at.services, bob, await seen(at, at.bob), {
        owner: at.bob,
        name: 'copy',
        overwrite: false,
      });
      const copy = await seen(at, at.bob, at.bob, 'copy');
      assert.deepEqual(
        (await all(candidates(at.services, bob, copy))).map(({ head }) => head.name),
        ['a.ics'],
      );
      await share(at, at.bob, 'titles');
      await refuses(
        copyCalendar(at.services, bob, await seen(at, at.bob), {
          owner: at.bob,
          name: 'c2',
          overwrite: false,
        }),
        'need-privileges',
      );
    });

    it('copies a large calendar in batches, and leaves nothing half when one fails', async () => {
      await at.close();
      at = await office({ maxHomeBytes: 400_000 });
      alice = await actor(at, at.alice);
      const source = await seen(at);
      await Promise.all(
        Array.from({ length: 1200 }, (_, n) => put(at, alice, source, `${n}.ics`, event({ uid: `${n}` }))),
      );
      const failing = copyCalendar(at.services, alice, await seen(at), {
        owner: at.alice,
        name: 'copy',
        overwrite: false,
      });
      await refuses(failing, 'quota-exceeded');
      assert.equal(await calendarInHome(at.services, alice, at.alice, 'copy'), undefined);
      const small = await refreshed(at, at.system, source);
      await copyCalendar(at.services, at.system, small, { owner: at.bob, name: 'copy', overwrite: false });
      const copied = await seen(at, at.bob, at.bob, 'copy');
      assert.equal(await at.services.storage.objectCount(copied.calendar.id), 1200);
    });
  });

  describe('grants', () => {
    it('are for those who manage the calendar', async () => {
      await share(at, at.bob, 'edit');
      await refuses(grant(at.services, bob, await seen(at, at.bob), at.root.id, 'read'), 'need-privileges');
      await refuses(grantsOf(at.services, bob, await seen(at, at.bob)), 'need-privileges');
      await share(at, at.bob, 'manage');
      await grant(at.services, bob, await seen(at, at.bob), at.root.id, 'read');
      const levels = (await grantsOf(at.services, alice, await seen(at))).map(({ level }) => level);
      assert.deepEqual(levels.sort(), ['manage', 'read']);
    });

    it('show a calendar that was taken out of the home again when it is shared anew', async () => {
      const inHome = async (): Promise<boolean> => (await seen(at, at.bob)).access.inHome;
      await share(at, at.bob, 'read');
      await deleteCalendar(at.services, bob, await seen(at, at.bob));
      assert.equal(await inHome(), false);
      await share(at, at.bob, 'edit');
      assert.equal(await inHome(), false);
      await grant(at.services, alice, await seen(at), at.bob.id, null);
      await share(at, at.bob, 'edit');
      assert.equal(await inHome(), true);
    });

    it('are set together or not at all, and not everyone can manage', async () => {
      const mine = await seen(at);
      const grants = [
        { grantee: at.bob.id, level: 'read' },
        { grantee: 'everyone', level: 'manage' },
      ] as const;
      await refuses(setGrants(at.services, alice, mine, grants), 'location-not-ok');
      assert.deepEqual(await grantsOf(at.services, alice, mine), []);
    });
  });

  it('can be kept and let go as favourites', async () => {
    await share(at, 'everyone', 'read');
    await setFavourite(at.services, bob, await seen(at, at.bob), true);
    await setFavourite(at.services, bob, await seen(at, at.bob), false);
    assert.equal((await seen(at, at.bob)).access.inHome, false);
  });
});
