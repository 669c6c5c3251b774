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

/** Looks into one answer of each kind. */
export async function verify(session: Session): Promise<Record<string, Seen | string>> {
  const { path } = session;
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
  const seen: Record<string, Seen | string> = {};
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

export function seenLine(seen: Readonly<Record<string, Seen | string>>): string {
  return Object.entries(seen)
    .map(([name, one]) => {
      if (typeof one === 'string') return `${name}=${one}`;
      return `${name}=${one.status}:${one.items}${one.events === undefined ? '' : `/${one.events}`}`;
    })
    .join(' ');
}
