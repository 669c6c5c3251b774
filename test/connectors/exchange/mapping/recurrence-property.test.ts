/** Two thousand rules: what Exchange makes of our pattern is what we mean, or we say that there is no pattern. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { NeutralEvent } from '../../../../src/connectors/event.ts';
import { exchangeForm } from '../../../../src/connectors/exchange/mapping/form.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { recurrenceElement } from '../../../../src/connectors/exchange/mapping/pattern.ts';
import { exportRecurrence } from '../../../../src/connectors/exchange/mapping/recurrence.ts';
import {
  keyAt,
  localOfKey,
  occurrences,
  seriesClock,
} from '../../../../src/connectors/exchange/mapping/series-walk.ts';
import { asRead } from '../../../../src/connectors/exchange/wire/elements.ts';
import { parseRecurrenceRule } from '../../../../src/icalendar/recurrence/recur-rule.ts';
import { localTime } from '../../../../src/icalendar/time.ts';
import { expandRecurrence } from './expander.ts';
import { event, mapping, window } from './fixture.ts';

const dayMs = 86_400_000;
const tenYears = 3653 * dayMs;

describe('exchange mapping: generated rules', () => {
  it('have the same instances on both sides over ten years, or are reported as unsupported', () => {
    const seen = { series: 0, singles: 0, odd: 0 };
    fc.assert(
      fc.property(anyEvent, (subject) => {
        const exported = exportRecurrence(subject, mapping);
        if (exported.as !== 'series') {
          seen.singles++;
          return;
        }
        seen.series++;
        if (exported.oddStart) seen.odd++;
        assert.deepEqual(exchangeSide(subject), portalSide(subject));
      }),
      { numRuns: 2000 },
    );
    assert.ok(seen.series > 700, `only ${seen.series} of the rules have a pattern`);
    assert.ok(seen.odd > 50, `only ${seen.odd} begin beside their rule`);
    assert.ok(seen.singles > 200, `only ${seen.singles} are unsupported`);
  });

  it('come back as a rule with the same instances', () => {
    fc.assert(
      fc.property(anyEvent, (subject) => {
        if (exportRecurrence(subject, mapping).as !== 'series') return;
        const told = normalizeEvent(subject, window, mapping);
        assert.ok(!('refused' in told));
        const beside = Object.keys(told.overrides);
        const instances = new Set([...portalSide(told), ...beside]);
        assert.deepEqual([...instances].sort(), portalSide(subject).toSorted());
        assert.deepEqual(normalizeEvent(told, window, mapping), told, 'and it comes back the same again');
      }),
      { numRuns: 400 },
    );
  });
});

/** The keys of ten years by our own rules. */
function portalSide({ content, recurrence, zones }: NeutralEvent): readonly string[] {
  const clock = seriesClock(content.start, zones);
  const { rule } = parseRecurrenceRule(recurrence?.rules[0] ?? '');
  assert.ok(rule);
  return occurrences(rule, clock, clock.start, horizon, Infinity).map((local) => keyAt(local, clock));
}

/** The keys that Exchange makes of the pattern, and those of the items beside it. */
function exchangeSide(subject: NeutralEvent): readonly string[] {
  const form = exchangeForm(subject, window, mapping);
  assert.ok(form.refused === undefined && form.main?.series);
  const { recurrence, clock } = form.main.series;
  const element = asRead(recurrenceElement(recurrence, mapping.version));
  const time = clock.start - Math.floor(clock.start / dayMs) * dayMs;
  const own = expandRecurrence(element, horizon - time).map((day) => keyAt(localTime(day + time), clock));
  const all = [...own, ...form.parts.keys()];
  return all.toSorted((one, other) => localOfKey(one, clock) - localOfKey(other, clock));
}

const horizon = Date.UTC(2026, 0, 1) + tenYears;

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const dayList = fc.oneof(
  fc.constantFrom('MO,TU,WE,TH,FR', 'SA,SU', 'MO,TU,WE,TH,FR,SA,SU'),
  fc.subarray(weekdays, { minLength: 1, maxLength: 3 }).map((days) => days.join(',')),
);
const nthDay = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5, -1, -2), fc.constantFrom(...weekdays))
  .map(([nth, day]) => `${nth}${day}`);
