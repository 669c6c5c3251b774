import { setTimeout as wait } from 'node:timers/promises';
import { benchEvent } from '../../test/bench/events.ts';
import { type Credentials, calendarType, type DavAnswer, type DavQuestion, send, xmlType } from '../dav.ts';
import { calendarObject, event } from '../objects.ts';
import { type Random, seededRandom } from '../random.ts';
import { mutatedObject } from './objects.ts';
import { mutatedRequest, type Site } from './requests.ts';

export interface FuzzOptions {
  readonly origin: string;
  readonly as: Credentials;
  /** The path of a home in which calendars may be made and deleted; ends in a slash. */
  readonly home: string;
  readonly principal: string;
  /** The same seed sends the same requests. */
  readonly seed: number;
  readonly count: number;
  /** Further calendar objects to damage, such as a collection of awkward files. */
  readonly seeds?: readonly string[];
  /** How long a request may take; absent: what a machine needs that does other things as well. */
  readonly maxMs?: number;
  readonly signal?: AbortSignal;
}

/** A request that the server did not answer as it should. */
export interface Trouble {
  /** Which request of the run it was. */
  readonly index: number;
  /** What is wrong: a 5xx, no answer, or too slow. */
  readonly fault: string;
  readonly request: DavQuestion;
}

export interface FuzzResult {
  readonly troubles: readonly Trouble[];
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly slowestMs: number;
}

const defaultMaxMs = 1_000;

/** A fresh calendar after so many requests, so that nothing grows with the length of the run. */
const requestsPerCalendar = 150;

/** Puts damaged calendar objects, and now and then asks everything that must still work over what was accepted. */
export async function fuzzObjects(options: FuzzOptions): Promise<FuzzResult> {
  const seeds: readonly [string, ...string[]] = [...objectSeeds(), ...(options.seeds ?? [])];
  return fuzz(options, async (run, random, index, site) => {
    const url = `${options.origin}${site.calendar}${index}.ics`;
    await run({ method: 'PUT', url, headers: calendarType, body: mutatedObject(random, seeds) });
    if (index % 10 === 9) await run({ method: 'GET', url });
    if (index % 50 === 49) for (const question of readers(options.origin, site)) await run(question);
  });
}

/** Sends damaged DAV requests of every kind to a home with one calendar and a few objects. */
export async function fuzzRequests(options: FuzzOptions): Promise<FuzzResult> {
  return fuzz(options, async (run, random, _, site) => {
    const { method, path, headers, body } = mutatedRequest(random, site);
    // A target without a slash at its beginning cannot be written into a URL.
    const url = options.origin + (path.startsWith('/') ? path : `/${path}`);
    await run({ method, url, headers, body });
    // The calendar may have been deleted or moved away, and the next requests are to reach something.
    if (['DELETE', 'MOVE', 'ACL'].includes(method)) await restore(options, site);
  });
}

type Run = (question: DavQuestion) => Promise<DavAnswer | undefined>;

async function fuzz(
  options: FuzzOptions,
  step: (run: Run, random: Random, index: number, site: Site) => Promise<void>,
): Promise<FuzzResult> {
  const random = seededRandom(options.seed);
  const troubles: Trouble[] = [];
  const statuses: Record<number, number> = {};
  let slowestMs = 0;
  let site: Site | undefined;
  for (let index = 0; index < options.count && options.signal?.aborted !== true; index++) {
    const run: Run = async (question) => {
      const started = performance.now();
      const outcome = await answerOf({ as: options.as, ...question });
      const ms = performance.now() - started;
      slowestMs = Math.max(slowestMs, ms);
      const fault = typeof outcome === 'string' ? outcome : faultOf(question, outcome, ms, options.maxMs);
      if (fault !== undefined) troubles.push({ index, fault, request: question });
      if (typeof outcome === 'string') return undefined;
      statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
      return outcome;
    };
    if (index % requestsPerCalendar === 0) {
      if (site !== undefined) await run({ method: 'DELETE', url: options.origin + site.calendar });
      site = await prepare(options, index);
    }
    if (site !== undefined) await step(run, random, index, site);
  }
  if (site !== undefined)
    await answerOf({ method: 'DELETE', url: options.origin + site.calendar, as: options.as });
  return { troubles, statuses, slowestMs };
}

/** The answer, or a sentence about why there is none. A connection that closes is retried once: it may have been old. */
async function answerOf(question: DavQuestion): Promise<DavAnswer | string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send({ limitMs: 10_000, ...question });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // What Node itself refuses to send says nothing about the server.
      if (/invalid|unescaped|Invalid/.test(message))
        return { status: 0, headers: {}, text: '', url: question.url };
      if (attempt > 0) return message;
      await wait(50);
    }
  }
}

