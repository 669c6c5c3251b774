/**
 * exchange.md 10.4, 17.2: an event that gets another form in Exchange is there under other items, and those that it had go. A
 * process that dies on the way has deleted nothing that anybody wanted, here or there. Each step is a server of its own, hence
 * those of the longest one are sampled.
 */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { dayMs, hourMs } from '../../../src/icalendar/time.ts';
import { retry } from '../../../src/service/connectors/links.ts';
import { killed, type Tick } from '../crash.ts';
import { neutral } from '../events.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

interface Form {
  readonly rule: string | null;
  /** A day beside the rule. */
  readonly beside?: string;
  /** On which the items there begin. */
  readonly days: readonly string[];
}

const pattern: Form = { rule: 'FREQ=DAILY;COUNT=10', days: ['2026-03-31'] };
const single: Form = { rule: null, days: ['2026-03-31'] };
const singles: Form = { rule: 'FREQ=MONTHLY;BYMONTHDAY=31', days: ['2026-03-31', '2026-05-31'] };
const fewer: Form = { rule: 'FREQ=MONTHLY;BYMONTHDAY=31;COUNT=1', days: ['2026-03-31'] };
const others: Form = {
  rule: 'FREQ=MONTHLY;BYMONTHDAY=30,31;BYSETPOS=1',
  days: ['2026-03-30', '2026-04-30', '2026-05-30', '2026-06-30'],
};

const beside: Form = { ...pattern, beside: '2026-05-02', days: ['2026-03-31', '2026-05-02'] };
const more: Form = {
  ...singles,
  rule: 'FREQ=MONTHLY;BYMONTHDAY=29,31',
  days: ['2026-03-31', '2026-04-29', '2026-05-29', '2026-05-31', '2026-06-29'],
};

/** No pattern comes near to it. */
const hours: Form = { rule: 'FREQ=DAILY;BYHOUR=10,14;COUNT=2', days: ['2026-03-31', '2026-03-31'] };
/** One does come near to that of the last days. */
const near: Form = { ...singles, days: ['2026-03-31'] };

const start = { local: '2026-03-31T10:00:00', zone: 'Europe/Stockholm' };
const end = { local: '2026-03-31T11:00:00', zone: 'Europe/Stockholm' };
const event = neutral({ title: 'Last days', start, end }, { uid: 'series' });

function inForm({ rule, beside: date, days: [day = ''] }: Form, of: NeutralEvent): NeutralEvent {
  const content = {
    ...of.content,
    start: { ...start, local: `${day}T10:00:00` },
    end: { ...end, local: `${day}T11:00:00` },
  };
  const dates = date === undefined ? [] : [{ ...start, local: `${date}T10:00:00` }];
  return { ...of, content, recurrence: rule === null ? null : { rules: [rule], dates } };
}

const writes = /^(?:Create|Update|Delete)Item$/;

/** Runs once and dies before or after a write or a commit. What only reads changes nothing, and may go on. */
async function runUntilCrash(both: InStep, step: number): Promise<boolean> {
  const { faults } = both.fake;
  const { reached } = await killed(both.linked, step, (tick: Tick) => {
    faults.take = (operation) => {
      if (!writes.test(operation)) return undefined;
      if (!tick()) return { kind: 'reset-before' };
      return tick() ? undefined : { kind: 'reset-after' };
    };
    return () => {
      faults.take = () => undefined;
    };
  });
  both.linked.office.clock.advance(91_000);
  return reached;
}

/** Before anything is written there; `crash-matrix` begins earlier. */
const firstStep = 9;

/** Somebody makes, changes or deletes it here; how it is then. */
interface Act {
  readonly from: Form | undefined;
  readonly to: Form | undefined;
  /** The title is changed as well. */
  readonly title?: string;
}

