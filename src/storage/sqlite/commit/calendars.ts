/** Changes of calendars, of what people set for them, and of rights. */
import type { Database } from 'better-sqlite3';
import type { CalendarView } from '../../../core/calendar.ts';
import type { CalendarPatch } from '../../../core/change-set.ts';
import type { CalendarId, PrincipalId } from '../../../core/ids.ts';
import { granteeId } from '../read/calendars.ts';
import { everyoneId, flag, storedFlag, storedWindow } from '../values.ts';
import type { Counters } from './counters.ts';
import { given, preparePatch, type Value } from './patch.ts';
import type { StaleIndexChanges } from './stale-index.ts';
import { missing, nameInUse, type Of, type Outcome, quotaExceeded, type Step } from './step.ts';

export interface CalendarChanges {
  readonly create: (change: Of<'create-calendar'>, step: Step) => Outcome;
  readonly patch: (change: Of<'patch-calendar'>, step: Step) => Outcome;
  readonly view: (change: Of<'view'>, step: Step) => Outcome;
  readonly grant: (change: Of<'grant'>, step: Step) => Outcome;
}

interface Place {
  readonly home: PrincipalId;
  readonly name: string;
  readonly sizeBytes: number;
}

export function prepareCalendarChanges(
  db: Database,
  counters: Counters,
  staleIndex: StaleIndexChanges,
): CalendarChanges {
  const isPrincipal = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();
  const named = db
    .prepare<[number, string], CalendarId>(
      "SELECT id FROM calendar WHERE home = ? AND name = ? AND state = 'live'",
    )
    .pluck();
  const place = db.prepare<[number], Place>(
    "SELECT home, name, size_bytes AS sizeBytes FROM calendar WHERE id = ? AND state = 'live'",
  );
  const insert = db.prepare<object>(`
    INSERT INTO calendar (id, home, name, display_name, description, color, sort_order, time_zone_data, time_zone,
      components, transparent, export_allowed, export_detail, modseq, change_floor, object_count, size_bytes, state,
      created, modified)
    VALUES (:id, :owner, :name, :displayName, :description, :color, :order, :timeZoneData, :timeZone,
      :components, :transparent, :exportAllowed, 'full', 1, 0, 0, 0, 'live',
      :now, :now)`);
  const update = preparePatch(db, 'calendar', 'id = :id');
  const rehomeViews = db.prepare<[number, number]>('UPDATE calendar_view SET home = ? WHERE calendar = ?');
  const rehomeGrants = db.prepare<[number, number]>('UPDATE calendar_grant SET home = ? WHERE calendar = ?');
  const rehomeProperties = db.prepare<[number, number]>(
    "UPDATE property SET home = ? WHERE holder_kind = 'calendar' AND holder = ?",
  );
  const rehomeLater = db.prepare<[string, number]>(`
    INSERT INTO sweep (kind, subject, before, through) VALUES (?, ?, 0, 0)
    ON CONFLICT (kind, subject, through) DO UPDATE SET before = 0`);
  const addView = db.prepare<[number, number, number]>(`
    INSERT INTO calendar_view (principal, calendar, home, favourite, unsubscribed) VALUES (?, ?, ?, 0, 0)
    ON CONFLICT DO NOTHING`);
  const patchView = preparePatch(db, 'calendar_view', 'principal = :person AND calendar = :place');
  const offerAgain = db.prepare<{ calendar: number; grantee: number }>(offerAgainSql);
  const dropEmptyView = db.prepare<[number, number]>(`
    DELETE FROM calendar_view WHERE principal = ? AND calendar = ? AND favourite = 0 AND unsubscribed = 0
      AND display_name IS NULL AND color IS NULL AND sort_order IS NULL AND transparent IS NULL`);
  const changeGrant = db.prepare<[string, number, number]>(
    'UPDATE calendar_grant SET level = ? WHERE calendar = ? AND grantee = ?',
  );
  const addGrant = db.prepare<[number, number, number, string]>(
    'INSERT INTO calendar_grant (calendar, grantee, home, level) VALUES (?, ?, ?, ?)',
  );
  const dropGrant = db.prepare<[number, number]>(
    'DELETE FROM calendar_grant WHERE calendar = ? AND grantee = ?',
  );

  return { create, patch, view, grant };

  function create({ calendar }: Of<'create-calendar'>, step: Step): Outcome {
    if (isPrincipal.get(calendar.owner) === undefined) return missing;
    if (named.get(calendar.owner, calendar.name) !== undefined) return nameInUse;
    insert.run({
      ...calendar,
      components: calendar.components.join(),
      transparent: flag(calendar.transparent),
      exportAllowed: flag(calendar.exportAllowed),
      now: step.now,
    });
    step.directoryChanged = true;
    return true;
  }

  function patch({ calendar, patch }: Of<'patch-calendar'>, step: Step): Outcome {
    const found = place.get(calendar);
    if (!found) return missing;
    const home = patch.owner ?? found.home;
    const taken = named.get(home, patch.name ?? found.name);
    if (taken !== undefined && taken !== calendar) return nameInUse;
    if (home !== found.home) {
      if (isPrincipal.get(home) === undefined) return missing;
      counters.use(found.home, -found.sizeBytes);
      if (!counters.use(home, found.sizeBytes)) return quotaExceeded;
      rehomeViews.run(home, calendar);
      rehomeGrants.run(home, calendar);
      rehomeProperties.run(home, calendar);
      rehomeLater.run('home', calendar);
      rehomeLater.run('log', calendar);
      step.leftovers = true;
    }
    if (home !== found.home || patch.timeZone !== undefined || patch.timeZoneData !== undefined) {
      staleIndex.calendar(calendar, home, 'zone');
    }
    if (home !== found.home) staleIndex.calendar(calendar, home, 'addresses');
    const columns = calendarColumns(patch);
    if (Object.keys(columns).length > 0) update(columns, { id: calendar });
    counters.move(calendar, step.now);
    step.directoryChanged = true;
    return false;
  }

  function view({ principal, calendar, patch }: Of<'view'>, step: Step): Outcome {
    const found = place.get(calendar);
    if (!found || isPrincipal.get(principal) === undefined) return missing;
    const isNew = addView.run(principal, calendar, found.home).changes === 1;
    const columns = viewColumns(patch);
    if (Object.keys(columns).length > 0) patchView(columns, { person: principal, place: calendar });
    dropEmptyView.run(principal, calendar);
    step.directoryChanged = true;
    return isNew;
  }

  function grant({ calendar, grantee, level }: Of<'grant'>, step: Step): Outcome {
    const found = place.get(calendar);
    const id = granteeId(grantee);
    if (!found || (id !== everyoneId && isPrincipal.get(id) === undefined)) return missing;
    if (level === null) dropGrant.run(calendar, id);
    else if (changeGrant.run(level, calendar, id).changes === 0) {
      addGrant.run(calendar, id, found.home, level);
      offerAgain.run({ calendar, grantee: id });
    }
    step.directoryChanged = true;
    return false;
  }
}