const monthDays = fc.oneof(
  fc.integer({ min: 1, max: 31 }).map(String),
  fc.constantFrom('-1', '-2', '28,29', '28,29,30', '28,29,30,31', '30,31', '1,15', '8,9,10,11,12,13,14'),
);
const monthList = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map(String),
  fc.constantFrom('1,4,7,10', '2,8', '1,2,3', '3,6,9,12', '1,2,3,4,5,6,7,8,9,10,11,12'),
);
const part = (name: string, value: fc.Arbitrary<string | number>, weight: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 10 - weight, arbitrary: fc.constant('') },
    { weight, arbitrary: value.map((text) => `;${name}=${text}`) },
  );
const end = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 1200 }).map((count) => `;COUNT=${count}`),
  fc.integer({ min: 1, max: 4000 }).map((days) => {
    const until = new Date(Date.UTC(2026, 0, 1) + days * dayMs)
      .toISOString()
      .slice(0, 10)
      .replaceAll('-', '');
    return `;UNTIL=${until}T120000Z`;
  }),
);
const interval = fc.constantFrom(1, 1, 1, 2, 3, 4, 6, 12, 100);

const anyRule = fc
  .oneof(
    fc.tuple(fc.constant('DAILY'), part('BYDAY', dayList, 3), part('BYMONTHDAY', monthDays, 1)),
    fc.tuple(
      fc.constant('WEEKLY'),
      part('BYDAY', dayList, 8),
      part('WKST', fc.constantFrom('MO', 'SU', 'TH'), 5),
    ),
    fc.tuple(
      fc.constant('MONTHLY'),
      part('BYMONTHDAY', monthDays, 9),
      part('BYSETPOS', fc.constantFrom('-1', '1'), 3),
    ),
    fc.tuple(fc.constant('MONTHLY'), part('BYDAY', nthDay, 9), part('BYMONTH', monthList, 1)),
    fc.tuple(
      fc.constant('MONTHLY'),
      part('BYDAY', dayList, 10),
      part('BYSETPOS', fc.constantFrom(1, 2, 4, -1, -2), 9),
    ),
    fc.tuple(
      fc.constant('YEARLY'),
      part('BYMONTH', monthList, 8),
      part('BYMONTHDAY', monthDays, 7),
      part('BYSETPOS', fc.constantFrom('-1'), 2),
    ),
    fc.tuple(fc.constant('YEARLY'), part('BYMONTH', monthList, 8), part('BYDAY', nthDay, 9)),
    fc.tuple(
      fc.constant('YEARLY'),
      part('BYMONTH', monthList, 7),
      part('BYDAY', dayList, 9),
      part('BYSETPOS', fc.constantFrom(1, 3, -1), 8),
    ),
    fc.tuple(fc.constantFrom('HOURLY', 'YEARLY;BYWEEKNO=20', 'YEARLY;BYYEARDAY=100', 'DAILY;BYHOUR=9,15')),
  )
  .chain((parts) => fc.tuple(fc.constant(parts.join('')), interval, end))
  .map(([parts, every, until]) => `FREQ=${parts}${every === 1 ? '' : `;INTERVAL=${every}`}${until}`);

const anyDay = fc.integer({ min: 0, max: 730 }).map((days) => {
  return new Date(Date.UTC(2026, 0, 1) + days * dayMs).toISOString().slice(0, 10);
});

const anyEvent: fc.Arbitrary<NeutralEvent> = fc
  .tuple(anyRule, anyDay, fc.constantFrom('day', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC'))
  .map(([rule, day, zone]) => {
    const recurrence = { rules: [zone === 'day' ? rule.replace(/T120000Z/, '') : rule], dates: [] };
    if (zone === 'day') {
      const after = new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
      return event({ start: { date: day }, end: { date: after } }, { recurrence });
    }
    const times = { start: { local: `${day}T09:30:00`, zone }, end: { local: `${day}T10:15:00`, zone } };
    return event(times, { recurrence });
  });
