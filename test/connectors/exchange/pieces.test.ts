/** Servers that refuse a whole update for the sake of one of its parts: guests hear of a change once (exchange.md 11.4, 19.4). */
import assert from 'node:assert/strict';
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

  async function changed(
    refusesUpdates: readonly string[],
    change: Partial<EventContent>,
  ): Promise<string[]> {
    both = await InStep.open({
      quirks: { refusesUpdates },
      linked: { rules: { invitations: 'exchange' } },
    });
    await both.linked.synced();
    await both.linked.put(meeting);
    await both.quiet();
    both.fake.mails.length = 0;
    await both.linked.edit('meeting', withContent(change));
    for (let at = 0; at < 5; at++) await both.linked.run();
    return both.fake.mails.map(({ kind, to }) => `${kind} ${[...to].sort().join()}`).sort();
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

  it('tells nobody of what concerns nobody', async () => {
    assert.deepEqual(await changed(refusesColours, { ...coloured, title: 'Renamed' }), []);
  });
});
