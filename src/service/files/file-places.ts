/**
 * Where the files of a person lie, and what stands there.
 *
 * A path is a list of decoded segments below the top collection; an empty one is that collection. Only its owner gets in;
 * for everyone else nothing is there.
 */
import type { Change } from '../../core/change-set.ts';
import type { FileNode } from '../../core/file.ts';
import type { FileId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { isOperator, reachesAll } from '../access.ts';
import type { Services } from '../context.ts';

export type FilePath = readonly string[];

/** A path at which something may or may not exist. */
export interface FilePlace {
  readonly home: Principal;
  readonly path: FilePath;
}

/** What stands at a place; `undefined` when nothing does, or when the actor may not know. */
export async function fileAt(
  services: Services,
  actor: Actor,
  place: FilePlace,
): Promise<FileNode | undefined> {
  if (!mayEnter(actor, place.home)) return undefined;
  let node = await rootOf(services, actor, place.home);
  for (const segment of place.path) {
    if (!node.isCollection) return undefined;
    const next = await services.storage.file(node.id, segment);
    if (!next) return undefined;
    node = next;
  }
  return node;
}

/** The top collection, made when its owner comes for the first time. */
async function rootOf(services: Services, actor: Actor, home: Principal): Promise<FileNode> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const known = await services.storage.fileRoot(home.id);
    if (known) return known;
    const change: Change = {
      do: 'make-collection',
      id: services.ids<FileId>(),
      home: home.id,
      parent: null,
      name: '',
    };
    // Somebody else may have made it meanwhile; then it is there at the second look.
    await services.storage.commit({
      actor: isOperator(actor) ? null : actor.principal.id,
      changes: [change],
    });
  }
  throw missing();
}

/** Files are their person’s alone; an app password for single calendars does not open them. */
export function mayEnter(actor: Actor, home: Principal): boolean {
  const { id, disabled } = actor.principal;
  return isOperator(actor) || (id === home.id && !disabled && reachesAll(actor));
}

export function missing(): Refusal {
  return new Refusal('not-found', 'there is no such file');
}
