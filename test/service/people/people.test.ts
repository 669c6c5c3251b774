import assert from 'node:assert/strict';
import { instant } from '../../../src/icalendar/time.ts';
import { calendarInHome, principalById, principalNamed } from '../../../src/service/access.ts';
import { createCalendar } from '../../../src/service/calendars/calendars.ts';
import { overlapping } from '../../../src/service/objects/queries.ts';
import { verifyPassword } from '../../../src/service/people/passwords.ts';
import {
  company,
  createGroup,
  createPerson,
  deletePerson,
  findPrincipal,
  groupsOf,
  mayKnow,
  membersOf,
  patchPerson,
  searchPeople,
  setMember,
} from '../../../src/service/people/people.ts';
import { exportPolicies, setExportPolicy } from '../../../src/service/people/policies.ts';
import { actor, all, event, type Office, office, put, refuses, seen } from '../office.ts';

describe('people', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  it('start with a calendar for events and a list for tasks, both open to export', async () => {
    const made = await createPerson(at.services, at.system, {
      name: ' Zoë@Example ',
      language: 'sv',
      password: 'geheim',
    });
    assert.equal(made.name, 'zoë@example');
    assert.equal(made.displayName, 'Zoë@Example');
    const personal = await seen(at, made, made, 'personal');
    const tasks = await seen(at, made, made, 'tasks');
    assert.deepEqual(
      [personal.calendar.components, personal.calendar.displayName],
      [['VEVENT'], 'Personlig'],
    );
    assert.deepEqual([tasks.calendar.components, tasks.calendar.displayName], [['VTODO'], 'Uppgifter']);
    assert.ok(personal.calendar.exportAllowed && tasks.calendar.exportAllowed);
    assert.equal(await verifyPassword(at.services, made, 'geheim'), true);
    const other = await createPerson(at.services, at.system, { name: 'x', language: 'tlh' });
    assert.equal((await seen(at, other, other, 'tasks')).calendar.displayName, 'Tasks');
  });

  it('have names that are unique in their normal form, and can stand in paths and headers', async () => {
    await refuses(createPerson(at.services, at.system, { name: 'ALICE ' }), 'already-exists');
    for (const name of ['', '.', '..', 'a/b', 'a:b', 'a\nb', 'x'.repeat(2000), 'Everyone']) {
      await refuses(createPerson(at.services, at.system, { name }), 'bad-name');
    }
    await createPerson(at.services, at.system, { name: 'Мария Ивановна' });
    assert.ok(await principalNamed(at.services, 'мария ивановна'));
  });

  it('have addresses that are addresses, each of one person only', async () => {
    const make = (name: string, ...addresses: string[]) =>
      createPerson(at.services, at.system, { name, addresses });
    for (const address of ['x', 'a b@c', 'a@b\r\nX:y', '<a@b>', 'a@'])
      await refuses(make('n', address), 'invalid-property');
    await refuses(make('n', 'ALICE@example.com'), 'already-exists');
    assert.deepEqual((await make('n', 'N@x.org', 'n@x.org')).addresses, ['n@x.org']);
    await refuses(
      createPerson(at.services, at.system, { name: 'z', timeZone: 'No/Where' }),
      'invalid-property',
    );
  });

  it('are made, changed and deleted by administrators', async () => {
    const alice = await actor(at, at.alice);
    await refuses(createPerson(at.services, alice, { name: 'x' }), 'need-privileges');
    await refuses(createGroup(at.services, alice, 'room', { name: 'x' }), 'need-privileges');
    await refuses(deletePerson(at.services, alice, at.bob), 'need-privileges');
    await refuses(setMember(at.services, alice, at.team, at.alice, true), 'need-privileges');
    for (const patch of [{ isAdmin: true }, { disabled: false }, { addresses: [] }]) {
      await refuses(patchPerson(at.services, alice, at.alice, patch), 'need-privileges');
    }
    await refuses(patchPerson(at.services, alice, at.bob, { displayName: 'x' }), 'need-privileges');
    await patchPerson(at.services, alice, at.alice, { displayName: 'Al', language: 'ru' });
    assert.equal((await principalNamed(at.services, 'alice'))?.displayName, 'Al');
    const root = await actor(at, at.root);
    await patchPerson(at.services, root, at.alice, { addresses: ['New@x.org'] });
    assert.deepEqual((await principalById(at.services, at.alice.id))?.addresses, ['new@x.org']);
    await refuses(patchPerson(at.services, root, at.alice, { timeZone: 'No/Where' }), 'invalid-property');
    await deletePerson(at.services, root, at.bob);
    assert.equal(await principalNamed(at.services, 'bob'), undefined);
  });

  it('move their floating events and days when they move', async () => {
    const alice = await actor(at, at.alice);
    await put(
      at,
      alice,
      await seen(at),
      'f.ics',
      event({ uid: 'f', start: ':20260323T090000', end: ':20260323T100000' }),
    );
    const fixed = await createCalendar(at.services, alice, at.alice, {
      name: 'fixed',
      timeZone: 'Europe/London',
    });
    await put(
      at,
      alice,
      fixed,
      'f.ics',
      event({ uid: 'f', start: ':20260323T090000', end: ':20260323T100000' }),
    );
    // The day after, which begins there before or after it does in UTC.
    const day = event({ uid: 'd', start: ';VALUE=DATE:20260324', end: ';VALUE=DATE:20260325' });
    await put(at, alice, await seen(at), 'd.ics', day);
    await put(at, alice, fixed, 'd.ics', day);
    const hours = async (name: string) => {
      const found: number[] = [];
      for (let hour = 0; hour < 24; hour++) {
        const range = {
          start: instant(Date.UTC(2026, 2, 23, hour)),
          end: instant(Date.UTC(2026, 2, 23, hour + 1)),
        };
        const where = await seen(at, at.alice, at.alice, name);
        if ((await all(overlapping(at.services, alice, where, { range }))).length > 0) found.push(hour);
      }
      return found;
    };
    assert.deepEqual([await hours('personal'), await hours('fixed')], [[8, 23], [9]]);
    await patchPerson(at.services, alice, at.alice, { timeZone: 'Asia/Tokyo' });
    const evening = [15, 16, 17, 18, 19, 20, 21, 22, 23];
    assert.deepEqual([await hours('personal'), await hours('fixed')], [[0, ...evening], [9]]);
  });

  it('are found by name, display name and address, without those who were disabled', async () => {
    const alice = await actor(at, at.alice);
    const names = async (text: string, who = alice) =>
      (await searchPeople(at.services, who, { text })).map(({ name }) => name);
    assert.deepEqual(await names('OB@EXAMPLE'), ['bob']);
    assert.deepEqual(await names('tea'), ['team']);
    assert.equal((await findPrincipal(at.services, alice, 'BOB'))?.id, at.bob.id);
    await patchPerson(at.services, at.system, at.bob, { disabled: true });
    assert.deepEqual(await names('bob'), []);
    assert.equal(await findPrincipal(at.services, alice, 'bob'), undefined);
    assert.equal(await findPrincipal(at.services, alice, 'nobody'), undefined);
    assert.deepEqual(await names('bob', await actor(at, at.root)), ['bob']);
    const gone = { ...at.alice, disabled: true };
    assert.equal(mayKnow({ ...alice, principal: gone }, at.root), false);
    assert.equal((await searchPeople(at.services, alice, { kinds: ['user'] }, 1)).length, 1);
  });

  it('are in no circles of groups', async () => {
    const outer = await createGroup(at.services, at.system, 'group', { name: 'outer' });
    await setMember(at.services, at.system, outer, at.team, true);
    await refuses(setMember(at.services, at.system, at.team, at.team, true), 'invalid-property');
    await refuses(setMember(at.services, at.system, at.team, outer, true), 'invalid-property');
    await setMember(at.services, at.system, outer, at.team, false);
    await setMember(at.services, at.system, at.team, outer, true);
  });

  it('belong to groups, and only groups have members', async () => {
    const alice = await actor(at, at.alice);
    assert.deepEqual(
      (await membersOf(at.services, alice, at.team)).map(({ name }) => name),
      ['bob'],
    );
    assert.deepEqual(
      (await groupsOf(at.services, alice, at.bob)).map(({ name }) => name),
      ['team'],
    );
    await setMember(at.services, at.system, at.team, at.bob, false);
    assert.deepEqual(await membersOf(at.services, alice, at.team), []);
    await refuses(setMember(at.services, at.system, at.alice, at.bob, true), 'different-kind');
  });

  it('see when rooms are taken, and nothing else of them', async () => {
    const room = await createGroup(at.services, at.system, 'room', { name: 'r1', displayName: 'Room 1' });
    const bob = await actor(at, at.bob);
    assert.equal((await calendarInHome(at.services, bob, room, 'calendar'))?.level, 'busy');
    assert.equal(
      (await calendarInHome(at.services, await actor(at, at.root), room, 'calendar'))?.level,
      'manage',
    );
  });

  it('share one company, made once', async () => {
    await refuses(company(at.services, await actor(at, at.alice)), 'need-privileges');
    const first = await company(at.services, at.system, 'Acme');
    assert.equal((await company(at.services, await actor(at, at.alice))).id, first.id);
    assert.equal((await seen(at, at.bob, first, 'calendar')).level, 'read');
  });

  it('live by the administrator’s policies', async () => {
    await setExportPolicy(at.services, await actor(at, at.root), 'company', 'forbidden');
    const policies = await exportPolicies(at.services);
    assert.deepEqual([policies.get('company'), policies.get('user')], ['forbidden', 'owner']);
  });
});
