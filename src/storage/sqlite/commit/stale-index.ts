/** The list of calendars whose occurrence index has to be made anew; a row comes with the change that makes it so. */
import type { Database } from 'better-sqlite3';
import type { ObjectIndex } from '../../../core/calendar.ts';
import type { CalendarId, PrincipalId } from '../../../core/ids.ts';
import type { StaleReason } from '../../port.ts';
import type { Of, Outcome } from './step.ts';

export interface StaleIndexChanges {
  /** To be called before the change: it is told apart from others by the version of the directory that it ends. */
  readonly calendar: (calendar: CalendarId, home: PrincipalId, reason: StaleReason) => void;
  /** The person's calendars that have no zone of their own. */
  readonly zoneOf: (principal: PrincipalId, timeZone: string) => void;
  readonly addressesOf: (principal: PrincipalId) => void;
  readonly made: (change: Of<'index-made'>) => Outcome;
  /** What has changed since the index of an object was made, of all that it depends on. */
  readonly outdated: (calendar: CalendarId, index: ObjectIndex) => readonly StaleReason[];
  /**
   * Notes that something in the calendar was indexed with the former zone or addresses. The caller moves the version of
   * the directory.
   */
  readonly madeByAnother: (calendar: CalendarId, reason: StaleReason) => void;
}

const stale = (reason: StaleReason | '?'): string => `
  INSERT INTO stale_index (calendar, reason, home, version)
  SELECT c.id, ${reason === '?' ? reason : `'${reason}'`}, p.id, i.directory_version
  FROM principal p CROSS JOIN calendar c CROSS JOIN installation i`;

const again = 'ON CONFLICT (calendar, reason) DO UPDATE SET home = excluded.home, version = excluded.version';

export function prepareStaleIndex(db: Database): StaleIndexChanges {
  const one = db.prepare<[string, number, number]>(`${stale('?')} WHERE p.id = ? AND c.id = ? ${again}`);
  const zone = db.prepare<[number, string]>(
    `${stale('zone')} WHERE p.id = ? AND p.time_zone <> ? AND c.home = p.id AND c.time_zone IS NULL ${again}`,
  );
  const addresses = db.prepare<[number]>(`${stale('addresses')} WHERE p.id = ? AND c.home = p.id ${again}`);
  const drop = db.prepare<[number, string, number]>(
    'DELETE FROM stale_index WHERE calendar = ? AND reason = ? AND version = ?',
  );

  const readBy = db
    .prepare<[number, string | null, string | null, string], number>(`
      SELECT 1 FROM calendar c JOIN principal p ON p.id = c.home
      WHERE c.id = ? AND c.time_zone IS ? AND c.time_zone_data IS ? AND p.time_zone = ?`)
    .pluck();
  const ownAddresses = db
    .prepare<[number], string>(`
      SELECT a.address FROM calendar c JOIN address a ON a.principal = c.home
      WHERE c.id = ? ORDER BY a.position`)
    .pluck();
  const another = db.prepare<[string, number]>(`${stale('?')} WHERE c.id = ? AND p.id = c.home ${again}`);

  return {
    calendar: (calendar, home, reason) => void one.run(reason, home, calendar),
    zoneOf: (principal, timeZone) => void zone.run(principal, timeZone),
    addressesOf: (principal) => void addresses.run(principal),
    made({ calendar, reason, version }) {
      drop.run(calendar, reason, version);
      return false;
    },
    outdated(calendar, index) {
      const reasons: StaleReason[] = [];
      if (index.readBy) {
        const { timeZone, timeZoneData, ownerTimeZone } = index.readBy;
        if (readBy.get(calendar, timeZone, timeZoneData, ownerTimeZone) === undefined) reasons.push('zone');
      }
      if (index.readFor && index.readFor.join('\n') !== ownAddresses.all(calendar).join('\n'))
        reasons.push('addresses');
      return reasons;
    },
    madeByAnother: (calendar, reason) => void another.run(reason, calendar),
  };
}
