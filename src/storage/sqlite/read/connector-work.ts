/** Reads of what the engine knows of a link: items, pairs, outbox, runs, conflicts. */
import type { Database } from 'better-sqlite3';
import type {
  ConnectorConflict,
  ConnectorItem,
  ConnectorNotice,
  ConnectorPair,
  OutboxEntry,
} from '../../../core/connector.ts';
import type { ConnectorLinkId } from '../../../core/ids.ts';
import type { ConnectorReads, ItemQuery, LinkCounts, PairLife } from '../../connector-port.ts';
import {
  conflictColumns,
  type ItemRow,
  itemColumns,
  type OutboxRow,
  outboxColumns,
  pairColumns,
  type RunRow,
  runColumns,
  selected,
  toItem,
  toOutbox,
  toRun,
} from '../connector-rows.ts';
import { pageRows, pause } from '../pages.ts';
import { endOfTime, storedFlag, storedInstant } from '../values.ts';

export type WorkReads = Pick<
  ConnectorReads,
  | 'linkCounts'
  | 'itemsById'
  | 'itemsOfPairs'
  | 'items'
  | 'pair'
  | 'pairsBy'
  | 'pairs'
  | 'roleOf'
  | 'notices'
  | 'outbox'
  | 'outboxOfPair'
  | 'run'
  | 'runs'
  | 'conflicts'
>;

const pairColumnsSql = selected(pairColumns, 'p');

/** An item whose time is not known may lie anywhere; a start without an end means that it never ends. */
const itemPageSql = (source: string): string => `
  SELECT ${selected(itemColumns)} FROM connector_item ${source}
    AND link = :link AND remote_id > :after
    AND (:ranged = 0 OR (starts IS NULL OR (starts < :until AND (ends IS NULL OR ends > :from OR starts >= :from)))
      = (:ranged = 1))
    AND (:paired IS NULL OR (pair IS NOT NULL) = :paired)
    AND (:gone IS NULL OR gone = :gone)
    AND (:echoed IS NULL OR echoed = :echoed)
  ORDER BY remote_id LIMIT ${pageRows}`;

const alive = '(:ended IS NULL OR (p.ended IS NOT NULL) = :ended)';

const pairPageSql = `
  SELECT ${pairColumnsSql} FROM connector_pair p
  WHERE p.link = :link AND p.id > :after AND ${alive} ORDER BY p.id LIMIT ${pageRows}`;

const quarantinedSql = `
  SELECT ${pairColumnsSql} FROM connector_pair p INDEXED BY connector_pair_quarantined
  WHERE p.link = :link AND p.id > :after AND p.quarantine IS NOT NULL AND p.ended IS NULL
  ORDER BY p.id LIMIT ${pageRows}`;

const columnOf = { id: 'id', uid: 'uid', objectName: 'object_name', marker: 'marker' } as const;

const countsSql = `
  SELECT (SELECT count(*) FROM connector_item WHERE link = :link) AS items,
    (SELECT count(*) FROM connector_item WHERE link = :link AND gone = 1) AS gone,
    (SELECT count(*) FROM connector_pair WHERE link = :link AND ended IS NULL) AS pairs,
    (SELECT count(*) FROM connector_pair WHERE link = :link AND quarantine IS NOT NULL AND ended IS NULL) AS quarantined,
    (SELECT count(*) FROM connector_outbox WHERE link = :link) AS outbox`;

const none: LinkCounts = { items: 0, gone: 0, pairs: 0, quarantined: 0, outbox: 0 };

