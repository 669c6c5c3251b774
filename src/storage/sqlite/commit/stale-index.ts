/** The list of calendars whose occurrence index has to be made anew; a row comes with the change that makes it so. */
import type { Database } from 'better-sqlite3';
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

  return {
    calendar: (calendar, home, reason) => void one.run(reason, home, calendar),
    zoneOf: (principal, timeZone) => void zone.run(principal, timeZone),
    addressesOf: (principal) => void addresses.run(principal),
    made({ calendar, reason, version }) {
      drop.run(calendar, reason, version);
      return false;
    },
  };
}
