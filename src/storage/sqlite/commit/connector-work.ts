/** Changes of what the engine knows of a link: items, pairs, outbox, runs, conflicts. */
import type { Database } from 'better-sqlite3';
import type { PairId } from '../../../core/ids.ts';
import {
  conflictColumns,
  insertSql,
  itemColumns,
  outboxColumns,
  pairColumns,
  parameters,
  patched,
  runColumns,
} from '../connector-rows.ts';
import { preparePatch } from './patch.ts';
import { missing, type Of, type Outcome, uidInUse } from './step.ts';

export interface ConnectorWork {
  readonly putItem: (change: Of<'put-item'>) => Outcome;
  readonly dropItem: (change: Of<'drop-item'>) => Outcome;
  readonly putPair: (change: Of<'put-pair'>) => Outcome;
  readonly patchPair: (change: Of<'patch-pair'>) => Outcome;
  readonly dropPair: (change: Of<'drop-pair'>) => Outcome;
  readonly putNotice: (change: Of<'put-notice'>) => Outcome;
  readonly putOutbox: (change: Of<'put-outbox'>) => Outcome;
  readonly dropOutbox: (change: Of<'drop-outbox'>) => Outcome;
  readonly putRun: (change: Of<'put-run'>) => Outcome;
  readonly addConflict: (change: Of<'add-conflict'>) => Outcome;
}

/** How many runs are kept for one link. */
const keptRuns = 200;
const keptConflicts = 500;

interface LivingPair {
  readonly link: number;
  readonly uid: string;
  readonly ended: number | null;
}

export function prepareConnectorWork(db: Database): ConnectorWork {
  const isLink = db.prepare<[number], number>('SELECT 1 FROM connector_link WHERE id = ?').pluck();
  const isItem = db
    .prepare<[number, string], number>('SELECT 1 FROM connector_item WHERE link = ? AND remote_id = ?')
    .pluck();
  const putItem = db.prepare<object>(insertSql('connector_item', itemColumns, ['link', 'remote_id']));
  const dropItem = db.prepare<[number, string]>(
    'DELETE FROM connector_item WHERE link = ? AND remote_id = ?',
  );
  const pair = db.prepare<[number], LivingPair>('SELECT link, uid, ended FROM connector_pair WHERE id = ?');
  const holderOfUid = db.prepare<[number, string], { readonly id: PairId; readonly name: string }>(
    'SELECT id, object_name AS name FROM connector_pair WHERE link = ? AND uid = ? AND ended IS NULL',
  );
  const putPair = db.prepare<object>(insertSql('connector_pair', pairColumns, ['id']));
  const updatePair = preparePatch(db, 'connector_pair', 'id = :id');
  const dropPair = db.prepare<[number]>('DELETE FROM connector_pair WHERE id = ?');
  const putNotice = db.prepare<[number, number, string, string]>(
    'INSERT OR REPLACE INTO connector_notice (pair, link, code, text) VALUES (?, ?, ?, ?)',
  );
  const dropNotice = db.prepare<[number]>('DELETE FROM connector_notice WHERE pair = ?');
  const isOutbox = db.prepare<[number], number>('SELECT 1 FROM connector_outbox WHERE id = ?').pluck();
  const putOutbox = db.prepare<object>(insertSql('connector_outbox', outboxColumns, ['id']));
  const dropOutbox = db.prepare<[number]>('DELETE FROM connector_outbox WHERE id = ?');
  const isRun = db.prepare<[number], number>('SELECT 1 FROM connector_run WHERE id = ?').pluck();
  const putRun = db.prepare<object>(insertSql('connector_run', runColumns, ['id']));
  const addConflict = db.prepare<object>(insertSql('connector_conflict', conflictColumns));
  const trimRuns = prepareTrim('connector_run', keptRuns);
  const trimConflicts = prepareTrim('connector_conflict', keptConflicts);

  return {
    putItem({ item }) {
      if (isLink.get(item.link) === undefined) return missing;
      if (item.pair !== null && pair.get(item.pair) === undefined) return missing;
      const isNew = isItem.get(item.link, item.remoteId) === undefined;
      putItem.run(parameters(itemColumns, item));
      return isNew;
    },
    dropItem({ link, remoteId }) {
      dropItem.run(link, remoteId);
      return false;
    },

    putPair({ pair: next }) {
      if (isLink.get(next.link) === undefined) return missing;
      const isNew = pair.get(next.id) === undefined;
      const other = next.ended === null ? rival(next.id, next.link, next.uid) : undefined;
      if (other !== undefined) return uidInUse(other);
      putPair.run(parameters(pairColumns, next));
      return isNew;
    },
    patchPair({ id, patch }) {
      const found = pair.get(id);
      if (!found) return missing;
      const { link, uid, ended } = { ...found, ...patch };
      const other = ended === null ? rival(id, link, uid) : undefined;
      if (other !== undefined) return uidInUse(other);
      const columns = patched(pairColumns, patch);
      if (Object.keys(columns).length > 0) updatePair(columns, { id });
      return false;
    },
    dropPair({ id }) {
      dropPair.run(id);
      return false;
    },

    putNotice({ pair: id, notice }) {
      const found = pair.get(id);
      if (!found || !notice) dropNotice.run(id);
      else putNotice.run(id, found.link, notice.code, notice.text);
      return false;
    },

    putOutbox({ entry }) {
      if (isLink.get(entry.link) === undefined || pair.get(entry.pair) === undefined) return missing;
      const isNew = isOutbox.get(entry.id) === undefined;
      putOutbox.run(parameters(outboxColumns, entry));
      return isNew;
    },
    dropOutbox({ id }) {
      dropOutbox.run(id);
      return false;
    },

    putRun({ run }) {
      if (isLink.get(run.link) === undefined) return missing;
      const isNew = isRun.get(run.id) === undefined;
      putRun.run(parameters(runColumns, run));
      if (isNew) trimRuns(run.link);
      return isNew;
    },
    addConflict({ conflict }) {
      if (isLink.get(conflict.link) === undefined) return missing;
      addConflict.run(parameters(conflictColumns, conflict));
      trimConflicts(conflict.link);
      return true;
    },
  };

  /** The object name of another living pair of the link that has this UID. */
  function rival(id: PairId, link: number, uid: string): string | undefined {
    const holder = holderOfUid.get(link, uid);
    return holder === undefined || holder.id === id ? undefined : holder.name;
  }

  /** Removes all but the newest rows of a link. */
  function prepareTrim(table: string, kept: number): (link: number) => void {
    const trim = db.prepare<[number, number]>(`
      DELETE FROM ${table} WHERE link = ? AND id <= (
        SELECT id FROM ${table} WHERE link = ? ORDER BY id DESC LIMIT 1 OFFSET ${kept})`);
    return (link) => void trim.run(link, link);
  }
}