/** UNION, not UNION ALL: it drops groups already found, which is what ends a cycle of groups. */
const offerAgainSql = `
  WITH RECURSIVE found (id) AS (
    SELECT :grantee
    UNION
    SELECT m.member FROM found JOIN membership m ON m.group_id = found.id
  )
  UPDATE calendar_view SET unsubscribed = 0
  WHERE calendar = :calendar AND unsubscribed = 1 AND principal IN (SELECT id FROM found)`;

function calendarColumns(patch: CalendarPatch): Record<string, Value> {
  const window = patch.exportWindow && storedWindow(patch.exportWindow);
  return given({
    home: patch.owner,
    name: patch.name,
    display_name: patch.displayName,
    description: patch.description,
    color: patch.color,
    sort_order: patch.order,
    time_zone_data: patch.timeZoneData,
    time_zone: patch.timeZone,
    transparent: patch.transparent === undefined ? undefined : flag(patch.transparent),
    export_allowed: patch.exportAllowed === undefined ? undefined : flag(patch.exportAllowed),
    export_detail: patch.exportDetail,
    export_months_back: window?.monthsBack,
    export_months_ahead: window?.monthsAhead,
  });
}

function viewColumns(patch: Partial<CalendarView>): Record<string, Value> {
  return given({
    favourite: patch.favourite === undefined ? undefined : flag(patch.favourite),
    unsubscribed: patch.unsubscribed === undefined ? undefined : flag(patch.unsubscribed),
    display_name: patch.displayName,
    color: patch.color,
    sort_order: patch.order,
    transparent: patch.transparent === undefined ? undefined : storedFlag(patch.transparent),
  });
}
