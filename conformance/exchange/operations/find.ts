/** FindItem and SyncFolderItems. */
import { each } from '../answer.ts';
import { type Context, folderOf, storeOf } from '../context.ts';
import { derived } from '../derived.ts';
import { EwsError } from '../failure.ts';
import { idOf } from '../fields.ts';
import { changeKey, folderId, tombstoneId } from '../ids.ts';
import { fieldsByUri } from '../kinds.ts';
import { child, childText, type Element, type Markup, path, tag, text } from '../markup.ts';
import { readPaging } from '../paging.ts';
import { demandSearchable, matches } from '../restriction.ts';
import { checkUris, itemMarkup, readShape } from '../shape.ts';
import type { Folder, Item } from '../store.ts';
import { readState, syncPage, writeState } from '../sync.ts';
import { instancesIn, type View, viewOf } from '../views.ts';

export function findItem(context: Context, request: Element): Markup {
  const shape = readShape(child(request, 'ItemShape'));
  const calendarView = child(request, 'CalendarView');
  const restriction = path(request, 'Restriction')?.children[0];
  return each('FindItem', child(request, 'ParentFolderIds')?.children ?? [], (id) => {
    const folder = folderOf(context, id);
    checkUris(shape);
    if (calendarView) return [listing(context, calendarPage(context, folder, calendarView), shape)];
    if (restriction) demandSearchable(restriction, context.backend.profile);
    let found: readonly View[] = shown(context, folder).map(viewOf);
    if (restriction)
      found = found.filter((view) => matches(restriction, (name) => valueOf(context, view, name)));
    const sorted = sort(context, request, found);
    const { page, attributes } = readPaging(request)(sorted);
    return [listing(context, { page, attributes }, shape)];
  });
}

interface Page {
  readonly page: readonly View[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

function listing(
  context: Context,
  { page, attributes }: Page,
  shape: Parameters<typeof itemMarkup>[2],
): Markup {
  return tag(
    'm:RootFolder',
    [
      tag(
        't:Items',
        page.map((view) => itemMarkup(context, view, shape, true)),
      ),
    ],
    attributes,
  );
}

/** What listings tell of already. */
function shown({ backend: { store, late } }: Context, folder: Folder): readonly Item[] {
  const items = [...folder.items.values()];
  return late.listings === 0 ? items : items.filter(({ arrived }) => arrived <= store.change - late.listings);
}

const maxViewSpan = 2 * 366 * 86_400_000;

/** What takes place in a span, series expanded: at most two years, and not more than the server's limit of items. */
function calendarPage(context: Context, folder: Folder, view: Element): Page {
  if (!folder.folderClass.startsWith('IPF.Appointment'))
    throw new EwsError('ErrorCalendarFolderIsInvalidForCalendarView', 'The folder is no calendar.');
  const from = Date.parse(view.attributes.get('StartDate') ?? '');
  const until = Date.parse(view.attributes.get('EndDate') ?? '');
  if (Number.isNaN(from) || Number.isNaN(until))
    throw new EwsError('ErrorInvalidRequest', 'The view has no dates.');
  if (until < from)
    throw new EwsError('ErrorCalendarEndDateIsEarlierThanStartDate', 'EndDate is earlier than StartDate');
  if (until - from > maxViewSpan)
    throw new EwsError(
      'ErrorCalendarViewRangeTooBig',
      'The specified view range exceeds the maximum range of two years.',
    );
  const { expandsCalendarView } = context.backend.profile;
  const found = shown(context, folder)
    .flatMap((item) => {
      const instances = instancesIn(item, from, until);
      return expandsCalendarView ? instances : instances.slice(0, 1).map(() => viewOf(item));
    })
    .sort((a, b) => a.content.start - b.content.start);
  const asked = Number(view.attributes.get('MaxEntriesReturned') ?? Number.POSITIVE_INFINITY);
  if (found.length > context.backend.maxViewItems && asked > context.backend.maxViewItems)
    throw new EwsError(
      'ErrorExceededFindCountLimit',
      'You have exceeded the maximum number of objects that can be returned for the find operation. Use paging to reduce the result size and try your request again.',
      {
        PolicyLimit: String(context.backend.maxViewItems),
      },
    );
  const page = found.slice(0, asked);
  return {
    page,
    attributes: { TotalItemsInView: found.length, IncludesLastItemInRange: page.length === found.length },
  };
}

function sort(context: Context, request: Element, views: readonly View[]): readonly View[] {
  const order = child(request, 'SortOrder')?.children[0];
  const name = order?.children[0]?.attributes.get('FieldURI');
  if (name === undefined) return views;
  const sign = order?.attributes.get('Order') === 'Descending' ? -1 : 1;
  return views
    .map((view) => ({ view, key: String(valueOf(context, view, name) ?? '') }))
    .sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0))
    .map(({ view }) => view);
}

/** The value of one property as text, for restrictions and order. */
function valueOf(context: Context, view: View, name: string): string | readonly string[] | undefined {
  switch (name) {
    case 'item:ItemId':
      return idOf(view);
    case 'item:ParentFolderId':
      return folderId(view.item.folder);
    case 'item:Categories':
      return view.content.categories;
  }
  const extended = view.content.extended?.get(name)?.value;
  if (extended !== undefined) return extended;
  const field = fieldsByUri.get(name);
  if (field) {
    const found = field.read(view, { context: { ...context, zone: undefined }, bodyType: 'Text' });
    return unwrap(found);
  }
  return derived(view, name, context.backend.profile);
}

function unwrap(markup: Markup): string | undefined {
  const [, inner] = /^<[^>]*>([\s\S]*)<\/[^>]*>$/.exec(markup) ?? [];
  return inner
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#xD;', '\r')
    .replaceAll('&amp;', '&');
}

/** The schema's maximum. */
const maxChanges = 512;

export function syncFolderItems(context: Context, request: Element): Markup {
  const shape = readShape(child(request, 'ItemShape'));
  return each('SyncFolderItems', [request], () => {
    const most = Number(childText(request, 'MaxChangesReturned'));
    if (!(most >= 1 && most <= maxChanges))
      throw new EwsError(
        'ErrorInvalidSyncStateData',
        `MaxChangesReturned must lie between 1 and ${maxChanges}.`,
      );
    let folder: Folder;
    try {
      folder = folderOf(context, child(request, 'SyncFolderId')?.children[0]);
    } catch (error) {
      if (error instanceof EwsError && error.code === 'ErrorFolderNotFound')
        throw new EwsError('ErrorSyncFolderNotFound', 'The folder to be synchronized was not found.');
      throw error;
    }
    checkUris(shape);
    const before = readState(
      folder,
      childText(request, 'SyncState'),
      context.backend.profile.refusesBadSyncState,
    );
    const ignored = new Set(
      (child(request, 'Ignore')?.children ?? []).map((one) => one.attributes.get('Id')),
    );
    const told = storeOf(context).change - context.backend.late.changes;
    const { changes, state, last } = syncPage(folder, before, Math.max(before.top, told), most);
    return [
      text('m:SyncState', writeState(folder, state)),
      text('m:IncludesLastItemInRange', last),
      tag(
        'm:Changes',
        changes.flatMap((change) => {
          if (change.kind === 'Delete')
            return [
              tag('t:Delete', [
                tag('t:ItemId', [], { Id: tombstoneId(folder, change.serial), ChangeKey: changeKey(folder) }),
              ]),
            ];
          const view = viewOf(change.item);
          if (ignored.has(idOf(view))) return [];
          return [tag(`t:${change.kind}`, [itemMarkup(context, view, shape, true)])];
        }),
      ),
    ];
  });
}
