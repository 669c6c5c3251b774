import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Actor } from '../../../src/core/principal.ts';
import { patchCalendar } from '../../../src/service/calendars/calendars.ts';
import { type ExportOptions, exportCalendar } from '../../../src/service/export/export.ts';
import { Memory } from '../../../src/service/memory.ts';
import { deleteObject } from '../../../src/service/objects/objects.ts';
import { actor, event, gathered, type Office, office, put, seen, share } from '../office.ts';

const own: ExportOptions = {
  detail: 'full',
  window: 'all',
  alarms: false,
  reducePrivate: false,
  language: 'en',
};

/** What may be done to a calendar between two exports. */
type Step =
  | { readonly do: 'put'; readonly which: number; readonly how: number; readonly year: number }
  | { readonly do: 'delete'; readonly which: number }
  | { readonly do: 'rename' };

const ownZone = (offset: string): string =>
  `BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:${offset}\r\n` +
  `TZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`;

/** Zones with a name, none, of a client's own making, floating times, and what others may not see. */
const kinds: readonly ((year: number) => { readonly start: string; readonly more?: readonly string[] })[] = [
  (year) => ({ start: `:${year}0401T090000Z` }),
  (year) => ({ start: `;TZID=Europe/Berlin:${year}0401T090000` }),
  (year) => ({ start: `;TZID=America/New_York:${year}0401T090000` }),
  (year) => ({ start: `;TZID=Europe/Berlin:${year}0401T090000`, more: ['CLASS:PRIVATE'] }),
  (year) => ({ start: `:${year}0401T090000` }),
];

