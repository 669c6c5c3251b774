/** Awkward input through the use cases: whatever a file is, it is stored or refused, and nothing around it breaks. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import type { Actor } from '../../src/core/principal.ts';
import { Refusal } from '../../src/core/refusal.ts';
import { instant } from '../../src/icalendar/time.ts';
import { createCalendar } from '../../src/service/calendars/calendars.ts';
import { importCalendar } from '../../src/service/calendars/import.ts';
import { exportCalendar } from '../../src/service/export/export.ts';
import { freeBusy } from '../../src/service/objects/freebusy.ts';
import { getObject } from '../../src/service/objects/objects.ts';
import { candidates, overlapping } from '../../src/service/objects/queries.ts';
import { actor, all, gathered, type Office, office, put, seen, share } from './office.ts';

const folder = new URL('../../../test/data/nasty/', import.meta.url).pathname;
const files = readdirSync(folder).filter((name) => name.endsWith('.ics'));
const ranges = [
  [2026, 2027],
  [1500, 1700],
  [2126, 2127],
].map(([from = 0, to = 0]) => ({
  start: instant(Date.UTC(from, 0, 1)),
  end: instant(Date.UTC(to, 0, 1)),
}));
const options = { detail: 'full', window: 'all', alarms: true, reducePrivate: true, language: 'ru' } as const;

describe('awkward input', () => {
  let at: Office;
  let alice: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    mine = await createCalendar(at.services, alice, at.alice, { name: 'mixed' });
    await share(at, at.bob, 'titles', 'mixed');
  });
  afterEach(() => at.close());

  /** Everything that reads the calendar, by its owner and by one who sees less. */
  async function everyReadWorks(): Promise<void> {
    const bob = await actor(at, at.bob);
    const own = await seen(at, at.alice, at.alice, 'mixed');
    const theirs = await seen(at, at.bob, at.alice, 'mixed');
    for (const [who, where] of [
      [alice, own],
      [bob, theirs],
    ] as const) {
      await all(candidates(at.services, who, where));
      for (const range of ranges) {
        await all(overlapping(at.services, who, where, { range, zone: 'Asia/Tokyo' }));
        await freeBusy(at.services, who, [where.calendar], range);
      }
      const { chunks } = await exportCalendar(at.services, who, [where], options);
      const text = await gathered(chunks);
      assert.match(text, /^BEGIN:VCALENDAR\r\n[^]*END:VCALENDAR\r\n$/);
      for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
    }
    assert.deepEqual(await all(problems()), []);
  }

  async function* problems(): AsyncIterable<readonly string[]> {
    for await (const problem of at.services.storage.check({ repair: false })) yield [problem];
  }

  for (const file of files) {
    it(`is stored or refused, imported, and read again: ${file}`, async () => {
      const bytes = readFileSync(join(folder, file));
      try {
        const { etag } = await put(at, alice, mine, 'put.ics', bytes);
        const got = await getObject(at.services, alice, mine, 'put.ics');
        if (etag !== undefined) assert.deepEqual(Buffer.from(got?.bytes ?? []), bytes);
      } catch (error) {
        assert.ok(error instanceof Refusal, String(error));
      }
      await everyReadWorks();
      try {
        await importCalendar(at.services, alice, mine, bytes);
        const again = await importCalendar(at.services, alice, mine, bytes);
        assert.deepEqual([again.added, again.updated], [0, 0]);
      } catch (error) {
        assert.ok(error instanceof Refusal, String(error));
      }
      await everyReadWorks();
    });
  }
});
