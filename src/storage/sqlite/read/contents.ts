/**
 * Objects as an export reads them: the bytes of a page in one piece, and what is needed of their heads.
 *
 * A row of fifteen columns costs as much as the rest of an export. So SQLite joins the bytes of a page itself, and tells of
 * the heads in a few JSON texts, of which most are not even read.
 */
import type { Database } from 'better-sqlite3';
import type { Content, ContentPage, ObjectQuery, Storage } from '../../port.ts';
import { pageBytes } from '../pages.ts';
import { list, listLater, pageParameters, pagesOfKeys, type Reached, value } from './joined.ts';
import type { Select } from './select.ts';
import { byNeed, bytesJoin, prepareScope, type Source } from './source.ts';

/** Objects of one page: some 300 KB as a rule. Half of that takes a fifth longer, and twice of it is not faster. */
const contentRows = 256;

/** The lists; `bytes` is null where the page has no row. */
type PageRow = [
  ids: string,
  names: string,
  uids: string,
  modseqs: string,
  modifieds: string,
  lengths: string,
  unusual: string,
  cuts: Uint8Array,
  bytes: Uint8Array | null,
];

/** What nearly all objects are is told of the others alone, by their ids: a list of ten thousand takes 0.7 ms. */
type Unusual = Readonly<
  Partial<Record<string, readonly [Content['kind'], Content['classification'], plain: number]>>
>;

// All lists are made from the same rows in the same order. The rows are joined where they are read: a subquery would copy the
// bytes of each once more. As texts they are joined without a look at what kind of value each of them is.
const pageSql = ({ from, span }: Source): string => `
  SELECT json_group_array(o.id), json_group_array(o.name), json_group_array(o.uid),
    json_group_array(o.modseq), json_group_array(o.modified), json_group_array(length(b.bytes)),
    json_group_object(o.id, json_array(o.kind, o.classification, o.plain))
      FILTER (WHERE o.kind <> 'VEVENT' OR o.classification <> 'public' OR o.plain = 0),
    CAST(group_concat(coalesce(b.cuts, ''), char(10)) AS BLOB),
    CAST(group_concat(CAST(b.bytes AS TEXT), '') AS BLOB)
  FROM ${from} ${bytesJoin} WHERE ${span}`;

/** How many rows there are, how large their bytes are, and with which key they end. */
const sizeSql = ({ cursor, from, where }: Source): string => `
  SELECT count(*), sum(size_bytes), max(cursor)
  FROM (SELECT o.size_bytes, ${cursor} AS cursor FROM ${from} WHERE ${where})`;

export function prepareContents(db: Database, select: Select): Storage['contents'] {
  const scopeOf = prepareScope(db);
  const pages = byNeed<PageRow>(db, pageSql);
  const sizes = byNeed<[number, number | null, number | null]>(db, sizeSql);

  return (query) => contents(query);

  async function* contents(query: ObjectQuery): AsyncGenerator<ContentPage> {
    if (!select.isLive(query.calendar)) return;
    const keys = await select.keys(query);
    const scope = scopeOf(query).parameters;
    const page = pages(keys.source, false);
    const size = sizes(keys.source, false);
    yield* pagesOfKeys(keys, query.after ?? 0, (from): Reached<ContentPage> => {
      for (let limit = contentRows; ; limit = Math.ceil(limit / 4)) {
        const parameters = { ...scope, ...pageParameters(keys, from, limit) };
        const [rowCount, sizeBytes, last] = size.get(parameters) ?? [0, 0, null];
        if (limit > 1 && (sizeBytes ?? 0) > pageBytes) continue;
        const cursor = last ?? 0;
        const row = rowCount > 0 ? page.get({ ...parameters, until: cursor }) : undefined;
        return { page: row && pageOf(row), rowCount, limit, cursor };
      }
    });
  }
}

function pageOf(row: PageRow): ContentPage | undefined {
  const bytes = row[8];
  if (bytes === null) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `pageSql`
  const unusual = JSON.parse(row[6]) as Unusual;
  const heads: Heads = { names: row[1], uids: row[2], unusual };
  const lists = {
    bytes,
    ids: list<Content['id']>(row[0]),
    modseqs: list<number>(row[3]),
    modifieds: list<Content['modified']>(row[4]),
    sizes: list<number>(row[5]),
    cuts: row[7],
  };
  return {
    ...lists,
    isPublic: Object.values(unusual).every((one) => one?.[1] === 'public'),
    names: listLater<string>(heads.names),
    uids: listLater<Content['uid']>(heads.uids),
    objects: () => objectsOf(lists, heads),
  };
}

/** What not everybody needs. */
interface Heads {
  readonly names: string;
  readonly uids: string;
  readonly unusual: Unusual;
}

type Lists = Pick<ContentPage, 'ids' | 'modseqs' | 'modifieds' | 'sizes' | 'cuts'>;

function objectsOf(
  { ids, modseqs, modifieds, sizes, cuts }: Lists,
  { names, uids, unusual }: Heads,
): readonly Content[] {
  const allNames = list<string>(names);
  const allUids = list<Content['uid']>(uids);
  const lines = Buffer.from(cuts).toString('utf8').split('\n');
  let to = 0;
  return ids.map((id, at): Content => {
    const from = to;
    to += value(sizes, at);
    const [kind, classification, plain] = unusual[id] ?? usual;
    return {
      id,
      name: value(allNames, at),
      uid: value(allUids, at),
      kind,
      modseq: value(modseqs, at),
      modified: value(modifieds, at),
      classification,
      plain: plain === 1,
      from,
      to,
      cuts: lines[at] === '' ? undefined : lines[at],
    };
  });
}

const usual = ['VEVENT', 'public', 1] as const;
