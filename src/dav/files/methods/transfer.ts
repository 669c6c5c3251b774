/** COPY and MOVE (RFC 4918 §9.8, §9.9); properties go along, locks stay behind. */
import { DavError } from '../../error.ts';
import { defineMethod } from '../../method.ts';
import type { DavResponse } from '../../response.ts';
import { destinationOf, transferDepth, transferred } from '../../transfer.ts';
import { hrefOfPlace, placeAt } from '../resources.ts';
import { memberLocked, withDavErrors } from '../store-errors.ts';
import { type Context, type FileResource, type Method, tokens } from '../world.ts';

export const copy: Method<'file' | 'folder'> = defineMethod({
  name: 'COPY',
  spec: 'RFC 4918 §9.8',
  on: ['file', 'folder'],
  changesState: false,
  privilege: 'read',
  handle: (file, context) => transfer('copyFile', file, context),
});

export const move: Method<'file' | 'folder'> = defineMethod({
  name: 'MOVE',
  spec: 'RFC 4918 §9.9',
  on: ['file', 'folder'],
  changesState: true,
  handle: (file, context) => transfer('moveFile', file, context),
});

async function transfer(
  how: 'copyFile' | 'moveFile',
  { href, place, isCollection }: FileResource,
  context: Context,
): Promise<DavResponse> {
  const { actor, request, services } = context;
  const depth = transferDepth(request, isCollection);
  const to = await placeAt(destinationOf(request), context);
  if (to === undefined) throw new DavError(403, 'files stay among files');
  const { overwrite } = request;
  try {
    const work = services.store[how](actor, place, to, { overwrite, depth, tokens: tokens(context) });
    const { created } = await withDavErrors(work, to.home, context);
    return transferred(created, hrefOfPlace(to, services));
  } catch (error) {
    return memberLocked(error, href);
  }
}
