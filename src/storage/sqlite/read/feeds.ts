/** Reads of feed links and of the trash. */
import type { Database } from 'better-sqlite3';
import type { FeedLink, TrashItem } from '../../../core/calendar.ts';
import type { PrincipalId } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';
import type { Storage } from '../../port.ts';
import { pageRows, pause } from '../pages.ts';
import { notPurged } from '../trash-rule.ts';
import { endOfTime, readWindow } from '../values.ts';

export type FeedReads = Pick<Storage, 'linkByHash' | 'links' | 'trash' | 'trashBytes'>;

interface LinkRow extends Omit<FeedLink, 'window' | 'alarms' | 'target' | 'look'> {
  readonly look: string | null;
  readonly lookSince: Instant | null;
  readonly lookCount: number;
  readonly target: FeedLink['target'] | null;
  readonly monthsBack: number | null;
  readonly monthsAhead: number | null;
  readonly alarms: number;
}

const linkColumns = `
  id, principal, target, label, detail, months_back AS monthsBack, months_ahead AS monthsAhead, alarms, expires, token,
  language, look, look_since AS lookSince, look_count AS lookCount, created, last_used AS lastUsed,
  last_program AS lastProgram, use_count AS useCount`;

/** Newest first; what was purged is gone although the sweeper may not have come by yet. */
const trashSql = `
  SELECT id, home, calendar, calendar_name AS calendarName,
    (SELECT name FROM calendar WHERE id = t.calendar) AS nameInHome, object_name AS objectName, uid, deleted,
    deleted_by AS deletedBy
  FROM trash t
  WHERE home = :home AND (deleted, id) < (:deleted, :id)
    AND ${notPurged}
  ORDER BY deleted DESC, id DESC LIMIT ${pageRows}`;

const linksOfPersonSql = `SELECT ${linkColumns} FROM feed_link WHERE principal = ? ORDER BY id`;
const linksOfCalendarSql = `SELECT ${linkColumns} FROM feed_link WHERE target = ? ORDER BY id`;

export function prepareFeedReads(db: Database): FeedReads {
  const byHash = db.prepare<[Uint8Array], LinkRow>(`SELECT ${linkColumns} FROM feed_link WHERE hash = ?`);
  const ofPerson = db.prepare<[number], LinkRow>(linksOfPersonSql);
  const ofCalendar = db.prepare<[number], LinkRow>(linksOfCalendarSql);
  const all = db.prepare<[], LinkRow>(`SELECT ${linkColumns} FROM feed_link ORDER BY id`);
  const trash = db.prepare<[object], TrashItem>(trashSql);
  const trashBytes = db
    .prepare<[number], Uint8Array>(
      `SELECT b.bytes FROM trash t JOIN object_bytes b ON b.object = t.object WHERE t.id = ? AND ${notPurged}`,
    )
    .pluck();

  return {
    async linkByHash(hash) {
      const row = byHash.get(hash);
      return row && toLink(row);
    },
    async links({ principal, calendar }) {
      if (principal !== undefined) {
        const links = ofPerson.all(principal).map(toLink);
        return calendar === undefined ? links : links.filter((link) => link.target === calendar);
      }
      return (calendar === undefined ? all.all() : ofCalendar.all(calendar)).map(toLink);
    },
    trash: (home) => trashPages(home),
    trashBytes: async (item) => trashBytes.get(item),
  };

  async function* trashPages(home: PrincipalId): AsyncGenerator<readonly TrashItem[]> {
    let [deleted, id]: [number, number] = [endOfTime, endOfTime];
    for (;;) {
      const items = trash.all({ home, deleted, id });
      const last = items.at(-1);
      if (last === undefined) return;
      yield items;
      if (items.length < pageRows) return;
      [deleted, id] = [last.deleted, last.id];
      await pause();
    }
  }
}

function toLink(row: LinkRow): FeedLink {
  const { monthsBack, monthsAhead, look, lookSince, lookCount, ...same } = row;
  return {
    ...same,
    look: look === null ? null : { mark: look, since: lookSince, changeCount: lookCount },
    target: row.target ?? 'favourites',
    window: readWindow({ monthsBack, monthsAhead }),
    alarms: row.alarms === 1,
  };
}