function faultOf(
  question: DavQuestion,
  { status, text }: DavAnswer,
  ms: number,
  maxMs = defaultMaxMs,
): string | undefined {
  if (status >= 500 && !isRight(status, text, question)) return `${status} ${text.slice(0, 200)}`;
  if (ms > maxMs) return `${status} after ${ms.toFixed(0)} ms`;
  return undefined;
}

/** Whether an answer that begins with 5 is nevertheless no fault of the server. */
function isRight(status: number, text: string, { method, url }: DavQuestion): boolean {
  switch (status) {
    case 501: // A method that the server does not know (RFC 9110 §15.6.2).
      return ['PATCH', 'SEARCH', 'BIND', 'TRACE'].includes(method);
    case 502: // A Destination on another server (RFC 4918 §9.8.5).
      return method === 'COPY' || method === 'MOVE';
    case 503: // The page for people, in a build without it.
      return !new URL(url).pathname.startsWith('/dav/');
    case 507: // A limit below what can be answered (RFC 6578 §3.7).
      return text.includes('number-of-matches-within-limits');
    default:
      return false;
  }
}

/** A calendar with a few sound objects. */
async function prepare(options: FuzzOptions, index: number): Promise<Site> {
  const { home, principal } = options;
  const calendar = `${home}fuzz-${index}/`;
  const site = { home, calendar, object: `${calendar}sound-0.ics`, principal };
  await restore(options, site);
  return site;
}

async function restore({ origin, as }: FuzzOptions, { calendar, object }: Site): Promise<void> {
  const there = await send({ method: 'HEAD', url: origin + object, as });
  if (there.status === 200) return;
  const made = await send({ method: 'MKCALENDAR', url: origin + calendar, as });
  if (made.status !== 201 && made.status !== 405 && made.status !== 403) {
    throw new Error(`MKCALENDAR ${calendar}: ${made.status} ${made.text}`);
  }
  for (let i = 0; i < 5; i++) {
    const url = `${origin}${calendar}sound-${i}.ics`;
    await send({ method: 'PUT', url, headers: calendarType, body: event(`sound-${i}`, `Sound ${i}`), as });
  }
}

/** What clients and feeds ask of a whole calendar. */
function readers(origin: string, { calendar }: Site): DavQuestion[] {
  const url = origin + calendar;
  const headers = { ...xmlType, Depth: '1' };
  const namespaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"';
  const range = 'start="20300101T000000Z" end="20310101T000000Z"';
  const filter = `<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range ${range}/></c:comp-filter></c:comp-filter></c:filter>`;
  const query = (data: string): string =>
    `<c:calendar-query ${namespaces}><d:prop><d:getetag/>${data}</d:prop>${filter}</c:calendar-query>`;
  const expand = `<c:calendar-data><c:expand ${range}/></c:calendar-data>`;
  const busy = `<c:free-busy-query ${namespaces}><c:time-range ${range}/></c:free-busy-query>`;
  return [
    { method: 'GET', url },
    { method: 'PROPFIND', url, headers },
    { method: 'REPORT', url, headers, body: query('') },
    { method: 'REPORT', url, headers, body: query('<c:calendar-data/>') },
    { method: 'REPORT', url, headers, body: query(expand) },
    { method: 'REPORT', url, headers, body: busy },
  ];
}

/** Sound objects of many shapes, to be damaged. */
function objectSeeds(): readonly [string, ...string[]] {
  const task = [
    'DTSTART:20300105T100000Z',
    'DUE:20300110T100000Z',
    'RRULE:FREQ=WEEKLY;COUNT=5',
    'SUMMARY:Task',
    'PRIORITY:1',
  ];
  const journal = ['DTSTART;VALUE=DATE:20300105', 'SUMMARY:Journal', 'DESCRIPTION:text\\, and more'];
  const alarm = [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER:-PT15M',
    'REPEAT:2',
    'DURATION:PT5M',
    'DESCRIPTION:x',
    'END:VALARM',
  ];
  const start = ['DTSTART:20300107T090000Z', 'DURATION:PT30M', 'SUMMARY:Series'];
  const override = [
    'RECURRENCE-ID:20300114T090000Z',
    'DTSTART:20300114T120000Z',
    'DURATION:PT30M',
    'SUMMARY:Moved',
  ];
  return [
    calendarObject([
      { kind: 'VEVENT', uid: 'simple', lines: ['DTSTART:20300101T100000Z', 'SUMMARY:fuzz', ...alarm] },
    ]),
    calendarObject([
      {
        kind: 'VEVENT',
        uid: 'series',
        lines: [...start, 'RRULE:FREQ=WEEKLY;COUNT=5', 'EXDATE:20300121T090000Z'],
      },
      { kind: 'VEVENT', uid: 'series', lines: override },
    ]),
    calendarObject([{ kind: 'VTODO', uid: 'task', lines: task }]),
    calendarObject([{ kind: 'VJOURNAL', uid: 'journal', lines: journal }]),
    ...Array.from({ length: 40 }, (_, index) => benchEvent(index).ics),
  ];
}
