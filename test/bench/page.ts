/**
 * JSON of a month of ten calendars with ten thousand events each, as the page asks for it (portal.md §9: 50 ms at p95), of a
 * server in a process of its own.
 *
 * `node dist/test/bench/page.js [events per calendar]`
 */

import { Agent, request } from 'node:http';
import { pause } from '../../conformance/portcal.ts';
import { Servers } from './servers.ts';
import type { RunningTarget } from './targets.ts';
import { cpuMs, memory } from './usage.ts';

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

const servers = new Servers();
try {
  await run(await servers.start('portcal'));
} finally {
  await servers.stop();
}

async function run({ target }: RunningTarget): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let cookie = '';

  const json = { 'Content-Type': 'application/json' };
  const { setCookie } = await ask('POST', 'session', json, JSON.stringify(target.account));
  cookie = setCookie.map((one) => one.split(';')[0]).join('; ');
  for (let at = 0; at < calendars; at++) {
    const made = await ask('POST', 'calendars', json, JSON.stringify({ name: `Calendar ${at}` }));
    const calendar = `calendars/${JSON.parse(made.text).id}/import`;
    const begun = await ask('POST', calendar, { 'Content-Type': 'text/calendar' }, events(at));
    const job = `jobs/${JSON.parse(begun.text).id}`;
    while (JSON.parse((await ask('GET', job)).text).state === 'running') await pause(20);
  }

  const first = await measured(0);
  const november = await ask('GET', 'events?from=2026-11-01&to=2026-12-01');
  const { length } = JSON.parse(november.text).occurrences;
  console.log(`first ${first.ms.toFixed(1)} ms; a month has ${length} instances, ${first.bytes} bytes`);
  const cold: Measured[] = [];
  // All five years: the first looks also pay for what V8 has not compiled yet.
  for (let month = -48; month < 12; month++) if (month !== 0) cold.push(await measured(month));
  const warm: Measured[] = [];
  for (let round = 0; round < rounds; round++) warm.push(await measured(10));
  for (const [what, times] of [
    ['another month each time', cold],
    ['the last forty of them', cold.slice(-40)],
    ['the same month', warm],
  ] as const) {
    const clock = times.map(({ ms }) => ms);
    const processor = times.reduce((sum, { processorMs }) => sum + processorMs, 0) / times.length;
    console.log(
      `${what}: p50 ${share(clock, 0.5)} ms, p95 ${share(clock, 0.95)} ms; of the processor ${processor.toFixed(1)} ms each`,
    );
  }
  console.log(`memory ${memory(target.pids)?.pssMb ?? '–'} MB PSS`);
  agent.destroy();

  async function measured(month: number): Promise<Measured> {
    const from = new Date(Date.UTC(2026, month, 1)).toISOString();
    const to = new Date(Date.UTC(2026, month + 1, 1)).toISOString();
    const used = cpuMs(target.pids) ?? 0;
    const began = performance.now();
    const { bytes } = await ask('GET', `events?from=${from}&to=${to}`);
    return { ms: performance.now() - began, processorMs: (cpuMs(target.pids) ?? 0) - used, bytes };
  }

  function ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Answer> {
    const all = { Cookie: cookie, 'X-Requested-With': 'portal', Origin: target.origin, ...headers };
    return new Promise((resolve, reject) => {
      request(`${target.origin}/api/v1/${path}`, { method, agent, headers: all }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const whole = Buffer.concat(chunks);
          if ((answer.statusCode ?? 0) >= 300) reject(new Error(`${method} ${path}: ${whole.toString()}`));
          const setCookie = answer.headers['set-cookie'] ?? [];
          resolve({ bytes: whole.length, setCookie, text: whole.toString() });
        });
      })
        .on('error', reject)
        .end(body);
    });
  }
}

interface Answer {
  readonly bytes: number;
  readonly setCookie: readonly string[];
  readonly text: string;
}

interface Measured {
  readonly ms: number;
  /** Of the server; counted in steps of 10 ms, so that only sums say something. */
  readonly processorMs: number;
  readonly bytes: number;
}

function share(times: readonly number[], part: number): string {
  return (times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? 0).toFixed(1);
}
