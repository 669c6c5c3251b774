/**
 * JSON of a month of ten calendars with ten thousand events each, as the page asks for it (portal.md §9: 50 ms at p95).
 *
 * `node dist/test/bench/page.js [events per calendar]`
 */

import { request } from 'node:http';
import { id } from '../../src/core/ids.ts';
import { actorFor, calendarById } from '../../src/service/access.ts';
import { importCalendar } from '../../src/service/calendars/import.ts';
import { openWorld } from '../portal/world.ts';

const perCalendar = Number(process.argv[2] ?? 10_000);
const calendars = 10;
const rounds = 60;

/** Spread over five years; one of two hundred is a weekly series without end. */
function events(calendar: number): string {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:bench'];
  for (let at = 0; at < perCalendar; at++) {
    const day = new Date(
      Date.UTC(2022, 0, 1) + ((at * 7919) % 1826) * 86_400_000 + (8 + (at % 9)) * 3_600_000,
    );
    const stamp = day.toISOString().replaceAll(/[-:]|\.\d+/g, '');
    lines.push(
      'BEGIN:VEVENT',
      `UID:${calendar}-${at}`,
      'DTSTAMP:20260101T000000Z',
      `DTSTART:${stamp}`,
      'DURATION:PT1H',
      `SUMMARY:Meeting number ${at}`,
      `LOCATION:Room ${at % 40}`,
      `DESCRIPTION:${'What we shall talk about. '.repeat(12)}`,
      ...(at % 200 === 0 ? ['RRULE:FREQ=WEEKLY'] : []),
      'END:VEVENT',
    );
  }
  return [...lines, 'END:VCALENDAR', ''].join('\r\n');
}

const world = await openWorld();
const { services } = world.app;
const browser = await world.signedIn('anna');
const actor = await actorFor(services, world.anna, { scope: 'write', via: 'session' });
for (let at = 0; at < calendars; at++) {
  const made = await browser.ok('POST /calendars', { body: { name: `Calendar ${at}` } });
  const seen = await calendarById(services, actor, id(Number(made.id)));
  if (!seen) throw new Error('a calendar is not there');
  await importCalendar(services, actor, seen, Buffer.from(events(at)));
}

/** The answer is not looked at: that would be the page's time. */
function drained(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    request(url, { headers: { Cookie: browser.cookie } }, (answer) => {
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => resolve(bytes));
    })
      .on('error', reject)
      .end();
  });
}

interface Measured {
  readonly ms: number;
  /** Of the processor, for the server and for whoever asks: what others do on the machine does not count. */
  readonly processorMs: number;
  readonly bytes: number;
}

async function measured(month: number): Promise<Measured> {
  const from = new Date(Date.UTC(2026, month, 1)).toISOString();
  const to = new Date(Date.UTC(2026, month + 1, 1)).toISOString();
  const began = performance.now();
  const used = process.cpuUsage();
  const bytes = await drained(`${world.url}/api/v1/events?from=${from}&to=${to}`);
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - began, processorMs: (user + system) / 1000, bytes };
}

const first = await measured(0);
const { body } = await browser.call('GET /events', { query: { from: '2026-11-01', to: '2026-12-01' } });
console.log(
  `first ${first.ms.toFixed(1)} ms; a month has ${body.occurrences.length} instances, ${first.bytes} bytes`,
);
const cold: Measured[] = [];
// All five years: the first looks also pay for what V8 has not compiled yet.
for (let month = -48; month < 12; month++) if (month !== 0) cold.push(await measured(month));
const warm: Measured[] = [];
for (let round = 0; round < rounds; round++) warm.push(await measured(10));
const at = (times: readonly number[], share: number): string =>
  (times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0).toFixed(1);
for (const [what, times] of [
  ['another month each time', cold],
  ['the last forty of them', cold.slice(-40)],
  ['the same month', warm],
] as const)
  for (const [clock, name] of [
    ['ms', 'by the clock'],
    ['processorMs', 'of the processor'],
  ] as const) {
    const values = times.map((one) => one[clock]);
    console.log(`${what}, ${name}: p50 ${at(values, 0.5)} ms, p95 ${at(values, 0.95)} ms`);
  }
await world.close();
