/**
 * SyncFolderItems (MS-OXWSSYNC 3.1.4.2): what changed in a folder since a state, newest first and in pages.
 *
 * A state holds which changes its owner has been told of: those up to `base`, and of the later ones up to `top` all but the
 * `open` spans. So an item that changes while pages are fetched is told again, and nothing is told twice without need.
 */
import { createHash } from 'node:crypto';
import { EwsError } from './failure.ts';
import { folderId } from './ids.ts';
import type { Folder, Item } from './store.ts';

export interface SyncState {
  readonly base: number;
  readonly top: number;
  /** Half-open below: `[after, upTo]`. */
  readonly open: readonly (readonly [after: number, upTo: number])[];
}

export interface SyncPage {
  readonly changes: readonly (
    | { readonly kind: 'Create' | 'Update'; readonly item: Item }
    | { readonly kind: 'Delete'; readonly serial: number }
  )[];
  readonly state: SyncState;
  readonly last: boolean;
}

const beginning: SyncState = { base: 0, top: 0, open: [] };

/** The next `most` changes of the folder after `before`; `now` is the newest change of the store. */
export function syncPage(folder: Folder, before: SyncState, now: number, most: number): SyncPage {
  if (before.open.length === 0 && folder.change <= before.top)
    return { changes: [], state: { base: before.top, top: before.top, open: [] }, last: true };
  const spans = [...before.open, [before.top, now] as const];
  const isOpen = (change: number): boolean => spans.some(([after, upTo]) => change > after && change <= upTo);
  const found: { readonly change: number; readonly tell: SyncPage['changes'][number] }[] = [];
  for (const item of folder.items.values())
    if (isOpen(item.change))
      found.push({
        change: item.change,
        tell: { kind: item.arrived > before.base ? 'Create' : 'Update', item },
      });
  // What came and went since the last page has never been told, so its end is not told either.
  for (const { serial, arrived, gone } of folder.tombstones)
    if (isOpen(gone) && arrived <= before.top) found.push({ change: gone, tell: { kind: 'Delete', serial } });
  found.sort((a, b) => b.change - a.change);
  const page = found.slice(0, most);
  const changes = page.map(({ tell }) => tell);
  if (page.length === found.length) return { changes, state: { base: now, top: now, open: [] }, last: true };
  const reached = page.at(-1)?.change ?? now;
  const open = spans
    .map(([after, upTo]) => [after, Math.min(upTo, reached - 1)] as const)
    .filter(([after, upTo]) => upTo > after);
  return { changes, state: { base: before.base, top: now, open }, last: false };
}

/** The state that a client sent; undefined text is the beginning. Refuses what this server did not write for this folder. */
export function readState(folder: Folder, text: string | undefined, strict: boolean): SyncState {
  if (text === undefined || text === '') return beginning;
  const state = decode(folder, text);
  if (state) return state;
  if (!strict) return beginning;
  throw new EwsError(
    'ErrorInvalidSyncStateData',
    'Synchronization state data is corrupt or otherwise invalid.',
  );
}

export function writeState(folder: Folder, { base, top, open }: SyncState): string {
  const data = JSON.stringify([base, top, ...open]);
  return Buffer.from(`H4s${seal(folder, data)}${data}`).toString('base64');
}

function decode(folder: Folder, text: string): SyncState | undefined {
  const plain = Buffer.from(text, 'base64').toString('utf8');
  const data = plain.slice(15);
  if (plain.slice(0, 15) !== `H4s${seal(folder, data)}`) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by us, so it is what `writeState` wrote
  const [base, top, ...open] = JSON.parse(data) as [number, number, ...[number, number][]];
  return { base, top, open };
}

function seal(folder: Folder, data: string): string {
  return createHash('sha256')
    .update(`${folderId(folder)} ${data}`)
    .digest('hex')
    .slice(0, 12);
}
