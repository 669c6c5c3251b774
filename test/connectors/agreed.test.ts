import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { agreedText, canonical, isSame, readAgreed } from '../../src/connectors/agreed.ts';
import { absorbed } from '../../src/connectors/outbox.ts';
import { normalRule } from '../../src/connectors/rule.ts';
import { extentOf, instanceContent, keyOf, occursAt } from '../../src/connectors/series.ts';
import { dayMs } from '../../src/icalendar/time.ts';
import { anyEvent, changedInstance, daily, neutral } from './events.ts';

describe('what both sides agree on', () => {
  it('is kept once where both faces are the same, and comes back as it was', () => {
    fc.assert(
      fc.property(anyEvent, anyEvent, (local, remote) => {
        assert.deepEqual(readAgreed(agreedText({ local, remote })), { local, remote });
      }),
    );
    const one = neutral();
    assert.match(agreedText({ local: one, remote: one }), /^\{"both":/);
  });

  it('does not depend on order, spelling of characters or line ends', () => {
    const one = neutral({ title: 'Ärende', description: 'a\nb', categories: ['A', 'B'] });
    const other = neutral({ title: 'Ärende', description: 'a\r\nb', categories: ['B', 'A', 'A'] });
    assert.ok(isSame(one, other));
    assert.ok(isSame({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }));
  });

  it('is one and the same however often it is brought into its one spelling', () => {
    fc.assert(fc.property(anyEvent, (event) => assert.deepEqual(canonical(event), event)));
  });

  it('takes up what has arrived of a write, and leaves what was changed since', () => {
    const old = neutral({ title: 'Old', location: 'Old' });
    const sent = neutral({ title: 'Ours', location: 'Ours' });
    const found = neutral({ title: 'Ours', location: 'Theirs' });
    const { local, remote } = absorbed({ local: old, remote: old }, { local: sent, there: sent }, found);
    assert.deepEqual([local.content.title, local.content.location], ['Ours', 'Old']);
    assert.deepEqual([remote.content.title, remote.content.location], ['Ours', 'Old']);
  });
});

describe('a recurrence rule', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['freq=weekly;wkst=MO;interval=1;byday=we,mo', 'FREQ=WEEKLY;BYDAY=MO,WE'],
    ['BYDAY=MO;INTERVAL=2;FREQ=WEEKLY;WKST=SU', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU'],
    ['FREQ=DAILY;WKST=SU;COUNT=5', 'FREQ=DAILY;COUNT=5'],
    ['FREQ=MONTHLY;BYDAY=-1SU,2TU', 'FREQ=MONTHLY;BYDAY=2TU,-1SU'],
    ['FREQ=DAILY;UNTIL=20261231T090000Z;COUNT=3', 'FREQ=DAILY;COUNT=3'],
    ['RSCALE=HEBREW;freq=yearly', 'RSCALE=HEBREW;FREQ=YEARLY'],
    ['RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT', 'FREQ=MONTHLY'],
    ['freq=monthly;skip=forward;rscale=gregorian', 'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD'],
  ];
  for (const [text, wanted] of rows)
    it(`has one spelling: ${wanted}`, () => assert.equal(normalRule(text), wanted));
});

describe('a neutral series', () => {
  it('knows its instances across the change to summer time', () => {
    const series = daily();
    assert.ok(occursAt(series, '2026-03-28T09:00:00Z'));
    assert.ok(occursAt(series, '2026-03-29T08:00:00Z'));
    assert.ok(!occursAt(series, '2026-03-29T09:00:00Z'));
    assert.ok(!occursAt(series, '2026-04-02T08:00:00Z'), 'there are ten');
    assert.ok(!occursAt(neutral(), '2026-03-23T09:00:00Z'), 'it does not recur');
  });

  it('says what an untouched instance says', () => {
    const { start, end } = instanceContent(daily(), '2026-03-30T08:00:00Z');
    assert.deepEqual(
      [start, end],
      [
        { local: '2026-03-30T10:00:00', zone: 'Europe/Stockholm' },
        { local: '2026-03-30T11:00:00', zone: 'Europe/Stockholm' },
      ],
    );
    assert.equal(keyOf(start, {}), '2026-03-30T08:00:00Z');
    const days = daily({ start: { date: '2026-03-23' }, end: { date: '2026-03-25' } });
    assert.deepEqual(instanceContent(days, '2026-03-28').end, { date: '2026-03-30' });
  });

  it('reaches as far as its instances, and where they were moved to', () => {
    const { start, end } = extentOf(daily());
    assert.equal(start, Date.UTC(2026, 2, 23, 9));
    // A bound, not the last instance itself.
    const last = Date.UTC(2026, 3, 1, 9);
    assert.ok(end !== null && end >= last && end <= last + dayMs);
    const moved = {
      start: { local: '2026-06-01T10:00:00', zone: 'UTC' },
      end: { local: '2026-06-01T11:00:00', zone: 'UTC' },
    };
    assert.equal(
      extentOf(changedInstance(daily(), '2026-03-24T09:00:00Z', moved)).end,
      Date.UTC(2026, 5, 1, 11),
    );
    const endless = daily({}, { recurrence: { rules: ['FREQ=DAILY'], dates: [] } });
    assert.equal(extentOf(endless).end, null);
  });
});
