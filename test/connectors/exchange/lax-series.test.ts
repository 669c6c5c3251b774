/** Series on a server that keeps them as Outlook does, without all that Outlook knows of it (`lax-series.ts` of the fake). */
import assert from 'node:assert/strict';
import { type Day, dayFrom } from '../../../conformance/exchange/recurrence.ts';
import type { EventContent, NeutralEvent } from '../../../src/connectors/event.ts';
import { composedIds } from '../../../src/connectors/exchange/occurrence-ids.ts';
import type { RemoteItem, Written } from '../../../src/connectors/remote.ts';
import { instant, localTime } from '../../../src/icalendar/time.ts';
import { plain } from '../events.ts';
import { InStep } from './in-step.ts';
import { never } from './scripted.ts';

const window = { start: instant(Date.UTC(2026, 0, 1)), end: instant(Date.UTC(2027, 0, 1)) };
const zone = 'Europe/Stockholm';

function content(start: string, end: string, own: Partial<EventContent> = {}): EventContent {
  return {
    ...plain,
    title: 'Stand-up',
    start: { local: start, zone },
    end: { local: end, zone },
    ...own,
  };
}

function series(own: Partial<NeutralEvent> = {}): NeutralEvent {
  return {
    uid: 'stand-up@portcal',
    content: content('2026-03-23T10:00:00', '2026-03-23T10:30:00'),
    recurrence: { rules: ['FREQ=DAILY'], dates: [] },
    excluded: [],
    overrides: {},
    zones: {},
    ...own,
  };
}

