/** Resources from what the service gives: kind, href and the head that preconditions and listings need. */
import type { Calendar, ObjectHead, SeenCalendar } from '../core/calendar.ts';
import { encodeSegment } from '../core/name.ts';
import type { Principal } from '../core/principal.ts';
import { homeName } from '../service/access.ts';
import type { ShownObject } from '../service/objects/shown.ts';
import { caldav, dav, type XmlName } from '../xml/name.ts';
import { homeHref, principalHref } from './hrefs.ts';
import { type Place, pathOf } from './resources.ts';
import type {
  BusyCalendarResource,
  CalendarResource,
  Context,
  HomeResource,
  ObjectResource,
  PrincipalResource,
  SignpostResource,
} from './world.ts';

/** As caldav.md 2.5 wants it, in PROPFIND and GET alike. */
export const objectContentType = 'text/calendar;charset=utf-8';

export function signpost(context: Context, kind: SignpostResource['kind']): SignpostResource {
  const place: Exclude<Place, { at: 'alias' }> = kind === 'files' ? { at: 'files', rest: [] } : { at: kind };
  return {
    kind,
    href: context.dav.href(pathOf(place).segments, true),
    isCollection: true,
    types: collection,
  };
}

/** `href`: given if the principal is addressed by another path than its own. */
export function principalResource(context: Context, principal: Principal, href?: string): PrincipalResource {
  return {
    kind: 'principal',
    href: href ?? principalHref(context, principal),
    isCollection: true,
    types: principalTypes,
    displayName: principal.displayName,
    principal,
  };
}

export function homeResource(context: Context, owner: Principal): HomeResource {
  return {
    kind: owner.id === context.actor.principal.id ? 'home' : 'other-home',
    href: homeHref(context, owner),
    isCollection: true,
    types: collection,
    displayName: owner.displayName,
    owner,
  };
}

/**
 * A calendar as a child of a home. In the actor's own home foreign ones have their own names (`homeName`); in a home that
 * is not the actor's, all have those their owner gave them.
 */
export function calendarResource(
  home: Pick<HomeResource, 'href' | 'owner'>,
  seen: SeenCalendar,
  segment: string = seen.calendar.owner === home.owner.id ? seen.calendar.name : homeName(seen),
): CalendarResource {
  const { calendar, view } = seen;
  return {
    kind: 'calendar',
    href: `${home.href}${encodeSegment(segment)}/`,
    isCollection: true,
    types: calendarTypes,
    displayName: view?.displayName ?? calendar.displayName,
    // What GET answers: programs tell calendars from objects by their resourcetype.
    contentType: objectContentType,
    created: calendar.created,
    modified: calendar.modified,
    seen,
    homeHref: home.href,
  };
}

export function busyCalendarResource(home: HomeResource, calendar: Calendar): BusyCalendarResource {
  return {
    kind: 'busy-calendar',
    href: `${home.href}${encodeSegment(calendar.name)}/`,
    isCollection: true,
    isHidden: true,
    types: collection,
    calendar,
  };
}

export function objectResource(
  calendar: Pick<CalendarResource, 'href' | 'seen'>,
  head: ObjectHead,
  shown?: ShownObject,
): ObjectResource {
  return {
    kind: 'object',
    href: calendar.href + head.name,
    isCollection: false,
    types: none,
    etag: head.etag,
    contentType: objectContentType,
    sizeBytes: head.sizeBytes,
    created: head.created,
    modified: head.modified,
    seen: calendar.seen,
    head,
    calendarHref: calendar.href,
    ...(shown && { shown }),
  };
}

const none: readonly XmlName[] = [];
const collection: readonly XmlName[] = [dav('collection')];
const principalTypes: readonly XmlName[] = [dav('collection'), dav('principal')];
/** Nothing else: a foreign type made iPhones ignore calendars (clients.md W11). */
const calendarTypes: readonly XmlName[] = [dav('collection'), caldav('calendar')];
