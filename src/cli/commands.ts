/** How a command of the command line is declared, and how its work is run. */
import { InvalidArgumentError, Option } from 'commander';
import { type Level, levels } from '../core/acl.ts';
import type { SeenCalendar } from '../core/calendar.ts';
import type { Principal } from '../core/principal.ts';
import { calendarInHome } from '../service/access.ts';
import { findPrincipal } from '../service/people/people.ts';
import { CommandError, type Io, type Report } from './io.ts';
import type { Session } from './session.ts';

/** Runs work on the opened data, and says its report. */
export type Run = (work: (session: Session) => Promise<Report>) => Promise<void>;

export interface Cli {
  readonly io: Io;
  /** With the database open; the server may be running on it. */
  readonly run: Run;
  /** Without the database. */
  readonly runBare: (work: () => Promise<Report>) => Promise<void>;
}

/** A person, group, room or the company by name. */
export async function principalOf({ services, actor }: Session, name: string): Promise<Principal> {
  const found = await findPrincipal(services, actor, name);
  if (!found) throw new CommandError(`there is nobody called ${name}`);
  return found;
}

/** A person, where a group or the company will not do. */
export async function personOf(session: Session, name: string): Promise<Principal> {
  const found = await principalOf(session, name);
  if (found.kind !== 'user') throw new CommandError(`${name} is ${kindWords[found.kind]}, not a person`);
  return found;
}

const kindWords: Readonly<Record<Principal['kind'], string>> = {
  user: 'a person',
  group: 'a group',
  room: 'a room',
  resource: 'a resource',
  company: 'the company',
};

/** A calendar written as `owner/name`. */
export async function calendarOf(session: Session, written: string): Promise<SeenCalendar> {
  const { owner, name } = splitCalendar(written);
  const principal = await principalOf(session, owner);
  const seen = await calendarInHome(session.services, session.actor, principal, name);
  if (!seen) throw new CommandError(`${owner} has no calendar ${name}`);
  return seen;
}

/** Splits at the last slash: login names may hold none, calendar names neither. */
export function splitCalendar(written: string): { readonly owner: string; readonly name: string } {
  const cut = written.lastIndexOf('/');
  if (cut <= 0 || cut === written.length - 1) {
    throw new CommandError(`a calendar is written OWNER/NAME, not ${written}`, 2);
  }
  return { owner: written.slice(0, cut), name: written.slice(cut + 1) };
}

/** `on` or `off`. */
export function onOff(written: string): boolean {
  if (written === 'on') return true;
  if (written === 'off') return false;
  throw new InvalidArgumentError('on or off');
}

export function levelOrNone(written: string): Level | null {
  if (written === 'none') return null;
  const level = levels.find((one) => one === written);
  if (!level) throw new InvalidArgumentError(`${levels.join(', ')} or none`);
  return level;
}

/** An id as the listings show it. */
export function idArgument(written: string): number {
  const value = Number(written);
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidArgumentError('a number from the listing');
  return value;
}

/** Days that something may be old. */
export function daysArgument(written: string): number {
  if (!/^\d{1,6}$/.test(written)) throw new InvalidArgumentError('whole days: 30');
  return Number(written);
}

/** A command that changes a thing is told what to change. */
export function requireChanges(changes: object): void {
  if (Object.keys(changes).length === 0)
    throw new CommandError('nothing to change: --help lists what can be changed', 2);
}

/** An option that can be given several times. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value],
  );
}

/** The end of a command's help. */
export function example(line: string): string {
  return `\nExample:\n  ${line}`;
}

/** A principal as `--json` shows it. */
export function shownPrincipal(principal: Principal): unknown {
  const { kind, name, displayName, addresses, language, timeZone, isAdmin, disabled } = principal;
  return { kind, name, displayName, addresses, language, timeZone, isAdmin, disabled };
}
