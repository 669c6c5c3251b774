/** What was written and is read back is what it was (exchange.md 19.5.1). */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { canonical } from '../../../../src/connectors/agreed.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../../../src/connectors/event.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { updatePlan } from '../../../../src/connectors/exchange/mapping/planning.ts';
import { keyAt, occurrences, seriesClock } from '../../../../src/connectors/exchange/mapping/series-walk.ts';
import { instanceContent } from '../../../../src/connectors/series.ts';
import { parseRecurrenceRule } from '../../../../src/icalendar/recurrence/recur-rule.ts';
import { anyContent } from './arbitrary.ts';
import { event, mapping, planned, window } from './fixture.ts';

describe('exchange mapping: round trip', () => {
  it('keeps every field of an event that Exchange can say', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        const subject = canonical(event(content));
        assert.deepEqual(normalizeEvent(subject, window, mapping), subject);
      }),
      { numRuns: 250 },
    );
  });

  it('keeps a series with its changed and deleted instances', () => {
    fc.assert(
      fc.property(anySeries, (subject) => {
        assert.deepEqual(normalizeEvent(subject, window, mapping), subject);
      }),
      { numRuns: 300 },
    );
  });

  it('has nothing to write for an event that says what it said', () => {
    fc.assert(
      fc.property(anySeries, (subject) => {
        const update = {
          id: 'a',
          version: 'v',
          marker: 'm',
          before: subject,
          after: subject,
          parts: [],
          role: 'owner',
          notify: 'all',
        } as const;
        assert.deepEqual(planned(updatePlan(update, window, mapping)).steps, []);
      }),
      { numRuns: 200 },
    );
  });

  it('comes to rest: what was told once is told the same again', () => {
    const wild = fc.record({
      title: fc.string({ unit: 'binary', maxLength: 400 }),
      location: fc.string({ unit: 'binary', maxLength: 400 }),
      description: fc.string({ unit: 'binary', maxLength: 200 }),
      html: fc.option(fc.array(htmlPiece, { maxLength: 12 }).map((pieces) => pieces.join(''))),
      reminder: fc.option(fc.integer({ min: -100, max: 5_000_000 })),
    });
    fc.assert(
      fc.property(wild, anyContent, (odd, content) => {
        const once = normalizeEvent(event({ ...content, ...odd }), window, mapping);
        assert.ok(!('refused' in once));
        assert.deepEqual(normalizeEvent(once, window, mapping), once);
      }),
      { numRuns: 250 },
    );
  });
});

const htmlPiece = fc.constantFrom(
  '<p>',
  '</p>',
  '<div style="color: red">',
  '</div>',
  '<b>',
  '</b>',
  '<br>',
  '<ul><li>',
  '</ul>',
  'text ',
  ' & ',
  '&nbsp;',
  '<a href="https://example.com/?a=1&b=2">',
  '</a>',
  '<script>alert(1)</script>',
  '<pre>  x\n y</pre>',
  '<!-- c -->',
  '<',
  '&lt;i&gt;',
);

const anySeries: fc.Arbitrary<NeutralEvent> = fc
  .tuple(
    anyContent,
    fc.constantFrom('FREQ=DAILY', 'FREQ=DAILY;INTERVAL=3;COUNT=40', 'FREQ=WEEKLY;INTERVAL=2'),
    fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 6 }),
    fc.array(anyContent, { minLength: 6, maxLength: 6 }),
  )
  .map(([content, pattern, touched, others]) => seriesOf(content, pattern, touched, others));

function seriesOf(
  content: EventContent,
  pattern: string,
  touched: readonly number[],
  others: readonly EventContent[],
): NeutralEvent {
  const weekday = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'][new Date(startText(content)).getUTCDay()] ?? '';
  const text = pattern.startsWith('FREQ=WEEKLY') ? `${pattern};BYDAY=${weekday}` : pattern;
  const { rule } = parseRecurrenceRule(text);
  assert.ok(rule);
  const clock = seriesClock(content.start, {});
  const keys = occurrences(rule, clock, clock.start, Infinity, 31).map((local) => keyAt(local, clock));
  const bare = event(content, { recurrence: { rules: [text], dates: [] } });
  const overrides: Record<RecurrenceKey, EventContent> = {};
  const excluded: RecurrenceKey[] = [];
  touched.forEach((index, order) => {
    const key = keys[index];
    const other = others[order];
    if (key === undefined || !other) return;
    const { start, end } = instanceContent(bare, key);
    if (order % 2 === 0) excluded.push(key);
    else overrides[key] = { ...other, start, end };
  });
  return canonical({ ...bare, excluded, overrides });
}

function startText({ start }: EventContent): string {
  return 'date' in start ? `${start.date}T00:00:00Z` : `${start.local}Z`;
}
