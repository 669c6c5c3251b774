/**
 * Objects as an export reads them: the bytes of a page in one piece, and what is needed of their heads.
 *
 * A row of fifteen columns costs as much as the rest of an export. So SQLite joins the bytes of a page itself, and tells of
 * the heads in one JSON text.
 */
import type { Database } from 'better-sqlite3';
import type { Content, ContentPage, ObjectQuery, Storage } from '../../port.ts';
import { pageBytes, pause } from '../pages.ts';
import type { Select } from './select.ts';
import { byNeed, bytesJoin, prepareScope, type Source, wantedKeys } from './source.ts';

/** Objects of one page: some 100 KB as a rule, for which memory is found at less cost than for more. */
const contentRows = 96;

/** Both are null where the page has no row; `cursor` is where the next page goes on. */
type PageRow = [heads: string, bytes: Uint8Array | null, rowCount: number, cursor: number];

type Head = readonly [
  id: Content['id'],
  name: string,
  uid: Content['uid'],
  kind: Content['kind'],
  modseq: number,
  modified: Content['modified'],
  classification: Content['classification'],
  plain: number,
  sizeBytes: number,
  cuts: Content['cuts'] | null,
];

const head =
  'json_array(id, name, uid, kind, modseq, modified, classification, plain, length(bytes), json(cuts))';

// Both lists are made from the same rows in the same order.
const pageSql = ({ cursor, from, where }: Source): string => `
  SELECT json_group_array(${head}), CAST(group_concat(bytes, '') AS BLOB), count(*), max(cursor)
  FROM (
    SELECT o.id, o.name, o.uid, o.kind, o.modseq, o.modified, o.classification, o.plain, ${cursor} AS cursor, b.cuts,
      b.bytes
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
      const [heads, bytes, rowCount, cursor] = statement.get(page(from, count)) ?? ['[]', null, 0, 0];
      if (bytes !== null) yield { bytes, objects: objectsOf(heads) };
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

function objectsOf(heads: string): readonly Content[] {
  let to = 0;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the statement above has written has its form
  return (JSON.parse(heads) as readonly Head[]).map(
    ([id, name, uid, kind, modseq, modified, classification, plain, sizeBytes, cuts]) => {
      const from = to;
      to += sizeBytes;
      return {
        id,
        name,
        uid,
        kind,
        modseq,
        modified,
        classification,
        plain: plain === 1,
        from,
        to,
        cuts: cuts ?? undefined,
      };
    },
  );
}
