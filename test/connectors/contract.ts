/**
 * What every provider must do, whatever stands behind it: the engine relies on exactly this. A provider's own suite opens a
 * fresh calendar and hands it in.
 */
import assert from 'node:assert/strict';
import { canonical } from '../../src/connectors/agreed.ts';
import type { EventContent, NeutralEvent } from '../../src/connectors/event.ts';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import type {
  ChangePage,
  ItemFailure,
  RemoteCalendar,
  RemoteItem,
  Written,
} from '../../src/connectors/remote.ts';
import { instant, type TimeRange } from '../../src/icalendar/time.ts';
import { changedInstance, daily, neutral } from './events.ts';

export interface ContractProvider {
  /** Empty at first. */
  readonly calendar: RemoteCalendar;
  /** What somebody does there by another program. */
  readonly rename: (id: string, title: string) => void | Promise<void>;
  readonly delete: (id: string) => void | Promise<void>;
  /** How many messages attendees have got. */
  readonly mailCount: () => number | Promise<number>;
  /** It takes any cursor for none, and writes over any version, as some servers do without saying so. */
  readonly isCareless?: boolean;
  readonly close?: () => void | Promise<void>;
}

export const contractWindow: TimeRange = {
  start: instant(Date.UTC(2026, 0, 1)),
  end: instant(Date.UTC(2027, 0, 1)),
};

const marker = (at: number): string => at.toString(16).padStart(32, '0');
const never = new AbortController().signal;

/** Events that every provider can say, but for what `normalize` takes away. */
const samples: readonly (readonly [string, NeutralEvent])[] = [
  ['an event', neutral()],
  ['a day', neutral({ start: { date: '2026-03-23' }, end: { date: '2026-03-24' } })],
  ['days in summer', neutral({ start: { date: '2026-07-01' }, end: { date: '2026-07-04' } })],
  [
    'an event in another zone',
    neutral({
      start: { local: '2026-03-23T23:30:00', zone: 'America/New_York' },
      end: { local: '2026-03-24T00:30:00', zone: 'America/New_York' },
    }),
  ],
  [
    'all fields',
    neutral({
      title: 'Ärende <1> & "2"',
      description: 'One\nTwo',
      location: 'Room 4, 2nd floor',
      busy: 'out-of-office',
      privacy: 'private',
      importance: 'high',
      categories: ['Blue', 'Red'],
      reminder: 15,
    }),
  ],
  ['a series', daily()],
  ['a series of days', daily({ start: { date: '2026-03-23' }, end: { date: '2026-03-24' } })],
  ['a series with an instance that does not take place', daily({}, { excluded: ['2026-03-25T09:00:00Z'] })],
  ['a series with a changed instance', changedInstance(daily(), '2026-03-26T09:00:00Z', { title: 'Other' })],
  [
    'a series across the change to summer time with a moved instance',
    changedInstance(daily(), '2026-03-30T08:00:00Z', {
      start: { local: '2026-03-30T15:00:00', zone: 'Europe/Stockholm' },
      end: { local: '2026-03-30T16:00:00', zone: 'Europe/Stockholm' },
    }),
  ],
];