describe('a change of form in Exchange, killed at every step', function () {
  // A server for each step: seconds alone, and a minute and a half where ten such tests share two processors.
  this.timeout(300_000);

  for (const [what, act] of [
    ['single items are made', { from: undefined, to: singles }],
    ['single items are deleted', { from: singles, to: undefined }],
    ['a pattern becomes single items', { from: pattern, to: singles }],
    ['a pattern becomes single items of another title', { from: pattern, to: singles, title: 'Renamed' }],
    ['single items become a pattern', { from: singles, to: pattern }],
    ['single items become a pattern of another title', { from: singles, to: pattern, title: 'Renamed' }],
    ['a pattern and a day beside it are made', { from: undefined, to: beside }],
    ['a day comes beside a pattern', { from: pattern, to: beside }],
    ['a day beside a pattern goes', { from: beside, to: pattern, title: 'Renamed' }],
    ['a pattern and the day beside it are deleted', { from: beside, to: undefined }],
    ['a pattern and the day beside it become single items', { from: beside, to: singles }],
    ['a pattern and the day beside it become one event', { from: beside, to: single, title: 'Renamed' }],
    ['one event becomes single items', { from: single, to: singles }],
    ['single items become one event', { from: singles, to: single }],
    ['single items become others', { from: singles, to: others }],
    ['single items become fewer', { from: singles, to: fewer, title: 'Renamed' }],
  ] as const satisfies readonly (readonly [string, Act])[]) {
    for (const conflictPolicy of ['newest', 'exchange'] as const)
      it(`loses and doubles nothing where ${what}, and ${conflictPolicy} wins`, async () => {
        const rules = { forwardMonths: 4, conflictPolicy };
        const wrong = await matrix(act, () => InStep.open({ linked: { rules } }));
        assert.deepEqual(wrong, []);
      });
  }

  for (const [what, act] of [
    ['a pattern that comes near is made', { from: undefined, to: near }],
    ['a pattern that comes near is deleted', { from: near, to: undefined }],
    ['a pattern that comes near becomes single items', { from: near, to: hours }],
    ['single items become a pattern that comes near', { from: hours, to: near, title: 'Renamed' }],
    ['a pattern becomes one that comes near', { from: pattern, to: near }],
    ['a pattern that comes near becomes the rule itself', { from: near, to: pattern }],
  ] as const satisfies readonly (readonly [string, Act])[]) {
    it(`loses and doubles nothing where ${what}`, async () => {
      const rules = { forwardMonths: 4, conflictPolicy: 'exchange' } as const;
      const settings = { unsupportedRecurrence: 'approximate' } as const;
      const wrong = await matrix(act, () => InStep.open({ linked: { rules }, settings }));
      assert.deepEqual(wrong, []);
    });
  }

  for (const [what, act] of [
    ['a pattern becomes single items', { from: pattern, to: singles, title: 'Renamed' }],
    ['single items become a pattern', { from: singles, to: pattern, title: 'Renamed' }],
    ['single items become more', { from: singles, to: more, title: 'Renamed' }],
  ] as const satisfies readonly (readonly [string, Act])[]) {
    it(`loses and doubles nothing where ${what}, and a write is refused on the way`, async () => {
      const refusal = refusedWith('ErrorIrresolvableConflict');
      const wrong = await matrix(
        act,
        () => InStep.open({ linked: { rules: { forwardMonths: 4 } } }),
        refusal,
      );
      assert.deepEqual(wrong, []);
    });
  }

  for (const [what, act] of [
    ['a pattern becomes single items', { from: pattern, to: singles, title: 'Renamed' }],
    ['single items become a pattern', { from: singles, to: pattern, title: 'Renamed' }],
    ['single items become more', { from: singles, to: more, title: 'Renamed' }],
    ['a pattern and the day beside it become single items', { from: beside, to: singles }],
  ] as const satisfies readonly (readonly [string, Act])[]) {
    for (const times of [1, 3, 5])
      it(`goes on from what stands there where ${what}, and a write is refused for good ${times} times`, async () => {
        const wrong = await matrix(
          act,
          () => InStep.open({ linked: { rules: { forwardMonths: 4 } } }),
          refusedFor(times, asked),
        );
        assert.deepEqual(wrong, []);
      });

    it(`goes on from what stands there where ${what}, is left alone, and is edited here`, async () => {
      const wrong = await matrix(
        act,
        () => InStep.open({ linked: { rules: { forwardMonths: 4 } } }),
        refusedFor(5, async (both) => {
          await both.linked.edit('series', withContent({ location: 'Elsewhere' }));
          await asked(both);
        }),
      );
      assert.deepEqual(wrong, []);
    });

    it(`leaves nothing there where ${what}, is left alone, and is deleted here`, async () => {
      const ended = refusedFor(5, async (both) => {
        await both.linked.delete('series');
        await asked(both);
      });
      const open = (): Promise<InStep> => InStep.open({ linked: { rules: { forwardMonths: 4 } } });
      assert.deepEqual(await matrix(act, open, { ...ended, ends: true }), []);
    });
  }

  for (const [what, act] of [
    ['single items', { from: singles, to: undefined }],
    ['a pattern and the day beside it', { from: beside, to: undefined }],
  ] as const satisfies readonly (readonly [string, Act])[])
    for (const batchSize of [1, 20])
      for (const times of [1, 3, 5]) {
        const open = (): Promise<InStep> =>
          InStep.open({ linked: { rules: { forwardMonths: 4 } }, settings: { batchSize } });
        const disturbance = refusedFor(times, asked);
        const most = batchSize === 1 ? act.from.days.length : 1;

        it(`deletes what is left of ${what}, ${batchSize} at once, where that is refused ${times} times`, async () => {
          assert.deepEqual(await matrix(act, open, { ...disturbance, most }), []);
        });
      }

  it('loses and doubles nothing where single items take the place of a pattern as the window moves on', async () => {
    const januaries: Form = { rule: 'FREQ=WEEKLY;BYMONTH=1', days: ['2022-01-04'] };
    const rolled = async (step: number): Promise<{ reached: boolean; found: unknown }> => {
      const settings = { unsupportedRecurrence: 'approximate' } as const;
      const both = await InStep.open({ linked: { rules: { forwardMonths: 12 } }, settings });
      await both.linked.put(inForm(januaries, event));
      for (const days of [0, 280, 400]) {
        both.linked.office.clock.advance(days * dayMs);
        await both.quiet();
        await both.quiet();
      }
      both.linked.office.clock.advance(400 * dayMs);
      await both.quiet();
      const before = both.outlook.all().length;
      both.linked.office.clock.advance(dayMs);
      const reached = await runUntilCrash(both, step);
      both.linked.office.clock.advance(dayMs);
      await both.quiet();
      assert.ok(both.outlook.all().length > before, `step ${step}`);
      const found = await seen(both);
      await both.close();
      return { reached, found };
    };
    const { found: wanted } = await rolled(Number.POSITIVE_INFINITY);
    for (let step = firstStep, reached = true; reached; step += 7) {
      const one = await rolled(step);
      assert.deepEqual(one.found, wanted, `step ${step}`);
      ({ reached } = one);
    }
  });
});

