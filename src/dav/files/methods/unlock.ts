/** UNLOCK (RFC 4918 §9.11). */
import { Refusal } from '../../../core/refusal.ts';
import { dav } from '../../../xml/name.ts';
import { DavError } from '../../error.ts';
import { defineMethod } from '../../method.ts';
import { withDavErrors } from '../store-errors.ts';
import type { Method } from '../world.ts';

export const unlock: Method<'file' | 'folder'> = defineMethod({
  name: 'UNLOCK',
  spec: 'RFC 4918 §9.11',
  on: ['file', 'folder'],
  changesState: true,
  async handle({ place }, context) {
    const { actor, request, services } = context;
    // Some clients leave the brackets out.
    const token = /^<?([^<>\s]+)>?$/.exec(request.header('lock-token')?.trim() ?? '')?.[1];
    if (token === undefined) throw new Refusal('malformed-request', 'an UNLOCK needs a Lock-Token');
    try {
      await withDavErrors(services.store.unlockFile(actor, place, token), place.home, context);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'stale') throw error;
      throw new DavError(409, 'there is no such lock here', { name: dav('lock-token-matches-request-uri') });
    }
    return { status: 204, headers: {} };
  },
});
