/** Days beside the rule of a series (RDATE): single items beside a pattern in Exchange (exchange.md 10.4). */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import type { ExchangeSettings } from '../../../src/connectors/exchange/index.ts';
import { instanceContent } from '../../../src/connectors/series.ts';
import { putObject } from '../../../src/service/objects/objects.ts';
import { neutral } from '../events.ts';
import { type LinkedOptions, titled } from '../linked.ts';
import { InStep } from './in-step.ts';

const zone = 'Europe/Stockholm';
const rule = 'FREQ=WEEKLY;COUNT=3';

const withDates =
  (...days: readonly string[]) =>
  (event: NeutralEvent): NeutralEvent => ({
    ...event,
    recurrence: { rules: [rule], dates: days.map((day) => ({ local: `${day}T10:00:00`, zone })) },
  });

const weekly = withDates()(
  neutral(
    {
      title: 'Weekly',
      start: { local: '2026-03-31T10:00:00', zone },
      end: { local: '2026-03-31T11:00:00', zone },
    },
    { uid: 'series' },
  ),
);

const may = '2026-05-02';
const key = `${may}T08:00:00Z`;

describe('a day beside the rule of a series in Exchange', () => {
  let both: InStep;

  afterEach(() => both.close());

  const open = async (
    settings: Partial<ExchangeSettings> = {},
    linked: LinkedOptions = {},
    event = weekly,
  ): Promise<void> => {
    both = await InStep.open({ linked: { rules: { forwardMonths: 4 }, ...linked }, settings });
    await both.linked.put(event);
    await both.quiet();
  };
  const edit = async (change: (event: NeutralEvent) => NeutralEvent): Promise<void> => {
    await both.linked.edit('series', change);
    await both.quiet();
    await checked();
  };
  /** Nothing of it is missed here, doubled or quarrelled about. */
  const checked = async (): Promise<void> => {
    assert.equal((await both.linked.events()).length, 1);
    const { services, id } = both.linked;
    assert.deepEqual(await services.storage.connectors.conflicts(id, { limit: 9 }), []);
    assert.deepEqual(both.fake.mails, []);
  };
  const days = (): readonly string[] => both.outlook.all().map(({ start }) => start.slice(0, 10));
  const titles = (): readonly string[] => both.outlook.all().map(({ subject }) => subject);

  for (const unsupportedRecurrence of ['expand', 'approximate', 'skip'] as const)
    for (const direction of ['both', 'to-remote'] as const) {
      it(`comes, is renamed and goes with it: ${unsupportedRecurrence}, ${direction}`, async () => {
        await open({ unsupportedRecurrence }, { link: { direction } });
        for (const dates of [[may], [may, '2026-05-05'], ['2026-05-05'], [], [may]]) {
          await edit(withDates(...dates));
          assert.deepEqual(days(), ['2026-03-31', ...dates]);
          await edit(titled(`With ${dates.length}`));
          assert.deepEqual([...new Set(titles())], [`With ${dates.length}`]);
          const { recurrence, excluded, overrides } = await both.linked.event('series');
          assert.deepEqual(
            [recurrence?.dates.length, recurrence?.rules, excluded, overrides],
            [dates.length, [rule], [], {}],
          );
        }
      });

      it(`is excluded and comes back, as nothing else has changed: ${unsupportedRecurrence}, ${direction}`, async () => {
        await open({ unsupportedRecurrence }, { link: { direction } }, withDates(may)(weekly));
        assert.deepEqual(days(), ['2026-03-31', may]);
        for (const excluded of [[key], [], [key]]) {
          await edit((event) => ({ ...event, excluded }));
          assert.deepEqual(days(), ['2026-03-31', ...(excluded.length === 0 ? [may] : [])]);
        }
        await edit((event) => ({ ...withDates()(event), excluded: [] }));
        assert.deepEqual(days(), ['2026-03-31']);
      });

      it(`has a title of its own, and loses it: ${unsupportedRecurrence}, ${direction}`, async () => {
        await open({ unsupportedRecurrence }, { link: { direction } });
        const own =
          (title: string) =>
          (event: NeutralEvent): NeutralEvent => ({
            ...event,
            overrides: { [key]: { ...instanceContent(event, key), title } },
          });
        await edit((event) => own('Only this')(withDates(may)(event)));
        assert.deepEqual(
          [days(), titles()],
          [
            ['2026-03-31', may],
            ['Weekly', 'Only this'],
          ],
        );
        await edit(own('Only that'));
        assert.deepEqual(titles(), ['Weekly', 'Only that']);
        await edit((event) => ({ ...event, overrides: {} }));
        assert.deepEqual(
          [days(), titles()],
          [
            ['2026-03-31', may],
            ['Weekly', 'Weekly'],
          ],
        );
        await edit(own('Only this'));
        await edit((event) => ({ ...withDates()(event), overrides: {} }));
        assert.deepEqual([days(), titles()], [['2026-03-31'], ['Weekly']]);
      });
    }

  it('moves with a start that the rule does not name', async () => {
    const start =
      (day: string) =>
      (event: NeutralEvent): NeutralEvent => ({
        ...event,
        content: {
          ...event.content,
          start: { local: `${day}T10:00:00`, zone },
          end: { local: `${day}T11:00:00`, zone },
        },
      });
    const until = 'FREQ=WEEKLY;BYDAY=WE;UNTIL=20260501T000000Z';
    await open({}, {}, { ...weekly, recurrence: { rules: [until], dates: [] } });
    assert.deepEqual(days(), ['2026-03-31', '2026-04-01']);
    await edit(start('2026-03-30'));
    assert.deepEqual(days(), ['2026-03-30', '2026-04-01']);
    await edit(start('2026-04-01'));
    assert.deepEqual(days(), ['2026-04-01']);
  });

  it('is excluded here where it is deleted there, and comes back when somebody says so here', async () => {
    await open();
    await edit(withDates(may));
    const part = both.outlook.all().find(({ start }) => start.startsWith(may));
    both.outlook.delete(part?.id ?? '');
    await both.quiet();
    assert.deepEqual((await both.linked.event('series')).excluded, [key]);
    await edit((event) => ({ ...event, excluded: [] }));
    assert.deepEqual(days(), ['2026-03-31', may]);
  });

  it('takes what is changed of it there, and that it is changed back', async () => {
    await open();
    await edit(withDates(may));
    const part = both.outlook.all().find(({ start }) => start.startsWith(may));
    for (const subject of ['Only this', 'Weekly', 'Only that', 'Weekly']) {
      both.outlook.edit(part?.id ?? '', { subject });
      await both.quiet();
      const { excluded, overrides } = await both.linked.event('series');
      assert.deepEqual([excluded, overrides[key]?.title ?? 'Weekly'], [[], subject]);
    }
    await edit(titled('Renamed'));
    assert.deepEqual(
      [days(), titles()],
      [
        ['2026-03-31', may],
        ['Renamed', 'Renamed'],
      ],
    );
    await edit(withDates());
    assert.deepEqual(days(), ['2026-03-31']);
  });

  it('keeps what is changed of it there while others come and go', async () => {
    await open();
    await edit(withDates(may));
    const part = both.outlook.all().find(({ start }) => start.startsWith(may));
    both.outlook.edit(part?.id ?? '', { subject: 'Only this' });
    await edit(withDates(may, '2026-05-05'));
    assert.deepEqual(
      [days(), titles()],
      [
        ['2026-03-31', may, '2026-05-05'],
        ['Weekly', 'Only this', 'Weekly'],
      ],
    );
    await edit(withDates(may));
    assert.deepEqual(
      [days(), titles()],
      [
        ['2026-03-31', may],
        ['Weekly', 'Only this'],
      ],
    );
  });

  it('with a length of its own keeps the series as it was there, until it has none', async () => {
    await open();
    const { linked } = both;
    const before = await linked.object('series');
    assert.ok(before);
    const period = `RDATE;VALUE=PERIOD:${may.replaceAll('-', '')}T080000Z/PT2H\r\nEND:VEVENT`;
    const bytes = Buffer.from(Buffer.from(before.bytes).toString().replace('END:VEVENT', period));
    await putObject(linked.services, linked.who, linked.where, { ...before, bytes, expect: 'anything' });
    assert.equal((await linked.run()).run.outcome, 'partial');
    assert.deepEqual([days(), titles()], [['2026-03-31'], ['Weekly']]);
    await putObject(linked.services, linked.who, linked.where, { ...before, expect: 'anything' });
    await edit(withDates(may));
    assert.deepEqual(days(), ['2026-03-31', may]);
  });
});
