import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { Refusal } from '../../../src/core/refusal.ts';
import type { FeedCuts } from '../../../src/icalendar/feed/feed-cuts.ts';
import { createCalendar } from '../../../src/service/calendars/calendars.ts';
import { importCalendar } from '../../../src/service/calendars/import.ts';
import { type ExportOptions, exportCalendar } from '../../../src/service/export/export.ts';
import { Memory } from '../../../src/service/memory.ts';
import { benchEvent } from '../../bench/events.ts';
import { nasty, nastyNames } from '../../icalendar/fixtures.ts';
import { actor, gathered, type Office, office, put, seen } from '../office.ts';

const own: ExportOptions = {
  detail: 'full',
  window: 'all',
  alarms: true,
  reducePrivate: false,
  language: 'en',
};

const kinds: Readonly<Record<string, Partial<ExportOptions>>> = {
  'of the owner': {},
  'without alarms': { alarms: false },
  'by link': { reducePrivate: true, alarms: false },
  'by link with alarms': { reducePrivate: true },
  'for Outlook': { forOutlook: true },
  'of titles': { detail: 'titles' },
  'of busy times': { detail: 'busy' },
  'of a window': { window: { monthsBack: 12, monthsAhead: 12 } },
  'with a name of its own': { title: 'All of them' },
};

const bench = (n: number): Uint8Array => Buffer.from(benchEvent(n).ics);

type Change = (cuts: FeedCuts | undefined) => FeedCuts | undefined;

describe('export by kept cuts', () => {
  let at: Office;
  let alice: Actor;
  before(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    const mine = await seen(at);
    for (let n = 0; n < 200; n++) await put(at, alice, mine, `bench-${n}.ics`, bench(n));
    for (const name of nastyNames) {
      await importCalendar(at.services, alice, mine, nasty(name)).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
    }
  });
  after(() => at.close());

  /** The bytes of an export for which the cuts of objects are as `change` has them, and how many had some. */
  const exported = async (
    options: Partial<ExportOptions>,
    change: Change,
    calendars?: readonly SeenCalendar[],
  ): Promise<{ readonly text: string; readonly cutCount: number }> => {
    const { storage } = at.services;
    let cutCount = 0;
    const services = {
      ...at.services,
      memory: new Memory(),
      storage: {
        ...storage,
        async *contents(query: Parameters<typeof storage.contents>[0]) {
          for await (const page of storage.contents(query)) {
            const all = page.objects().map((one) => ({ ...one, cuts: change(one.cuts) }));
            cutCount += all.filter(({ cuts }) => cuts).length;
            const cuts = Buffer.from(all.map((one) => one.cuts ?? '').join('\n'));
            yield { ...page, objects: () => all, cuts };
          }
        },
      },
    };
    const all = calendars ?? [await seen(at)];
    const { chunks } = await exportCalendar(services, alice, all, { ...own, ...options });
    return { text: await gathered(chunks), cutCount };
  };
  const asKept: Change = (cuts) => cuts;
  const without: Change = () => undefined;

  for (const [name, options] of Object.entries(kinds)) {
    it(`is byte for byte what a look at each line gives: ${name}`, async () => {
      const kept = await exported(options, asKept);
      assert.equal(kept.text, (await exported(options, without)).text);
      if (options.detail === undefined) assert.ok(kept.cutCount > 100, String(kept.cutCount));
    });
  }

  it('is the same of two calendars that have events of the same names', async () => {
    const second = await createCalendar(at.services, alice, at.alice, { name: 'other' });
    for (let n = 0; n < 50; n++) await put(at, alice, second, `bench-${n}.ics`, bench(n));
    const both = [await seen(at), second];
    const kept = await exported({}, asKept, both);
    assert.equal(kept.text, (await exported({}, without, both)).text);
    assert.match(kept.text, new RegExp(`UID:${benchEvent(1).uid}-`));
  });

  it('does not use what another rule has made', async () => {
    const older: Change = (cuts) => cuts?.replace(/^\[(\d+).*/, (_, rule) => `[${Number(rule) - 1},"wrong"]`);
    assert.equal((await exported({}, older)).text, (await exported({}, without)).text);
  });

  it('leaves out what its cuts do not fit, and nothing else', async () => {
    const whole = (await exported({}, asKept)).text;
    const uid = benchEvent(7).uid;
    let n = 0;
    /** Where the first run of lines ends: far behind the last byte of the page. */
    const runEnd = /^(\[\d+,\d+,\d+(?:,"[^"]*")*,\d+,\d+,\d+,\d+,)\d+/;
    const damaged: Change = (cuts) => (n++ === 7 ? cuts?.replace(runEnd, '$1999999999') : cuts);
    const { text } = await exported({}, damaged);
    assert.match(whole, new RegExp(`UID:${uid}\r\n`));
    assert.doesNotMatch(text, new RegExp(`UID:${uid}\r\n`));
    const others = (all: string): readonly string[] =>
      all.split('BEGIN:VEVENT').filter((one) => !one.includes(`UID:${uid}\r\n`));
    assert.deepEqual(others(text), others(whole));
  });

  it('has cuts for most events as people have them', async () => {
    const counted = { all: 0, cut: 0 };
    const select = { by: 'all' } as const;
    for await (const { objects } of at.services.storage.contents({
      calendar: (await seen(at)).calendar.id,
      select,
    })) {
      for (const one of objects()) {
        if (!one.name.startsWith('bench-')) continue;
        counted.all++;
        if (one.cuts) counted.cut++;
      }
    }
    assert.deepEqual(counted, { all: 200, cut: 200 });
  });
});
