/** Folders and items as requests name them. */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { attribute, make, makeText } from '../wire/elements.ts';
import { below, inner } from '../wire/names.ts';

export type FolderRef =
  | { readonly id: string }
  /** `mailbox`: whose folder, where a login reads those of others (delegate mode). */
  | {
      readonly distinguished: 'calendar' | 'msgfolderroot' | 'deleteditems' | 'sentitems';
      readonly mailbox?: string | undefined;
    };

export function folderElement(folder: FolderRef): DocumentElement {
  if ('id' in folder) return make('FolderId', [], { Id: folder.id });
  const mailbox =
    folder.mailbox === undefined ? undefined : make('Mailbox', [makeText('EmailAddress', folder.mailbox)]);
  return make('DistinguishedFolderId', [mailbox], { Id: folder.distinguished });
}

export interface ItemVersion {
  readonly id: string;
  /** Empty: none. */
  readonly version: string;
}

export type ItemRef =
  /** `of`: the series of which it is an occurrence, where that is known. */
  | { readonly id: string; readonly version?: string; readonly of?: string }
  /** 1-based; deleted occurrences count. */
  | { readonly master: string; readonly index: number }
  | { readonly masterOf: string };

export function itemElement(item: ItemRef): DocumentElement {
  if ('master' in item)
    return make('OccurrenceItemId', [], {
      RecurringMasterId: item.master,
      InstanceIndex: String(item.index),
    });
  if ('masterOf' in item) return make('RecurringMasterItemId', [], { OccurrenceId: item.masterOf });
  const { id, version = '' } = item;
  return make('ItemId', [], { Id: id, ...(version !== '' && { ChangeKey: version }) });
}

/** The `ItemId` of an item, or the first below a message. */
export function idOf(element: XmlElement | undefined): ItemVersion | undefined {
  const id = inner(element, 'ItemId') ?? below(element, 'ItemId');
  const text = attribute(id, 'Id');
  return text === undefined || text === ''
    ? undefined
    : { id: text, version: attribute(id, 'ChangeKey') ?? '' };
}
