/** Reads of calendars, of what people may see of them, and of dead properties. */
import type { Database } from 'better-sqlite3';
import { everyone, type Grant, highest, type Level } from '../../../core/acl.ts';
import type { Calendar, CalendarView } from '../../../core/calendar.ts';
import type { PropertyHolder } from '../../../core/change-set.ts';
import { type CalendarId, id, type PrincipalId } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';
import type { StaleIndex, Storage, VisibleCalendar } from '../../port.ts';
import { everyoneId, readComponents, readFlag, readWindow } from '../values.ts';

export type CalendarReads = Pick<
  Storage,
  | 'calendar'
  | 'calendarByName'
  | 'calendarsOf'
  | 'visibleTo'
  | 'grants'
  | 'grantedLevel'
  | 'view'
  | 'objectCount'
  | 'usedBytes'
  | 'properties'
  | 'staleIndexes'
>;

/** The columns of `calendarColumns`; as arrays, because an object with so many names takes three times as long to make. */
export type CalendarRow = [
  id: CalendarId,
  owner: PrincipalId,
  ownerKind: Calendar['ownerKind'],
  ownerName: string,
  name: string,
  displayName: string,
  description: string | null,
  color: string | null,
  order: number | null,
  timeZoneData: string | null,
  timeZone: string | null,
  components: string,
  transparent: number,
  exportAllowed: number,
  exportDetail: Calendar['exportDetail'],
  monthsBack: number | null,
  monthsAhead: number | null,
  modseq: number,
  changeFloor: number,
  created: Instant,
  modified: Instant,
];

interface ViewRow extends Omit<CalendarView, 'favourite' | 'unsubscribed' | 'transparent'> {
  readonly favourite: number;
  readonly unsubscribed: number;
  readonly transparent: number | null;
}

export const calendarColumns = `
  c.id, c.home, p.kind, p.name, c.name, c.display_name, c.description, c.color, c.sort_order, c.time_zone_data,
  c.time_zone, c.components, c.transparent, c.export_allowed, c.export_detail, c.export_months_back,
  c.export_months_ahead, c.modseq, c.change_floor, c.created, c.modified`;

const viewColumns = `
  v.principal, v.calendar, v.favourite, v.unsubscribed, v.display_name AS displayName, v.color,
  v.sort_order AS "order", v.transparent`;

const oneCalendar = `SELECT ${calendarColumns} FROM calendar c JOIN principal p ON p.id = c.home`;

/** What tells whether a calendar is still the one that was read before: every change of it moves its counter. */
type StateRow = [id: CalendarId, modseq: number, modified: Instant, changeFloor: number, ownerName: string];
const calendarState = `
  SELECT c.id, c.modseq, c.modified, c.change_floor, p.name FROM calendar c JOIN principal p ON p.id = c.home`;

const calendarByNameSql = `${calendarState} WHERE c.home = ? AND c.name = ? AND c.state = 'live'`;
const calendarsOfSql = `${calendarState} WHERE c.home = ? AND c.state = 'live' ORDER BY c.id`;

/** Calendars that are kept decoded; some 2 KB each. */
const maxDecoded = 4096;

const concerned = `
  WITH grantee (id) AS MATERIALIZED (SELECT value FROM json_each(:grantees)),
  found (calendar) AS MATERIALIZED (
    SELECT id FROM calendar WHERE home = :person
    UNION
    SELECT g.calendar FROM grantee CROSS JOIN calendar_grant g ON g.grantee = grantee.id
    UNION
    SELECT calendar FROM calendar_view WHERE principal = :person
  )`;

const visibleSql = `${concerned}
  SELECT ${calendarColumns} FROM found
  CROSS JOIN calendar c ON c.id = found.calendar
  JOIN principal p ON p.id = c.home
  WHERE c.state = 'live' ORDER BY c.id`;

const visibleGrantsSql = `
  SELECT g.calendar, g.grantee, g.level
  FROM json_each(:grantees) grantee CROSS JOIN calendar_grant g ON g.grantee = grantee.value`;

const grantedSql = `
  SELECT level FROM calendar_grant
  WHERE calendar = ? AND grantee IN (SELECT value FROM json_each(?))`;

const staleIndexesSql = `
  SELECT s.calendar, s.reason, s.version FROM stale_index s JOIN calendar c ON c.id = s.calendar AND c.state = 'live'
  WHERE (:calendar IS NULL OR s.calendar = :calendar) AND (:owner IS NULL OR s.home = :owner)
  ORDER BY s.calendar, s.reason`;

