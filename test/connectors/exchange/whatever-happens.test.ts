/**
 * Meetings and series made, changed and deleted here, while answers are lost, requests are carried out long after, processes die
 * and listings are late, in any order: in the end there is one item of each event, and nobody was mailed twice about one
 * change (exchange.md 17.2, 19.5, 19.6).
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Profile } from '../../../conformance/exchange/profile.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { killed } from '../crash.ts';
import { changedInstance, daily, neutral } from '../events.ts';
import { withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;
const key = '2026-03-26T09:00:00Z';
const zone = 'Europe/Stockholm';

/** What there is to be made: a meeting, a series of meetings, a series that needs a single item beside it, and single items alone. */
const kinds: Readonly<Record<string, NeutralEvent>> = {
  meeting: neutral({ ...guests }, { uid: 'meeting' }),
  meetings: {
    ...changedInstance(daily({ ...guests }, { uid: 'meetings' }), key, { location: 'Elsewhere' }),
    excluded: ['2026-03-25T09:00:00Z'],
  },
  series: changedInstance(daily({}, { uid: 'series' }), key, {
    start: { local: '2026-03-28T15:00:00', zone },
    end: { local: '2026-03-28T16:00:00', zone },
  }),
  singles: {
    ...daily({}, { uid: 'singles' }),
    recurrence: { rules: ['FREQ=HOURLY;INTERVAL=50;COUNT=3'], dates: [] },
  },
};
const itemCounts: Readonly<Record<string, number>> = { meeting: 1, meetings: 1, series: 2, singles: 3 };

type Action =
  | { readonly do: 'put' | 'delete' | 'rename' | 'move' | 'shift'; readonly uid: string }
  | { readonly do: 'run' | 'late-now' }
  | { readonly do: 'die'; readonly step: number }
  | { readonly do: 'listings'; readonly late: number }
  | { readonly do: 'fault'; readonly on: string; readonly kind: FaultKind; readonly after: number };
type FaultKind = 'reset-before' | 'reset-after' | 'late';

const uid = fc.constantFrom(...Object.keys(kinds));
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), uid }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'rename' as const, 'move' as const, 'shift' as const),
      uid,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('run' as const, 'run' as const, 'run' as const, 'late-now' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('die' as const), step: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('listings' as const), late: fc.constantFrom(0, 1, 1000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      on: fc.constantFrom('CreateItem', 'CreateItem', 'UpdateItem', 'DeleteItem', 'FindItem'),
      kind: fc.constantFrom('reset-before' as const, 'reset-after' as const, 'late' as const),
      after: fc.integer({ min: 0, max: 2 }),
    }),
  },
);

const servers: readonly Partial<Profile>[] = [
  {},
  {},
  { searchesNames: false },
  { searchesNames: false, searchesIds: false },
  { tellsInvitations: false },
];

/** What people have done here. */
interface Wanted {
  readonly titles: Map<string, string>;
  /** How often guests may hear of something. */
  readonly news: Map<string, number>;
  /** Where the one instance has been, the last one last. */
  readonly rooms: string[];
  count: number;
}

describe('whatever happens between here and Exchange', () => {
  it('there is one item of each event, and each guest is mailed once about each change', async function () {
    this.timeout(600_000);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...servers), fc.array(action, { minLength: 4, maxLength: 24 }), holds),
      {
        numRuns: Number(process.env['RUNS'] ?? 6),
        endOnFailure: process.env['RUNS'] !== undefined,
      },
    );
  });
});

async function holds(quirks: Partial<Profile>, actions: readonly Action[]): Promise<void> {
  const both = await InStep.open({ quirks, linked: { rules: { invitations: 'exchange' } } });
  try {
    both.fake.addMailbox('bob@example.com');
    await both.linked.synced();
    const wanted: Wanted = { titles: new Map(), news: new Map(), rooms: [], count: 0 };
    for (const one of actions) await perform(both, one, wanted);
    both.fake.faults.clear();
    Object.assign(both.fake.late, { changes: 0, listings: 0 });
    await quiet(both);
    both.fake.carryOutLate();
    await quiet(both);
    await assertOnce(both, wanted);
  } finally {
    await both.close();
  }
}

async function quiet(both: InStep): Promise<void> {
  both.linked.office.clock.advance(25 * hourMs);
  await both.linked.run();
  await both.quiet();
}

