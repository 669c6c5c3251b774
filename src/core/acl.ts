/**
 * Rights on calendars: seven levels for people, groups and everyone.
 *
 * The levels are totally ordered, so the answer for a person is the highest level among their own grants, those of
 * their groups and those of everyone.
 */
import type { Detail } from './calendar.ts';
import type { CalendarId, PrincipalId } from './ids.ts';

/**
 * `busy`: busy times; `titles`: busy times and titles; `read`: all details; `contribute`: add objects, change and remove
 * one's own; `revise`: change those of others as well; `edit`: remove them as well; `manage`: as owner, and share.
 */
export type Level = 'busy' | 'titles' | 'read' | 'contribute' | 'revise' | 'edit' | 'manage';

export const levels: readonly Level[] = ['busy', 'titles', 'read', 'contribute', 'revise', 'edit', 'manage'];

/** What may be done to an object that stands in a calendar. */
export type Deed = 'change' | 'remove';

/** The objects to which a deed may be done: none, only those that the person made, or all. */
export type Reach = 'none' | 'own' | 'all';

/** The objects to which the holder of a level may do something; none without a level. */
export function reachAt(level: Level | undefined, deed: Deed): Reach {
  if (!allows(level, 'contribute')) return 'none';
  return allows(level, deed === 'change' ? 'revise' : 'edit') ? 'all' : 'own';
}

export const everyone = 'everyone';

export interface Grant {
  readonly calendar: CalendarId;
  readonly grantee: PrincipalId | typeof everyone;
  readonly level: Level;
}

/** The highest of several levels, which is the one that counts; `undefined` if there is none. */
export function highest(found: Iterable<Level>): Level | undefined {
  let best = -1;
  for (const level of found) best = Math.max(best, levels.indexOf(level));
  return levels[best];
}

/** A level contains itself and all below it. */
export function allows(level: Level | undefined, needed: Level): boolean {
  return level !== undefined && levels.indexOf(level) >= levels.indexOf(needed);
}

/** The lower of two levels; `undefined` (no level) is lower than any level. */
export function lower(one: Level | undefined, other: Level | undefined): Level | undefined {
  if (one === undefined || other === undefined) return undefined;
  return allows(one, other) ? other : one;
}

/** Why somebody gets less than their grants say, or nothing. */
export type AccessReason =
  /** Nobody has granted them anything. */
  | 'no-grant'
  /** The owner has switched "allow export" off. */
  | 'export-off'
  /** The administrator forbids export of all calendars of this kind of owner. */
  | 'export-forbidden'
  /** They signed in with an app password that may only read. */
  | 'read-only-credential';

/** What one actor may do with one calendar, as `service/access.ts` decides it. */
export interface Access {
  /** What this actor sees and does behind every door; `undefined`: the calendar answers as if it did not exist. */
  readonly level: Level | undefined;
  /** The level by grants alone, without regard to the credential and to "allow export"; free/busy is decided by it. */
  readonly rights: Level | undefined;
  /** The owner, a group's manager, an administrator for the company: for them nothing is hidden. */
  readonly isOwner: boolean;
  /** May add objects. Which existing ones may be changed or removed, `changes` and `removes` say. */
  readonly canWrite: boolean;
  readonly changes: Reach;
  readonly removes: Reach;
  readonly canManage: boolean;
  readonly canSeeBusy: boolean;
  /** How much of a public object is shown; others are reduced further (`seesPrivate`). */
  readonly detail: Detail | 'none';
  /** Objects whose CLASS is not PUBLIC are shown whole. */
  readonly seesPrivate: boolean;
  /** The calendar is listed in the actor's calendar home. */
  readonly inHome: boolean;
  readonly reason?: AccessReason;
}
