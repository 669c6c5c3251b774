import { unfold } from '../../conformance/objects.ts';
import { day, month } from './operations.ts';
import * as requests from './requests.ts';
import type { Session } from './session.ts';

/** What an answer held: a server that answers less must not look faster unnoticed. */
export interface Seen {
  readonly status: number;
  readonly bytes: number;
  /** Response elements, VEVENT components, or busy periods. */
  readonly items: number;
  readonly events?: number;
}

const responses = (text: string): { items: number } => ({
  items: requests.countOf(text, /<(?:[\w-]+:)?response[ >]/),
});
const events = (text: string): { items: number; events: number } => ({
  ...responses(text),
  events: requests.countOf(text, 'BEGIN:VEVENT'),
});
const periods = (text: string): { items: number } => ({
  items: requests.countOf(unfold(text), /\d{8}T\d{6}Z\/[\dPT]/),
});

/** Looks into one answer of each kind, and into some objects. */
export async function verify(session: Session): Promise<Record<string, Seen | string>> {
  const { path } = session;
  const seen: Record<string, Seen | string> = { objects: await objectsAsPut(session) };
  const hrefs = Array.from({ length: Math.min(50, session.count) }, (_, i) => session.href(i));
  const looks = {
    'list-etags': [requests.listEtags(path), responses],
    'query-day': [requests.calendarQuery(path, day), responses],
    'query-month': [requests.calendarQuery(path, month), responses],
    'query-month-data': [requests.calendarQuery(path, month, 'full'), events],
    'query-month-expand': [requests.calendarQuery(path, month, 'expand'), events],
    'multiget-50': [requests.multiget(path, hrefs), events],
    'sync-initial': [requests.syncCollection(path), responses],
    freebusy: [requests.freeBusy(path, month), periods],
    ...(session.target.exports && { 'export-ics': [{ path }, events] as const }),
  } as const;
  for (const [name, [request, read]] of Object.entries(looks)) {
    try {
      const { status, bytes, text } = await session.client.send(request, { keep: true });
      seen[name] = { status, bytes, ...read(text) };
    } catch (error) {
      seen[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return seen;
}

const sampled = 60;

/** How many of some objects, asked for one by one, hold what was put. */
async function objectsAsPut(session: Session): Promise<Seen> {
  const distance = Math.max(1, Math.floor(session.count / sampled));
  let [bytes, items, worst] = [0, 0, 200];
  for (let index = 0; index < session.count; index += distance) {
    const sent = await session.client.send({ path: session.href(index) }, { keep: true });
    bytes += sent.bytes;
    if (sent.status !== 200) worst = sent.status;
    else if (eventContent(sent.text) === eventContent(session.event(index).ics)) items += 1;
  }
  return { status: worst, bytes, items };
}

/**
 * The properties inside the VEVENTs of a text, without parameters and in an order of their own.
 *
 * Servers write objects anew: they fold elsewhere, sort properties and parameters, add stamps.
 */
export function eventContent(text: string): string {
  const found: string[] = [];
  let depth = 0;
  for (const line of unfold(text).split(/\r?\n/)) {
    if (line === 'BEGIN:VEVENT') depth += 1;
    if (depth > 0) {
      const [, name = '', value = ''] = /^([\w-]+)(?:;(?:[^":]|"[^"]*")*)?:(.*)$/.exec(line) ?? [];
      if (!/^(X-.*|DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE)$/.test(name)) found.push(`${name}:${value}`);
    }
    if (line === 'END:VEVENT') depth -= 1;
  }
  return found.sort().join('\n');
}

export function seenLine(seen: Readonly<Record<string, Seen | string>>): string {
  return Object.entries(seen)
    .map(([name, one]) => {
      if (typeof one === 'string') return `${name}=${one}`;
      return `${name}=${one.status}:${one.items}${one.events === undefined ? '' : `/${one.events}`}`;
    })
    .join(' ');
}
