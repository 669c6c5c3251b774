/** PUT of a whole file (RFC 4918 §9.7). */
import { Refusal } from '../../../core/refusal.ts';
import { defineMethod } from '../../method.ts';
import { readPieces } from '../../request.ts';
import type { DavResponse } from '../../response.ts';
import { hrefOfPlace, inside } from '../resources.ts';
import type { FilePlace } from '../store.ts';
import { withDavErrors } from '../store-errors.ts';
import { type Context, type Method, tokens } from '../world.ts';

export const put: Method<'file', 'folder'> = defineMethod({
  name: 'PUT',
  spec: 'RFC 4918 §9.7',
  on: ['file'],
  changesState: true,
  handle: (file, context) => store(file.place, context),
  below: ['folder'],
  create: ({ parent, name }, context) => store(inside(parent, name), context),
});

async function store(place: FilePlace, context: Context): Promise<DavResponse> {
  const { actor, request, services, dav: engine, expect } = context;
  // RFC 9110 §14.4: a part of a file must not be stored as if it were the whole.
  if (request.header('content-range') !== undefined) {
    throw new Refusal('malformed-request', 'a PUT of a part (Content-Range) cannot be done');
  }
  const bytes = await readPieces(request, engine.options.limits.maxFileBytes);
  const contentType = request.header('content-type');
  const file = {
    bytes,
    expect,
    tokens: tokens(context),
    ...(contentType === undefined ? {} : { contentType }),
  };
  const { created, etag } = await withDavErrors(
    services.store.putFile(actor, place, file),
    place.home,
    context,
  );
  return created
    ? { status: 201, headers: { ETag: etag, Location: hrefOfPlace(place, services) } }
    : { status: 204, headers: { ETag: etag } };
}
