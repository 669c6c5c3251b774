/** FindItem: by marker, by UID, by time, and all (exchange.md 8.5, 14.2). */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { attemptName, markerField, ownField, searchedMarker } from '../mapping/marker.ts';
import { attribute, make } from '../wire/elements.ts';
import { inner, message } from '../wire/names.ts';
import { itemsIn, onlyMessage } from '../wire/response.ts';
import { field, itemShape, makingFields } from './fields.ts';
import { isTrueOrAbsent, nextPage } from './folders.ts';
import { globalIdField, globalObjectIds } from './global-object-id.ts';
import type { Operation } from './operation.ts';
import { type FolderRef, folderElement } from './targets.ts';

export interface ItemPage {
  readonly items: readonly XmlElement[];
  /** Where the next page begins; undefined: there is none, or the view has no pages. */
  readonly next: number | undefined;
  /** There are more than were given. */
  readonly isCut: boolean;
}

/** Items whose marker is one of these. */
export function findByMarker(
  folder: string,
  markers: readonly string[],
  offset: number,
): Operation<ItemPage> {
  const restriction = anyOf(markerField, markers.map(searchedMarker));
  return findItem({ id: folder }, [markerField()], pageView(100, offset), restriction, offset);
}

/** Items with one of these UIDs, which no restriction may name: under the ids that mailboxes keep them by. */
export function findByUid(folder: FolderRef, uids: readonly string[], offset: number): Operation<ItemPage> {
  const restriction = anyOf(globalIdField, uids.flatMap(globalObjectIds));
  return findItem(folder, [], pageView(100, offset), restriction, offset);
}

/** Items that requests have made whose names begin like this, and how they have come to be. */
export function findByAttempt(folder: FolderRef, beginning: string): Operation<ItemPage> {
  const constant = make('Constant', [], { Value: beginning });
  const how = { ContainmentMode: 'Prefixed', ContainmentComparison: 'Exact' };
  const restriction = make('Contains', [ownField(attemptName), constant], how);
  return findItem(folder, makingFields(), pageView(100, 0), restriction, 0);
}

/** The property has one of these values. */
function anyOf(property: () => DocumentElement, values: readonly string[]): DocumentElement | undefined {
  const conditions = values.map((value) =>
    make('IsEqualTo', [property(), make('FieldURIOrConstant', [make('Constant', [], { Value: value })])]),
  );
  const [only, ...others] = conditions;
  return others.length === 0 ? only : make('Or', conditions);
}

/** Every item of a folder, in pages; `fields` are FieldURIs. */
export function listItems(folder: string, fields: readonly string[], offset: number): Operation<ItemPage> {
  return findItem({ id: folder }, fields.map(field), pageView(500, offset), undefined, offset);
}

/** The most that servers give for one view by default is 1000. */
const maxViewEntries = 500;

/** Occurrences and single items that touch a range, in order of start; the range must not be longer than two years. */
export function calendarView(
  folder: string,
  startMs: number,
  endMs: number,
  fields: readonly string[],
): Operation<ItemPage> {
  const view = message('CalendarView', [], {
    MaxEntriesReturned: String(maxViewEntries),
    StartDate: utc(startMs),
    EndDate: utc(endMs),
  });
  return findItem({ id: folder }, fields.map(field), view, undefined, 0);
}

function findItem(
  folder: FolderRef,
  fields: readonly DocumentElement[],
  view: DocumentElement,
  restriction: DocumentElement | undefined,
  offset: number,
): Operation<ItemPage> {
  return {
    name: 'FindItem',
    repeatable: true,
    body: () =>
      message(
        'FindItem',
        [
          itemShape(fields),
          view,
          restriction === undefined ? undefined : message('Restriction', [restriction]),
          message('ParentFolderIds', [folderElement(folder)]),
        ],
        { Traversal: 'Shallow' },
      ),
    read(response) {
      const root = inner(onlyMessage(response).element, 'RootFolder');
      const items = itemsIn(root, 'Items');
      return {
        items,
        next: nextPage(root, offset, items.length),
        isCut: !isTrueOrAbsent(attribute(root, 'IncludesLastItemInRange')),
      };
    },
  };
}

function pageView(size: number, offset: number): DocumentElement {
  return message('IndexedPageItemView', [], {
    MaxEntriesReturned: String(size),
    Offset: String(offset),
    BasePoint: 'Beginning',
  });
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
