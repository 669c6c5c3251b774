/**
 * Micro benchmark of exports and imports: a cold export beside the least that any server must do for it (read each
 * stored object, join the bytes), the same for Outlook and for a window, and an import of the whole.
 *
 *   node dist/test/bench/export.js [sizes, default 1000,10000,50000]
 *
 * One line for each: the median time, the longest time in which the event loop did not turn, and the largest memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import { systemClock } from '../../src/core/clock.ts';
import { idSource } from '../../src/core/ids.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Actor } from '../../src/core/principal.ts';
import { actorFor, calendarInHome, operator } from '../../src/service/access.ts';
import { importCalendar } from '../../src/service/calendars/import.ts';
import { createServices, type Services } from '../../src/service/context.ts';
import { type ExportOptions, exportCalendar } from '../../src/service/export/export.ts';
import { putObject } from '../../src/service/objects/objects.ts';
import { createPerson } from '../../src/service/people/people.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { benchEvent } from './events.ts';

const sizes = (process.argv[2] ?? '1000,10000,50000').split(',').map(Number);
const runs = Number(process.argv[3] ?? 7);
const wanted = process.argv[4];

for (const size of sizes) await measureSize(size);

async function measureSize(size: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portcal-bench-'));
  const file = join(folder, 'bench.db');
  const services = createServices({
    storage: openSqlite({ file, clock: systemClock }),
    clock: systemClock,
    ids: idSource(systemClock, 1),
    limits: defaultLimits,
    log: () => undefined,
    secret: Buffer.alloc(32, 7),
    random: (bytes) => Buffer.alloc(bytes, 7),
  });
  try {
    const system = operator('command-line');
    const person = await createPerson(services, system, { name: 'anna', timeZone: 'Europe/Moscow' });
    const actor = await actorFor(services, person, { scope: 'write', via: 'password' });
    const seen = async (): Promise<SeenCalendar> => {
      const found = await calendarInHome(services, actor, person, 'personal');
      if (!found) throw new Error('the calendar is gone');
      return found;
    };
    const mine = await seen();
    for (let first = 0; first < size; first += 200) {
      const count = Math.min(200, size - first);
      await Promise.all(
        Array.from({ length: count }, (_, at) => {
          const { name, ics } = benchEvent(first + at);
          return putObject(services, actor, mine, { name, bytes: Buffer.from(ics), expect: 'anything' });
        }),
      );
    }
    const least = new Database(file);
    const bodies = least.prepare<[], readonly [Buffer]>('SELECT bytes FROM object_bytes').raw();
    await measure(size, 'least: read and join', async () => {
      let out = 'BEGIN:VCALENDAR\r\n';
      for (const [body] of bodies.iterate()) {
        const text = body.toString('latin1');
        out += text.slice(text.indexOf('BEGIN:VEVENT'), text.lastIndexOf('END:VCALENDAR'));
      }
      return Buffer.from(`${out}END:VCALENDAR\r\n`, 'latin1').length;
    });
    least.close();
    const window = { monthsBack: 6, monthsAhead: 12 };
    const kinds: Readonly<Record<string, Partial<ExportOptions>>> = {
      'export, owner': { reducePrivate: false, alarms: true },
      'export, link': {},
      'export, window': { window },
    };
    for (const [name, own] of Object.entries(kinds)) {
      await measure(size, name, async () => {
        let sizeBytes = 0;
        await exported(cold(services), actor, await seen(), own, (chunk) => (sizeBytes += chunk.length));
        return sizeBytes;
      });
    }
    const pieces: Uint8Array[] = [];
    await exported(services, actor, await seen(), {}, (chunk) => pieces.push(chunk));
    const whole = Buffer.concat(pieces);
    await measure(size, 'import, dry run', async () => {
      const report = await importCalendar(services, actor, await seen(), whole, { dryRun: true });
      return report.updated;
    });
  } finally {
    await services.storage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same services without anything remembered. */
function cold(services: Services): Services {
  const { memory: _, ...parts } = services;
  return createServices(parts);
}

async function exported(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  own: Partial<ExportOptions>,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const options = {
    detail: 'full',
    window: 'all',
    alarms: false,
    reducePrivate: true,
    language: 'en',
  } as const;
  const { chunks } = await exportCalendar(services, actor, [seen], { ...options, ...own });
  for await (const chunk of chunks) take(chunk);
}

async function measure(size: number, what: string, run: () => Promise<number>): Promise<void> {
  if (wanted && !what.includes(wanted)) return;
  const times: number[] = [];
  let longest = 0;
  let most = 0;
  let bytes = 0;
  for (let n = 0; n < runs; n++) {
    await setImmediate();
    const watch = { last: performance.now(), isOver: false };
    const turns = (async () => {
      while (!watch.isOver) {
        await setImmediate();
        const now = performance.now();
        longest = Math.max(longest, now - watch.last);
        watch.last = now;
        most = Math.max(most, process.memoryUsage.rss());
      }
    })();
    const started = performance.now();
    bytes = await run();
    times.push(performance.now() - started);
    watch.isOver = true;
    await turns;
  }
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  console.log(
    `${String(size).padStart(6)}  ${what.padEnd(24)} ${median.toFixed(0).padStart(6)} ms (best ${(times[0] ?? 0).toFixed(0)})  ` +
      `stall ${longest.toFixed(0).padStart(4)} ms  ${(most / 1e6).toFixed(0).padStart(5)} MB  ${(bytes / 1e6).toFixed(1)} MB out`,
  );
}
