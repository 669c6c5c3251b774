/** The sync log as a client follows it (RFC 6578 §3.2). */
import type { Database } from 'better-sqlite3';
import type { CalendarChange } from '../../../core/calendar.ts';
import type { CalendarId, ETag, PrincipalId } from '../../../core/ids.ts';
import type { Storage } from '../../port.ts';
import { pause } from '../pages.ts';
import type { Select } from './select.ts';
import { personal, type Standing, shared } from './source.ts';

const logLines = 1024;

type LineRow = [modseq: number, name: string, gone: number, etag: ETag | null, isNewest: number];

/**
 * A line is the newest of its name if the object still has its modseq, or, for one that says the object is gone, if
 * no object has the name and no later line says the same. Superseded lines are read and dropped, so a page is bounded
 * by lines of the log, not by what it answers.
 */
const linesSql = ({ etag, join }: Standing): string => `
  SELECT c.modseq, c.name, c.gone, ${etag},
    CASE c.gone WHEN 0 THEN o.modseq IS c.modseq
    ELSE o.id IS NULL AND NOT EXISTS (
      SELECT 1 FROM change later
      WHERE later.calendar = c.calendar AND later.name = c.name AND later.gone = 1 AND later.modseq > c.modseq
    ) END
  FROM change c LEFT JOIN object o ON o.calendar = c.calendar AND o.name = c.name ${join}
  WHERE c.calendar = :calendar AND c.modseq > :since ORDER BY c.modseq LIMIT ${logLines}`;

export function prepareChanges(db: Database, select: Select): Storage['changes'] {
  const lines = db.prepare<[object], LineRow>(linesSql(shared)).raw();
  const personalLines = db.prepare<[object], LineRow>(linesSql(personal)).raw();

  return (calendar, since, person) => pages(calendar, since, person);

  async function* pages(
    calendar: CalendarId,
    since: number,
    person?: PrincipalId,
  ): AsyncGenerator<readonly CalendarChange[]> {
    if (!select.isLive(calendar)) return;
    for (let reached = since; ; await pause()) {
      const rows =
        person === undefined
          ? lines.all({ calendar, since: reached })
          : personalLines.all({ calendar, since: reached, person });
      const found = rows.filter((row) => row[4] === 1).map(toChange);
      if (found.length > 0) yield found;
      if (rows.length < logLines) return;
      reached = rows.at(-1)?.[0] ?? reached;
    }
  }
}

function toChange([modseq, name, gone, etag]: LineRow): CalendarChange {
  return gone === 1 || etag === null ? { modseq, name, gone: true } : { modseq, name, gone: false, etag };
}