describe('a series on a server that keeps it laxly', () => {
  let at: InStep;

  beforeEach(async () => {
    at = await InStep.open({ profile: 'gromox' });
  });
  afterEach(() => at.close());

  it('is changed and shortened beyond its tenth occurrence', async () => {
    const made = await create(series());
    const later = content('2026-05-04T12:00:00', '2026-05-04T12:30:00', { title: 'Late' });
    await change(made, { overrides: { '2026-05-04T08:00:00Z': later }, excluded: ['2026-06-01T08:00:00Z'] });
    assert.deepEqual(shown(made), {
      '2026-05-04': { subject: 'Late', start: '2026-05-04T10:00:00Z' },
      deleted: ['2026-06-01'],
    });
  });

  it('is found by the days of its occurrences, whatever was deleted before', async () => {
    const made = await create(
      series({
        recurrence: { rules: ['FREQ=DAILY;COUNT=30'], dates: [] },
        excluded: ['2026-03-24T09:00:00Z', '2026-03-25T09:00:00Z'],
      }),
    );
    const before = await read(made);
    const own = content('2026-03-27T10:00:00', '2026-03-27T10:30:00', { title: 'Special' });
    await change(made, { ...before.event, overrides: { '2026-03-27T09:00:00Z': own } });
    assert.deepEqual(shown(made), {
      '2026-03-27': { subject: 'Special', start: '2026-03-27T09:00:00Z' },
      deleted: ['2026-03-24', '2026-03-25'],
    });
  });

  it('loses an occurrence that was changed before, and no other change with it', async () => {
    const overrides = {
      '2026-03-24T09:00:00Z': content('2026-03-24T10:00:00', '2026-03-24T10:30:00', { title: 'One' }),
      '2026-03-26T09:00:00Z': content('2026-03-26T10:00:00', '2026-03-26T10:30:00', { title: 'Two' }),
    };
    const made = await create(series({ overrides }));
    const before = await read(made);
    const { '2026-03-24T09:00:00Z': _, ...rest } = before.event.overrides;
    const done = await change(made, { ...before.event, overrides: rest, excluded: ['2026-03-24T09:00:00Z'] });
    const after = await read(made);
    assert.deepEqual(after.event.overrides, {});
    assert.deepEqual(
      (done.parts ?? []).map(({ recurrenceId }) => recurrenceId),
      ['2026-03-26T09:00:00Z'],
    );
    assert.deepEqual(after.event.excluded, ['2026-03-24T09:00:00Z', '2026-03-26T09:00:00Z']);
    assert.equal(at.outlook.find('Two')?.start, '2026-03-26T09:00:00Z');
  });

  it('has its clock when daylight saving has begun, in both directions', async () => {
    const id = at.outlook.create({
      subject: 'Stand-up',
      start: '2026-03-23T10:00',
      end: '2026-03-23T10:30',
      recurrence: { pattern: { kind: 'daily', interval: 1 }, start: day('2026-03-23') },
    });
    at.outlook.editInstance(id, '2026-04-01', { subject: 'Same time' });
    at.outlook.editInstance(id, '2026-04-02', { start: '2026-04-02T15:00', end: '2026-04-02T15:30' });
    at.outlook.deleteInstance(id, '2026-04-03');
    const before = await read({ id });
    assert.deepEqual(
      Object.entries(before.event.overrides).map(([key, { start }]) => [key, start]),
      [
        ['2026-04-01T08:00:00Z', { local: '2026-04-01T10:00:00', zone }],
        ['2026-04-02T08:00:00Z', { local: '2026-04-02T15:00:00', zone }],
      ],
    );
    assert.deepEqual(before.event.excluded, ['2026-04-03T08:00:00Z']);
    const own = content('2026-04-07T09:00:00', '2026-04-07T09:30:00');
    const overrides = { ...before.event.overrides, '2026-04-07T08:00:00Z': own };
    await change({ id, version: before.version }, { ...before.event, overrides });
    assert.equal(at.outlook.all()[0]?.exceptions['2026-04-07']?.start, '2026-04-07T07:00:00Z');
    const after = await read({ id });
    assert.deepEqual(after.event.overrides['2026-04-07T08:00:00Z']?.start, own.start);
  });

  it('is written as single items where it would be cut to a day, or come every year', async () => {
    const wholeDays = { start: { date: '2026-03-23' }, end: { date: '2026-03-25' } };
    const weekly = series({
      content: { ...content('', ''), ...wholeDays },
      recurrence: { rules: ['FREQ=WEEKLY;COUNT=3'], dates: [] },
    });
    const seldom = series({ uid: 'seldom', recurrence: { rules: ['FREQ=YEARLY;INTERVAL=2'], dates: [] } });
    for (const one of [weekly, seldom]) assert.equal(at.calendar.dependsOnWindow(one), true);
    await create(weekly);
    assert.deepEqual(
      at.outlook.all().map(({ start, end, recurrence }) => [start, end, recurrence]),
      ['2026-03-23', '2026-03-30', '2026-04-06'].map((date) => {
        const midnight = date < '2026-03-29' ? 'T23:00:00Z' : 'T22:00:00Z';
        const iso = (days: number): string =>
          new Date((day(date) + days) * 86_400_000).toISOString().slice(0, 10);
        return [`${iso(-1)}${midnight}`, `${iso(1)}${midnight}`, undefined];
      }),
    );
    const yearly = series({ uid: 'yearly', recurrence: { rules: ['FREQ=MONTHLY;INTERVAL=12'], dates: [] } });
    assert.equal(at.calendar.dependsOnWindow(yearly), false);
  });

  it('does not turn a room into a guest here', async () => {
    const room = { address: 'room@example.com', name: '', role: 'resource', answer: 'needs-action' } as const;
    const meeting = series({
      recurrence: null,
      content: content('2026-03-23T10:00:00', '2026-03-23T10:30:00', {
        organizer: { address: 'alice@example.com', name: '' },
        attendees: [room],
      }),
    });
    const made = await create(meeting);
    const told = at.calendar.normalize(meeting, window);
    assert.ok(!('refused' in told));
    const roles = ({ event }: { event: NeutralEvent }): readonly string[] =>
      event.content.attendees.map(({ address, role }) => `${address} ${role}`);
    assert.deepEqual(roles(await read(made)), roles({ event: told }));
  });

  async function create(event: NeutralEvent): Promise<Written> {
    const [made] = await at.calendar.create([{ marker: event.uid, event, attempt: '1' }], window, never);
    if (!made || made.failed) assert.fail(made?.code);
    return made;
  }

  async function read({ id }: { readonly id: string }): Promise<RemoteItem> {
    const [item] = await at.calendar.fetch([id], never);
    if (!item || 'failed' in item) assert.fail(item?.code);
    return item;
  }

  async function change(
    { id, version }: Pick<Written, 'id' | 'version'>,
    own: Partial<NeutralEvent>,
  ): Promise<Written> {
    const { event } = await read({ id });
    const update = {
      id,
      version,
      marker: 'm',
      attempt: '1',
      before: event,
      after: { ...event, ...own },
      parts: [],
    };
    const [done] = await at.calendar.update([{ ...update, role: 'owner', notify: 'none' }], window, never);
    if (!done || done.failed) assert.fail(done?.code);
    return done;
  }

  function shown({ id }: Written): unknown {
    const seen = at.outlook.all().find((one) => one.id === id);
    const changed = Object.entries(seen?.exceptions ?? {}).map(([date, { subject, start }]) => [
      date,
      { subject, start },
    ]);
    return { ...Object.fromEntries(changed), deleted: seen?.deleted };
  }
});

describe('ids of occurrences', () => {
  const master = Buffer.from([...Buffer.alloc(70, 9), 2]).toString('base64');
  const of = (minutes: number, tail = 5): string => {
    const bytes = Buffer.alloc(75, 9);
    bytes.writeUInt32LE(minutes, 70);
    bytes[74] = tail;
    return bytes.toString('base64');
  };
  const minutesOf = (date: string): number => (day(date) + 134_774) * 1440;
  const told = Date.parse('2026-03-23T09:00:00Z');

  it('are composed where one of them shows how', () => {
    const compose = composedIds(master, { id: of(minutesOf('2026-03-23')), told });
    assert.equal(compose?.(localTime(Date.UTC(2026, 4, 4))), of(minutesOf('2026-05-04')));
  });

  it('are not guessed where they are of another kind', () => {
    const isComposed = (id: string): boolean => composedIds(master, { id, told }) !== undefined;
    assert.equal(isComposed(of(minutesOf('2026-01-01'))), false);
    assert.equal(isComposed(of(minutesOf('2026-03-23') + 7)), false);
    assert.equal(isComposed(master), false);
    assert.equal(isComposed('AAMkAD'), false);
    assert.equal(composedIds('', { id: of(minutesOf('2026-03-23')), told }), undefined);
  });
});

function day(date: string): Day {
  return dayFrom(date);
}