export function remoteCalendarContract(
  name: string,
  open: () => ContractProvider | Promise<ContractProvider>,
): void {
  describe(`${name}, as the engine relies on it`, () => {
    let provider: ContractProvider;
    let calendar: RemoteCalendar;

    beforeEach(async () => {
      provider = await open();
      ({ calendar } = provider);
    });

    afterEach(async () => await provider.close?.());

    it('lists everything once from the beginning, and nothing behind the last cursor', async () => {
      const made = await created(
        calendar,
        [0, 1, 2, 3, 4].map((at) => neutral({ title: `${at}` }, { uid: `uid-${at}` })),
      );
      const { heads, cursor } = await listed(calendar, null);
      assert.deepEqual([...heads.keys()].sort(), made.map(({ id }) => id).sort());
      const page = await calendar.changes(cursor, never);
      assert.deepEqual([page.changed, page.removed, page.last], [[], [], true]);
    });

    it('tells of its own writes by the version that they answered, so that they are known again', async () => {
      const { cursor } = await listed(calendar, null);
      const [made] = await created(calendar, [neutral()]);
      const { heads } = await listed(calendar, cursor);
      assert.deepEqual([...heads], [[made?.id, made?.version]]);
    });

    it('tells of what others change and delete', async () => {
      const [one, other] = await created(calendar, [
        neutral(),
        neutral({ title: 'Two' }, { uid: 'event-2' }),
      ]);
      assert.ok(one && other);
      const { cursor } = await listed(calendar, null);
      await provider.rename(one.id, 'Renamed');
      await provider.delete(other.id);
      const { heads, removed } = await listed(calendar, cursor);
      assert.deepEqual([[...heads.keys()], removed], [[one.id], [other.id]]);
      assert.notEqual(heads.get(one.id), one.version);
      assert.equal((await told(calendar, one.id)).event.content.title, 'Renamed');
    });

    it('refuses a cursor that is none', async () => {
      if (provider.isCareless) return;
      await assert.rejects(
        calendar.changes('not a cursor', never),
        (error) => error instanceof RemoteFailure && error.class === 'state',
      );
    });

    it('answers in the order asked, and says of each that is not there that it is gone', async () => {
      const made = await created(calendar, [neutral(), neutral({ title: 'Two' }, { uid: 'event-2' })]);
      const [one, two] = made;
      assert.ok(one && two);
      await provider.delete(one.id);
      const [first, second] = await calendar.fetch([two.id, one.id], never);
      assert.equal(first && !('failed' in first) && first.id, two.id);
      assert.equal(second && 'failed' in second && second.class, 'gone');
    });

    it('finds again by its marker what it has made', async () => {
      if (!calendar.capabilities().findByMarker) return;
      const [made] = await created(calendar, [neutral()]);
      const found = await calendar.findByMarker([marker(1), marker(2)], never);
      assert.deepEqual([...found], [[marker(1), { id: made?.id, version: made?.version }]]);
      assert.equal((await told(calendar, made?.id ?? '')).marker, marker(1));
    });

    for (const [sentence, event] of samples) {
      it(`tells ${sentence} as it said it would`, async () => {
        const normal = normalized(calendar, event);
        assert.deepEqual(normalized(calendar, normal), normal, 'what is normal stays so');
        const [made] = await created(calendar, [event]);
        const item = await told(calendar, made?.id ?? '');
        assert.deepEqual(canonical(item.event), normal);
        assert.equal(item.version, made?.version);
        assert.equal(item.role, 'owner');
      });
    }

    it('changes what differs, and nothing else', async () => {
      const [made] = await created(calendar, [neutral()]);
      assert.ok(made);
      const before = await told(calendar, made.id);
      await provider.rename(made.id, 'By somebody else');
      const { version } = await told(calendar, made.id);
      const after = withContent(before.event, { location: 'Room 9' });
      assertWritten(await updated(calendar, { ...before, version }, after));
      const { title, location } = (await told(calendar, made.id)).event.content;
      assert.deepEqual([title, location], ['By somebody else', 'Room 9']);
    });

    it('refuses to write over a version that it does not have any more', async () => {
      if (provider.isCareless) return;
      const [made] = await created(calendar, [neutral()]);
      assert.ok(made);
      const before = await told(calendar, made.id);
      await provider.rename(made.id, 'By somebody else');
      const answer = await updated(calendar, before, withContent(before.event, { title: 'Ours' }));
      assert.equal(answer?.failed === true && answer.class, 'conflict');
      assert.equal((await told(calendar, made.id)).event.content.title, 'By somebody else');
    });

    it('changes instances of a series', async () => {
      const [made] = await created(calendar, [daily()]);
      assert.ok(made);
      const before = await told(calendar, made.id);
      const one = {
        ...changedInstance(before.event, '2026-03-25T09:00:00Z', { title: 'Other' }),
        excluded: ['2026-03-26T09:00:00Z'],
      };
      const written = assertWritten(await updated(calendar, before, one));
      const item = await told(calendar, made.id);
      assert.deepEqual(canonical(item.event), normalized(calendar, one));
      assert.equal(item.version, written.version);
    });

    it('moves a series, and keeps or restores what was changed of its instances', async () => {
      const [made] = await created(calendar, [
        changedInstance(daily(), '2026-03-25T09:00:00Z', { title: 'Other' }),
      ]);
      assert.ok(made);
      const before = await told(calendar, made.id);
      const rules = ['FREQ=DAILY;COUNT=12'];
      const longer = { ...before.event, recurrence: { rules, dates: [] } };
      const { parts = [] } = assertWritten(await updated(calendar, before, longer));
      const { event } = await told(calendar, made.id);
      // Where a changed instance does not come back, a single item may stand for it.
      const singles = await Promise.all(parts.map(({ id }) => told(calendar, id)));
      const keys = parts.map(({ recurrenceId }) => recurrenceId);
      const stands = singles.map(({ event: { content } }, index) => [keys[index], content] as const);
      const excluded = event.excluded.filter((key) => !keys.includes(key));
      const overrides = { ...event.overrides, ...Object.fromEntries(stands) };
      assert.deepEqual(canonical({ ...event, excluded, overrides }), normalized(calendar, longer));
    });

    it('deletes, and takes what is gone for deleted', async () => {
      const [made] = await created(calendar, [neutral()]);
      assert.ok(made);
      const removal = { ...made, parts: [], role: 'owner', notify: 'none' } as const;
      const [first] = await calendar.remove([removal], never);
      assertWritten(first);
      const [second] = await calendar.remove([removal], never);
      assert.ok(second && (second.failed !== true || second.class === 'gone'));
      const [item] = await calendar.fetch([made.id], never);
      assert.ok(item && 'failed' in item && item.class === 'gone');
    });

    it('lists the items of a range', async () => {
      const may = { start: { date: '2026-05-01' }, end: { date: '2026-05-02' } };
      const made = await created(calendar, [
        neutral(),
        neutral(may, { uid: 'event-2' }),
        daily({}, { uid: 'event-3' }),
      ]);
      const range = { start: instant(Date.UTC(2026, 2, 1)), end: instant(Date.UTC(2026, 3, 1)) };
      const ids: string[] = [];
      for await (const page of calendar.listed(range, never)) ids.push(...page.map(({ id }) => id));
      assert.deepEqual(new Set(ids), new Set([made[0]?.id, made[2]?.id]));
    });

    it('mails nobody unless it is told to', async () => {
      const meeting = neutral({
        attendees: [{ address: 'bob@example.com', name: 'Bob', role: 'required', answer: 'needs-action' }],
      });
      const [made] = await created(calendar, [meeting]);
      assert.ok(made);
      const before = await told(calendar, made.id);
      assertWritten(await updated(calendar, before, withContent(before.event, { location: 'Room 9' })));
      assert.equal(await provider.mailCount(), 0);
    });

    it('asks for nothing once it was told to stop', async () => {
      const control = new AbortController();
      control.abort();
      await assert.rejects(calendar.changes(null, control.signal));
    });
  });
}

