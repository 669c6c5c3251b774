/** What this door adds to the engine's types: its resources, and what setting their properties amounts to. */
import type { Calendar, ComponentName, ObjectHead, SeenCalendar } from '../core/calendar.ts';
import type { Principal } from '../core/principal.ts';
import type { DavContext } from '../dav/engine.ts';
import type { DavError } from '../dav/error.ts';
import type { Method as DavMethod } from '../dav/method.ts';
import type { Property as DavProperty } from '../dav/property.ts';
import type { Report as DavReport, ReportCall as DavReportCall } from '../dav/report.ts';
import type { DavResource, ResourceOf } from '../dav/resource.ts';
import type { CalendarChanges } from '../service/calendars/calendars.ts';
import type { Services } from '../service/context.ts';
import type { ShownObject } from '../service/objects/shown.ts';
import type { Content } from './content.ts';
import type { Color } from './properties/calendar-color.ts';
import type { Worded } from './properties/language.ts';

interface SignpostOf<K extends string> extends DavResource {
  readonly kind: K;
}

/** Collections that only lead to others: `/`, `/dav/`, and those that hold all principals and all homes. */
export type SignpostResource =
  | SignpostOf<'root'>
  | SignpostOf<'context'>
  | SignpostOf<'principals'>
  | SignpostOf<'homes'>
  /** Listed here, and answered by the files part (files.ts). */
  | SignpostOf<'files'>;

export interface PrincipalResource extends DavResource {
  readonly kind: 'principal';
  readonly principal: Principal;
}

interface HomeOf<K extends string> extends DavResource {
  readonly kind: K;
  readonly owner: Principal;
}

/** `home` is the actor's own, with all their calendars; `other-home` is somebody else's, with what the actor may see of it. */
export type HomeResource = HomeOf<'home'> | HomeOf<'other-home'>;

export interface CalendarResource extends DavResource {
  readonly kind: 'calendar';
  readonly seen: SeenCalendar;
  readonly homeHref: string;
}

export interface ObjectResource extends DavResource {
  readonly kind: 'object';
  readonly seen: SeenCalendar;
  readonly head: ObjectHead;
  readonly calendarHref: string;
  /** The object itself, if the maker of this resource had it at hand; otherwise `content.ts` reads it. */
  readonly shown?: ShownObject;
  /** The part that the request selects, if a report has worked it out already. */
  readonly content?: Content | DavError;
}

/** A calendar of which the actor may know the busy times and nothing else: there for free-busy-query only. */
export interface BusyCalendarResource extends DavResource {
  readonly kind: 'busy-calendar';
  readonly calendar: Calendar;
}

export type CaldavResource =
  | SignpostResource
  | PrincipalResource
  | HomeResource
  | CalendarResource
  | BusyCalendarResource
  | ObjectResource;

/** The live properties of one PROPPATCH, MKCALENDAR or MKCOL, in the words of the service. */
export interface CaldavPatch extends Omit<CalendarChanges, 'properties'> {
  /** For a new calendar only. */
  readonly components?: readonly ComponentName[];
  /** Texts as they were set, with the languages of which the service knows nothing; null where one is removed. */
  readonly wordedName?: Worded | null;
  readonly wordedDescription?: Worded | null;
  /** The colour as it was set, with Apple's name for it. */
  readonly symbolicColor?: Color | null;
  /** For a home only. */
  readonly availability?: string | null;
}

/** The services, and what this installation says about itself. */
export interface CaldavServices extends Services {
  /** Addresses of RFC 7808 services that clients may take time zones from; none: zones are always sent along. */
  readonly timezoneServices: readonly string[];
}

export interface CaldavWorld {
  readonly resource: CaldavResource;
  readonly services: CaldavServices;
  readonly patch: CaldavPatch;
}

export type Kind = CaldavResource['kind'];
export type Of<K extends Kind> = ResourceOf<CaldavWorld, K>;
export type Context = DavContext<CaldavWorld>;
export type ReportCall = DavReportCall<CaldavWorld>;
export type Property<K extends Kind, Value, Asked = undefined> = DavProperty<CaldavWorld, K, Value, Asked>;
export type Report<K extends Kind, Query> = DavReport<CaldavWorld, K, Query>;
export type Method<K extends Kind, ParentKind extends Kind = never> = DavMethod<CaldavWorld, K, ParentKind>;
