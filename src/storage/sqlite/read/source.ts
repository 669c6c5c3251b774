/**
 * The parts of which statements over many objects are made: where the rows come from, and whose copies stand in.
 *
 * Each output (heads, objects, bytes) exists for three sources, with and without a person, and each such statement is
 * prepared when it is first needed. CROSS JOIN keeps SQLite from turning a join around: the keys come first.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { CalendarId, PrincipalId } from '../../../core/ids.ts';
import type { ObjectQuery } from '../../port.ts';
import { flag } from '../values.ts';
import { type Keys, kindsParameter, wantedRow } from './select.ts';

/** One way to read: `cursor` of the last row read is where the next page goes on. */
export interface Source {
  readonly cursor: string;
  readonly from: string;
  readonly where: string;
  /** The same rows, in the same order, when it is known with which id a page ends (`:until`). */
  readonly span: string;
}

// The limit is a sum: SQLite reads what a bare `:limit` is bound to, and then plans the statement anew at every binding.
const sources: Readonly<Record<Keys['source'], Source>> = {
  all: {
    cursor: 'o.id',
    from: 'object o',
    where: `o.calendar = :calendar AND o.id > :after AND ${wantedRow} ORDER BY o.id LIMIT :limit + 0`,
    span: `o.calendar = :calendar AND o.id > :after AND o.id <= :until AND ${wantedRow}`,
  },
  names: {
    cursor: 'w.key',
    from: 'json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.name = w.value',
    where: wantedRow,
    span: wantedRow,
  },
  ids: {
    cursor: 'w.key',
    from: 'json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.id = w.value',
    where: wantedRow,
    span: wantedRow,
  },
};

export const bytesJoin = 'CROSS JOIN object_bytes b ON b.object = o.id';

/** Personal copies stand in only over the version they were made from. */
const personJoin = `
  LEFT JOIN personal_copy p ON p.object = o.id AND p.principal = :person AND p.stands_over = o.etag`;

/** Columns that a personal copy replaces, for statements with and without one. */
export interface Standing {
  readonly etag: string;
  readonly sizeBytes: string;
  readonly plain: string;
  readonly bytes: string;
  readonly join: string;
}

export const shared: Standing = {
  etag: 'o.etag',
  sizeBytes: 'o.size_bytes',
  plain: 'o.plain',
  bytes: 'b.bytes',
  join: '',
};

export const personal: Standing = {
  etag: 'coalesce(p.etag, o.etag)',
  sizeBytes: 'coalesce(length(p.bytes), o.size_bytes)',
  plain: 'coalesce(p.plain, o.plain)',
  bytes: 'coalesce(p.bytes, b.bytes)',
  join: personJoin,
};

/** Statements of one output by source and standing, prepared when first used. */
export function byNeed<Row>(
  db: Database,
  sql: (source: Source, standing: Standing) => string,
): (source: Keys['source'], isPersonal: boolean) => Statement<[object], Row> {
  const prepared = new Map<string, Statement<[object], Row>>();
  return (source, isPersonal) => {
    const key = `${source} ${isPersonal}`;
    const known = prepared.get(key);
    if (known) return known;
    const statement = db.prepare<[object], Row>(sql(sources[source], isPersonal ? personal : shared)).raw();
    prepared.set(key, statement);
    return statement;
  };
}

/**
 * The parameters of a query that do not change from page to page, and whether personal copies must be joined in:
 * hardly anybody has any, and the join costs a lookup per row.
 */
export interface Scope {
  readonly isPersonal: boolean;
  readonly parameters: {
    readonly calendar: CalendarId;
    readonly kinds: string | null;
    readonly person: PrincipalId | 0;
    readonly restricted: 0 | 1;
  };
}

export function prepareScope(db: Database): (query: ObjectQuery) => Scope {
  const hasCopies = db
    .prepare<[number, number], number>(
      'SELECT 1 FROM personal_copy WHERE principal = ? AND calendar = ? LIMIT 1',
    )
    .pluck();
  return (query) => ({
    isPersonal: query.person !== undefined && hasCopies.get(query.person, query.calendar) !== undefined,
    parameters: {
      calendar: query.calendar,
      kinds: kindsParameter(query),
      person: query.person ?? 0,
      restricted: flag(query.restricted ?? false),
    },
  });
}

/** The keys of one page as the parameter `wanted`. */
export const wantedKeys = (keys: Exclude<Keys, { source: 'all' }>, from: number, count: number): string =>
  JSON.stringify(keys.list.slice(from, from + count));
