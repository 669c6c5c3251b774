/** Reads of calendar objects: one by name, pages of heads, pages with bytes, and the horizon's work list. */
import type { Database } from 'better-sqlite3';
import type { Classification, ComponentName, ObjectHead, StoredObject } from '../../../core/calendar.ts';
import type { CalendarId, ETag, ObjectId, PrincipalId, Uid } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';
import type { ObjectQuery, Storage } from '../../port.ts';
import { pageBytes, pageRows, pause } from '../pages.ts';
import { endOfTime, storedInstant } from '../values.ts';
import type { Select } from './select.ts';
import { byNeed, bytesJoin, personal, prepareScope, type Standing, shared, wantedKeys } from './source.ts';

export type ObjectReads = Pick<Storage, 'head' | 'object' | 'creators' | 'heads' | 'objects' | 'toReindex'>;

type HeadRow = [
  id: ObjectId,
  calendar: CalendarId,
  name: string,
  uid: Uid,
  kind: ComponentName,
  etag: ETag,
  sizeBytes: number,
  modseq: number,
  created: Instant,
  modified: Instant,
  classification: Classification,
  zoneDependent: number,
];
type ObjectRow = [...HeadRow, plain: number, bytes: Uint8Array];

/** Rows of a page carry behind them where the next page goes on. */
type HeadPageRow = [...HeadRow, cursor: number];
type ObjectPageRow = [...ObjectRow, cursor: number];

const headColumns = ({ etag, sizeBytes }: Standing): string => `
  o.id, o.calendar, o.name, o.uid, o.kind, ${etag}, ${sizeBytes}, o.modseq, o.created, o.modified,
  o.classification, o.zone_dependent`;

const objectColumns = (standing: Standing): string =>
  `${headColumns(standing)}, ${standing.plain}, ${standing.bytes}`;

const oneOf = (columns: string, joins: string): string => `
  SELECT ${columns} FROM object o ${joins}
  WHERE o.calendar = :calendar AND o.name = :name
    AND EXISTS (SELECT 1 FROM calendar c WHERE c.id = :calendar AND c.state = 'live')`;

const headSql: string = oneOf(headColumns(shared), '');
const personalHeadSql: string = oneOf(headColumns(personal), personal.join);
const objectSql: string = oneOf(objectColumns(shared), bytesJoin);
const personalObjectSql: string = oneOf(objectColumns(personal), `${bytesJoin} ${personal.join}`);

const creatorsSql = `
  SELECT o.uid, o.creator FROM json_each(:uids) w CROSS JOIN object o ON o.calendar = :calendar AND o.uid = w.value
  WHERE o.creator IS NOT NULL`;

const toReindexSql = `
  SELECT ${objectColumns(shared)}, o.indexed_until FROM object o ${bytesJoin}
  WHERE o.complete = 0 AND o.indexed_until < :until
    AND (o.indexed_until, o.calendar, o.id) > (:reached, :calendar, :id)
    AND o.last_end > o.indexed_until
    AND EXISTS (SELECT 1 FROM calendar c WHERE c.id = o.calendar AND c.state = 'live')
  ORDER BY o.indexed_until, o.calendar, o.id LIMIT ${pageRows}`;