async function created(
  calendar: RemoteCalendar,
  events: readonly NeutralEvent[],
): Promise<readonly Written[]> {
  const creations = events.map((event, at) => ({ marker: marker(at + 1), event, attempt: `${at}` }));
  const answers = await calendar.create(creations, contractWindow, never);
  assert.equal(answers.length, events.length);
  return answers.map(assertWritten);
}

async function updated(
  calendar: RemoteCalendar,
  { id, version, event }: RemoteItem,
  after: NeutralEvent,
): Promise<Written | ItemFailure | undefined> {
  const update = {
    id,
    version,
    marker: marker(1),
    attempt: '1',
    before: canonical(event),
    after,
    parts: [],
    role: 'owner',
    notify: 'none',
  } as const;
  const [answer] = await calendar.update([update], contractWindow, never);
  return answer;
}

function assertWritten(answer: Written | ItemFailure | undefined): Written {
  assert.ok(
    answer && answer.failed !== true,
    answer?.failed === true ? `${answer.code}: ${answer.text}` : 'no answer',
  );
  return answer;
}

async function told(calendar: RemoteCalendar, id: string): Promise<RemoteItem> {
  const [item] = await calendar.fetch([id], never);
  assert.ok(
    item && !('failed' in item),
    item && 'failed' in item ? `${item.code}: ${item.text}` : 'no answer',
  );
  return item;
}

function normalized(calendar: RemoteCalendar, event: NeutralEvent): NeutralEvent {
  const normal = calendar.normalize(event, contractWindow);
  assert.ok(!('refused' in normal), 'refused' in normal ? normal.refused : '');
  return canonical(normal);
}

function withContent(event: NeutralEvent, content: Partial<EventContent>): NeutralEvent {
  return canonical({ ...event, content: { ...event.content, ...content } });
}

/** All pages from a cursor on, as the engine reads them: of an item that is told twice the last word counts. */
async function listed(
  calendar: RemoteCalendar,
  from: string | null,
): Promise<{
  readonly heads: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  readonly cursor: string;
}> {
  const heads = new Map<string, string>();
  const removed = new Set<string>();
  let page: ChangePage;
  let cursor = from;
  do {
    page = await calendar.changes(cursor, never);
    for (const { id, version } of page.changed) heads.set(id, version);
    for (const id of page.removed) removed.add(id);
    cursor = page.cursor;
  } while (!page.last);
  return { heads, removed: [...removed], cursor };
}
