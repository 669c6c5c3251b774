/** Series that Exchange cannot say are single items there, and one series here (exchange.md 10.4). */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { instanceKeys } from '../../../src/connectors/exchange/mapping/instances.ts';
import { preview } from '../../../src/connectors/preview.ts';
import { dayMs, instant } from '../../../src/icalendar/time.ts';
import { freshState } from '../../../src/service/connectors/links.ts';
import { neutral } from '../events.ts';
import { titled, view } from '../linked.ts';
import { InStep } from './in-step.ts';
import { never } from './scripted.ts';

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

  it('becomes a pattern that has all its days, also those of single items that went', async () => {
    await both.linked.edit('series', (event) => ({
      ...event,
      recurrence: { rules: ['FREQ=DAILY;COUNT=10'], dates: [] },
    }));
    await both.quiet();
    assert.deepEqual((await both.linked.event('series')).excluded, []);
    assert.deepEqual(
      both.outlook.all().map(({ start, deleted }) => [start.slice(0, 10), deleted]),
      [['2026-03-31', []]],
    );
  });

  it('grows with the window', async () => {
    both.linked.office.clock.advance(45 * dayMs);
    await both.quiet();
    await both.quiet();
    assert.ok(days().includes('2026-08-31'), days().join());
    assert.equal((await both.linked.events()).length, 1);
  });

  const relinked = async (meanwhile?: () => Promise<void>): Promise<void> => {
    const { linked } = both;
    const removed = linked.office.clock.now();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed } }]);
    await meanwhile?.();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: freshState }]);
    await both.quiet();
  };

  it('is not doubled by linking again', async () => {
    await relinked();
    assert.deepEqual(days(), ['2026-03-31', '2026-05-31']);
    assert.equal((await both.linked.events()).length, 1);
  });

  it('comes back as the events that are left of it, where it was deleted here while the link was cut', async () => {
    const { linked, outlook } = both;
    const expected = async (): Promise<number> => {
      const { services } = linked;
      const calendar = await services.storage.calendar((await linked.link()).calendar);
      assert.ok(calendar);
      const now = services.clock.now();
      const { toImport } = await preview({
        services,
        calendar,
        remote: both.calendar,
        view,
        window: { start: instant(now - 30 * dayMs), end: instant(now + 120 * dayMs) },
        direction: 'both',
        autoSync: true,
        linkBefore: linked.id,
        signal: never,
      });
      return toImport;
    };
    assert.equal(await expected(), 0);
    await relinked(async () => {
      await linked.delete('series');
      assert.equal(await expected(), 2);
    });
    const [first, ...others] = await linked.events();
    assert.ok(first);
    assert.deepEqual([first.recurrence, others.length], [null, 1]);
    await linked.edit(first.uid, titled('Only this'));
    for (const { uid } of others) await linked.delete(uid);
    await both.quiet();
    assert.deepEqual(
      outlook.all().map(({ subject }) => subject),
      ['Only this'],
    );
    await relinked();
    assert.equal((await linked.events()).length, 1);
    outlook.edit(outlook.all()[0]?.id ?? '', { subject: 'There' });
    await both.quiet();
    assert.equal((await linked.event(first.uid)).content.title, 'There');
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

describe('a series that a pattern of Exchange comes near to', () => {
  const open = (forwardMonths: number): Promise<InStep> =>
    InStep.open({ linked: { rules: { forwardMonths } }, settings: { unsupportedRecurrence: 'approximate' } });

  /** The days of the next months on which it is told, each as often as it is. */
  const daysOf = (both: InStep, events: readonly NeutralEvent[], months: number): readonly string[] => {
    const now = both.linked.office.clock.now();
    const range = { start: now, end: instant(now + months * 30 * dayMs) };
    const keys = events.flatMap((event) =>
      instanceKeys(event, range, 100).filter((key) => !event.excluded.includes(key)),
    );
    return keys.map((key) => key.slice(0, 10)).sort();
  };

  const later = async (both: InStep, days: number): Promise<void> => {
    both.linked.office.clock.advance(days * dayMs);
    await both.quiet();
    await both.quiet();
  };

  const there = async (both: InStep): Promise<readonly NeutralEvent[]> =>
    (await both.there()).map(({ event }) => event);

  it('is that pattern without what is too much, and renewed as the window moves on', async () => {
    const both = await open(4);
    await both.linked.put(series);
    await both.quiet();
    const [item] = both.outlook.all();
    assert.deepEqual(item?.deleted, ['2026-04-30', '2026-06-30', '2026-09-30']);
    for (const days of [0, 60, 180, 400]) {
      await later(both, days);
      const here = daysOf(both, await both.linked.events(), 4);
      assert.ok(here.length >= 2);
      assert.deepEqual(daysOf(both, await there(both), 4), here);
      assert.deepEqual(
        both.outlook.all().map(({ id }) => id),
        [item?.id],
      );
    }
    const { recurrence, excluded } = await both.linked.event('series');
    assert.deepEqual([recurrence?.rules, excluded], [[rule], []]);
    assert.equal(both.fake.mails.length, 0);
    await both.close();
  });

  it('takes what is changed and deleted of it there, renewed or not, and is not doubled by linking again', async () => {
    const both = await open(4);
    await both.linked.put(series);
    await both.quiet();
    const [item] = both.outlook.all();
    both.outlook.deleteInstance(item?.id ?? '', '2026-05-31');
    await both.quiet();
    for (const days of [0, 120]) {
      both.linked.office.clock.advance(days * dayMs);
      await both.quiet();
      await both.quiet();
      await both.linked.edit('series', titled(`After ${days} days`));
      await both.quiet();
      const { recurrence, excluded } = await both.linked.event('series');
      assert.deepEqual([recurrence?.rules, excluded], [[rule], ['2026-05-31T08:00:00Z']]);
      assert.deepEqual(
        both.outlook.all().map(({ id, subject, deleted }) => [id, subject, deleted.includes('2026-05-31')]),
        [[item?.id, `After ${days} days`, true]],
      );
    }
    const { linked } = both;
    const patch = { cursor: null, initialised: false, localCursor: 0, deepChecked: null } as const;
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch }]);
    await both.quiet();
    assert.equal(both.outlook.all().length, 1);
    assert.deepEqual((await linked.event('series')).recurrence?.rules, [rule]);
    await both.close();
  });

  it('goes on as single items where no pattern comes near any more, and nothing stands there twice', async () => {
    const both = await open(12);
    const januaries = neutral(
      {
        title: 'In January',
        start: { local: '2022-01-04T10:00:00', zone: 'Europe/Stockholm' },
        end: { local: '2022-01-04T11:00:00', zone: 'Europe/Stockholm' },
      },
      { uid: 'series', recurrence: { rules: ['FREQ=WEEKLY;BYMONTH=1'], dates: [] } },
    );
    await both.linked.put(januaries);
    await both.quiet();
    const [item] = both.outlook.all();
    for (const days of [0, 280, 400, 400]) {
      await later(both, days);
      const here = daysOf(both, await both.linked.events(), 12);
      assert.ok(here.length >= 4);
      assert.deepEqual(daysOf(both, await there(both), 12), here);
      assert.ok(
        both.outlook.all().some(({ id }) => id === item?.id),
        'what was said before stays',
      );
    }
    assert.ok(both.outlook.all().length > 5);
    await both.linked.edit('series', titled('Renamed'));
    await both.quiet();
    assert.deepEqual([...new Set(both.outlook.all().map(({ subject }) => subject))], ['Renamed']);
    assert.equal((await both.linked.events()).length, 1);
    await both.close();
  });
});
