/** PUT of calendar objects (RFC 4791 §5.3.2, clients.md W37 to W41). */
import { encodeSegment } from '../../core/name.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineMethod } from '../../dav/method.ts';
import { readBody } from '../../dav/request.ts';
import type { DavResponse } from '../../dav/response.ts';
import { notingRefusal } from '../../service/calendars/refused.ts';
import { putObject } from '../../service/objects/objects.ts';
import { checkScheduleTag } from '../properties/schedule-tag.ts';
import { type Subject, withHrefs } from '../refusal-hrefs.ts';
import type { CalendarResource, Context, Method } from '../world.ts';

/** Rights are the service's to judge: a change of alarm state is accepted on calendars that are only read (demand 4). */
export const put: Method<'object', 'calendar'> = defineMethod({
  name: 'PUT',
  spec: 'RFC 4791 §5.3.2',
  on: ['object'],
  changesState: true,
  handle: ({ href, calendarHref, seen, head }, context) =>
    store({ href: calendarHref, seen }, head.name, { href, privilege: 'write-content' }, context),
  below: ['calendar'],
  create: ({ parent, name }, context) =>
    store(parent, encodeSegment(name), { href: parent.href, privilege: 'bind' }, context),
});

async function store(
  { href, seen }: Pick<CalendarResource, 'href' | 'seen'>,
  name: string,
  needed: Subject,
  context: Context,
): Promise<DavResponse> {
  const { request, services, actor, expect } = context;
  checkScheduleTag(request);
  // A part of an object would be taken for all of it (RFC 9110 §14.4).
  if (request.header('content-range') !== undefined) {
    throw new Refusal('malformed-request', 'an object is stored as a whole, not in parts');
  }
  const program = request.header('user-agent') ?? '';
  const noting = <Result>(bytes: Uint8Array | undefined, work: Promise<Result>): Promise<Result> =>
    notingRefusal(services, actor, seen, { name, bytes, program }, work);
  const { maxObjectBytes } = services.limits;
  const tooLarge = () =>
    new Refusal('too-large', `a calendar object may have at most ${maxObjectBytes} bytes`);
  const bytes = await noting(undefined, readBody(request, maxObjectBytes, tooLarge));
  const contentType = request.header('content-type');
  const put = putObject(services, actor, seen, {
    name,
    bytes,
    expect,
    ...(contentType !== undefined && { contentType }),
  });
  const result = await withHrefs(noting(bytes, put), {
    ...needed,
    calendarHref: href,
    calendars: [{ href, seen }],
  });
  return {
    status: result.created ? 201 : 204,
    // No ETag when the bytes had to be mended: the client shall fetch what is stored (RFC 4791 §5.3.4).
    headers: result.etag === undefined ? {} : { ETag: result.etag },
  };
}
