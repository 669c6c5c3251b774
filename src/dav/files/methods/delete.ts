/** DELETE of a file, or of a folder with all that is in it (RFC 4918 §9.6). */
import { Refusal } from '../../../core/refusal.ts';
import { defineMethod } from '../../method.ts';
import { memberLocked, withDavErrors } from '../store-errors.ts';
import { type Method, tokens } from '../world.ts';

export const remove: Method<'file' | 'folder'> = defineMethod({
  name: 'DELETE',
  spec: 'RFC 4918 §9.6',
  on: ['file', 'folder'],
  changesState: true,
  async handle({ href, place, isCollection }, context) {
    const { actor, request, services } = context;
    if (isCollection && request.depth !== undefined && request.depth !== 'infinity') {
      throw new Refusal(
        'malformed-request',
        'a collection is deleted with all that is in it: Depth is infinity',
      );
    }
    try {
      const submitted = { tokens: tokens(context) };
      await withDavErrors(services.store.deleteFile(actor, place, submitted), place.home, context);
    } catch (error) {
      return memberLocked(error, href);
    }
    return { status: 204, headers: {} };
  },
});
