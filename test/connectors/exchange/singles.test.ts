/** Series that Exchange cannot say are single items there, and one series here (exchange.md 10.4). */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { dayMs } from '../../../src/icalendar/time.ts';
import { neutral } from '../events.ts';
import { titled } from '../linked.ts';
import { InStep } from './in-step.ts';

const rule = 'FREQ=MONTHLY;BYMONTHDAY=31';
const series = neutral(
  {
    title: 'Last days',
    start: { local: '2026-03-31T10:00:00', zone: 'Europe/Stockholm' },
    end: { local: '2026-03-31T11:00:00', zone: 'Europe/Stockholm' },
  },
  { uid: 'series', recurrence: { rules: [rule], dates: [] } },
);

describe('a series without a form in Exchange', () => {
  let both: InStep;

  beforeEach(async () => {
    both = await InStep.open({ linked: { rules: { forwardMonths: 4 } } });
    await both.linked.put(series);
    await both.quiet();
  });

  afterEach(() => both.close());

  const days = (): readonly string[] => both.outlook.all().map(({ start }) => start.slice(0, 10));

  it('is written as single items for the window', () => {
    assert.deepEqual(days(), ['2026-03-31', '2026-05-31']);
  });

  it('folds back what is changed and deleted of them there', async () => {
    const [first, second] = both.outlook.all();
    both.outlook.edit(first?.id ?? '', { subject: 'Only this' });
    both.outlook.delete(second?.id ?? '');
    await both.quiet();
    const { overrides, excluded, recurrence } = await both.linked.event('series');
    assert.equal(overrides['2026-03-31T08:00:00Z']?.title, 'Only this');
    assert.deepEqual(excluded, ['2026-05-31T08:00:00Z']);
    assert.deepEqual(recurrence?.rules, [rule]);
    assert.equal((await both.linked.events()).length, 1);
    assert.deepEqual(days(), ['2026-03-31']);
  });

  it('brings changes of the whole to all of them, and ends with all of them', async () => {
    await both.linked.edit('series', titled('Renamed'));
    await both.quiet();
    assert.deepEqual(
      both.outlook.all().map(({ subject }) => subject),
      ['Renamed', 'Renamed'],
    );
    await both.linked.delete('series');
    await both.quiet();
    assert.deepEqual(days(), []);
  });

  it('grows with the window', async () => {
    both.linked.office.clock.advance(45 * dayMs);
    await both.quiet();
    await both.quiet();
    assert.ok(days().includes('2026-08-31'), days().join());
    assert.equal((await both.linked.events()).length, 1);
  });

  it('is not doubled by linking again', async () => {
    const { linked } = both;
    const removed = linked.office.clock.now();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed } }]);
    const patch = {
      cursor: null,
      initialised: false,
      localCursor: 0,
      deepChecked: null,
      removed: null,
    } as const;
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch }]);
    await both.quiet();
    assert.deepEqual(days(), ['2026-03-31', '2026-05-31']);
    assert.equal((await linked.events()).length, 1);
  });
});

describe('an instance beside the rule of its series', () => {
  const weekly = (recurrence: NonNullable<NeutralEvent['recurrence']>): NeutralEvent =>
    neutral({ ...series.content, title: 'Weekly' }, { uid: 'series', recurrence });
  const dates = [{ local: '2026-05-02T10:00:00', zone: 'Europe/Stockholm' }];

  for (const [what, recurrence, key] of [
    ['a date of its own', { rules: ['FREQ=WEEKLY;COUNT=3'], dates }, '2026-05-02T08:00:00Z'],
    [
      'a start that the rule does not name',
      { rules: ['FREQ=WEEKLY;COUNT=3;BYDAY=WE'], dates: [] },
      '2026-03-31T08:00:00Z',
    ],
  ] as const) {
    it(`follows what is changed of all here: ${what}`, async () => {
      const both = await InStep.open({ linked: { rules: { forwardMonths: 4 } } });
      const titles = (): readonly string[] => both.outlook.all().map(({ subject }) => subject);
      await both.linked.put(weekly(recurrence));
      await both.quiet();
      for (const title of ['Renamed', 'Weekly']) {
        await both.linked.edit('series', titled(title));
        await both.quiet();
        assert.deepEqual(titles(), [title, title]);
      }
      const part = both.outlook.all().find(({ start }) => start === key);
      both.outlook.edit(part?.id ?? '', { subject: 'Only this' });
      await both.quiet();
      const { content, overrides, excluded } = await both.linked.event('series');
      assert.deepEqual([content.title, overrides[key]?.title, excluded], ['Weekly', 'Only this', []]);
      await both.close();
    });
  }
});
