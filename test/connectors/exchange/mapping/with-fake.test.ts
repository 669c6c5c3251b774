/**
 * Plans carried out at the fake server, which has a reader, a writer and an expansion of its own: what is read back is what
 * `normalize` said it would be, after a creation and after any change of anything.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { startExchange } from '../../../../conformance/exchange/exchange.ts';
import type { ProfileName } from '../../../../conformance/exchange/profile.ts';
import { canonical } from '../../../../src/connectors/agreed.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../../../src/connectors/event.ts';
import { createExchange } from '../../../../src/connectors/exchange/index.ts';
import { instancesIn } from '../../../../src/connectors/exchange/mapping/instances.ts';
import type { RemoteCalendar, RemoteItem, Written } from '../../../../src/connectors/remote.ts';
import { instanceContent } from '../../../../src/connectors/series.ts';
import { credentials, settingsFor } from '../scripted.ts';
import { anyContent } from './arbitrary.ts';
import { content, event, mapping, now, window } from './fixture.ts';

const profiles: readonly ProfileName[] = ['exchange2010', 'exchangeSE', 'gromox'];
const { signal } = new AbortController();

for (const profile of profiles) {
  describe(`exchange mapping: written to ${profile}`, () => {
    let calendar: RemoteCalendar;
    let close: () => Promise<void>;

    before(async () => {
      ({ calendar, close } = await open(profile));
    });
    after(async () => await close());

    it('an event comes back as it was said', async () => {
      await fc.assert(
        fc.asyncProperty(anyContent, async (one) => {
          await written(calendar, quiet(event(one)));
        }),
        { numRuns: 30 },
      );
    });

    it('a series comes back with all it has, and so does what it is changed to', async () => {
      await fc.assert(
        fc.asyncProperty(anySeries, anySeries, async (one, other) => {
          const made = await written(calendar, one);
          await changed(calendar, made, one, other);
        }),
        { numRuns: 30, examples: [crossing] },
      );
    });
  });
}

const wholeDay = (date: string, end: string): Partial<EventContent> => ({
  start: { date },
  end: { date: end },
});

/**
 * A single item stands for 4 January before, and another one must afterwards: the changed instance moves to a day that is
 * deleted a step later. Found by chance; the second item went with the first.
 */
const crossing: [NeutralEvent, NeutralEvent] = [
  quiet(
    event(wholeDay('2026-11-23', '2026-11-24'), {
      recurrence: { rules: ['FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=15'], dates: [] },
    }),
  ),
  quiet(
    event(wholeDay('2026-11-23', '2026-11-24'), {
      recurrence: {
        rules: ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20270601'],
        dates: [{ date: '2026-12-09' }],
      },
      excluded: ['2027-01-07'],
      overrides: { '2027-01-04': event(wholeDay('2027-01-07', '2027-01-08')).content },
    }),
  ),
];

async function open(profile: ProfileName): Promise<{ calendar: RemoteCalendar; close: () => Promise<void> }> {
  const fake = await startExchange({ now: () => now, profile });
  fake.addMailbox(mapping.mailbox);
  fake.addService('svc');
  const server = { port: fake.port, url: new URL(fake.origin), connectionCount: () => 0, close: fake.close };
  const settings = settingsFor(server, { authMethods: ['basic'], autodiscover: 'off' });
  const exchange = createExchange(settings, { userAgent: 'test', now: () => now, random: () => 0.5 });
  const mailbox = exchange.mailbox({
    mailbox: mapping.mailbox,
    credentials: credentials('svc', 'secret'),
    isService: true,
    memory: '',
    zone: mapping.zone,
    territory: null,
    aliases: [],
  });
  const [found] = await mailbox.calendars(signal);
  return {
    calendar: mailbox.calendar(found?.id ?? ''),
    async close() {
      await exchange.close();
      await fake.close();
    },
  };
}

async function written(calendar: RemoteCalendar, subject: NeutralEvent): Promise<Written> {
  const [made] = await calendar.create([{ marker: 'm', event: subject, attempt: '1' }], window, signal);
  if (!made || made.failed) assert.fail(`not created: ${made?.code} ${made?.text}`);
  await compare(calendar, made, subject);
  return made;
}

async function changed(
  calendar: RemoteCalendar,
  made: Written,
  one: NeutralEvent,
  other: NeutralEvent,
): Promise<void> {
  const before = normal(calendar, one);
  const { id, version, parts = [] } = made;
  const update = {
    id,
    version,
    marker: 'm',
    attempt: '2',
    before,
    after: other,
    parts,
    role: 'owner',
    notify: 'none',
  } as const;
  const [done] = await calendar.update([update], window, signal);
  if (!done || done.failed) assert.fail(`not changed: ${done?.code} ${done?.text}`);
  await compare(calendar, done, other);
}

