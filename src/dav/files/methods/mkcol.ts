/** MKCOL (RFC 4918 §9.3), with properties if the client wants (RFC 5689). */
import { dav } from '../../../xml/name.ts';
import type { AnyMethod } from '../../method.ts';
import { collectionMethod, invalidResourceType } from '../../methods/make-collection.ts';
import { inside } from '../resources.ts';
import { withDavErrors } from '../store-errors.ts';
import { type FilesWorld, tokens } from '../world.ts';

export const mkcol: AnyMethod = collectionMethod<FilesWorld, 'folder'>({
  name: 'MKCOL',
  spec: 'RFC 4918 §9.3, RFC 5689 §3',
  root: dav('mkcol'),
  below: ['folder'],
  kindOf(types) {
    const isPlain = [...types].every((type) => type === dav('collection'));
    if (!isPlain) throw invalidResourceType('only plain collections can be made here');
    return 'folder';
  },
  async make({ parent, name }, { patch }, context) {
    const { actor, services } = context;
    const place = inside(parent, name);
    await withDavErrors(
      services.store.makeCollection(actor, place, { tokens: tokens(context) }),
      place.home,
      context,
    );
    const node = patch.dead.size === 0 ? undefined : await services.store.fileAt(actor, place);
    if (node !== undefined) await services.store.patchProperties(actor, node, patch.dead);
  },
});
