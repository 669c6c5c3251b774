/** Servers that refuse a whole update for the sake of one of its parts: guests hear of a change once, also where the process dies on the way (exchange.md 11.4, 17.2, 19.4). */
import assert from 'node:assert/strict';
import type { Profile } from '../../../conformance/exchange/profile.ts';
import type { Content } from '../../../conformance/exchange/store.ts';
import type { EventContent } from '../../../src/connectors/event.ts';
import { daily, neutral } from '../events.ts';
import { withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const organizer = { address: 'alice@example.com', name: '' };
const guest = (name: string, role: 'required' | 'optional' = 'required') =>
  ({ address: `${name}@example.com`, name: '', role, answer: 'needs-action' }) as const;
const zone = 'Europe/Stockholm';
const meeting = neutral(
  {
    title: 'Meeting',
    organizer,
    attendees: [guest('bob'), guest('carol')],
    location: 'Room 1',
    start: { local: '2026-03-31T10:00:00', zone },
    end: { local: '2026-03-31T11:00:00', zone },
  },
  { uid: 'meeting' },
);

const later: Partial<EventContent> = {
  start: { local: '2026-03-31T14:00:00', zone },
  end: { local: '2026-03-31T15:00:00', zone },
};
const elsewhere: Partial<EventContent> = { location: 'Room 2' };
const others: Partial<EventContent> = { attendees: [guest('bob'), guest('dora')] };
const optional: Partial<EventContent> = { attendees: [guest('bob', 'optional'), guest('carol')] };
/** What such a server refuses. */
const coloured: Partial<EventContent> = { categories: ['Blue'] };

const toBoth = ['request bob@example.com,carol@example.com'];
const toNew = ['cancellation carol@example.com', 'request bob@example.com,dora@example.com'];

describe('a change that a server takes in pieces', () => {
  let both: InStep;

  afterEach(() => both.close());

  /** The mails, and how many moments there were at which the process might have died; `dies` at one of them. */
  async function mailsOf(
    refusesUpdates: readonly string[],
    change: Partial<EventContent>,
    dies = Number.POSITIVE_INFINITY,
    quirks: Partial<Profile> = {},
  ): Promise<{ readonly mails: string[]; readonly reached: boolean }> {
    both = await InStep.open({
      quirks: { ...quirks, refusesUpdates },
      linked: { rules: { invitations: 'exchange' } },
    });
    await both.linked.synced();
    await both.linked.put(meeting);
    await both.quiet();
    both.fake.mails.length = 0;
    await both.linked.edit('meeting', withContent(change));
    const reached = Number.isFinite(dies) && (await both.dies(dies));
    for (let at = 0; at < 5; at++) await both.linked.run();
    const mails = both.fake.mails.map(({ kind, to }) => `${kind} ${[...to].sort().join()}`).sort();
    return { mails, reached };
  }

  async function changed(
    refusesUpdates: readonly string[],
    change: Partial<EventContent>,
  ): Promise<string[]> {
    return (await mailsOf(refusesUpdates, change)).mails;
  }
  const now = (): Pick<Content, 'location'> & { readonly start: string; readonly people: string } => {
    const [item] = both.outlook.all();
    assert.ok(item);
    const people = item.attendees.map(({ address }) => address.replace(/@.*/, '')).sort();
    return { start: item.start.slice(11, 16), location: item.location, people: people.join() };
  };

  const refusesColours = ['item:Categories'];

  it('tells guests once of a new time and place', async () => {
    assert.deepEqual(await changed(refusesColours, { ...coloured, ...later, ...elsewhere }), toBoth);
    assert.deepEqual(now(), { start: '12:00', location: 'Room 2', people: 'bob,carol' });
  });

  it('tells guests once, and those who are none any more, of a new time, place and company', async () => {
    const mails = await changed(refusesColours, { ...coloured, ...later, ...elsewhere, ...others });
    assert.deepEqual(mails, toNew);
    assert.deepEqual(now(), { start: '12:00', location: 'Room 2', people: 'bob,dora' });
  });

  it('tells only those who come or go where nothing else concerns anybody', async () => {
    const mails = await changed(refusesColours, { ...coloured, ...others, title: 'Renamed' });
    assert.deepEqual(mails, ['cancellation carol@example.com', 'request dora@example.com']);
  });

  it('tells guests once of a new time and place where its people cannot be changed', async () => {
    const refused = ['calendar:RequiredAttendees'];
    assert.deepEqual(await changed(refused, { ...later, ...elsewhere, ...others }), toBoth);
    assert.deepEqual(now(), { start: '12:00', location: 'Room 2', people: 'bob,carol' });
  });

  it('tells guests once where its place cannot be changed', async () => {
    const refused = ['calendar:Location'];
    assert.deepEqual(await changed(refused, { ...later, ...elsewhere, ...others }), toNew);
    assert.deepEqual(now(), { start: '12:00', location: 'Room 1', people: 'bob,dora' });
  });

  it('tells guests once where only one list of people can be changed', async () => {
    const refused = ['calendar:OptionalAttendees'];
    const mails = await changed(refused, { ...later, ...optional });
    assert.equal(mails.filter((mail) => mail.startsWith('request')).length, 1, mails.join());
    assert.equal(now().start, '12:00');
  });

  it('is written as far as it is taken where single days change with it', async () => {
    both = await InStep.open({ quirks: { refusesUpdates: refusesColours } });
    await both.linked.put(daily({ title: 'Series' }, { uid: 'series' }));
    await both.quiet();
    await both.linked.edit('series', (event) =>
      withContent({ ...coloured, title: 'Renamed' })({ ...event, excluded: ['2026-03-25T09:00:00Z'] }),
    );
    await both.linked.run();
    const [series] = both.outlook.all();
    assert.deepEqual([series?.subject, series?.categories], ['Renamed', []]);
  });

  const changes = {
    'a new time and place': [refusesColours, { ...coloured, ...later, ...elsewhere }],
    'a new time, place and company': [refusesColours, { ...coloured, ...later, ...elsewhere, ...others }],
    'a new company': [refusesColours, { ...coloured, ...others, title: 'Renamed' }],
    'a new time and place where its people cannot be changed': [
      ['calendar:RequiredAttendees'],
      { ...later, ...elsewhere, ...others },
    ],
    'a new time and company where its place cannot be changed': [
      ['calendar:Location'],
      { ...later, ...elsewhere, ...others },
    ],
    'a new place where its time cannot be changed': [['calendar:Start'], { ...later, ...elsewhere }],
    'a new time where only one list of people can be changed': [
      ['calendar:OptionalAttendees'],
      { ...later, ...optional },
    ],
  } as const;
  /** Killed at every step; the others at every third. */
  const isWhole: ReadonlySet<string> = new Set([
    'a new time, place and company',
    'a new place where its time cannot be changed',
  ]);
  for (const [name, [refuses, change]] of Object.entries(changes))
    it(`tells guests once of ${name} whenever the process dies`, async () => {
      const expected = await changed(refuses, change);
      assert.notEqual(expected.length, 0);
      const as = now();
      // Those before concern the listing, and what is found out about earlier requests.
      for (let step = 7, reached = true; reached; step += isWhole.has(name) ? 1 : 3) {
        await both.close();
        const told = await mailsOf(refuses, change, step);
        reached = told.reached;
        assert.deepEqual([told.mails, now()], [expected, as], `step ${step}`);
      }
    }).timeout(120_000);

  for (const [name, [refuses, change]] of Object.entries(changes))
    for (const answers of ['first', 'second', 'none'] as const)
      it(`tells guests once of ${name} where one of its requests is sent twice on the way (answer: ${answers})`, async () => {
        const expected = await changed(refuses, change);
        const as = now();
        for (let after = 0, isUsed = true; isUsed; after++) {
          await both.close();
          both = await InStep.open({
            quirks: { refusesUpdates: refuses },
            linked: { rules: { invitations: 'exchange' } },
          });
          await both.linked.put(meeting);
          await both.quiet();
          both.fake.mails.length = 0;
          await both.linked.edit('meeting', withContent(change));
          both.fake.faults.add({ on: 'UpdateItem', after, fault: { kind: 'twice', answers } });
          await both.linked.run();
          isUsed = both.fake.faults.pending === 0;
          both.fake.faults.clear();
          for (let at = 0; at < 4; at++) await both.linked.run();
          assert.deepEqual([mailed(), now()], [expected, as], `request ${after}`);
        }
      }).timeout(120_000);

  /** The place is another there, of which nobody has heard, and those who come are still to be written. */
  async function halfDone(uid: string, quirks: Partial<Profile> = {}): Promise<void> {
    for (let after = 0; ; after++) {
      both = await InStep.open({
        quirks: { ...quirks, refusesUpdates: refusesColours },
        linked: { rules: { invitations: 'exchange' } },
      });
      const { linked, fake, outlook } = both;
      await linked.synced();
      await linked.put(uid === 'series' ? daily(meeting.content, { uid }) : meeting);
      await both.quiet();
      fake.mails.length = 0;
      await linked.edit(uid, withContent({ ...coloured, ...elsewhere, ...others }));
      fake.faults.add({ on: 'UpdateItem', after, fault: { kind: 'reset-before' } });
      await linked.run();
      assert.equal(fake.faults.pending, 0, 'there is no such moment');
      if (outlook.all()[0]?.location === 'Room 2') break;
      await both.close();
    }
    assert.deepEqual(mailed(), []);
  }
  const mailed = (): readonly string[] =>
    both.fake.mails.map(({ kind, to }) => `${kind} ${[...to].sort().join()}`).sort();

  it('is told once with what is changed here before the rest of it is sent', async () => {
    await halfDone('meeting');
    await both.linked.edit('meeting', withContent({ ...later }));
    for (let at = 0; at < 4; at++) await both.linked.run();
    assert.deepEqual(mailed(), toNew);
    assert.deepEqual(now(), { start: '12:00', location: 'Room 2', people: 'bob,dora' });
  });

  for (const answers of ['first', 'second', 'none'] as const)
    for (const wanted of ['something else', 'nothing of the rest'])
      it(`is told once where the next request is sent twice on the way (${wanted}, answer: ${answers})`, async () => {
        const without = { attendees: meeting.content.attendees, categories: [] };
        const next = wanted === 'something else' ? { ...without, ...later } : without;
        for (let after = 0, isUsed = true; isUsed; after++) {
          await halfDone('meeting');
          await both.linked.edit('meeting', withContent(next));
          both.fake.faults.add({ on: 'UpdateItem', after, fault: { kind: 'twice', answers } });
          await both.linked.run();
          isUsed = both.fake.faults.pending === 0;
          both.fake.faults.clear();
          for (let at = 0; at < 4; at++) await both.linked.run();
          assert.deepEqual([mailed(), now().location], [toBoth, 'Room 2'], `request ${after}`);
          if (isUsed) await both.close();
        }
      }).timeout(120_000);

  it('is told once where nothing of the rest is wanted any more', async () => {
    for (const quirks of [{}, { checksChangeKeys: false }]) {
      await halfDone('meeting', quirks);
      await both.linked.edit(
        'meeting',
        withContent({ attendees: meeting.content.attendees, categories: [] }),
      );
      for (let at = 0; at < 4; at++) await both.linked.run();
      assert.deepEqual(mailed(), toBoth);
      if (!('checksChangeKeys' in quirks)) await both.close();
    }
  });

  it('is told once where only a day of the series is changed in its place', async () => {
    await halfDone('series');
    await both.linked.edit('series', (event) =>
      withContent({ attendees: meeting.content.attendees, categories: [] })({
        ...event,
        excluded: ['2026-04-02T08:00:00Z'],
      }),
    );
    for (let at = 0; at < 4; at++) await both.linked.run();
    assert.deepEqual(mailed(), toBoth);
    assert.equal(both.outlook.all()[0]?.deleted.length, 1);
  });

  it('is told once where somebody changes it there right before the last request', async () => {
    await halfDone('meeting');
    const [item] = both.outlook.all();
    assert.ok(item);
    both.outlook.edit(item.id, { subject: 'Written there' });
    for (let at = 0; at < 4; at++) await both.linked.run();
    assert.deepEqual([mailed(), both.outlook.all()[0]?.subject], [toNew, 'Written there']);
  });

  const unversioned = { checksChangeKeys: false, tellsChangeKeys: false } as const;
  /** What was taken before is said once more, which nothing tells of but a version. */
  const endsRefused: ReadonlySet<string> = new Set([
    'a new place where its time cannot be changed',
    'a new time where only one list of people can be changed',
  ]);
  for (const [name, [refuses, change]] of Object.entries(changes)) {
    const often = endsRefused.has(name) ? 'at most once' : 'once';
    it(`tells guests ${often} of ${name} whenever the process dies, where the server tells no versions`, async () => {
      const expected = (await mailsOf(refuses, change, undefined, unversioned)).mails;
      assert.notEqual(expected.length, 0);
      const as = now();
      for (let step = 7, reached = true; reached; step += 3) {
        await both.close();
        const told = await mailsOf(refuses, change, step, unversioned);
        reached = told.reached;
        const isMissed = endsRefused.has(name) && told.mails.length === 0;
        assert.deepEqual([isMissed ? expected : told.mails, now()], [expected, as], `step ${step}`);
      }
    }).timeout(120_000);
  }

  it('tells nobody of what concerns nobody', async () => {
    assert.deepEqual(await changed(refusesColours, { ...coloured, title: 'Renamed' }), []);
  });
});
