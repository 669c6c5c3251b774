/**
 * Micro benchmark of the storage alone: commits, point reads, ranges, listings, deltas.
 *
 *   node dist/test/bench/storage.js [sizes, default 1000,10000,50000]
 *
 * Prints one line per operation and calendar size: the median time of a run, the mean CPU time, which tells more on a busy
 * machine, and the longest time in which the event loop did not turn meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { instant } from '../../src/icalendar/time.ts';
import type { ObjectQuery, RowTemplate, Storage } from '../../src/storage/port.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import {
  anna,
  at,
  calendar,
  complete,
  days,
  object,
  person,
  put,
  range,
  undated,
  work,
} from '../storage/contract/fixture.ts';

const sizes = (process.argv[2] ?? '1000,10000,50000').split(',').map(Number);

const row: RowTemplate = {
  head: '<D:response><D:href>/calendars/anna/work/',
  tag: '</D:href><D:propstat><D:prop><D:getetag>',
  tail: '</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>',
};
const dataRow: RowTemplate = { ...row, data: '</D:getetag><C:calendar-data>' };

/** Days over which the events are spread, so that a month holds more of them in a larger calendar. */
const span = 3650;

for (const size of sizes) await measureSize(size);

async function measureSize(size: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portcal-bench-'));
  const storage = openSqlite({ file: join(folder, 'bench.db'), clock: systemClock });
  try {
    await storage.commit({
      actor: null,
      changes: [
        { do: 'create-principal', principal: person(anna, 'anna') },
        { do: 'create-calendar', calendar: calendar(work, anna, 'work') },
      ],
    });
    await measureCommits(storage, size);
    await measureReads(storage, size);
  } finally {
    await storage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureCommits(storage: Storage, size: number): Promise<void> {
  const commit = (number: number): Promise<unknown> =>
    storage.commit({ actor: anna, changes: [put(work, event(number))] });
  const started = performance.now();
  const before = process.cpuUsage();
  for (let first = 0; first < size; first += 100) {
    const count = Math.min(100, size - first);
    await Promise.all(Array.from({ length: count }, (_, at) => commit(first + at)));
  }
  print(size, 'put, 100 at once, per object', (performance.now() - started) / size, cpuMs(before) / size, 0);
  await measure(size, 'put, alone', 200, async (run) => void (await commit(run)));
}

async function measureReads(storage: Storage, size: number): Promise<void> {
  const month = range(1000, 1031);
  const names = Array.from({ length: 50 }, (_, at) => nameOf((at * 7919) % size));
  const modseq = (await storage.calendar(work))?.modseq ?? 0;
  const runs = Math.max(5, Math.round(200_000 / size));

  await measure(size, 'poll', 1000, async () => void (await storage.calendar(work)));
  await measure(size, 'get', 1000, async (run) => void (await storage.object(work, nameOf(run % size))));
  await measure(size, 'month, heads', 100, () =>
    drain(storage.heads(query({ by: 'indexed', range: month }))),
  );
  await measure(size, 'month, rows', 100, () =>
    drain(storage.rows(query({ by: 'indexed', range: month }), row)),
  );
  await measure(size, 'month, rows with data', 100, () =>
    drain(storage.rows(query({ by: 'indexed', range: month }), dataRow)),
  );
  await measure(size, 'month, has unindexed', 1000, async () => {
    await storage.has(query({ by: 'unindexed', range: month }));
  });
  await measure(size, 'month, busy', 100, () => drain(storage.busy(work, month)));
  await measure(size, 'multiget of 50, rows', 200, () =>
    drain(storage.rows(query({ by: 'names', names }), { ...dataRow, missing: '' })),
  );
  await measure(size, 'delta of 10', 1000, () => drain(storage.changes(work, modseq - 10)));
  await measure(size, 'changes since the beginning', 5, () => drain(storage.changes(work, 0)));
  await measure(size, 'listing, rows', runs, () => drain(storage.rows(query({ by: 'all' }), row)));
  await measure(size, 'listing, heads', 5, () => drain(storage.heads(query({ by: 'all' }))));
  await measure(size, 'everything, objects', 5, () => drain(storage.objects(query({ by: 'all' }))));
  await measure(size, 'everything, rows with data', 5, () =>
    drain(storage.rows(query({ by: 'all' }), dataRow)),
  );
  await measure(size, 'everything in ten years, heads', 5, () =>
    drain(storage.heads(query({ by: 'indexed', range: range(0, span) }))),
  );
  await measure(size, 'delete the calendar, clear it away', 1, async () => {
    await storage.commit({ actor: anna, changes: [{ do: 'delete-calendar', calendar: work }] });
    await storage.commit({
      actor: anna,
      changes: [{ do: 'purge-trash', before: instant(Infinity), home: anna }],
    });
    await storage.tidy({ before: at(-10_000), keepChanges: 10_000 });
  });
}

function query(select: ObjectQuery['select']): ObjectQuery {
  return { calendar: work, select };
}

function nameOf(number: number): string {
  return `6f7a0c1e-3b5d-4a7c-9f10-${String(number).padStart(12, '0')}.ics`;
}

/** About 1 KB; every tenth is a series of twenty, every fiftieth is open, every hundredth a task without dates. */
function event(number: number): ReturnType<typeof object> {
  const day = (number * 7919) % span;
  const isSeries = number % 10 === 0;
  const dates = isSeries ? Array.from({ length: 20 }, (_, week) => days(day + week * 7)) : [days(day)];
  const known = number % 100 === 1 ? undated : complete(...dates);
  const index =
    number % 50 === 0
      ? { ...known, complete: false, indexed: range(-span, span * 2), last: instant(Infinity) }
      : known;
  const isPlain = number % 5 !== 0;
  const text = `BEGIN:VCALENDAR\r\n${'DESCRIPTION:lorem ipsum dolor\r\n'.repeat(30)}${isPlain ? '' : 'A&B'}END:VCALENDAR\r\n`;
  return object(nameOf(number), { bytes: Buffer.from(text), plain: isPlain, index });
}

async function drain(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const page of pages) if (page === undefined) return;
}

/** The median of some runs, and the longest stall of the event loop in any. */
async function measure(
  size: number,
  what: string,
  runs: number,
  run: (number: number) => Promise<void>,
): Promise<void> {
  const times: number[] = [];
  let longestStall = 0;
  let turned = performance.now();
  let timer = setImmediate(turn);
  let cpu = 0;
  for (let number = 0; number < runs; number++) {
    await new Promise(setImmediate);
    const before = process.cpuUsage();
    const started = performance.now();
    await run(number);
    times.push(performance.now() - started);
    cpu += cpuMs(before);
  }
  clearImmediate(timer);
  times.sort((a, b) => a - b);
  print(size, what, times[times.length >> 1] ?? 0, cpu / runs, longestStall);

  function turn(): void {
    const now = performance.now();
    longestStall = Math.max(longestStall, now - turned);
    turned = now;
    timer = setImmediate(turn);
  }
}

function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function print(size: number, what: string, medianMs: number, cpu: number, stallMs: number): void {
  const cells = [medianMs.toFixed(3), cpu.toFixed(3), stallMs.toFixed(1)].map((cell) => cell.padStart(10));
  const [median, processor, stall] = cells;
  process.stdout.write(
    `${String(size).padStart(6)}  ${what.padEnd(34)} ${median} ms  cpu ${processor} ms  stall ${stall} ms\n`,
  );
}
