/**
 * Objects as an export reads them: the bytes of a page in one piece, and what is needed of their heads.
 *
 * A row of fifteen columns costs as much as the rest of an export. So SQLite joins the bytes of a page itself, and tells of
 * the heads in a few JSON texts.
 */
import type { Database } from 'better-sqlite3';
import type { Content, ContentPage, ObjectQuery, Storage } from '../../port.ts';
import { pageBytes, pause } from '../pages.ts';
import type { Select } from './select.ts';
import { byNeed, bytesJoin, prepareScope, type Source, wantedKeys } from './source.ts';

/** Objects of one page: some 300 KB as a rule. Half of that takes a fifth longer, and twice of it is not faster. */
const contentRows = 256;

/** What of each object is told, as a list in JSON for each: flat lists are written and read faster than rows. */
const columns = ['id', 'name', 'uid', 'kind', 'modseq', 'modified', 'classification', 'plain'] as const;

/** The lists; `bytes` is null where the page has no row; `cursor` is where the next page goes on. */
type PageRow = [
  ids: string,
  names: string,
  uids: string,
  kinds: string,
  modseqs: string,
  modifieds: string,
  classifications: string,
  plains: string,
  lengths: string,
  cuts: string,
  bytes: Uint8Array | null,
  rowCount: number,
  cursor: number,
];

// All lists are made from the same rows in the same order. What is JSON already is joined without a look at it.
const pageSql = ({ cursor, from, where }: Source): string => `
  SELECT ${columns.map((column) => `json_group_array(${column})`).join(', ')}, json_group_array(length(bytes)),
    '[' || group_concat(coalesce(cuts, 'null')) || ']', CAST(group_concat(bytes, '') AS BLOB), count(*), max(cursor)
  FROM (
    SELECT ${columns.map((column) => `o.${column}`).join(', ')}, ${cursor} AS cursor, b.cuts, b.bytes
    FROM ${from} ${bytesJoin} WHERE ${where}
  )`;

const sizeSql = ({ from, where }: Source): string =>
  `SELECT sum(size_bytes) FROM (SELECT o.size_bytes FROM ${from} WHERE ${where})`;

export function prepareContents(db: Database, select: Select): Storage['contents'] {
  const scopeOf = prepareScope(db);
  const pages = byNeed<PageRow>(db, pageSql);
  const sizes = byNeed<[number | null]>(db, sizeSql);

  return (query) => contents(query);

  async function* contents(query: ObjectQuery): AsyncGenerator<ContentPage> {
    if (!select.isLive(query.calendar)) return;
    const keys = await select.keys(query);
    const { parameters } = scopeOf(query);
    const statement = pages(keys.source, false);
    const size = sizes(keys.source, false);
    const page = (from: number, count: number): object =>
      keys.source === 'all'
        ? { ...parameters, after: from, limit: count }
        : { ...parameters, wanted: wantedKeys(keys, from, count) };
    // The id after which the next page begins, or its place in the list of keys.
    for (let from = keys.source === 'all' ? (query.after ?? 0) : 0; ; ) {
      let count = contentRows;
      while (count > 1 && (size.get(page(from, count))?.[0] ?? 0) > pageBytes) count = Math.ceil(count / 4);
      const row = statement.get(page(from, count));
      const [bytes, rowCount, cursor] = row ? ([row[10], row[11], row[12]] as const) : [null, 0, 0];
      if (row && bytes !== null) yield { bytes, objects: objectsOf(row) };
      if (keys.source === 'all') {
        if (rowCount < count) return;
        from = cursor;
      } else {
        from += count;
        if (from >= keys.list.length) return;
      }
      await pause();
    }
  }
}

function objectsOf(row: PageRow): readonly Content[] {
  const ids = list<Content['id']>(row[0]);
  const names = list<string>(row[1]);
  const uids = list<Content['uid']>(row[2]);
  const kinds = list<Content['kind']>(row[3]);
  const modseqs = list<number>(row[4]);
  const modifieds = list<Content['modified']>(row[5]);
  const classifications = list<Content['classification']>(row[6]);
  const plains = list<number>(row[7]);
  const lengths = list<number>(row[8]);
  const cuts = list<NonNullable<Content['cuts']> | null>(row[9]);
  let to = 0;
  return ids.map((id, at): Content => {
    const from = to;
    to += value(lengths, at);
    return {
      id,
      name: value(names, at),
      uid: value(uids, at),
      kind: value(kinds, at),
      modseq: value(modseqs, at),
      modified: value(modifieds, at),
      classification: value(classifications, at),
      plain: value(plains, at) === 1,
      from,
      to,
      cuts: cuts[at] ?? undefined,
    };
  });
}

/** A list that `json_group_array` has written. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows which column it is
export function list<Value>(text: string): readonly Value[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(text) as readonly Value[];
}

/** All lists of a page have the same length. */
export function value<Value>(values: readonly Value[], at: number): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return values[at] as Value;
}