describe('an export after a change', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const take = async (step: Step): Promise<void> => {
    const mine = await seen(at);
    if (step.do === 'rename') {
      await patchCalendar(at.services, alice, mine, { displayName: `Renamed ${mine.calendar.modseq}` });
      return;
    }
    const name = `${step.which}.ics`;
    if (step.do === 'delete') {
      const there = await at.services.storage.object(mine.calendar.id, name);
      if (there) await deleteObject(at.services, alice, mine, name);
      return;
    }
    const kind = kinds[step.how % kinds.length]?.(step.year) ?? assert.fail();
    const uid = `uid-${step.which}`;
    at.clock.advance(1_500);
    await put(at, alice, mine, name, event({ uid, summary: `Year ${step.year}`, end: kind.start, ...kind }));
  };

  const whole = async (options: ExportOptions): Promise<string | undefined> => {
    const bytes = await (await exportCalendar(at.services, alice, [await seen(at)], options)).whole();
    return bytes && Buffer.concat(bytes).toString('utf8');
  };

  /** As if nothing had ever been exported. */
  const anew = async (options: ExportOptions): Promise<string> => {
    const services = { ...at.services, memory: new Memory() };
    return await gathered((await exportCalendar(services, alice, [await seen(at)], options)).chunks);
  };

  const streamed = async (options: ExportOptions): Promise<string> =>
    await gathered((await exportCalendar(at.services, alice, [await seen(at)], options)).chunks);

  it('is byte for byte the export from the beginning', async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('put' as const),
          which: fc.nat(7),
          how: fc.nat(kinds.length - 1),
          year: fc.constantFrom(1995, 2020, 2026, 2027),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat(7) }) },
      { weight: 1, arbitrary: fc.constant({ do: 'rename' } as const) },
    );
    const forms: readonly ExportOptions[] = [
      own,
      { ...own, reducePrivate: true },
      { ...own, detail: 'busy' },
    ];
    let renewedCount = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
        async (rounds) => {
          for (const round of rounds) {
            for (const one of round) await take(one);
            for (const form of forms) {
              const expected = await anew(form);
              const renewed = await whole(form);
              if (renewed !== undefined) {
                renewedCount += 1;
                assert.equal(renewed, expected);
              }
              assert.equal(await streamed(form), expected);
              assert.equal(await whole(form), expected);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
    assert.ok(renewedCount > 100, `only ${renewedCount} exports were put together from older ones`);
  });

  it('reads no object that has not changed', async () => {
    for (let which = 0; which < 5; which++) await take({ do: 'put', which, how: 1, year: 2026 });
    await streamed(own);
    await take({ do: 'put', which: 3, how: 2, year: 2026 });
    const { storage } = at.services;
    const read: string[] = [];
    const services = {
      ...at.services,
      storage: {
        ...storage,
        async *contents(query: Parameters<typeof storage.contents>[0]) {
          for await (const page of storage.contents(query)) {
            read.push(...page.objects().map(({ name }) => name));
            yield page;
          }
        },
      },
    };
    const bytes = await (await exportCalendar(services, alice, [await seen(at)], own)).whole();
    assert.equal(bytes && Buffer.concat(bytes).toString('utf8'), await anew(own));
    assert.deepEqual(read, ['3.ics']);
  });

  it('begins anew when more than a third of its objects have changed', async () => {
    const change = async (count: number): Promise<void> => {
      for (let which = 0; which < count; which++) await take({ do: 'put', which, how: 0, year: 2026 });
    };
    await change(330);
    await streamed(own);
    await change(109);
    assert.equal(await whole(own), await anew(own));
    await change(111);
    assert.equal(await whole(own), undefined);
  });

  it('reads no object when only the calendar is called otherwise, also after a change', async () => {
    for (let which = 0; which < 5; which++) await take({ do: 'put', which, how: which, year: 2026 });
    await streamed(own);
    const { storage } = at.services;
    const services = {
      ...at.services,
      storage: {
        ...storage,
        contents: (query: Parameters<typeof storage.contents>[0]) => {
          const { select } = query;
          assert.deepEqual(select, { by: 'names', names: [] });
          return storage.contents(query);
        },
      },
    };
    for (let n = 0; n < 2; n++) {
      await take({ do: 'rename' });
      const bytes = await (await exportCalendar(services, alice, [await seen(at)], own)).whole();
      assert.equal(bytes && Buffer.concat(bytes).toString('utf8'), await anew(own));
    }
    await take({ do: 'put', which: 3, how: 2, year: 2027 });
    assert.equal(await whole(own), await anew(own));
    await take({ do: 'rename' });
    assert.equal(await whole(own), await anew(own));
  });

  it('begins anew with a zone that a client made itself', async () => {
    await take({ do: 'put', which: 1, how: 1, year: 2026 });
    await streamed(own);
    for (const [name, offset] of [
      ['x', '+0123'],
      ['y', '+0456'],
    ] as const) {
      const stored = event({
        uid: name,
        start: ';TZID=Own:20260401T090000',
        end: ';TZID=Own:20260401T100000',
      });
      const text = Buffer.from(stored)
        .toString('utf8')
        .replace('BEGIN:VEVENT', `${ownZone(offset)}BEGIN:VEVENT`);
      await put(at, alice, await seen(at), `${name}.ics`, Buffer.from(text));
      assert.equal(await whole(own), undefined);
      assert.equal(await streamed(own), await anew(own));
    }
    assert.match(await anew(own), /TZID:Own \(2\)/);
  });

  it('does not give what was changed while it was put together', async () => {
    await take({ do: 'put', which: 1, how: 1, year: 2026 });
    await streamed(own);
    await take({ do: 'put', which: 2, how: 1, year: 2026 });
    const { whole: started } = await exportCalendar(at.services, alice, [await seen(at)], own);
    await take({ do: 'put', which: 3, how: 1, year: 2026 });
    assert.equal(await started(), undefined);
    assert.equal(await whole(own), await anew(own));
  });

  it('is the reader’s own: another form is not made from it', async () => {
    await share(at, 'everyone', 'titles');
    await take({ do: 'put', which: 1, how: 3, year: 2026 });
    assert.match(await streamed(own), /SUMMARY:Year 2026/);
    assert.equal(await whole({ ...own, reducePrivate: true }), undefined);
    const bob = await actor(at, at.bob);
    const { whole: his } = await exportCalendar(at.services, bob, [await seen(at, at.bob)], own);
    assert.equal(await his(), undefined);
  });
});
