import assert from 'node:assert/strict';
import { type FoundOccurrence, findOccurrences } from '../../../src/connectors/exchange/find-occurrence.ts';
import type { OccurrenceRef } from '../../../src/connectors/exchange/mapping/plan.ts';
import { localTime } from '../../../src/icalendar/time.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import {
  answer,
  type Bench,
  bench,
  never,
  type ScriptedServer,
  scriptedServer,
  send,
  settingsFor,
} from './scripted.ts';

const dayMs = 86_400_000;
const first = Date.UTC(2026, 10, 23, 9);

/** The occurrence of 25 November: the third of a daily series of which one was deleted. */
const wanted: OccurrenceRef = {
  key: '2026-11-25T09:00:00Z',
  index: 3,
  present: 2,
  originalStart: first + 2 * dayMs,
  date: localTime(Date.UTC(2026, 10, 25)),
  zone: utc,
  ahead: 0,
  day: { start: Date.UTC(2026, 10, 25), end: Date.UTC(2026, 10, 26) },
};

describe('which occurrence of a series is meant', () => {
  let server: ScriptedServer | undefined;
  let used: Bench | undefined;
  afterEach(async () => {
    await used?.pool.close();
    await server?.close();
  });

  interface World {
    /** What stands under each number, as a day of November, or the code of a refusal. */
    readonly numbers: Readonly<Record<number, number | string>>;
    /** What the view of that day holds. */
    readonly view?: string;
  }

  async function search({ numbers, view = '' }: World): Promise<FoundOccurrence | undefined> {
    server = await scriptedServer(({ operation, body }, response) => {
      if (operation === 'FindItem') {
        const count = (view.match(/<t:CalendarItem>/g) ?? []).length;
        const root = `<m:RootFolder TotalItemsInView="${count}" IncludesLastItemInRange="true"><t:Items>${view}</t:Items></m:RootFolder>`;
        send(response, answer('FindItem', root));
        return;
      }
      const asked = [...body.matchAll(/InstanceIndex="(\d+)"/g)].map(([, index]) => Number(index));
      if (asked.length === 0)
        send(response, answer('GetItem', items('<t:ItemId Id="series"/><t:UID>U</t:UID>')));
      else
        send(
          response,
          answer(
            'GetItem',
            ...asked.map((index) =>
              numbered(numbers[index] ?? 'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange'),
            ),
          ),
        );
    });
    used = bench(settingsFor(server));
    const found = await findOccurrences('series', [wanted], {
      client: used.client,
      folder: 'F',
      signal: never,
    });
    return found.get(wanted.key);
  }

  it('is the one under its number, where that is of its day', async () => {
    assert.deepEqual(itemOf(await search({ numbers: { 3: 25 } })), 'day-25');
    assert.equal(server?.asked.length, 1);
  });

  it('is the one under its number among those that are left, where a server counts so', async () => {
    assert.deepEqual(itemOf(await search({ numbers: { 3: 26, 2: 25 } })), 'day-25');
  });

  it('is gone where it was taken out of the series', async () => {
    const found = await search({ numbers: { 3: 'ErrorCalendarOccurrenceIsDeletedFromRecurrence' } });
    assert.deepEqual(found, { deleted: true });
  });

  it('is looked for by its day where numbers mean something else, and never another series’', async () => {
    const numbers = { 3: 26, 2: 24 };
    const other = entry('other', 'Occurrence', 'V', 25);
    const own = entry('own', 'Occurrence', 'U', 25);
    assert.equal(itemOf(await search({ numbers, view: other + own })), 'own');
    await used?.pool.close();
    await server?.close();
    for (const view of ['', other, entry('own', 'Single', 'U', 25), entry('own', 'Occurrence', 'U', 26)]) {
      const found = await search({ numbers, view });
      assert.ok(found && 'failure' in found, view);
      assert.equal(found.failure.code, 'occurrence-not-found');
      await used?.pool.close();
      await server?.close();
    }
  });

  it('teaches what a view holds that tells series instead of occurrences', async () => {
    const view = entry('series', 'RecurringMaster', 'U', 25);
    const found = await search({ numbers: {}, view });
    assert.ok(found && 'failure' in found);
    assert.equal(used?.client.quirks().flatCalendarView, true);
  });

  it('is not guessed where the server refuses for another reason', async () => {
    const found = await search({ numbers: { 3: 'ErrorAccessDenied' } });
    assert.ok(found && 'failure' in found);
    assert.equal(found.failure.class, 'permission');
  });
});

function numbered(what: number | string): string | { readonly code: string } {
  if (typeof what === 'string') return { code: what };
  return items(`<t:ItemId Id="day-${what}"/><t:UID>U</t:UID><t:Start>2026-11-${what}T09:00:00Z</t:Start>`);
}

function items(inside: string): string {
  return `<m:Items><t:CalendarItem>${inside}</t:CalendarItem></m:Items>`;
}

function entry(id: string, type: string, uid: string, day: number): string {
  return `<t:CalendarItem><t:ItemId Id="${id}"/><t:UID>${uid}</t:UID><t:Start>2026-11-${day}T09:00:00Z</t:Start><t:CalendarItemType>${type}</t:CalendarItemType></t:CalendarItem>`;
}

function itemOf(found: FoundOccurrence | undefined): string | undefined {
  return found && 'item' in found && 'id' in found.item ? found.item.id : undefined;
}
