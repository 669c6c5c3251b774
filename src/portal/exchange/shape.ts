/** Status, runs and issues of the connector in the words of the API. */
import type { ConnectorLink, ConnectorRun } from '../../core/connector.ts';
import type { Actor } from '../../core/principal.ts';
import { textOf } from '../../icalendar/event-facts.ts';
import { dateTimeOf } from '../../icalendar/instances/instance-times.ts';
import { parseObject } from '../../icalendar/object.ts';
import { dayMs } from '../../icalendar/time.ts';
import { ianaZone, utc, zoneResolver } from '../../icalendar/zones/timezone.ts';
import { linkOfPerson } from '../../service/connectors/accounts.ts';
import type { LinkState } from '../../service/connectors/administration.ts';
import { reasonOf } from '../../service/connectors/banner.ts';
import { quarantinedPairs } from '../../service/connectors/links.ts';
import { statusOf } from '../../service/connectors/status.ts';
import type { Services } from '../../service/context.ts';
import { entity, type Reply, timestamp } from '../route.ts';
import type { ExchangeAdminLink, ExchangeIssue, ExchangeRun, ExchangeStatus } from './api.ts';
import { agreedFacts } from './values.ts';

export async function statusReply(services: Services, actor: Actor): Promise<Reply<ExchangeStatus>> {
  const { state, reason, code, link, account, run, issues, proposal } = await statusOf(services, actor);
  return entity<ExchangeStatus>({
    state,
    reason,
    code,
    lastSync: time(link?.lastOk),
    nextSync: link && (link.stopped === null || link.stopped === 'quota') ? time(link.nextRun) : null,
    run: run ? runShape(run) : null,
    issues,
    link:
      link && account
        ? {
            calendar: String(link.calendar),
            mailbox: account.mailbox,
            remoteCalendar: link.remoteCalendar,
            remoteName: link.remoteName,
            direction: link.direction,
            startDate: link.startDate,
          }
        : null,
    account: account ? { mailbox: account.mailbox, login: account.login } : null,
    proposal: proposal
      ? { ...proposal, startDate: dayOf(services.clock.now() - dayMs, actor.principal.timeZone) }
      : null,
  });
}

export function runShape(run: ConnectorRun): ExchangeRun {
  const { read, created, updated, deleted, skipped, failed } = run.counters;
  return {
    id: String(run.id),
    cause: run.cause,
    started: timestamp(run.started),
    finished: time(run.finished),
    outcome: run.outcome,
    phase: run.phase,
    done: run.done,
    total: run.total,
    counters: { read, created, updated, deleted, skipped, failed },
    reason: run.failure === null ? null : reasonOf(run.failure),
    code: run.failure,
    notes: notesOf(run),
  };
}

/** `code=count` of each, as the engine has written them. */
function notesOf({ detail }: ConnectorRun): ExchangeRun['notes'] {
  return (detail ?? '').split(' ').flatMap((part) => {
    const [code = '', count = ''] = part.split('=');
    return /^\d+$/.test(count) ? [{ code, count: Number(count) }] : [];
  });
}

/** Runs as lines for support: codes and counts, no titles and no addresses. */
export function logText(runs: readonly ConnectorRun[]): string {
  return runs
    .map(({ id, started, finished, cause, outcome, phase, counters, failure, detail }) => {
      const took = finished === null ? phase : `${((finished - started) / 1000).toFixed(1)} s`;
      const counted = Object.entries(counters)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${name}=${count}`);
      return [timestamp(started), `run ${id}`, cause, outcome, took, ...counted, failure, detail]
        .filter((part) => part !== null)
        .join('  ');
    })
    .join('\n');
}

/** Events of one's own that are left alone, or about which something is asked. */
export async function issueShapes(services: Services, actor: Actor): Promise<readonly ExchangeIssue[]> {
  const link = await linkOfPerson(services, actor.principal.id);
  if (!link) return [];
  const issues: ExchangeIssue[] = [];
  for (const pair of await quarantinedPairs(services, link.id, maxIssues)) {
    const stored = await services.storage.object(link.calendar, pair.objectName);
    const { title, start } =
      (stored && factsOf(stored.bytes, actor.principal.timeZone)) ?? agreedFacts(pair.agreed);
    issues.push({
      id: String(pair.id),
      title: title.slice(0, 500),
      start,
      code: pair.quarantine ?? '',
      text: (pair.quarantineText ?? '').slice(0, 500),
    });
  }
  return [...issues, ...(await noticeShapes(services, actor, link))];
}

/** What had to be guessed: told, and nothing to be done about. */
async function noticeShapes(
  { storage }: Services,
  actor: Actor,
  { id: link, calendar }: Pick<ConnectorLink, 'id' | 'calendar'>,
): Promise<readonly ExchangeIssue[]> {
  const notices = await storage.connectors.notices(link, maxIssues);
  const ids = notices.map(({ pair }) => pair);
  const pairs = new Map(
    (await storage.connectors.pairsBy(link, 'id', ids, 'live')).map((pair) => [pair.id, pair]),
  );
  const shapes: ExchangeIssue[] = [];
  for (const { pair: of, code, text } of notices) {
    const pair = pairs.get(of);
    const stored = pair && (await storage.object(calendar, pair.objectName));
    if (!pair || pair.quarantine !== null || !stored) continue;
    const facts = factsOf(stored.bytes, actor.principal.timeZone) ?? agreedFacts(pair.agreed);
    shapes.push({ id: String(of), title: facts.title.slice(0, 500), start: facts.start, code, text });
  }
  return shapes;
}

/** Title and first day of an object of the calendar here. */
function factsOf(bytes: Uint8Array, timeZone: string): Pick<ExchangeIssue, 'title' | 'start'> | undefined {
  const object = parseObject(bytes);
  const component = object?.master ?? object?.overrides[0];
  if (!object || !component) return undefined;
  const start = dateTimeOf(component.first('DTSTART'));
  const zones = zoneResolver(object.timezones, ianaZone(timeZone) ?? utc);
  return {
    title: textOf(component, 'SUMMARY'),
    start: start ? dayOf(zones.toInstant(start), timeZone) : null,
  };
}

/** More than anybody reads. */
const maxIssues = 200;

export function adminLinkShape(entry: LinkState): ExchangeAdminLink {
  const { link, account, person, calendarName, state, reason, code, items, issues } = entry;
  return {
    id: String(link.id),
    person,
    mailbox: account.mailbox,
    calendar: calendarName,
    state,
    reason,
    code,
    lastSync: time(link.lastOk),
    nextSync: link.stopped === null ? time(link.nextRun) : null,
    items,
    issues,
  };
}

function time(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : timestamp(at);
}

/** `YYYY-MM-DD` on the person's own clock. */
function dayOf(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
}
