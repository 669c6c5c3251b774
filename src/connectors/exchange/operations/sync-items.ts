/** SyncFolderItems: what changed in a folder since a state (exchange.md 8.2, 14.2). */

import { localNameOf } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { inner, innerText, message } from '../wire/names.ts';
import { itemsIn, onlyMessage } from '../wire/response.ts';
import { knows } from '../wire/schema-version.ts';
import { field, itemShape } from './fields.ts';
import { isTrueOrAbsent } from './folders.ts';
import type { Operation } from './operation.ts';
import { folderElement, idOf } from './targets.ts';

export interface SyncPage {
  /** In the order of the answer: an item may stand there twice, and the last entry counts. */
  readonly changes: readonly SyncChange[];
  readonly state: string;
  readonly last: boolean;
}

export type SyncChange =
  | { readonly id: string; readonly version: string; readonly item: XmlElement }
  | { readonly id: string; readonly deleted: true };

/** The most that the schema allows. */
const maxChanges = 512;

/** `initial`: with what tells whether an item has to be read at all. */
export function syncFolderItems(folder: string, state: string | null): Operation<SyncPage> {
  const first = ['calendar:Start', 'calendar:End', 'calendar:CalendarItemType'];
  const fields = ['item:ItemClass', ...(state === null ? first : [])];
  return {
    name: 'SyncFolderItems',
    repeatable: true,
    body: (version) =>
      message('SyncFolderItems', [
        itemShape(fields.map(field)),
        message('SyncFolderId', [folderElement({ id: folder })]),
        state === null ? undefined : message('SyncState', [state]),
        message('MaxChangesReturned', [String(maxChanges)]),
        knows(version, 'Exchange2010') ? message('SyncScope', ['NormalItems']) : undefined,
      ]),
    read(response) {
      const { element } = onlyMessage(response);
      return {
        changes: itemsIn(element, 'Changes').flatMap(changeOf),
        state: innerText(element, 'SyncState'),
        last: isTrueOrAbsent(inner(element, 'IncludesLastItemInRange')?.text),
      };
    },
  };
}

function changeOf(change: XmlElement): readonly SyncChange[] {
  const id = idOf(change);
  if (id === undefined) return [];
  const kind = localNameOf(change.name);
  if (kind === 'Delete') return [{ id: id.id, deleted: true }];
  const [item] = change.children;
  // `ReadFlagChange` says nothing about an appointment.
  return (kind === 'Create' || kind === 'Update') && item !== undefined ? [{ ...id, item }] : [];
}
