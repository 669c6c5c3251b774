/** Many objects by their hrefs, each with an answer of its own (RFC 4791 §7.9, clients.md W29). */
import { encodeSegment } from '../../core/name.ts';
import { Refusal } from '../../core/refusal.ts';
import type { MultistatusPart } from '../../dav/multistatus.ts';
import { statusLine } from '../../dav/multistatus.ts';
import { defineReport } from '../../dav/report.ts';
import { calendarInHome } from '../../service/access.ts';
import { fastRows, multiget } from '../../service/objects/queries.ts';
import { caldav, dav } from '../../xml/name.ts';
import { childrenOf } from '../../xml/reader.ts';
import { calendarResource } from '../make.ts';
import { placeOf } from '../resources.ts';
import type { HomeResource, Of, Report, ReportCall } from '../world.ts';
import { Answers, type DataPlan, dataPlan, type Holder, objectRows } from './answers.ts';

type Queried = 'home' | 'other-home' | 'calendar' | 'object';

export const calendarMultiget: Report<Queried, readonly string[]> = defineReport({
  name: caldav('calendar-multiget'),
  on: ['home', 'other-home', 'calendar', 'object'],
  spec: 'RFC 4791 §7.9',
  privilege: 'read',
  defaultDepth: 0,
  parse(body): readonly string[] {
    const hrefs = childrenOf(body, dav('href')).map(({ text }) => text.trim());
    if (hrefs.length === 0) throw new Refusal('malformed-request', 'calendar-multiget names no href');
    return hrefs;
  },
  run: answer,
});

async function* answer(
  hrefs: readonly string[],
  resource: Of<Queried>,
  call: ReportCall,
): AsyncGenerator<MultistatusPart> {
  const { limits } = call.services;
  if (hrefs.length > limits.maxMultigetHrefs) {
    throw new Refusal(
      'too-many-results',
      `at most ${limits.maxMultigetHrefs} objects can be asked for at once`,
    );
  }
  const plan = dataPlan(call);
  const answers = new Answers(call, plan);
  const targets = new Targets(resource, call);
  for await (const { calendar, asked } of runs(hrefs, targets)) {
    await answers.breathe();
    if (!calendar) yield* asked.map(({ href }) => missing(href));
    else {
      const rows = await writtenRows(calendar, asked, call, plan);
      if (rows) for await (const bytes of rows) yield { is: 'rows', bytes };
      else yield* inCalendar(calendar, asked, call, answers);
    }
  }
}

/** The usual case as the storage writes it: canonical hrefs, and a reader who sees all of every object. */
async function writtenRows(
  calendar: Holder,
  asked: readonly Asked[],
  call: ReportCall,
  plan: DataPlan,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  // An answer names what is missing by the href of the question, and the storage writes canonical ones only.
  if (!asked.every(({ href, name }) => href === calendar.href + name)) return undefined;
  const template = await objectRows(call, calendar, plan);
  if (!template) return undefined;
  const names = asked.map(({ name }) => name);
  return await fastRows(
    call.services,
    call.actor,
    calendar.seen,
    { by: 'names', names },
    { ...template, missing: missingTail },
  );
}

/** What follows the name in the same response as `missing` makes. */
const missingTail = `</D:href><D:status>${statusLine(404)}</D:status></D:response>`;

interface Asked {
  /** As the client wrote it. */
  readonly href: string;
  /** Canonical, encoded. */
  readonly name: string;
}

interface Run {
  /** Absent: nothing exists at these hrefs. */
  readonly calendar: Holder | undefined;
  readonly asked: readonly Asked[];
}

/** Objects that are read and written before other requests have their turn. */
const maxRun = 256;

/** Neighbours in one calendar are read together. */
async function* runs(hrefs: readonly string[], targets: Targets): AsyncGenerator<Run> {
  let calendar: Holder | undefined;
  let asked: Asked[] = [];
  for (const href of new Set(hrefs)) {
    const target = targets.known(href) ?? (await targets.find(href));
    if (asked.length > 0 && (target.calendar !== calendar || asked.length === maxRun)) {
      yield { calendar, asked };
      asked = [];
    }
    calendar = target.calendar;
    asked.push({ href, name: target.name });
  }
  if (asked.length > 0) yield { calendar, asked };
}

async function* inCalendar(
  calendar: Holder,
  asked: readonly Asked[],
  call: ReportCall,
  answers: Answers,
): AsyncGenerator<MultistatusPart> {
  const { services, actor } = call;
  const byName = new Map(asked.map(({ name, href }) => [name, href]));
  for await (const page of multiget(services, actor, calendar.seen, [...byName.keys()])) {
    const found = page.flatMap(({ object }) => (object ? [{ head: object.head, shown: object }] : []));
    yield* answers.parts(calendar, found);
    if (found.length === page.length) continue;
    for (const { name, object } of page) if (!object) yield missing(byName.get(name) ?? calendar.href + name);
  }
}

/** Its own response, without a propstat: clients look for just this (W29), also under `Prefer: return=minimal`. */
function missing(href: string): MultistatusPart {
  return { is: 'status', href, status: 404 };
}

interface Target {
  readonly calendar: Holder | undefined;
  readonly name: string;
}

const nothing: Target = { calendar: undefined, name: '' };

/** Hrefs -> calendar and name. What lies outside of the request's resource is not there (caldav.md, priority 10). */
class Targets {
  private readonly resource: Of<Queried>;
  private readonly call: ReportCall;
  private readonly calendars = new Map<string, Holder | undefined>();

  constructor(resource: Of<Queried>, call: ReportCall) {
    this.resource = resource;
    this.call = call;
  }

  /** The usual case, without decoding: an href in canonical form right below the request's calendar. */
  known(href: string): Target | undefined {
    const { resource } = this;
    if (resource.kind !== 'calendar' || !href.startsWith(resource.href)) return undefined;
    const name = href.slice(resource.href.length);
    return plainName.test(name) ? { calendar: resource, name } : undefined;
  }

  async find(href: string): Promise<Target> {
    const segments = this.call.dav.pathOf(href, this.call)?.segments;
    const place = segments && placeOf(segments);
    if (place?.at !== 'object') return nothing;
    const name = encodeSegment(place.object);
    const { resource } = this;
    const calendarHref = this.call.dav.href(segments?.slice(0, -1) ?? [], true);
    if (resource.kind === 'calendar') {
      return calendarHref === resource.href ? { calendar: resource, name } : nothing;
    }
    if (resource.kind === 'object') {
      const calendar = { href: resource.calendarHref, seen: resource.seen };
      return calendarHref + name === resource.href ? { calendar, name } : nothing;
    }
    if (!calendarHref.startsWith(resource.href)) return nothing;
    const calendar = await this.inHome(resource, place.calendar);
    return calendar ? { calendar, name } : nothing;
  }

  private async inHome(home: HomeResource, segment: string): Promise<Holder | undefined> {
    if (!this.calendars.has(segment)) {
      const { services, actor } = this.call;
      const seen = await calendarInHome(services, actor, home.owner, segment);
      this.calendars.set(segment, seen && calendarResource(home, seen, segment));
    }
    return this.calendars.get(segment);
  }
}

const plainName = /^(?!\.{1,2}$)[\w.~-]+$/;
