/** GET of objects, of whole calendars, and of the collections around them. HEAD is GET without its body. */

import { encodeSegment } from '../../core/name.ts';
import { Refusal } from '../../core/refusal.ts';
import { httpDate } from '../../dav/http-date.ts';
import { defineMethod } from '../../dav/method.ts';
import { checkConditions } from '../../dav/preconditions.ts';
import type { DavResponse } from '../../dav/response.ts';
import { validators } from '../../dav/response.ts';
import { calendarExport } from '../calendar-export.ts';
import { objectBytes } from '../content.ts';
import { helpPage } from '../help-page.ts';
import { objectContentType } from '../make.ts';
import type { CalendarResource, Context, Kind, Method } from '../world.ts';
import { zoneForm } from '../zone-form.ts';

/** Caches may keep answers but must ask before each use, so that nobody sees an old calendar. */
const caching: Readonly<Record<string, string>> = { 'Cache-Control': 'private, no-cache' };

/** The stored bytes, with the ETag that listings show (RFC 4791 §5.3.4). */
export const getObject: Method<'object'> = defineMethod({
  name: 'GET',
  spec: 'RFC 9110 §9.3.1, RFC 4791 §5.3.4',
  on: ['object'],
  changesState: false,
  privilege: 'read',
  async handle(object, context) {
    // HEAD needs no bytes: all it tells is in the head.
    const isHead = context.request.method === 'HEAD';
    const found = isHead ? undefined : await objectBytes(object, context);
    if (!isHead && !found) throw new Refusal('not-found', 'there is nothing at this address');
    const length = zoneForm(context) === 'stored' ? object.sizeBytes : undefined;
    return {
      status: 200,
      headers: {
        'Content-Type': objectContentType,
        ...validators(object),
        ...caching,
        Vary: 'CalDAV-Timezones',
        ...(isHead && length !== undefined && { 'Content-Length': String(length) }),
      },
      ...(found && { body: found }),
    };
  },
});

/**
 * A calendar as one .ics, as this reader may see it. The ETag is made of the calendar's counter, so that an unchanged
 * calendar is answered without reading an object.
 */
export const getCalendar: Method<'calendar'> = defineMethod({
  name: 'GET',
  spec: 'RFC 9110 §9.3.1',
  on: ['calendar'],
  changesState: false,
  privilege: 'read',
  checksPreconditions: true,
  handle: calendarFile,
});

async function calendarFile(calendar: CalendarResource, context: Context): Promise<DavResponse> {
  const { request } = context;
  const { seen } = calendar;
  const exported = await calendarExport(calendar, context);
  const { etag, lastModified } = exported;
  const headers = { ETag: etag, 'Last-Modified': httpDate(lastModified), ...caching };
  const state = { exists: true, etag, modified: lastModified };
  const checked = await checkConditions(request.conditions, true, state, () =>
    Promise.resolve({ etag, tokens: [] }),
  );
  if (checked === 'unchanged') return { status: 304, headers };
  return {
    status: 200,
    headers: {
      ...headers,
      'Content-Type': objectContentType,
      'Content-Disposition': `inline; filename*=UTF-8''${encodeSegment(`${seen.calendar.name}.ics`)}`,
    },
    body: (await exported.whole()) ?? exported.chunks,
  };
}

/** Collections that show a help page to people who open them in a browser. */
export type HelpfulKind = Exclude<Kind, 'object' | 'calendar' | 'busy-calendar' | 'files'>;
export const helpfulKinds: readonly HelpfulKind[] = [
  'root',
  'context',
  'principals',
  'principal',
  'homes',
  'home',
  'other-home',
];

/** For people who open a DAV address in a browser (clients.md, demand 84). */
export const getCollection: Method<HelpfulKind> = defineMethod({
  name: 'GET',
  spec: 'RFC 4918 §9.4',
  on: helpfulKinds,
  changesState: false,
  privilege: 'read',
  handle: async (_collection, context) => helpPage(context),
});
