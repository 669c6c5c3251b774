/** Neutral events for tests: one by hand, and any. */
import * as fc from 'fast-check';
import { canonical } from '../../src/connectors/agreed.ts';
import type { EventContent, EventTime, NeutralEvent } from '../../src/connectors/event.ts';
import { clockOf, clockText, dayText, instanceContent, keyOf } from '../../src/connectors/series.ts';
import { dayMs, minuteMs } from '../../src/icalendar/time.ts';

/** The owner of the calendar in these tests. */
export const owner = 'alice@example.com';

export const plain: EventContent = {
  start: { local: '2026-03-23T10:00:00', zone: 'Europe/Stockholm' },
  end: { local: '2026-03-23T11:00:00', zone: 'Europe/Stockholm' },
  title: 'Review',
  description: '',
  html: null,
  location: '',
  busy: 'busy',
  privacy: 'public',
  importance: 'normal',
  categories: [],
  reminder: null,
  cancelled: false,
  organizer: null,
  attendees: [],
  answer: null,
  url: '',
};

export function neutral(
  content: Partial<EventContent> = {},
  series: Partial<NeutralEvent> = {},
): NeutralEvent {
  return canonical({
    uid: 'event-1',
    content: { ...plain, ...content },
    recurrence: null,
    excluded: [],
    overrides: {},
    zones: {},
    ...series,
  });
}

/** Every day at the time of `plain`, ten times. */
export function daily(content: Partial<EventContent> = {}, series: Partial<NeutralEvent> = {}): NeutralEvent {
  return neutral(content, { recurrence: { rules: ['FREQ=DAILY;COUNT=10'], dates: [] }, ...series });
}

const zones = ['Europe/Stockholm', 'America/New_York', 'UTC', 'Asia/Kolkata'] as const;

const words = fc.constantFrom(
  '',
  'Review',
  'Plan, phase 1; next',
  'Ärende "å"',
  'two\nlines',
  'back\\slash',
  '  spaces  ',
);

const timed = fc
  .record({
    minutes: fc.integer({ min: 0, max: 40 * 24 * 4 }),
    length: fc.integer({ min: 0, max: 40 }),
    zone: fc.constantFrom(...zones),
  })
  .map(({ minutes, length, zone }) => {
    const start = Date.UTC(2026, 2, 23) + minutes * 15 * minuteMs;
    const time = (at: number): EventTime => ({ local: clockText(at), zone });
    return { start: time(start), end: time(start + length * 15 * minuteMs) };
  });

const whole = fc
  .record({ day: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 1, max: 4 }) })
  .map(({ day, length }) => {
    const start = Date.UTC(2026, 2, 23) + day * dayMs;
    const time = (at: number): EventTime => ({ date: dayText(at) });
    return { start: time(start), end: time(start + length * dayMs) };
  });

const times = fc.oneof({ weight: 3, arbitrary: timed }, { weight: 1, arbitrary: whole });

const attendees = fc.uniqueArray(
  fc.record({
    address: fc.constantFrom('bob@example.com', 'carol@example.com', 'room@example.com'),
    name: fc.constantFrom('', 'Bob', 'Carol; "Ann"'),
    role: fc.constantFrom('required', 'optional', 'resource'),
    answer: fc.constantFrom('needs-action', 'accepted', 'tentative', 'declined'),
  }),
  { selector: ({ address }) => address, maxLength: 3 },
);

const texts = fc.record({
  title: words,
  description: words,
  html: fc.option(fc.constant('<p>Hello,<br>world; &amp; all</p>')),
  location: words,
  busy: fc.constantFrom('free', 'tentative', 'busy', 'out-of-office', 'elsewhere'),
  privacy: fc.constantFrom('public', 'private', 'confidential'),
  importance: fc.constantFrom('low', 'normal', 'high'),
  categories: fc.uniqueArray(fc.constantFrom('Blue', 'Red, green', 'å'), { maxLength: 3 }),
  reminder: fc.option(fc.constantFrom(0, 5, 15, 1440)),
  cancelled: fc.boolean(),
  url: fc.constantFrom('', 'https://example.com/a?b=c', 'https://meet.example.com/x'),
});

const people = fc.oneof(
  fc.constant({ organizer: null, attendees: [], answer: null }),
  attendees.map((list) => ({ organizer: { address: owner, name: 'Alice' }, attendees: list, answer: null })),
  fc
    .record({ list: attendees, answer: fc.constantFrom('needs-action', 'accepted', 'declined') })
    .map(({ list, answer }) => ({
      organizer: { address: 'dora@example.com', name: 'Dora' },
      attendees: [
        ...list,
        { address: owner, name: 'Alice', role: 'required', answer: 'needs-action' } as const,
      ],
      answer,
    })),
);

export const anyContent: fc.Arbitrary<EventContent> = fc
  .tuple(times, texts, people)
  .map(([when, text, who]) => ({ ...when, ...text, ...who }));

const rules = fc.constantFrom(
  'FREQ=DAILY;COUNT=10',
  'FREQ=DAILY',
  'FREQ=WEEKLY;BYDAY=MO,WE',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU',
  'FREQ=MONTHLY;BYDAY=2TU;COUNT=6',
);

/** Any event, with a series in half of them. */
export const anyEvent: fc.Arbitrary<NeutralEvent> = fc
  .record({
    content: anyContent,
    rule: fc.option(rules),
    dates: fc.uniqueArray(fc.integer({ min: 50, max: 60 }), { maxLength: 2 }),
    gone: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 2 }),
    changed: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), anyContent), {
      selector: ([day]) => day,
      maxLength: 2,
    }),
  })
  .map(({ content, rule, dates, gone, changed }) => {
    const event = neutral(content);
    if (rule === null) return event;
    const { start } = content;
    const dayLater = (days: number): EventTime => {
      const at = clockOf(start) + days * dayMs;
      return 'date' in start ? { date: dayText(at) } : { local: clockText(at), zone: start.zone };
    };
    const key = (days: number): string => keyOf(dayLater(days), {});
    const overrides = changed.map(([day, other]) => [key(day), other] as const);
    return canonical({
      ...event,
      recurrence: { rules: [rule], dates: dates.map(dayLater) },
      excluded: gone.filter((day) => !changed.some(([other]) => other === day)).map(key),
      overrides: Object.fromEntries(overrides),
    });
  });

/** One instance of a series, as changed by `content`. */
export function changedInstance(
  event: NeutralEvent,
  key: string,
  content: Partial<EventContent>,
): NeutralEvent {
  const overrides = { ...event.overrides, [key]: { ...instanceContent(event, key), ...content } };
  return canonical({ ...event, overrides });
}