/** A run that is disturbed at a step; answers whether it came so far. */
interface Disturbance {
  readonly disturb: (both: InStep, step: number) => Promise<boolean>;
  readonly first: number;
  /** It is deleted here in the end. */
  readonly ends?: boolean;
  /** So many steps there are, where these are few. */
  readonly most?: number;
}

/** Runs once, with one write that the server refuses. */
function refusedWith(code: string): Disturbance {
  const disturb = async (both: InStep, step: number): Promise<boolean> => {
    const { faults } = both.fake;
    let count = 0;
    faults.take = (operation) =>
      writes.test(operation) && ++count === step ? { kind: 'code', code, where: 'message' } : undefined;
    await both.linked.run();
    faults.take = () => undefined;
    return count >= step;
  };
  return { disturb, first: 1 };
}

/** Somebody asks for all that is left alone to be tried again. */
async function asked({ linked }: InStep): Promise<void> {
  for await (const page of linked.services.storage.connectors.pairs(linked.id, { quarantined: true }))
    for (const pair of page) await linked.commit(retry({ id: linked.id }, pair, linked.office.clock.now()));
}

/** Some runs, in each of which the server refuses everything from a write on, and what somebody does then. */
function refusedFor(times: number, then: (both: InStep) => Promise<void>): Disturbance {
  const disturb = async (both: InStep, step: number): Promise<boolean> => {
    const { fake, linked } = both;
    let [count, tried] = [0, 0];
    fake.faults.take = (operation) => {
      if (!writes.test(operation)) return undefined;
      tried++;
      return ++count >= step ? { kind: 'code', code: 'ErrorItemSave', where: 'message' } : undefined;
    };
    for (let run = 0; run < times; run++) {
      tried = 0;
      await linked.run();
      linked.office.clock.advance(hourMs);
    }
    assert.ok(times < 5 || tried === 0, 'it is left alone');
    fake.faults.take = () => undefined;
    await then(both);
    return count >= step;
  };
  return { disturb, first: 1 };
}