export function prepareObjectReads(db: Database, select: Select): ObjectReads {
  const head = db.prepare<[object], HeadRow>(headSql).raw();
  const personalHead = db.prepare<[object], HeadRow>(personalHeadSql).raw();
  const object = db.prepare<[object], ObjectRow>(objectSql).raw();
  const personalObject = db.prepare<[object], ObjectRow>(personalObjectSql).raw();
  const creators = db.prepare<[object], [uid: string, creator: PrincipalId]>(creatorsSql).raw();
  const toReindex = db.prepare<[object], ObjectPageRow>(toReindexSql).raw();
  const scopeOf = prepareScope(db);
  const headPages = byNeed<HeadPageRow>(
    db,
    ({ cursor, from, where }, standing) =>
      `SELECT ${headColumns(standing)}, ${cursor} FROM ${from} ${standing.join} WHERE ${where}`,
  );
  const objectPages = byNeed<ObjectPageRow>(
    db,
    ({ cursor, from, where }, standing) =>
      `SELECT ${objectColumns(standing)}, ${cursor} FROM ${from} ${bytesJoin} ${standing.join} WHERE ${where}`,
  );

  return {
    async head(calendar, name, person) {
      const row =
        person === undefined ? head.get({ calendar, name }) : personalHead.get({ calendar, name, person });
      return row && toHead(row);
    },
    async object(calendar, name, person) {
      const row =
        person === undefined
          ? object.get({ calendar, name })
          : personalObject.get({ calendar, name, person });
      return row && toObject(row);
    },
    async creators(calendar, uids) {
      return new Map(creators.all({ calendar, uids: JSON.stringify(uids) }));
    },
    heads: (query) =>
      pages(
        query,
        headPages,
        toHead,
        () => 0,
        (row) => row[12],
      ),
    objects: (query) =>
      pages(
        query,
        objectPages,
        toObject,
        (row) => row[6],
        (row) => row[14],
      ),
    toReindex: (until) => horizon(until),
  };

  /** Pages of at most `pageRows` rows and about `pageBytes` bytes. */
  async function* pages<Row, Value>(
    query: ObjectQuery,
    statements: ReturnType<typeof byNeed<Row>>,
    toValue: (row: Row) => Value,
    sizeBytes: (row: Row) => number,
    cursor: (row: Row) => number,
  ): AsyncGenerator<readonly Value[]> {
    if (!select.isLive(query.calendar)) return;
    const keys = await select.keys(query);
    const { isPersonal, parameters } = scopeOf(query);
    const statement = statements(keys.source, isPersonal);
    // The id after which the next page begins, or its place in the list of keys.
    let from = keys.source === 'all' ? (query.after ?? 0) : 0;
    for (;;) {
      const page =
        keys.source === 'all'
          ? { ...parameters, after: from, limit: pageRows }
          : { ...parameters, wanted: wantedKeys(keys, from, pageRows) };
      const found: Value[] = [];
      let bytes = 0;
      let last = -1;
      for (const row of statement.iterate(page)) {
        found.push(toValue(row));
        last = cursor(row);
        bytes += sizeBytes(row);
        if (bytes >= pageBytes) break;
      }
      if (found.length > 0) yield found;
      const wasCut = bytes >= pageBytes;
      if (keys.source === 'all') {
        if (found.length < pageRows && !wasCut) return;
        from = last;
      } else {
        from += wasCut ? last + 1 : pageRows;
        if (from >= keys.list.length) return;
      }
      await pause();
    }
  }

  async function* horizon(until: Instant): AsyncGenerator<readonly StoredObject[]> {
    let [reached, id, calendar]: [number, number, number] = [-endOfTime, 0, 0];
    for (;;) {
      const found: StoredObject[] = [];
      let bytes = 0;
      for (const row of toReindex.iterate({ until: storedInstant(until), reached, calendar, id })) {
        found.push(toObject(row));
        [id, calendar, reached] = [row[0], row[1], row[14]];
        bytes += row[6];
        if (bytes >= pageBytes) break;
      }
      if (found.length === 0) return;
      yield found;
      await pause();
    }
  }
}

function toHead(row: HeadRow | HeadPageRow | ObjectRow | ObjectPageRow): ObjectHead {
  return {
    id: row[0],
    calendar: row[1],
    name: row[2],
    uid: row[3],
    kind: row[4],
    etag: row[5],
    sizeBytes: row[6],
    modseq: row[7],
    created: row[8],
    modified: row[9],
    classification: row[10],
    zoneDependent: row[11] === 1,
  };
}

/** The fields of the head are written out again: a spread would cost more than reading the row. */
function toObject(row: ObjectRow | ObjectPageRow): StoredObject {
  return {
    id: row[0],
    calendar: row[1],
    name: row[2],
    uid: row[3],
    kind: row[4],
    etag: row[5],
    sizeBytes: row[6],
    modseq: row[7],
    created: row[8],
    modified: row[9],
    classification: row[10],
    zoneDependent: row[11] === 1,
    plain: row[12] === 1,
    bytes: row[13],
  };
}
