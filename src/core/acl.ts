/**
 * Rights on calendars: five levels for people, groups and everyone, and what each means as RFC 3744 privileges.
 *
 * The levels are totally ordered, so the answer for a person is the highest level among their own grants, those of
 * their groups and those of everyone.
 */
import type { CalendarId, PrincipalId } from './ids.ts';

/** `busy`: busy times; `titles`: busy times and titles; `read`: all details; `edit`: change objects; `manage`: as owner. */
export type Level = 'busy' | 'titles' | 'read' | 'edit' | 'manage';

export const levels: readonly Level[] = ['busy', 'titles', 'read', 'edit', 'manage'];

export const everyone = 'everyone';

export interface Grant {
  readonly calendar: CalendarId;
  readonly grantee: PrincipalId | typeof everyone;
  readonly level: Level;
}

export function highest(found: Iterable<Level>): Level | undefined {
  let best = -1;
  for (const level of found) best = Math.max(best, levels.indexOf(level));
  return levels[best];
}

export function allows(level: Level | undefined, needed: Level): boolean {
  return level !== undefined && levels.indexOf(level) >= levels.indexOf(needed);
}