/** What came of it at each step at which it is not as it was to be. */
async function matrix(
  { from, to, title = 'Last days' }: Act,
  open: () => Promise<InStep>,
  { disturb, first, ends = false, most = 3 }: Disturbance = { disturb: runUntilCrash, first: firstStep },
): Promise<string[]> {
  const wrong: string[] = [];
  const last = ends ? undefined : to;
  const wanted = JSON.stringify(asSeen('quiet', last ? [[last.rule, title, [], []]] : [], last, title));
  let step = first;
  for (let reached = true; reached; step++) {
    const both = await open();
    if (from) await both.linked.put(inForm(from, event));
    await both.quiet();
    if (!to) await both.linked.delete('series');
    else if (from) await both.linked.edit('series', (one) => titled(title)(inForm(to, one)));
    else await both.linked.put(inForm(to, event));
    reached = await disturb(both, step);
    const found = JSON.stringify(await seen(both));
    if (found !== wanted) wrong.push(`step ${step}: ${found}`);
    await both.close();
  }
  assert.ok(step >= first + most, `only ${step} steps`);
  return wrong;
}

function asSeen(end: string, here: unknown, form: Form | undefined, title: string): unknown {
  return [end, here, (form?.days ?? []).map((day) => `${day} ${title}`)];
}

async function seen(both: InStep): Promise<unknown> {
  let ended = 'quiet';
  try {
    await both.quiet();
  } catch (error) {
    ended = String(error);
  }
  const here = (await both.linked.events()).map(({ recurrence, content, excluded, overrides }) => [
    recurrence?.rules[0] ?? null,
    content.title,
    excluded,
    Object.keys(overrides),
  ]);
  const there = both.outlook.all().map(({ start: at, subject }) => `${at.slice(0, 10)} ${subject}`);
  return [ended, here, there.sort()];
}

describe('a change of form in Exchange that breaks off', () => {
  it('takes what somebody there has changed of a single item before the next run', async () => {
    const both = await InStep.open({ linked: { rules: { forwardMonths: 4 } } });
    try {
      const { linked, outlook, fake } = both;
      await linked.put(inForm(pattern, event));
      await both.quiet();
      await linked.edit('series', (one) => inForm(singles, one));
      // The single items are made, and the series is not deleted any more.
      fake.faults.add({ on: 'DeleteItem', fault: { kind: 'reset-before' } });
      await linked.run();
      const part = outlook.all().find(({ extended }) => extended['PortalEventId']?.startsWith('series:'));
      outlook.edit(part?.id ?? '', { subject: 'Only this' });
      await both.quiet();
      const { overrides } = await linked.event('series');
      assert.deepEqual(
        Object.values(overrides).map(({ title }) => title),
        ['Only this'],
      );
      assert.deepEqual(
        outlook.all().map(({ subject }) => subject),
        ['Only this', 'Last days'],
      );
    } finally {
      await both.close();
    }
  });
});
