/** What all reads have in common that take the bytes of a page in one piece, and lists of what is needed beside them. */
import { pause } from '../pages.ts';
import type { Keys } from './select.ts';
import { wantedKeys } from './source.ts';

/** A page and where it ended. */
export interface Reached<Page> {
  /** Absent if there was no row. */
  readonly page: Page | undefined;
  readonly rowCount: number;
  /** The number of rows of a full page. */
  readonly limit: number;
  /** The id of the last row; where keys are given, nothing. */
  readonly cursor: number;
}

/**
 * Page by page, with a pause between two of them; `read` is told where a page begins: behind an id, or at a place in the
 * list of keys.
 */
export async function* pagesOfKeys<Page>(
  keys: Keys,
  after: number,
  read: (from: number) => Reached<Page>,
): AsyncGenerator<Page> {
  for (let from = keys.source === 'all' ? after : 0; ; ) {
    const { page, rowCount, limit, cursor } = read(from);
    if (page !== undefined) yield page;
    if (keys.source === 'all') {
      if (rowCount < limit) return;
      from = cursor;
    } else {
      from += limit;
      if (from >= keys.list.length) return;
    }
    await pause();
  }
}

/** The parameters that say which rows a page may have. */
export function pageParameters(keys: Keys, from: number, limit: number): object {
  return keys.source === 'all' ? { after: from, limit } : { wanted: wantedKeys(keys, from, limit) };
}

/** A list that `json_group_array` has written. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows which column it is
export function list<Value>(text: string): readonly Value[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(text) as readonly Value[];
}

/** `list`, parsed only when it is asked for. Keeps the text and nothing else of its row. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- see above
export function listLater<Value>(text: string): () => readonly Value[] {
  return () => list<Value>(text);
}

/** All lists of a page have the same length. */
export function value<Value>(values: readonly Value[], at: number): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return values[at] as Value;
}
