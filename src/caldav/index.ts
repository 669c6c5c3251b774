/** The CalDAV door: everything it offers, in lists whose order is that of its answers. */
import { createDav } from '../dav/create.ts';
import type { Dav, DavOptions } from '../dav/engine.ts';
import type { AnyMethod } from '../dav/method.ts';
import { pathBelow, splitHref } from '../dav/path.ts';
import type { AnyProperty } from '../dav/property.ts';
import type { AnyReport } from '../dav/report.ts';
import type { RawRequest, Site } from '../dav/request.ts';
import type { DavResponse } from '../dav/response.ts';
import type { Services } from '../service/context.ts';
import { accessControl } from './access.ts';
import { madeEtag } from './calendar-export.ts';
import { getctag } from './calendarserver/getctag.ts';
import { calendarserverPrincipalSearch } from './calendarserver/principal-search.ts';
import { deadProperties } from './dead-properties.ts';
import { memberRows, members } from './members.ts';
import { deleteCalendar, deleteObject } from './methods/delete.ts';
import { getCalendar, getCollection, getObject } from './methods/get.ts';
import { mkcalendar, mkcol } from './methods/mkcalendar.ts';
import { put } from './methods/put.ts';
import { copy, move } from './methods/transfer.ts';
import { applyPatch } from './patch.ts';
import { principalDirectory } from './principals.ts';
import { calendarAvailability } from './properties/calendar-availability.ts';
import { calendarColor, calendarOrder } from './properties/calendar-color.ts';
import { calendarData } from './properties/calendar-data.ts';
import { calendarDescription } from './properties/calendar-description.ts';
import { calendarTimezone, calendarTimezoneId } from './properties/calendar-timezone.ts';
import { displayname } from './properties/displayname.ts';
import { getcontentlength } from './properties/getcontentlength.ts';
import {
  maxAttendeesPerInstance,
  maxDateTime,
  maxInstances,
  maxResourceSize,
  minDateTime,
  supportedCalendarData,
  supportedCollationSet,
} from './properties/limits.ts';
import {
  calendarHomeSet,
  calendarUserAddressSet,
  calendarUserType,
  emailAddressSet,
} from './properties/principal.ts';
import { resourceId } from './properties/resource-id.ts';
import { scheduleCalendarTransp } from './properties/schedule-calendar-transp.ts';
import { scheduleTag } from './properties/schedule-tag.ts';
import {
  supportedCalendarComponentSet,
  supportedCalendarComponentSets,
} from './properties/supported-calendar-component-set.ts';
import { timezoneServiceSet } from './properties/timezone-service-set.ts';
import { quota } from './quota.ts';
import { remembering } from './remembered.ts';
import { calendarMultiget } from './reports/calendar-multiget.ts';
import { calendarQuery } from './reports/calendar-query.ts';
import { freeBusyQuery } from './reports/free-busy-query.ts';
import { resolve } from './resolve.ts';
import { type PlaceKind, pathOf, placeOf } from './resources.ts';
import { syncSource } from './sync.ts';
import type { CaldavServices, CaldavWorld } from './world.ts';

export interface CaldavOptions {
  readonly site: Site;
  /** Addresses of RFC 7808 services that clients may take time zones from. */
  readonly timezoneServices?: readonly string[];
  /** Called for unexpected errors, which are answered with 500. */
  readonly logError: DavOptions<CaldavWorld>['logError'];
}

export const methods: readonly AnyMethod[] = [
  getObject,
  getCalendar,
  getCollection,
  put,
  deleteObject,
  deleteCalendar,
  copy,
  move,
  mkcalendar,
  mkcol,
];

const properties: readonly AnyProperty[] = [
  displayname,
  getcontentlength,
  resourceId,
  calendarHomeSet,
  calendarUserAddressSet,
  calendarUserType,
  emailAddressSet,
  calendarDescription,
  calendarTimezone,
  calendarTimezoneId,
  timezoneServiceSet,
  supportedCalendarComponentSet,
  supportedCalendarComponentSets,
  supportedCalendarData,
  supportedCollationSet,
  maxResourceSize,
  minDateTime,
  maxDateTime,
  maxInstances,
  maxAttendeesPerInstance,
  scheduleCalendarTransp,
  scheduleTag,
  calendarAvailability,
  calendarColor,
  calendarOrder,
  getctag,
  calendarData,
];

const reports: readonly AnyReport[] = [
  calendarQuery,
  calendarMultiget,
  freeBusyQuery,
  calendarserverPrincipalSearch,
];

/** One handler for all DAV addresses, from `/` down. */
export function createCaldav(
  services: Services,
  options: CaldavOptions,
): (request: RawRequest) => Promise<DavResponse> {
  const { site, timezoneServices = [] } = options;
  const caldavServices: CaldavServices = { ...services, timezoneServices };
  const engine: Dav<CaldavWorld> = createDav(caldavDoor(caldavServices, options));
  const answer = remembering(caldavServices, engine.handleWith);
  const start: DavResponse = {
    status: 301,
    headers: { Location: engine.href(pathOf({ at: 'context' }).segments, true) },
  };
  // Loaded when somebody asks for it: most programs never do, and the server starts sooner.
  let files: Promise<(request: RawRequest) => Promise<DavResponse>> | undefined;
  const answerFiles = async (request: RawRequest): Promise<DavResponse> => {
    files ??= import('./files.ts').then(({ createFiles }) => createFiles(services, site, options.logError));
    return await (await files)(request);
  };
  return (request) => {
    const at = kindOfPlace(site, request.target);
    // RFC 6764 §5: before anybody is asked who they are, and for whatever method.
    if (at === 'well-known') return Promise.resolve(start);
    return at === 'files' ? answerFiles(request) : answer(request);
  };
}

function kindOfPlace(site: Site, target: string): PlaceKind | undefined {
  const href = splitHref(target);
  const path = href && pathBelow(site, href.path);
  return path && placeOf(path.segments)?.at;
}

function caldavDoor(services: CaldavServices, { site, logError }: CaldavOptions): DavOptions<CaldavWorld> {
  const principals = site.basePath + pathOf({ at: 'principals' }).segments.join('/');
  return {
    site,
    services,
    limits: services.limits,
    methods,
    properties,
    reports,
    features: features(services),
    resolve,
    members,
    memberRows,
    access: accessControl,
    principals: principalDirectory(services, `${principals}/`),
    deadProperties,
    applyPatch,
    madeEtag,
    quota,
    sync: syncSource,
    logError,
  };
}

/** Only what is true (clients.md W9). Time zones may be left out only where clients are told whence to take them. */
function features({ timezoneServices }: CaldavServices): readonly string[] {
  return [
    '3',
    'access-control',
    'calendar-access',
    'extended-mkcol',
    ...(timezoneServices.length > 0 ? ['calendar-no-timezone'] : []),
  ];
}
