/** COPY and MOVE of objects and calendars (RFC 4918 §9.8, §9.9; clients.md W5, W42). */
import { encodeSegment } from '../../core/name.ts';
import { Refusal } from '../../core/refusal.ts';
import { DavError } from '../../dav/error.ts';
import { defineMethod } from '../../dav/method.ts';
import type { DavResponse } from '../../dav/response.ts';
import { copyCalendar } from '../../service/calendars/calendar-copies.ts';
import { moveCalendar } from '../../service/calendars/calendars.ts';
import { copyObject, moveObject } from '../../service/objects/transfers.ts';
import { caldav } from '../../xml/name.ts';
import { checkScheduleTag } from '../properties/schedule-tag.ts';
import { withHrefs } from '../refusal-hrefs.ts';
import { type Place, placeOf } from '../resources.ts';
import type { CaldavResource, CalendarResource, Context, Method, ObjectResource } from '../world.ts';
import { ofSomething } from './delete.ts';

export const copy: Method<'object' | 'calendar'> = defineMethod({
  name: 'COPY',
  spec: 'RFC 4918 §9.8',
  on: ['object', 'calendar'],
  changesState: true,
  handle: (resource, context) => transfer('copy', resource, context),
});

export const move: Method<'object' | 'calendar'> = defineMethod({
  name: 'MOVE',
  spec: 'RFC 4918 §9.9',
  on: ['object', 'calendar'],
  changesState: true,
  handle: (resource, context) => transfer('move', resource, context),
});

type How = 'copy' | 'move';

async function transfer(
  how: How,
  resource: ObjectResource | CalendarResource,
  context: Context,
): Promise<DavResponse> {
  const to = await destination(context);
  if (resource.kind === 'object') return await transferObject(how, resource, to, context);
  return await transferCalendar(how, resource, to, context);
}

async function transferObject(
  how: How,
  { seen, head, calendarHref }: ObjectResource,
  { place, parent: target }: Destination,
  context: Context,
): Promise<DavResponse> {
  if (place?.at !== 'object')
    throw new Refusal('different-kind', 'an object lies in a calendar, and nowhere else');
  if (target?.kind !== 'calendar') throw noParent();
  const { services, actor, request, expect } = context;
  checkScheduleTag(request);
  const to = { seen: target.seen, name: encodeSegment(place.object), overwrite: request.overwrite };
  if (target.href + to.name === calendarHref + head.name) throw onItself();
  if (how === 'move' && !seen.access.canWrite) {
    const detail = { href: calendarHref, privilege: 'unbind' };
    throw new Refusal('need-privileges', 'you may not remove objects from this calendar', detail);
  }
  const done =
    how === 'copy'
      ? copyObject(services, actor, seen, head.name, to)
      : moveObject(services, actor, seen, head.name, to, ofSomething(expect));
  const { created } = await withHrefs(done, {
    href: target.href,
    privilege: 'bind',
    calendarHref: target.href,
    calendars: [target, { href: calendarHref, seen }],
  });
  return answer(created, target.href + to.name);
}

async function transferCalendar(
  how: How,
  calendar: CalendarResource,
  { place, parent: home }: Destination,
  context: Context,
): Promise<DavResponse> {
  const { services, actor, request } = context;
  const { seen } = calendar;
  if (place?.at !== 'calendar') throw wrongLocation();
  if (home?.kind !== 'home' && home?.kind !== 'other-home') throw noParent();
  const href = `${home.href}${encodeSegment(place.calendar)}/`;
  if (href === calendar.href) throw onItself();
  if (how === 'move' && request.depth !== undefined && request.depth !== 'infinity') {
    throw new Refusal('malformed-request', 'a calendar is moved with all that is in it: Depth is infinity');
  }
  if (request.depth === 1)
    throw new Refusal('malformed-request', 'a calendar is copied with Depth 0 or infinity');
  const target = { owner: home.owner, name: place.calendar, overwrite: request.overwrite };
  const work =
    how === 'copy'
      ? copyCalendar(services, actor, seen, target, request.depth ?? 'infinity')
      : moveCalendar(services, actor, seen, target);
  const { created } = await withHrefs(work, { href: home.href, privilege: 'bind' });
  return answer(created, href);
}

interface Destination {
  /** Absent for addresses on this server that can hold neither a calendar nor an object. */
  readonly place: Place | undefined;
  /** The collection that holds it, as the actor may see it. */
  readonly parent: CaldavResource | undefined;
}

async function destination(context: Context): Promise<Destination> {
  const { destination: path } = context.request;
  if (path === undefined) throw new Refusal('malformed-request', 'there is no Destination');
  if (path === 'elsewhere') {
    throw new DavError(502, 'the Destination is on another server, and nothing is sent there');
  }
  const place = placeOf(path.segments);
  if (place?.at === 'files') {
    throw new DavError(403, 'calendars and what is in them stay among calendars');
  }
  const parent = await context.dav.options.resolve(path.segments.slice(0, -1), context);
  if (parent === undefined) await context.dav.requireBindAbove(path, context);
  return { place, parent };
}

function answer(created: boolean, href: string): DavResponse {
  return created ? { status: 201, headers: { Location: href } } : { status: 204, headers: {} };
}

function noParent(): Refusal {
  return new Refusal('parent-missing', 'the collection of the Destination does not exist');
}

function onItself(): DavError {
  return new DavError(403, 'source and Destination are the same');
}

/** RFC 4791 §5.3.1.1: calendars lie in homes, and not in calendars. */
function wrongLocation(): DavError {
  return new DavError(403, 'a calendar lies in a home, and nowhere else', {
    name: caldav('calendar-collection-location-ok'),
  });
}
