/** Changes of dead properties (RFC 4918 §4). */
import type { Database } from 'better-sqlite3';
import type { PropertyHolder } from '../../../core/change-set.ts';
import type { CalendarId, PrincipalId } from '../../../core/ids.ts';
import { personOf } from '../read/calendars.ts';
import type { Counters } from './counters.ts';
import { missing, type Of, type Outcome, type Step } from './step.ts';

export interface PropertyChanges {
  readonly set: (change: Of<'set-property'>, step: Step) => Outcome;
  readonly copy: (change: Of<'copy-properties'>, step: Step) => Outcome;
}

const homeSql: Readonly<Record<PropertyHolder['on'], string>> = {
  calendar: "SELECT home FROM calendar WHERE id = ? AND state = 'live'",
  object: `SELECT o.home FROM object o CROSS JOIN calendar c ON c.id = o.calendar WHERE o.id = ? AND c.state = 'live'`,
  principal: 'SELECT id FROM principal WHERE id = ?',
  home: 'SELECT id FROM principal WHERE id = ?',
  file: 'SELECT home FROM file WHERE id = ?',
};

export function preparePropertyChanges(db: Database, counters: Counters): PropertyChanges {
  const homes = {
    calendar: db.prepare<[number], PrincipalId>(homeSql.calendar).pluck(),
    object: db.prepare<[number], PrincipalId>(homeSql.object).pluck(),
    principal: db.prepare<[number], PrincipalId>(homeSql.principal).pluck(),
    home: db.prepare<[number], PrincipalId>(homeSql.home).pluck(),
    file: db.prepare<[number], PrincipalId>(homeSql.file).pluck(),
  };
  const write = db.prepare<[string, number, number, string, number, string]>(`
    INSERT INTO property (holder_kind, holder, person, name, home, xml) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (holder_kind, holder, person, name) DO UPDATE SET xml = excluded.xml`);
  const drop = db.prepare<[string, number, number, string]>(
    'DELETE FROM property WHERE holder_kind = ? AND holder = ? AND person = ? AND name = ?',
  );
  const dropAll = db.prepare<[string, number, number]>(
    'DELETE FROM property WHERE holder_kind = ? AND holder = ? AND person = ?',
  );
  const copy = db.prepare<object>(`
    INSERT INTO property (holder_kind, holder, person, name, home, xml)
    SELECT :toKind, :to, :toPerson, name, :home, xml
    FROM property WHERE holder_kind = :fromKind AND holder = :from AND person = :fromPerson`);

  return {
    set({ holder, name, xml }, step) {
      const home = homes[holder.on].get(holder.id);
      if (home === undefined) return missing;
      const person = personOf(holder);
      if (xml !== null) write.run(holder.on, holder.id, person, name, home, xml);
      // Nothing was there: clients that know the calendar need not look at it again.
      else if (drop.run(holder.on, holder.id, person, name).changes === 0) return false;
      changed(holder, step);
      return false;
    },

    copy({ from, to }, step) {
      const home = homes[to.on].get(to.id);
      if (home === undefined) return missing;
      const target = { toKind: to.on, to: to.id, toPerson: personOf(to) };
      const source = { fromKind: from.on, from: from.id, fromPerson: personOf(from) };
      dropAll.run(target.toKind, target.to, target.toPerson);
      copy.run({ ...source, ...target, home });
      changed(to, step);
      return false;
    },
  };

  /** What everybody sees of a calendar moves its counter; what one person keeps there does not. */
  function changed(holder: PropertyHolder, step: Step): void {
    if (holder.on === 'calendar' && holder.person === null)
      counters.move(holder.id satisfies CalendarId, step.now);
  }
}
