/**
 * Path -> resource, as this actor may see it. What is hidden and what is absent give the same answer: nothing.
 *
 * Every href of every request comes through here, or through `service` with a calendar that did: the target, a
 * Destination, those in multiget and expand-property (clients.md, demand 39).
 */
import { encodeSegment } from '../core/name.ts';
import { calendarForBusy, calendarInHome } from '../service/access.ts';
import { getHead, getObject } from '../service/objects/objects.ts';
import { findPrincipal } from '../service/people/people.ts';
import {
  busyCalendarResource,
  calendarResource,
  homeResource,
  objectResource,
  principalResource,
  signpost,
} from './make.ts';
import { type Place, placeOf } from './resources.ts';
import type { CaldavResource, CalendarResource, Context, HomeResource } from './world.ts';

export async function resolve(
  segments: readonly string[],
  context: Context,
): Promise<CaldavResource | undefined> {
  const place = placeOf(segments);
  return place && (await resolvePlace(place, segments, context));
}

async function resolvePlace(
  place: Place,
  segments: readonly string[],
  context: Context,
): Promise<CaldavResource | undefined> {
  switch (place.at) {
    case 'root':
    case 'context':
    case 'principals':
    case 'homes':
      return signpost(context, place.at);
    case 'alias':
      return principalResource(context, context.actor.principal, context.dav.href(segments, true));
    case 'principal': {
      const principal = await findPrincipal(context.services, context.actor, place.name);
      return principal && principalResource(context, principal);
    }
    case 'home':
      return await home(context, place.owner);
    case 'calendar':
      return (await calendar(context, place.owner, place.calendar)) ?? (await busyOnly(context, place));
    case 'object':
      return await object(context, place);
    case 'files':
    case 'well-known':
      // Answered by another engine before this one is asked: see index.ts.
      break;
  }
  return undefined;
}

async function home(context: Context, owner: string): Promise<HomeResource | undefined> {
  const { services, actor } = context;
  // The actor's own home needs no read, and most requests are for it.
  const isOwn = actor.principal.name === owner && !actor.principal.disabled;
  const principal = isOwn ? actor.principal : await findPrincipal(services, actor, owner);
  return principal && homeResource(context, principal);
}

async function calendar(
  context: Context,
  owner: string,
  segment: string,
): Promise<CalendarResource | undefined> {
  const parent = await home(context, owner);
  const seen = parent && (await calendarInHome(context.services, context.actor, parent.owner, segment));
  return parent && seen && calendarResource(parent, seen, segment);
}

/**
 * The resource for free-busy-query, the only REPORT that is allowed on a calendar whose content is hidden (RFC 4791
 * §7.10).
 */
async function busyOnly(
  context: Context,
  place: Extract<Place, { at: 'calendar' }>,
): Promise<CaldavResource | undefined> {
  if (context.request.method !== 'REPORT') return undefined;
  const parent = await home(context, place.owner);
  if (!parent) return undefined;
  const found = await calendarForBusy(context.services, context.actor, parent.owner, place.calendar);
  return found && busyCalendarResource(parent, found);
}

async function object(
  context: Context,
  place: Extract<Place, { at: 'object' }>,
): Promise<CaldavResource | undefined> {
  const parent = await calendar(context, place.owner, place.calendar);
  if (!parent) return undefined;
  const { services, actor, request } = context;
  const name = encodeSegment(place.object);
  if (request.method === 'GET') {
    const shown = await getObject(services, actor, parent.seen, name);
    return shown && objectResource(parent, shown.head, shown);
  }
  const head = await getHead(services, actor, parent.seen, name);
  return head && objectResource(parent, head);
}
