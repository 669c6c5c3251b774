/** The busy instances of a range, in order of start over all classes of length. */
import type { Database } from 'better-sqlite3';
import type { CalendarId } from '../../../core/ids.ts';
import type { TimeRange } from '../../../icalendar/time.ts';
import type { BusyRow, Storage } from '../../port.ts';
import { earliestStart, longestOfClass } from '../length-class.ts';
import { pause } from '../pages.ts';

import { endOfTime, readBusy, readInstant, storedInstant } from '../values.ts';
import type { Select } from './select.ts';

const busyRows = 1024;

type Row = [starts: number, ends: number, object: number, busy: number];

const ofClass = (lengthClass: number): string => `
  SELECT starts, ends, object, busy FROM occurrence
  WHERE calendar = :calendar AND length_class = ${lengthClass} AND busy > 0
    AND (starts, ends, object, busy) > (:starts${lengthClass}, :ends, :object, :busy)
    AND starts < :rangeEnd
    AND (ends > :rangeStart OR (starts = ends AND starts >= :rangeStart))`;

// Each branch comes in index order, so SQLite merges them without sorting and stops at the limit.
const busySql: string = `
  ${[...longestOfClass.keys()].map(ofClass).join(' UNION ALL ')}
  ORDER BY 1, 2, 3, 4 LIMIT ${busyRows}`;

export function prepareBusy(db: Database, select: Select): Storage['busy'] {
  const page = db.prepare<[object], Row>(busySql).raw();

  return (calendar, range) => pages(calendar, range);

  async function* pages(calendar: CalendarId, range: TimeRange): AsyncGenerator<readonly BusyRow[]> {
    if (!select.isLive(calendar)) return;
    const rangeStart = storedInstant(range.start);
    const rangeEnd = storedInstant(range.end);
    let [starts, ends, object, busy]: Row = [-endOfTime, -endOfTime, 0, 0];
    for (;;) {
      const from = longestOfClass.map((_, lengthClass) => [
        `starts${lengthClass}`,
        Math.max(starts, earliestStart(lengthClass, rangeStart)),
      ]);
      const rows = page.all({
        calendar,
        rangeStart,
        rangeEnd,
        ends,
        object,
        busy,
        ...Object.fromEntries(from),
      });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => ({
        start: readInstant(row[0]),
        end: readInstant(row[1]),
        busy: readBusy(row[3]),
      }));
      if (rows.length < busyRows) return;
      [starts, ends, object, busy] = last;
      await pause();
    }
  }
}
