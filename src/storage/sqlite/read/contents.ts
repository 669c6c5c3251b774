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

/** Lists in JSON; `bytes` is null where the page has no row; `cursor` is where the next page goes on. */
type PageRow = [
  numbers: string,
  texts: string,
  cuts: string,
  bytes: Uint8Array | null,
  rowCount: number,
  cursor: number,
];

/** How many of each list belong to an object. Flat lists are read in half the time. */
const numberCount = 5;
const textCount = 4;

// All lists are made from the same rows in the same order. What is JSON already is joined without a look at it.
const pageSql = ({ cursor, from, where }: Source): string => `
  SELECT '[' || group_concat(id || ',' || modseq || ',' || modified || ',' || plain || ',' || length(bytes)) || ']',
    '[' || group_concat(json_quote(name) || ',' || json_quote(uid) || ',"' || kind || '","' || classification || '"') || ']',
    '[' || group_concat(coalesce(cuts, 'null')) || ']', CAST(group_concat(bytes, '') AS BLOB), count(*), max(cursor)
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
      const row = statement.get(page(from, count)) ?? nothing;
      const [, , , bytes, rowCount, cursor] = row;
      if (bytes !== null) yield { bytes, objects: objectsOf(row) };
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

const nothing: PageRow = ['[]', '[]', '[]', null, 0, 0];

function objectsOf([numbersText, textsText, cutsText, , rowCount]: PageRow): readonly Content[] {
  // What the statement above has written has its form.
  /* oxlint-disable typescript/no-unsafe-type-assertion -- see above */
  const numbers = JSON.parse(numbersText) as readonly number[];
  const texts = JSON.parse(textsText) as readonly string[];
  const allCuts = JSON.parse(cutsText) as readonly (NonNullable<Content['cuts']> | null)[];
  const objects: Content[] = [];
  let to = 0;
  for (let at = 0; at < rowCount; at++) {
    const n = at * numberCount;
    const t = at * textCount;
    const from = to;
    to += numbers[n + 4] ?? 0;
    objects.push({
      id: numbers[n] as Content['id'],
      name: texts[t] ?? '',
      uid: texts[t + 1] as Content['uid'],
      kind: texts[t + 2] as Content['kind'],
      modseq: numbers[n + 1] ?? 0,
      modified: numbers[n + 2] as Content['modified'],
      classification: texts[t + 3] as Content['classification'],
      plain: numbers[n + 3] === 1,
      from,
      to,
      cuts: allCuts[at] ?? undefined,
    });
  }
  /* oxlint-enable typescript/no-unsafe-type-assertion */
  return objects;
}
