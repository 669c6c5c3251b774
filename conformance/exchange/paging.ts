/** Paged views of FindItem and FindFolder (MS-OXWSSRCH 2.2.4.24). */
import { child, type Element } from './markup.ts';

export interface Paged<T> {
  readonly page: readonly T[];
  /** Of RootFolder: always with IncludesLastItemInRange, in empty answers too; a client was seen to loop for ever without it. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** Reads the paging of a request; the function cuts a list by it. */
export function readPaging(request: Element): <T>(all: readonly T[]) => Paged<T> {
  const view =
    child(request, 'IndexedPageItemView') ??
    child(request, 'IndexedPageFolderView') ??
    child(request, 'FractionalPageItemView');
  if (!view)
    return (all) => ({
      page: all,
      attributes: { TotalItemsInView: all.length, IncludesLastItemInRange: true },
    });
  const most = Number(view.attributes.get('MaxEntriesReturned') ?? 1_000);
  const offset = Number(view.attributes.get('Offset') ?? 0);
  const fromEnd = view.attributes.get('BasePoint') === 'End';
  return (all) => {
    const start = Math.min(offset, all.length);
    const ordered = fromEnd ? [...all].reverse() : all;
    const page = ordered.slice(start, start + most);
    const next = start + page.length;
    return {
      page,
      attributes: {
        IndexedPagingOffset: next,
        TotalItemsInView: all.length,
        IncludesLastItemInRange: next >= all.length,
      },
    };
  };
}
