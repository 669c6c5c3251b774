/** GetFolder, FindFolder, SyncFolderHierarchy, CreateFolder, DeleteFolder. */
import { each } from '../answer.ts';
import { type Context, demandAccess, folderOf, storeOf } from '../context.ts';
import { EwsError } from '../failure.ts';
import { effectiveRights } from '../fields.ts';
import { changeKey, folderId } from '../ids.ts';
import {
  all,
  child,
  childText,
  type Element,
  localName,
  type Markup,
  nothing,
  path,
  tag,
  text,
} from '../markup.ts';
import { readPaging } from '../paging.ts';
import { atLeast } from '../profile.ts';
import { matches } from '../restriction.ts';
import { readShape, type Shape } from '../shape.ts';
import type { Folder } from '../store.ts';
import { readState, writeState } from '../sync.ts';

export function getFolder(context: Context, request: Element): Markup {
  const shape = readShape(child(request, 'FolderShape'));
  return each(
    'GetFolder',
    child(request, 'FolderIds')?.children ?? [],
    (id) => [tag('m:Folders', [folderMarkup(context, folderOf(context, id), shape)])],
    [tag('m:Folders')],
  );
}

export function findFolder(context: Context, request: Element): Markup {
  const shape = readShape(child(request, 'FolderShape'));
  const deep = request.attributes.get('Traversal') === 'Deep';
  const restriction = path(request, 'Restriction')?.children[0];
  const paging = readPaging(request);
  return each('FindFolder', child(request, 'ParentFolderIds')?.children ?? [], (id) => {
    const parent = folderOf(context, id);
    const found = [...parent.mailbox.folders.values()].filter(
      (folder) =>
        (deep ? isBelow(folder, parent) : folder.parent === parent) &&
        (!restriction || matches(restriction, (uri) => folderValue(folder, uri))),
    );
    const { page, attributes } = paging(found);
    if (page.length === 0 && context.backend.profile.omitsEmptyLists) return [];
    return [
      tag(
        'm:RootFolder',
        [
          tag(
            't:Folders',
            page.map((one) => folderMarkup(context, one, shape)),
          ),
        ],
        attributes,
      ),
    ];
  });
}

/** Every folder is told as new to a client without state, and nothing after that: folders do not change here. */
export function syncFolderHierarchy(context: Context, request: Element): Markup {
  const shape = readShape(child(request, 'FolderShape'));
  return each('SyncFolderHierarchy', [request], () => {
    const named = child(request, 'SyncFolderId')?.children[0];
    const root = named ? folderOf(context, named) : context.mailbox?.byName.get('msgfolderroot');
    if (!root)
      throw new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
    const state = readState(root, childText(request, 'SyncState'), true);
    const folders = [...root.mailbox.folders.values()].filter(
      (one) => isBelow(one, root) && one.serial > state.top,
    );
    const newest = Math.max(state.top, ...folders.map(({ serial }) => serial));
    return [
      text('m:SyncState', writeState(root, { base: newest, top: newest, open: [] })),
      text('m:IncludesLastFolderInRange', true),
      tag(
        'm:Changes',
        folders.map((one) => tag('t:Create', [folderMarkup(context, one, shape)])),
      ),
    ];
  });
}

export function createFolder(context: Context, request: Element): Markup {
  const parent = folderOf(context, child(request, 'ParentFolderId')?.children[0], 'write');
  return each(
    'CreateFolder',
    child(request, 'Folders')?.children ?? [],
    (element) => {
      demandAccess(context, parent.mailbox, 'write');
      const name = childText(element, 'DisplayName') ?? '';
      const folderClass =
        childText(element, 'FolderClass') ??
        (localName(element) === 'CalendarFolder' ? 'IPF.Appointment' : 'IPF.Note');
      if ([...parent.mailbox.folders.values()].some((one) => one.parent === parent && one.name === name))
        throw new EwsError('ErrorFolderExists', `A folder with the specified name already exists: ${name}.`);
      const folder = storeOf(context).addFolder(parent.mailbox, parent, name, folderClass);
      return [tag('m:Folders', [folderMarkup(context, folder, readShape(undefined))])];
    },
    [tag('m:Folders')],
  );
}

