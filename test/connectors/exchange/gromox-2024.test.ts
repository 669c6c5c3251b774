/** A server that takes patterns and guests in changes and forgets them, as Gromox of 2024 (exchange.md 19.4): it comes to rest, nothing is lost, and people are told. */
import assert from 'node:assert/strict';
import { gromoxOf2024 } from '../../../conformance/exchange/profile.ts';
import type { EventAttendee, NeutralEvent } from '../../../src/connectors/event.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { daily, neutral } from '../events.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const zone = 'Europe/Stockholm';
const when = {
  start: { local: '2026-03-31T10:00:00', zone },
  end: { local: '2026-03-31T11:00:00', zone },
};
const later = {
  start: { local: '2026-04-01T14:00:00', zone },
  end: { local: '2026-04-01T15:00:00', zone },
};
const guest = (name: string): EventAttendee => ({
  address: `${name}@example.com`,
  name: '',
  role: 'required',
  answer: 'needs-action',
});
const single = neutral({ title: 'Event', ...when }, { uid: 'event' });
const series = daily({ title: 'Event', ...when }, { uid: 'event' });
const meeting = neutral(
  {
    title: 'Event',
    ...when,
    organizer: { address: 'alice@example.com', name: '' },
    attendees: [guest('bob')],
  },
  { uid: 'event' },
);
const withRule =
  (...rules: readonly string[]) =>
  (event: NeutralEvent): NeutralEvent => ({
    ...event,
    recurrence: rules.length === 0 ? null : { rules: [...rules], dates: [] },
  });

describe('Gromox of 2024', () => {
  let both: InStep;

  afterEach(() => both.close());

  const changes: Readonly<Record<string, readonly [NeutralEvent, (event: NeutralEvent) => NeutralEvent]>> = {
    'another pattern': [series, withRule('FREQ=WEEKLY;BYDAY=TU;COUNT=4')],
    'another pattern and time': [
      series,
      (event) => withContent(later)(withRule('FREQ=WEEKLY;BYDAY=WE;COUNT=4')(event)),
    ],
    'another end of the pattern': [series, withRule('FREQ=DAILY;COUNT=3')],
    'a pattern of a single event': [single, withRule('FREQ=DAILY;COUNT=3')],
    'a single event of a series': [series, withRule()],
    'another time of a series': [series, withContent(later)],
    'other guests': [meeting, withContent({ attendees: [guest('bob'), guest('carol')] })],
    'no guests': [meeting, withContent({ attendees: [] })],
  };
  for (const [name, [event, change]] of Object.entries(changes))
    it(`comes to rest after ${name}, which stays here and is told of`, async () => {
      const rules = { invitations: 'exchange' } as const;
      both = await InStep.open({ profile: 'gromox', quirks: gromoxOf2024, linked: { rules } });
      const { linked, outlook } = both;
      await linked.synced();
      await linked.put(event);
      await both.quiet();
      await linked.edit('event', change);
      const wanted = await linked.event('event');
      const { run } = await linked.run();
      if (name !== 'another time of a series') assert.match(run.detail ?? '', /\bchange-not-kept=1\b/);
      await both.quiet();
      assert.deepEqual(await linked.event('event'), wanted);
      // The look at everything finds nothing to mend.
      linked.office.clock.advance(25 * hourMs);
      await linked.run();
      await both.quiet();
      assert.deepEqual(await linked.event('event'), wanted);
      const [item] = outlook.all();
      outlook.edit(item?.id ?? '', { subject: 'Theirs' });
      await both.quiet();
      const here = await linked.event('event');
      assert.deepEqual(here, titled('Theirs')(wanted));
    });
});
