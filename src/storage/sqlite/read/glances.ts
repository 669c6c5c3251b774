/**
 * Objects as the page's grid reads them: as an export does (contents.ts), but with what the grid needs of the heads, and
 * without long bytes, so that a page is bounded by its rows alone and nothing is asked twice.
 */
import type { Database } from 'better-sqlite3';
import type { Glance, GlancePage, ObjectQuery, Storage } from '../../port.ts';
import { pageRows } from '../pages.ts';
import type { Snapshot } from '../snapshot.ts';
import { list, pageParameters, pagesOfKeys, value } from './joined.ts';
import type { Select } from './select.ts';
import { byNeed, bytesJoin, prepareScope, type Source, type Standing } from './source.ts';

/** Longer objects come without their bytes, so that a page has at most 4 MB. */
const maxGlanceBytes: number = 16 * 1024;

/** As in contents.ts; `lengths` are those of the bytes that are there. */
type PageRow = [
  ids: string,
  names: string,
  uids: string,
  etags: string,
  classifications: string,
  plains: string,
  lengths: string,
  bytes: Uint8Array | null,
  rowCount: number,
  cursor: number,
];

const pageSql = ({ cursor, from, where }: Source, { etag, plain, bytes, join }: Standing): string => `
  SELECT json_group_array(id), json_group_array(name), json_group_array(uid), json_group_array(etag),
    json_group_array(classification), json_group_array(plain), json_group_array(length(bytes)),
    CAST(group_concat(bytes, '') AS BLOB), count(*), max(cursor)
  FROM (
    SELECT o.id, o.name, o.uid, ${etag} AS etag, o.classification, ${plain} AS plain, ${cursor} AS cursor,
      iif(length(${bytes}) <= ${maxGlanceBytes}, ${bytes}, x'') AS bytes
    FROM ${from} ${bytesJoin} ${join} WHERE ${where}
  )`;

export function prepareGlances(db: Database, select: Select, snapshot: Snapshot): Storage['glances'] {
  const scopeOf = prepareScope(db);
  const pages = byNeed<PageRow>(db, pageSql);

  return (query) => glances(query);

  async function* glances(query: ObjectQuery): AsyncGenerator<GlancePage> {
    snapshot.open();
    if (!select.isLive(query.calendar)) return;
    const keys = await select.keys(query);
    const { isPersonal, parameters } = scopeOf(query);
    const statement = pages(keys.source, isPersonal);
    yield* pagesOfKeys(keys, query.after ?? 0, (from) => {
      snapshot.open();
      const row = statement.get({ ...parameters, ...pageParameters(keys, from, pageRows) });
      const [bytes, rowCount, cursor] = row ? ([row[7], row[8], row[9]] as const) : [null, 0, 0];
      const page = row && bytes !== null ? { bytes, objects: glancesOf(row) } : undefined;
      return { page, rowCount, limit: pageRows, cursor };
    });
  }
}

function glancesOf(row: PageRow): readonly Glance[] {
  const names = list<string>(row[1]);
  const uids = list<Glance['uid']>(row[2]);
  const etags = list<Glance['etag']>(row[3]);
  const classifications = list<Glance['classification']>(row[4]);
  const plains = list<number>(row[5]);
  const lengths = list<number>(row[6]);
  let to = 0;
  return list<Glance['id']>(row[0]).map((id, at): Glance => {
    const from = to;
    to += value(lengths, at);
    return {
      id,
      name: value(names, at),
      uid: value(uids, at),
      etag: value(etags, at),
      classification: value(classifications, at),
      plain: value(plains, at) === 1,
      from,
      to,
    };
  });
}