export function deleteFolder(context: Context, request: Element): Markup {
  return each('DeleteFolder', child(request, 'FolderIds')?.children ?? [], (id) => {
    const folder = folderOf(context, id, 'write');
    if (folder.distinguished !== undefined)
      throw new EwsError('ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.');
    storeOf(context).removeFolder(folder);
    return [];
  });
}

export function isBelow(folder: Folder, parent: Folder): boolean {
  for (let one = folder.parent; one; one = one.parent) if (one === parent) return true;
  return false;
}

function folderValue(folder: Folder, uri: string): string | undefined {
  switch (uri) {
    case 'folder:FolderClass':
      return folder.folderClass;
    case 'folder:DisplayName':
      return folder.name;
    case 'folder:FolderId':
      return folderId(folder);
    case 'folder:ParentFolderId':
      return folder.parent && folderId(folder.parent);
    case '|||13825': // PR_FOLDER_TYPE (0x3601)
      return folder.search ? '2' : folder.parent ? '1' : '0';
    case '|||4340': // PR_ATTR_HIDDEN (0x10f4)
      return 'false';
    case '|||13843': // PR_CONTAINER_CLASS (0x3613)
      return folder.folderClass;
    case '|||26276': // 0x66a4
      return '0';
    default:
      return undefined;
  }
}

const elements: readonly [prefix: string, element: string][] = [
  ['IPF.Appointment', 't:CalendarFolder'],
  ['IPF.Contact', 't:ContactsFolder'],
  ['IPF.Task', 't:TasksFolder'],
];

export function folderMarkup(context: Context, folder: Folder, shape: Shape): Markup {
  const element = folder.search
    ? 't:SearchFolder'
    : (elements.find(([prefix]) => folder.folderClass.startsWith(prefix))?.[1] ?? 't:Folder');
  const every = shape.base === 'AllProperties';
  const wanted = (name: string, byDefault: boolean): boolean =>
    every || shape.uris.has(`folder:${name}`) || (byDefault && shape.base === 'Default');
  const children = [...folder.mailbox.folders.values()].filter(({ parent }) => parent === folder).length;
  const writable =
    context.mailbox === folder.mailbox ||
    folder.mailbox.delegates.get(context.mailbox?.address ?? '') === 'Editor';
  const some = (name: string, byDefault: boolean, make: () => Markup): Markup =>
    wanted(name, byDefault) ? make() : nothing;
  return tag(element, [
    tag('t:FolderId', [], { Id: folderId(folder), ChangeKey: changeKey(folder) }),
    folder.parent
      ? some('ParentFolderId', false, () =>
          tag('t:ParentFolderId', [], {
            Id: folderId(folder.parent ?? folder),
            ChangeKey: changeKey(folder.parent ?? folder),
          }),
        )
      : nothing,
    some('FolderClass', false, () =>
      folder.folderClass ? text('t:FolderClass', folder.folderClass) : nothing,
    ),
    some('DisplayName', true, () => text('t:DisplayName', folder.name)),
    some('TotalCount', true, () => text('t:TotalCount', folder.items.size)),
    some('ChildFolderCount', true, () => text('t:ChildFolderCount', children)),
    all(shape.extended.map((one) => extendedOf(folder, one))),
    some('EffectiveRights', false, () => effectiveRights('t:EffectiveRights', writable)),
    folder.distinguished !== undefined && atLeast(context.version, 'Exchange2013')
      ? some('DistinguishedFolderId', false, () =>
          text('t:DistinguishedFolderId', folder.distinguished ?? ''),
        )
      : nothing,
    element === 't:Folder' || element === 't:SearchFolder' || element === 't:TasksFolder'
      ? some('UnreadCount', true, () =>
          text(
            't:UnreadCount',
            [...folder.items.values()].filter(({ message }) => message?.read === false).length,
          ),
        )
      : nothing,
  ]);
}

function extendedOf(folder: Folder, attributes: Readonly<Record<string, string>>): Markup {
  const value = folderValue(folder, `|||${Number(attributes['PropertyTag'] ?? Number.NaN)}`);
  if (value === undefined) return nothing;
  return tag('t:ExtendedProperty', [tag('t:ExtendedFieldURI', [], attributes), text('t:Value', value)]);
}