export function prepareWorkReads(db: Database): WorkReads {
  const counts = db.prepare<[object], LinkCounts>(countsSql);
  const itemsById = db.prepare<[object], ItemRow>(`
    SELECT ${selected(itemColumns, 'i')} FROM json_each(:wanted) w
    CROSS JOIN connector_item i ON i.link = :link AND i.remote_id = w.value`);
  const itemsOfPairs = db.prepare<[object], ItemRow>(`
    SELECT ${selected(itemColumns, 'i')} FROM json_each(:wanted) w
    CROSS JOIN connector_item i ON i.pair = w.value ORDER BY i.pair, i.recurrence_id, i.remote_id`);
  const itemPage = db.prepare<[object], ItemRow>(itemPageSql('WHERE TRUE'));
  const gonePage = db.prepare<[object], ItemRow>(
    itemPageSql('INDEXED BY connector_item_gone WHERE gone = 1'),
  );
  const unechoedPage = db.prepare<[object], ItemRow>(
    itemPageSql('INDEXED BY connector_item_unechoed WHERE echoed = 0'),
  );
  const pair = db.prepare<[number], ConnectorPair>(
    `SELECT ${pairColumnsSql} FROM connector_pair p WHERE p.id = ?`,
  );
  const pairsBy = {
    id: prepareBy('id'),
    uid: prepareBy('uid'),
    objectName: prepareBy('objectName'),
    marker: prepareBy('marker'),
  };
  const pairPage = db.prepare<[object], ConnectorPair>(pairPageSql);
  const quarantinedPage = db.prepare<[object], ConnectorPair>(quarantinedSql);
  const roleOf = db
    .prepare<[object], ConnectorPair['role']>(`
      SELECT p.role FROM connector_link l CROSS JOIN connector_pair p ON p.link = l.id AND p.object_name = :objectName
      WHERE l.calendar = :calendar AND l.removed IS NULL AND p.ended IS NULL`)
    .pluck();
  const outboxPage = db.prepare<[number, number], OutboxRow>(`
    SELECT ${selected(outboxColumns)} FROM connector_outbox WHERE link = ? AND id > ? ORDER BY id LIMIT ${pageRows}`);
  const outboxOfPair = db.prepare<[number], OutboxRow>(
    `SELECT ${selected(outboxColumns)} FROM connector_outbox WHERE pair = ? ORDER BY id`,
  );
  const notices = db.prepare<[number, number], ConnectorNotice>(`
    SELECT n.pair, n.code, n.text FROM connector_notice n CROSS JOIN connector_pair p ON p.id = n.pair
    WHERE n.link = ? AND p.ended IS NULL ORDER BY n.pair LIMIT ?`);
  const run = db.prepare<[number], RunRow>(`SELECT ${selected(runColumns)} FROM connector_run WHERE id = ?`);
  const runs = db.prepare<[number, number], RunRow>(
    `SELECT ${selected(runColumns)} FROM connector_run WHERE link = ? ORDER BY id DESC LIMIT ?`,
  );
  const conflicts = db.prepare<[object], ConnectorConflict>(`
    SELECT ${selected(conflictColumns)} FROM connector_conflict
    WHERE link = :link AND (:uid IS NULL OR uid = :uid) ORDER BY id DESC LIMIT :limit`);

  return {
    linkCounts: async (link) => counts.get({ link }) ?? none,
    itemsById: async (link, remoteIds) =>
      itemsById.all({ link, wanted: JSON.stringify(remoteIds) }).map(toItem),
    itemsOfPairs: async (pairs) => itemsOfPairs.all({ wanted: JSON.stringify(pairs) }).map(toItem),
    items: (query) => itemPages(query),
    pair: async (id) => pair.get(id),
    pairsBy: async (link, by, values, life = 'any') =>
      pairsBy[by].all({ link, wanted: JSON.stringify(values), ended: endedOf(life) }),
    pairs: (link, { life = 'live', quarantined = false } = {}) => pairPages(link, life, quarantined),
    roleOf: async (calendar, objectName) => roleOf.get({ calendar, objectName }),
    notices: async (link, limit) => notices.all(link, limit),
    outbox: (link) => outboxPages(link),
    outboxOfPair: async (id) => outboxOfPair.all(id).map(toOutbox),
    async run(id) {
      const row = run.get(id);
      return row && toRun(row);
    },
    runs: async (link, limit) => runs.all(link, limit).map(toRun),
    conflicts: async (link, { uid, limit }) => conflicts.all({ link, uid: uid ?? null, limit }),
  };

  function prepareBy(by: keyof typeof columnOf) {
    return db.prepare<[object], ConnectorPair>(`
      SELECT ${pairColumnsSql} FROM json_each(:wanted) w
      CROSS JOIN connector_pair p ON p.${columnOf[by]} = w.value AND p.link = :link
      WHERE ${alive} ORDER BY p.ended IS NOT NULL, p.id DESC`);
  }

  async function* itemPages({
    link,
    within,
    outside,
    paired,
    gone,
    echoed,
  }: ItemQuery): AsyncGenerator<readonly ConnectorItem[]> {
    const range = within ?? outside;
    const where = {
      link,
      ranged: range === undefined ? 0 : within ? 1 : 2,
      from: range ? storedInstant(range.start) : 0,
      until: range ? storedInstant(range.end) : 0,
      paired: storedFlag(paired ?? null),
      gone: storedFlag(gone ?? null),
      echoed: storedFlag(echoed ?? null),
    };
    const itemsPage = gone === true ? gonePage : echoed === false ? unechoedPage : itemPage;
    for (let after = ''; ; ) {
      const rows = itemsPage.all({ ...where, after });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(toItem);
      if (rows.length < pageRows) return;
      after = last.remoteId;
      await pause();
    }
  }

  async function* pairPages(
    link: ConnectorLinkId,
    life: PairLife,
    quarantined: boolean,
  ): AsyncGenerator<readonly ConnectorPair[]> {
    for (let after = 0; ; ) {
      const rows = quarantined
        ? quarantinedPage.all({ link, after })
        : pairPage.all({ link, after, ended: endedOf(life) });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      if (rows.length < pageRows) return;
      after = last.id;
      await pause();
    }
  }

  async function* outboxPages(link: ConnectorLinkId): AsyncGenerator<readonly OutboxEntry[]> {
    for (let after = -endOfTime; ; ) {
      const rows = outboxPage.all(link, after);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(toOutbox);
      if (rows.length < pageRows) return;
      after = last.id;
      await pause();
    }
  }
}

const endedOf = (life: PairLife): 0 | 1 | null => (life === 'any' ? null : life === 'ended' ? 1 : 0);
