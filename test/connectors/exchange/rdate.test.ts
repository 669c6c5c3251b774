/** Days beside the rule of a series (RDATE): single items beside a pattern in Exchange (exchange.md 10.4). */
import assert from 'node:assert/strict';
import type { Entry } from '../../../conformance/exchange/outlook.ts';
import { agreedText, readAgreed } from '../../../src/connectors/agreed.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import type { ExchangeSettings } from '../../../src/connectors/exchange/index.ts';
import { instanceContent } from '../../../src/connectors/series.ts';
import { dayMs, hourMs } from '../../../src/icalendar/time.ts';
import { freshState } from '../../../src/service/connectors/links.ts';
import { putObject } from '../../../src/service/objects/objects.ts';
import { neutral } from '../events.ts';
import { type LinkedOptions, titled, withContent } from '../linked.ts';
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

  const there = (day: string): string =>
    both.outlook.all().find(({ start }) => start.startsWith(day))?.id ?? '';
  /** Somebody moves all of the series in Outlook. */
  const moved = async (entry: Entry): Promise<void> => {
    both.outlook.edit(there('2026-03-31'), entry);
    await both.quiet();
    await checked();
  };
  const afternoon: Entry = { start: '2026-03-31T14:00', end: '2026-03-31T15:00' };

  /** As if a version that knew no such days had looked at the series, and agreed that it is in step. */
  const unwritten = async (...dates: readonly string[]): Promise<void> => {
    const { linked } = both;
    const { connectors } = linked.services.storage;
    await linked.edit('series', withDates(...dates));
    const [pair] = await connectors.pairsBy(linked.id, 'uid', ['series'], 'live');
    const calendar = await linked.services.storage.calendar(linked.where.calendar.id);
    const head = await linked.services.storage.head(linked.where.calendar.id, pair?.objectName ?? '');
    assert.ok(pair?.agreed != null && calendar && head);
    const agreed = agreedText({ ...readAgreed(pair.agreed), local: await linked.event('series') });
    await linked.commit([
      { do: 'patch-pair', id: pair.id, patch: { agreed, objectEtag: head.etag } },
      { do: 'patch-connector-link', id: linked.id, patch: { localCursor: calendar.modseq } },
    ]);
    await linked.run();
    assert.deepEqual(days(), ['2026-03-31']);
  };

  const guests = {
    organizer: { address: 'alice@example.com', name: '' },
    attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
  } as const;

  for (const [what, people] of [
    ['an event', {}],
    ['a meeting', guests],
  ] as const)
    it(`of ${what} comes by itself, once, where an earlier version has not written it`, async () => {
      await open({}, { rules: { forwardMonths: 4, invitations: 'exchange' } }, withContent(people)(weekly));
      both.fake.mails.length = 0;
      const { connectors } = both.linked.services.storage;
      await unwritten(may, '2026-05-05');
      const pushes: (number | undefined)[] = [];
      for (let day = 0; day < 4; day++) {
        both.linked.office.clock.advance(dayMs);
        await both.quiet();
        assert.deepEqual(days(), ['2026-03-31', may, '2026-05-05']);
        pushes.push((await connectors.pairsBy(both.linked.id, 'uid', ['series'], 'live'))[0]?.pushes);
      }
      assert.deepEqual(new Set(pushes), new Set([1]));
      await checked();
    });

  it('does not come by itself where it was deleted there, or has been excluded here', async () => {
    await open();
    await unwritten(may);
    await both.linked.edit('series', (event) => ({ ...event, excluded: [key] }));
    both.linked.office.clock.advance(dayMs);
    await both.quiet();
    assert.deepEqual(days(), ['2026-03-31']);
    await checked();
  });

  it('stays a day of the series where that is moved there', async () => {
    await open();
    await edit(withDates(may));
    await moved(afternoon);
    const { content, recurrence, overrides } = await both.linked.event('series');
    assert.deepEqual(
      [content.start, recurrence?.dates, overrides],
      [{ local: '2026-03-31T14:00:00', zone }, [{ local: `${may}T10:00:00`, zone }], {}],
    );
    await edit(titled('Renamed'));
    assert.deepEqual(
      [days(), titles()],
      [
        ['2026-03-31', may],
        ['Renamed', 'Renamed'],
      ],
    );
    await edit((event) => ({ ...event, recurrence: { rules: event.recurrence?.rules ?? [], dates: [] } }));
    assert.deepEqual(days(), ['2026-03-31']);
  });

  it('keeps its length where the series is moved there and gets another one', async () => {
    await open();
    await edit(withDates(may));
    await moved({ ...afternoon, end: '2026-03-31T17:00' });
    const { recurrence, overrides } = await both.linked.event('series');
    assert.deepEqual(recurrence?.dates, [{ local: `${may}T10:00:00`, zone }]);
    assert.deepEqual(overrides[key]?.end, { local: `${may}T11:00:00`, zone });
    await edit(titled('Renamed'));
    assert.deepEqual(days(), ['2026-03-31', may]);
  });

  it('stays where the series becomes one of whole days there', async () => {
    await open();
    await edit(withDates(may));
    await moved({ allDay: true, start: '2026-03-31', end: '2026-04-01' });
    assert.equal(both.outlook.all().length, 2);
    const { content, recurrence } = await both.linked.event('series');
    assert.deepEqual(content.start, { date: '2026-03-31' });
    assert.deepEqual(recurrence?.dates, [{ date: may }]);
    await edit(titled('Renamed'));
    assert.equal(both.outlook.all().length, 2);
  });

  it('is the start that the rule does not name, and stays a day of the series where that is moved there', async () => {
    const until = 'FREQ=WEEKLY;BYDAY=WE;UNTIL=20260501T000000Z';
    await open({}, {}, { ...weekly, recurrence: { rules: [until], dates: [] } });
    assert.deepEqual(days(), ['2026-03-31', '2026-04-01']);
    both.outlook.edit(there('2026-04-01'), { start: '2026-04-01T14:00', end: '2026-04-01T15:00' });
    await both.quiet();
    await checked();
    const { content, recurrence, overrides } = await both.linked.event('series');
    assert.deepEqual(
      [content.start, recurrence?.dates, overrides],
      [{ local: '2026-04-01T14:00:00', zone }, [{ local: '2026-03-31T10:00:00', zone }], {}],
    );
  });

  it('has been moved past its neighbour, and stays a day of the series where that is moved there', async () => {
    await open();
    await edit((event) => {
      const own = instanceContent(event, '2026-04-07T08:00:00Z');
      const later = {
        start: { local: '2026-04-15T10:00:00', zone },
        end: { local: '2026-04-15T11:00:00', zone },
      };
      return { ...event, overrides: { '2026-04-07T08:00:00Z': { ...own, ...later } } };
    });
    assert.deepEqual(days(), ['2026-03-31', '2026-04-15']);
    await moved(afternoon);
    assert.deepEqual(days(), ['2026-03-31', '2026-04-15']);
    const { recurrence, overrides } = await both.linked.event('series');
    assert.deepEqual(recurrence?.dates, [{ local: '2026-04-07T10:00:00', zone }]);
    assert.deepEqual(overrides['2026-04-07T08:00:00Z']?.start, { local: '2026-04-15T10:00:00', zone });
    await edit(titled('Renamed'));
    assert.deepEqual(days(), ['2026-03-31', '2026-04-15']);
  });

  it('keeps what is changed of it here while the series is moved there', async () => {
    await open();
    await edit(withDates(may));
    await both.linked.edit('series', (event) => ({
      ...event,
      overrides: { [key]: { ...instanceContent(event, key), title: 'Only this' } },
    }));
    await moved(afternoon);
    const { recurrence, overrides } = await both.linked.event('series');
    assert.deepEqual(recurrence?.dates, [{ local: `${may}T10:00:00`, zone }]);
    assert.equal(overrides[key]?.title, 'Only this');
    assert.deepEqual(titles(), ['Weekly', 'Only this']);
  });

  it('follows where the series gets another title there', async () => {
    await open();
    await edit(withDates(may));
    await moved({ subject: 'Renamed there' });
    const { content, overrides } = await both.linked.event('series');
    const here = [content.title, overrides[key]?.title ?? content.title];
    assert.deepEqual(here, titles());
  });

  it('follows where the series got another title there before the link was cut and joined again', async () => {
    await open({}, {}, withDates(may)(weekly));
    const { linked, outlook } = both;
    const series = outlook.all().find(({ recurrence }) => recurrence !== null);
    outlook.edit(series?.id ?? '', { subject: 'Renamed there' });
    const removed = linked.office.clock.now();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed } }]);
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: freshState }]);
    await both.quiet();
    await checked();
    assert.deepEqual(days(), ['2026-03-31', may]);
    assert.deepEqual(titles(), ['Renamed there', 'Renamed there']);
  });

  it('follows where the series gets another place there, and guests hear of it from nobody here', async () => {
    await open(
      {},
      { rules: { forwardMonths: 4, invitations: 'exchange' } },
      withDates(may)(withContent(guests)(weekly)),
    );
    both.fake.mails.length = 0;
    for (const entry of [{ location: 'Room 2' }, { ...afternoon, location: 'Room 3' }]) await moved(entry);
    assert.deepEqual(
      both.outlook.all().map(({ location }) => location),
      ['Room 3', 'Room 3'],
    );
    assert.deepEqual((await both.linked.event('series')).overrides, {});
  });

  it('is told to guests, once, also where its request is lost and the series is renamed there meanwhile', async () => {
    await open({}, { rules: { forwardMonths: 4, invitations: 'exchange' } }, withContent(guests)(weekly));
    both.fake.mails.length = 0;
    await both.linked.edit('series', withDates(may));
    both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-before' } });
    await both.linked.run();
    assert.deepEqual(days(), ['2026-03-31']);
    both.outlook.edit(there('2026-03-31'), { subject: 'Renamed there' });
    await both.quiet();
    assert.deepEqual([days(), new Set(titles())], [['2026-03-31', may], new Set(['Renamed there'])]);
    assert.deepEqual(
      both.fake.mails.map(({ kind, to }) => `${kind} ${to.join()}`),
      ['request bob@example.com'],
    );
  });

  it('stays where the series becomes one event there', async () => {
    await open();
    await edit(withDates(may));
    const item = both.outlook.item(there('2026-03-31'));
    delete item.recurrence;
    both.outlook.edit(there('2026-03-31'), { subject: 'Once' });
    await both.quiet();
    await checked();
    assert.deepEqual(days(), ['2026-03-31', may]);
    await edit(titled('Renamed'));
    assert.deepEqual(days(), ['2026-03-31', may]);
  });

  it('goes with the series where that is deleted there', async () => {
    await open();
    await edit(withDates(may));
    both.outlook.delete(there('2026-03-31'));
    await both.quiet();
    assert.deepEqual([await both.linked.events(), days()], [[], []]);
  });

  /** As a program writes it here. */
  const withLength = async (length: string): Promise<void> => {
    const { linked } = both;
    const before = await linked.object('series');
    assert.ok(before);
    const text = Buffer.from(before.bytes)
      .toString()
      .replace(/RDATE[^:]*:\S+\r\n/, '');
    const period = `RDATE;VALUE=PERIOD:${may.replaceAll('-', '')}T080000Z/${length}\r\nEND:VEVENT`;
    const bytes = Buffer.from(text.replace('END:VEVENT', period));
    await putObject(linked.services, linked.who, linked.where, { ...before, bytes, expect: 'anything' });
    await both.quiet();
    await checked();
  };
  const lengths = (): readonly string[] =>
    both.outlook.all().map(({ start, end }) => `${(Date.parse(end) - Date.parse(start)) / hourMs} h`);

  for (const direction of ['both', 'to-remote'] as const)
    it(`has a length of its own, another one and none: ${direction}`, async () => {
      await open({}, { link: { direction } });
      await withLength('PT2H');
      assert.deepEqual(
        [days(), lengths()],
        [
          ['2026-03-31', may],
          ['1 h', '2 h'],
        ],
      );
      await withLength('PT3H');
      assert.deepEqual(
        [days(), lengths()],
        [
          ['2026-03-31', may],
          ['1 h', '3 h'],
        ],
      );
      await edit((event) => {
        const own = Object.entries(event.overrides).map(
          ([name, content]) => [name, { ...content, title: 'Renamed' }] as const,
        );
        return titled('Renamed')({ ...event, overrides: Object.fromEntries(own) });
      });
      assert.deepEqual(
        [lengths(), titles()],
        [
          ['1 h', '3 h'],
          ['Renamed', 'Renamed'],
        ],
      );
      await withLength('PT1H');
      assert.deepEqual(lengths(), ['1 h', '1 h']);
      await edit(withDates());
      assert.deepEqual(days(), ['2026-03-31']);
    });

  it('has a length of its own, which is changed there and taken back', async () => {
    await open();
    await withLength('PT2H');
    for (const [end, length] of [
      ['13:00', 3],
      ['11:00', 1],
      ['12:00', 2],
    ] as const) {
      both.outlook.edit(there(may), { start: `${may}T10:00`, end: `${may}T${end}` });
      await both.quiet();
      await checked();
      const { overrides, recurrence } = await both.linked.event('series');
      const own = overrides[key]?.end;
      assert.deepEqual(
        [own && 'local' in own ? own.local.slice(11, 16) : '11:00', recurrence?.dates.length],
        [end, 1],
      );
      assert.deepEqual(lengths(), ['1 h', `${length} h`]);
    }
    await edit(titled('Renamed'));
    assert.deepEqual(lengths(), ['1 h', '2 h']);
  });
});