async function perform(both: InStep, one: Action, wanted: Wanted): Promise<void> {
  const { linked, fake } = both;
  switch (one.do) {
    case 'put':
      return await put(both, one.uid, wanted);
    case 'delete':
      // What is made of several items long after it was deleted cannot be told from what somebody has restored.
      if ((itemCounts[one.uid] ?? 1) > 1) return;
      if (!wanted.titles.delete(one.uid)) return;
      await linked.delete(one.uid);
      hear(wanted, `${one.uid} ends`);
      if (one.uid === 'meetings') wanted.rooms.length = 0;
      return;
    case 'rename':
    case 'move':
      return await edit(both, one, wanted);
    case 'shift':
      return await shift(both, wanted);
    case 'run':
      linked.office.clock.advance(hourMs);
      await linked.run();
      return;
    case 'late-now':
      fake.carryOutLate();
      return;
    case 'die':
      linked.office.clock.advance(hourMs);
      await killed(linked, one.step, () => () => undefined);
      return;
    case 'listings':
      Object.assign(fake.late, { changes: one.late, listings: one.late });
      return;
    case 'fault':
      fake.faults.add({ on: one.on, after: one.after, fault: { kind: one.kind } });
      return;
    default:
      one satisfies never;
  }
}

async function put({ linked }: InStep, name: string, wanted: Wanted): Promise<void> {
  const event = kinds[name];
  if (!event || wanted.titles.has(name)) return;
  const title = `Title ${++wanted.count}`;
  wanted.titles.set(name, title);
  await linked.put(withContent({ title })(event));
  hear(wanted, name);
}

async function edit(
  { linked }: InStep,
  { do: how, uid: name }: Extract<Action, { readonly uid: string }>,
  wanted: Wanted,
): Promise<void> {
  if (!wanted.titles.has(name)) return;
  const title = `Title ${++wanted.count}`;
  wanted.titles.set(name, title);
  await linked.edit(name, withContent({ title, ...(how === 'move' && { location: title }) }));
  if (how === 'move') hear(wanted, name);
}

/** Of one instance of the meetings, as long as there are some. */
async function shift({ linked }: InStep, wanted: Wanted): Promise<void> {
  if (!wanted.titles.has('meetings')) return;
  const location = `Room ${++wanted.count}`;
  wanted.rooms.push(location);
  await linked.edit('meetings', (event) => {
    const { [key]: own = event.content, ...others } = event.overrides;
    return { ...event, overrides: { ...others, [key]: { ...own, location } } };
  });
  hear(wanted, 'meetings');
}

function hear({ news }: Wanted, name: string): void {
  news.set(name, (news.get(name) ?? 0) + 1);
}

async function assertOnce({ linked, outlook, fake }: InStep, { titles, news, rooms }: Wanted): Promise<void> {
  const events = await linked.events();
  const here = events.map((event) => [event.uid, event.content.title] as const);
  assert.deepEqual(new Map(here), titles);
  assert.equal(here.length, titles.size);
  for (const event of events) {
    const { excluded, overrides } = kinds[event.uid] ?? event;
    assert.deepEqual(
      [event.excluded, Object.keys(event.overrides)],
      [excluded, Object.keys(overrides)],
      event.uid,
    );
  }
  const room = rooms.at(-1);
  if (room !== undefined && titles.has('meetings')) {
    const { overrides } = await linked.event('meetings');
    assert.equal(overrides[key]?.location, room);
  }
  const there = outlook.all().map(({ subject }) => subject);
  const count = [...titles.keys()].reduce((sum, name) => sum + (itemCounts[name] ?? 0), 0);
  assert.equal(there.length, count, String(there));
  for (const title of titles.values()) assert.ok(there.includes(title), title);
  for (const name of ['meeting', 'meetings']) {
    const mails = (kind: string): number =>
      fake.mails.filter((mail) => mail.uid === name && mail.kind === kind).length;
    assert.ok(mails('request') <= (news.get(name) ?? 0), `${name}: ${mails('request')} requests`);
    assert.ok(
      mails('cancellation') <= (news.get(`${name} ends`) ?? 0),
      `${name}: ${mails('cancellation')} cancellations`,
    );
    if (titles.has(name)) assert.ok(mails('request') > 0, `${name}: nobody was invited`);
  }
}
