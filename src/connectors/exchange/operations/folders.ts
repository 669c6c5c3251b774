/** GetFolder and FindFolder (exchange.md 14.1). */
import type { XmlElement } from '../../../xml/reader.ts';
import { attribute, make, makeText } from '../wire/elements.ts';
import { inner, innerAll, innerText, message } from '../wire/names.ts';
import { itemsIn, onlyMessage } from '../wire/response.ts';
import { field } from './fields.ts';
import type { Operation } from './operation.ts';
import { type FolderRef, folderElement } from './targets.ts';

export interface Folder {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  readonly folderClass: string;
  /** Undefined: the server does not tell. */
  readonly canWrite: boolean | undefined;
  readonly parent: string;
}

export function getFolder(folder: FolderRef): Operation<Folder> {
  return {
    name: 'GetFolder',
    repeatable: true,
    body: () =>
      message('GetFolder', [
        message('FolderShape', [
          makeText('BaseShape', 'Default'),
          make('AdditionalProperties', [
            field('folder:FolderClass'),
            field('folder:EffectiveRights'),
            field('folder:ParentFolderId'),
          ]),
        ]),
        message('FolderIds', [folderElement(folder)]),
      ]),
    read(response) {
      const [found] = itemsIn(onlyMessage(response).element, 'Folders');
      return folderOf(found);
    },
  };
}

export interface FolderPage {
  readonly folders: readonly Folder[];
  /** Where the next page begins; undefined: there is none. */
  readonly next: number | undefined;
}

const pageSize = 200;

/**
 * All folders below that hold appointments; search folders hold nothing of their own and are left out. `searched`: the server
 * is asked for these alone, which not each understands.
 */
export function findCalendars(
  under: FolderRef,
  offset: number,
  searched: boolean = true,
): Operation<FolderPage> {
  return {
    name: 'FindFolder',
    repeatable: true,
    body: () =>
      message(
        'FindFolder',
        [
          message('FolderShape', [
            makeText('BaseShape', 'IdOnly'),
            make('AdditionalProperties', [
              field('folder:DisplayName'),
              field('folder:FolderClass'),
              field('folder:EffectiveRights'),
              field('folder:ParentFolderId'),
            ]),
          ]),
          message('IndexedPageFolderView', [], {
            MaxEntriesReturned: String(pageSize),
            Offset: String(offset),
            BasePoint: 'Beginning',
          }),
          searched
            ? message('Restriction', [
                make(
                  'Contains',
                  [field('folder:FolderClass'), make('Constant', [], { Value: 'IPF.Appointment' })],
                  {
                    ContainmentMode: 'Prefixed',
                    ContainmentComparison: 'IgnoreCase',
                  },
                ),
              ])
            : undefined,
          message('ParentFolderIds', [folderElement(under)]),
        ],
        { Traversal: 'Deep' },
      ),
    read(response) {
      const root = inner(onlyMessage(response).element, 'RootFolder');
      const found = itemsIn(root, 'Folders').filter(mayHoldAppointments);
      return { folders: found.map(folderOf), next: nextPage(root, offset, itemsIn(root, 'Folders').length) };
    },
  };
}

/** Where the page after this one of so many begins; undefined: it is the last. */
export function nextPage(root: XmlElement | undefined, offset: number, count: number): number | undefined {
  if (isTrueOrAbsent(attribute(root, 'IncludesLastItemInRange'))) return undefined;
  const next = Number(attribute(root, 'IndexedPagingOffset') ?? offset + count);
  // A server that counts wrongly must not keep us for ever.
  return next > offset ? next : undefined;
}

/** Some tell of folders that nobody has asked for. */
function mayHoldAppointments(element: XmlElement): boolean {
  const told = innerText(element, 'FolderClass').trim();
  return (
    !/\}(?:Search|Tasks|Contacts)Folder$/.test(element.name) &&
    (told === '' ? element.name.endsWith('}CalendarFolder') : /^IPF\.Appointment\b/i.test(told))
  );
}

/** An xs:boolean that a server may leave out where it is true. */
export function isTrueOrAbsent(text: string | undefined): boolean {
  return text === undefined || /^\s*(?:true|1)\s*$/i.test(text);
}

function folderOf(element: XmlElement | undefined): Folder {
  const id = inner(element, 'FolderId');
  const rights = inner(element, 'EffectiveRights');
  const mayCreate = innerAll(rights, 'CreateContents')[0]?.text.trim().toLowerCase();
  return {
    id: attribute(id, 'Id') ?? '',
    version: attribute(id, 'ChangeKey') ?? '',
    name: innerText(element, 'DisplayName'),
    folderClass: innerText(element, 'FolderClass'),
    canWrite: mayCreate === undefined ? undefined : mayCreate === 'true' || mayCreate === '1',
    parent: attribute(inner(element, 'ParentFolderId'), 'Id') ?? '',
  };
}