export function prepareCalendarReads(db: Database): CalendarReads {
  const byId = db.prepare<[number], CalendarRow>(`${oneCalendar} WHERE c.id = ? AND c.state = 'live'`).raw();
  const stateById = db
    .prepare<[number], StateRow>(`${calendarState} WHERE c.id = ? AND c.state = 'live'`)
    .raw();
  const stateByName = db.prepare<[number, string], StateRow>(calendarByNameSql).raw();
  const statesOfOwner = db.prepare<[number], StateRow>(calendarsOfSql).raw();
  const decoded = new Map<CalendarId, Calendar>();
  const visible = db.prepare<[object], CalendarRow>(visibleSql).raw();
  const visibleGrants = db.prepare<[object], [number, number, Level]>(visibleGrantsSql).raw();
  const views = db.prepare<[number], ViewRow>(
    `SELECT ${viewColumns} FROM calendar_view v WHERE v.principal = ?`,
  );
  const view = db.prepare<[number, number], ViewRow>(
    `SELECT ${viewColumns} FROM calendar_view v WHERE v.principal = ? AND v.calendar = ?`,
  );
  const grants = db
    .prepare<[number], [number, Level]>(
      'SELECT grantee, level FROM calendar_grant WHERE calendar = ? ORDER BY grantee',
    )
    .raw();
  const granted = db.prepare<[number, string], Level>(grantedSql).pluck();
  const objectCount = db
    .prepare<[number], number>("SELECT object_count FROM calendar WHERE id = ? AND state = 'live'")
    .pluck();
  const usedBytes = db.prepare<[number], number>('SELECT used_bytes FROM principal WHERE id = ?').pluck();
  const properties = db
    .prepare<[string, number, number], [string, string]>(
      'SELECT name, xml FROM property WHERE holder_kind = ? AND holder = ? AND person = ?',
    )
    .raw();

  const staleIndexes = db.prepare<[object], StaleIndex>(staleIndexesSql);

  return {
    staleIndexes: async ({ calendar, owner } = {}) =>
      staleIndexes.all({ calendar: calendar ?? null, owner: owner ?? null }),
    calendar: async (id) => inState(stateById.get(id)),
    calendarByName: async (owner, name) => inState(stateByName.get(owner, name)),
    calendarsOf: async (owner) => statesOfOwner.all(owner).flatMap((state) => inState(state) ?? []),
    visibleTo: async (person, groups) => visibleTo(person, groups),
    grants: async (calendar) => grants.all(calendar).map((row) => toGrant(calendar, row)),
    grantedLevel: async (calendar, grantees) =>
      highest(granted.all(calendar, JSON.stringify(grantees.map(granteeId)))),
    view: async (person, calendar) => readView(view.get(person, calendar)),
    objectCount: async (calendar) => objectCount.get(calendar) ?? 0,
    usedBytes: async (home) => usedBytes.get(home) ?? 0,
    properties: async (holder) => new Map(properties.all(holder.on, holder.id, personOf(holder))),
  };

  /** The calendar itself; twenty columns are read and decoded only where it has changed, in whatever process. */
  function inState(state: StateRow | undefined): Calendar | undefined {
    if (state === undefined) return undefined;
    const [id, modseq, modified, changeFloor, ownerName] = state;
    const known = decoded.get(id);
    const isSame =
      known?.modseq === modseq &&
      known.modified === modified &&
      known.changeFloor === changeFloor &&
      known.ownerName === ownerName;
    if (isSame) return known;
    const row = byId.get(id);
    if (row === undefined) return undefined;
    const calendar = toCalendar(row);
    if (decoded.size >= maxDecoded) decoded.clear();
    decoded.set(id, calendar);
    return calendar;
  }

  function visibleTo(person: PrincipalId, groups: readonly PrincipalId[]): VisibleCalendar[] {
    const where = { person, grantees: JSON.stringify([person, ...groups, everyoneId]) };
    const levels = new Map<number, { byName: Level[]; all: Level[] }>();
    for (const [calendar, grantee, level] of visibleGrants.all(where)) {
      const found = levels.get(calendar) ?? { byName: [], all: [] };
      found.all.push(level);
      if (grantee !== everyoneId) found.byName.push(level);
      levels.set(calendar, found);
    }
    const own = new Map(views.all(person).map((row) => [row.calendar, toView(row)]));
    return visible.all(where).map((row) => ({
      calendar: toCalendar(row),
      granted: highest(levels.get(row[0])?.all ?? []),
      grantedByName: highest(levels.get(row[0])?.byName ?? []),
      view: own.get(row[0]),
    }));
  }
}

export const personOf = (holder: PropertyHolder): number =>
  (holder.on === 'calendar' ? holder.person : null) ?? everyoneId;

export const granteeId = (grantee: PrincipalId | typeof everyone): number =>
  grantee === everyone ? everyoneId : grantee;

function toGrant(calendar: CalendarId, [grantee, level]: [number, Level]): Grant {
  return { calendar, grantee: grantee === everyoneId ? everyone : id<PrincipalId>(grantee), level };
}

/** The row may have further columns after those of the calendar. */
export function toCalendar(row: readonly [...CalendarRow, ...unknown[]]): Calendar {
  return {
    id: row[0],
    owner: row[1],
    ownerKind: row[2],
    ownerName: row[3],
    name: row[4],
    displayName: row[5],
    description: row[6],
    color: row[7],
    order: row[8],
    timeZoneData: row[9],
    timeZone: row[10],
    components: readComponents(row[11]),
    transparent: row[12] === 1,
    exportAllowed: row[13] === 1,
    exportDetail: row[14],
    exportWindow: readWindow({ monthsBack: row[15], monthsAhead: row[16] }),
    modseq: row[17],
    changeFloor: row[18],
    created: row[19],
    modified: row[20],
  };
}

const readView = (row: ViewRow | undefined): CalendarView | undefined => row && toView(row);

function toView(row: ViewRow): CalendarView {
  return {
    ...row,
    favourite: row.favourite === 1,
    unsubscribed: row.unsubscribed === 1,
    transparent: readFlag(row.transparent),
  };
}