/** The items there against what was foreseen, and the instances that they come to against those of the event itself. */
async function compare(calendar: RemoteCalendar, made: Written, subject: NeutralEvent): Promise<void> {
  const told = normal(calendar, subject);
  const keys = (made.parts ?? []).map(({ recurrenceId }) => recurrenceId);
  const found = await readAll(
    calendar,
    (made.parts ?? []).map(({ id }) => id),
  );
  const parts = keys.flatMap((key, index) => found.slice(index, index + 1).map((one) => [key, one] as const));
  const isWhole = made.parts?.some(({ id }) => id === made.id) !== true;
  const main = isWhole ? await read(calendar, made.id) : undefined;
  for (const [key, { partOf, event: own }] of parts) {
    assert.deepEqual(partOf, { uid: subject.uid, recurrenceId: key });
    assert.deepEqual(own.content, told.overrides[key] ?? instanceContent(told, key));
  }
  if (main) {
    assert.equal(main.version, made.version);
    const overrides: Record<RecurrenceKey, EventContent> = { ...main.event.overrides };
    // A part that says what its instance says anyway is no change of it.
    for (const [key, { event: own }] of parts) if (told.overrides[key]) overrides[key] = own.content;
    const excluded = main.event.excluded.filter((key) => !parts.some(([part]) => part === key));
    assert.deepEqual(canonical({ ...main.event, excluded, overrides }), told);
  }
  assert.deepEqual(starts(told), starts(quiet(subject)), 'the same instances');
}

function starts(subject: NeutralEvent): readonly string[] {
  return [...instancesIn(subject, window).values()]
    .map(({ start, title }) => `${JSON.stringify(start)} ${title}`)
    .sort();
}

function normal(calendar: RemoteCalendar, subject: NeutralEvent): NeutralEvent {
  const told = calendar.normalize(subject, window);
  if ('refused' in told) assert.fail(told.refused);
  return canonical(told);
}

async function read(calendar: RemoteCalendar, id: string): Promise<RemoteItem> {
  const [found] = await readAll(calendar, [id]);
  return found ?? assert.fail('an answer is missing');
}

async function readAll(calendar: RemoteCalendar, ids: readonly string[]): Promise<readonly RemoteItem[]> {
  const found = ids.length === 0 ? [] : await calendar.fetch(ids, signal);
  return found.map((one) => ('failed' in one ? assert.fail(`not read: ${one.code}`) : one));
}

/** Invitations are the server's own business: it answers for those whom it knows. */
function quiet(subject: NeutralEvent): NeutralEvent {
  const own = {
    ...subject.content,
    organizer: null,
    attendees: [],
    busy: subject.content.busy === 'elsewhere' ? ('busy' as const) : subject.content.busy,
  };
  return { ...subject, content: own };
}

const rules = fc.constantFrom(
  'FREQ=DAILY;COUNT=20',
  'FREQ=WEEKLY;BYDAY=MO',
  'FREQ=WEEKLY;BYDAY=TU;COUNT=12',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20270601T000000Z',
  'FREQ=MONTHLY;BYDAY=-1FR',
  'FREQ=MONTHLY;BYMONTHDAY=-1',
  'FREQ=MONTHLY;BYMONTHDAY=31',
  'FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=15',
);

const touch = fc.record({
  at: fc.nat({ max: 9 }),
  as: fc.constantFrom('excluded', 'renamed', 'moved', 'moved', 'later'),
  days: fc.integer({ min: -9, max: 9 }),
});

const anySeries: fc.Arbitrary<NeutralEvent> = fc
  .tuple(
    rules,
    fc.constantFrom('2026-11-23', '2026-11-24', '2026-10-31'),
    fc.constantFrom('Europe/Berlin', 'America/New_York', 'day'),
    fc.uniqueArray(touch, { selector: ({ at }) => at, maxLength: 5 }),
    fc.constantFrom('Review', 'Planning'),
    fc.option(fc.constantFrom('2026-12-09', '2027-01-13')),
  )
  .map(([rule, day, zone, touches, title, extra]) => {
    const start = zone === 'day' ? { date: day } : { local: `${day}T10:00:00`, zone };
    const end = zone === 'day' ? { date: later(day, 1) } : { local: `${day}T11:00:00`, zone };
    const text = zone === 'day' ? rule.replace('T000000Z', '') : rule;
    const extraTime =
      extra === null ? [] : [zone === 'day' ? { date: extra } : { local: `${extra}T10:00:00`, zone }];
    const bare = event({ start, end, title }, { recurrence: { rules: [text], dates: extraTime } });
    return touched(bare, touches);
  });

interface Touch {
  readonly at: number;
  readonly as: 'excluded' | 'renamed' | 'moved' | 'later';
  readonly days: number;
}

function touched(bare: NeutralEvent, touches: readonly Touch[]): NeutralEvent {
  const keys = [...instancesIn(bare, window).keys()];
  const excluded: RecurrenceKey[] = [];
  const overrides: Record<RecurrenceKey, EventContent> = {};
  for (const { at, as, days } of touches) {
    const key = keys[at];
    if (key === undefined) continue;
    const own = instanceContent(bare, key);
    if (as === 'excluded') excluded.push(key);
    else if (as === 'renamed') overrides[key] = content({ ...own, title: 'Renamed' });
    else if (as === 'moved')
      overrides[key] = { ...own, start: shifted(own.start, days), end: shifted(own.end, days) };
    else overrides[key] = { ...own, location: 'Elsewhere', reminder: 5 };
  }
  return canonical({ ...bare, excluded, overrides });
}

function shifted(time: EventContent['start'], days: number): EventContent['start'] {
  if ('date' in time) return { date: later(time.date, days) };
  return { ...time, local: `${later(time.local.slice(0, 10), days)}${time.local.slice(10)}` };
}

function later(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
