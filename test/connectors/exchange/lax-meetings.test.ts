/** A server that mails nobody about single days of a meeting (`lax-meetings.ts` of the fake): guests hear of each change once (exchange.md 11.4). */
import assert from 'node:assert/strict';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../../src/connectors/event.ts';
import { daily, neutral } from '../events.ts';
import { withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const zone = 'Europe/Stockholm';
const guest = (name: string) =>
  ({ address: `${name}@example.com`, name: '', role: 'required', answer: 'needs-action' }) as const;
const people: Partial<EventContent> = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [guest('bob'), guest('carol')],
  location: 'Room 1',
};
const when = {
  start: { local: '2026-03-31T10:00:00', zone },
  end: { local: '2026-03-31T11:00:00', zone },
};
const meeting = neutral({ title: 'Meeting', ...people, ...when }, { uid: 'meeting' });
const series = daily({ title: 'Series', ...people, ...when }, { uid: 'series' });
const keys: readonly RecurrenceKey[] = ['2026-04-01T08:00:00Z', '2026-04-02T08:00:00Z'];

const moved =
  (...days: readonly RecurrenceKey[]) =>
  (event: NeutralEvent): NeutralEvent => {
    const own = (day: RecurrenceKey): EventContent => ({
      ...event.content,
      location: 'Room 2',
      start: { local: `${day.slice(0, 10)}T14:00:00`, zone },
      end: { local: `${day.slice(0, 10)}T15:00:00`, zone },
    });
    return { ...event, overrides: Object.fromEntries(days.map((day) => [day, own(day)])) };
  };
const without =
  (...days: readonly RecurrenceKey[]) =>
  (event: NeutralEvent): NeutralEvent => ({ ...event, excluded: days });

const toBoth = 'request bob@example.com,carol@example.com';
const calledOff = 'cancellation bob@example.com,carol@example.com';

describe('a server that mails nobody about single days', () => {
  let both: InStep;

  afterEach(() => both.close());

  /** What was mailed of a change of this event that is there already. */
  async function mailsOf(
    event: NeutralEvent,
    change: (event: NeutralEvent) => NeutralEvent,
    dies = Number.POSITIVE_INFINITY,
  ): Promise<{ readonly mails: readonly string[]; readonly reached: boolean }> {
    both = await InStep.open({ profile: 'gromox', linked: { rules: { invitations: 'exchange' } } });
    await both.linked.synced();
    await both.linked.put(event);
    await both.quiet();
    assert.deepEqual(mails(), [toBoth]);
    both.fake.mails.length = 0;
    await both.linked.edit(event.uid, change);
    const reached = Number.isFinite(dies) && (await both.dies(dies));
    for (let at = 0; at < 5; at++) await both.linked.run();
    return { mails: mails(), reached };
  }

  const mails = (): readonly string[] =>
    both.fake.mails.map(({ kind, to }) => `${kind} ${[...to].sort().join()}`).sort();

  const changes: Readonly<Record<string, readonly [NeutralEvent, (event: NeutralEvent) => NeutralEvent]>> = {
    'one that is moved': [series, moved(keys[0] ?? '')],
    'two that are moved': [series, moved(...keys)],
    'one that does not take place': [series, without(keys[0] ?? '')],
    'one that is moved while the others are elsewhere': [
      series,
      (event) => withContent({ location: 'Room 3' })(moved(keys[0] ?? '')(event)),
    ],
  };
  const crashed = ['one that is moved', 'one that is moved while the others are elsewhere'];
  for (const [name, [event, change]] of Object.entries(changes)) {
    it(`has guests told once of ${name}`, async () => {
      assert.deepEqual((await mailsOf(event, change)).mails, [toBoth]);
    });

    if (!crashed.includes(name)) continue;
    it(`has guests told once of ${name}, whenever the process dies`, async function () {
      this.timeout(120_000);
      for (let step = 1; ; step++) {
        const { mails: told, reached } = await mailsOf(event, change, step);
        assert.deepEqual(told, [toBoth], `at ${step}`);
        if (!reached) return;
        await both.close();
      }
    });
  }

  it('has guests told nothing of what concerns nobody', async () => {
    const renamed = (event: NeutralEvent): NeutralEvent => ({
      ...event,
      overrides: { [keys[0] ?? '']: { ...event.content, ...dayOf(keys[0] ?? ''), title: 'Renamed' } },
    });
    assert.deepEqual((await mailsOf(series, renamed)).mails, []);
  });

  it('has guests told once of a single meeting, and of its end', async () => {
    const elsewhere = await mailsOf(meeting, withContent({ location: 'Room 2' }));
    assert.deepEqual(elsewhere.mails, [toBoth]);
    both.fake.mails.length = 0;
    await both.linked.delete('meeting');
    await both.quiet();
    assert.deepEqual(mails(), [calledOff]);
  });
});

function dayOf(day: RecurrenceKey): Pick<EventContent, 'start' | 'end'> {
  return {
    start: { local: `${day.slice(0, 10)}T10:00:00`, zone },
    end: { local: `${day.slice(0, 10)}T11:00:00`, zone },
  };
}
