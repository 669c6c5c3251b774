/** What the changes of one set share while they are applied, and how each of them ends. */
import type { Change, CommitFailure, Expectation } from '../../../core/change-set.ts';
import type { CalendarId, ETag, IdSource, PrincipalId } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';
import type { StaleReason } from '../../port.ts';

/** The changes of one kind. */
export type Of<Kind extends Change['do']> = Extract<Change, { do: Kind }>;

/** Why a change was not made; the place in the set is added by whoever applies it. */
export type Failure = CommitFailure extends infer Kind
  ? Kind extends CommitFailure
    ? Omit<Kind, 'ok' | 'change'>
    : never
  : never;

/** Whether the change made something that was not there, or why it was not made. */
export type Outcome = boolean | Failure;

export const stale: Failure = { reason: 'stale' };
export const nameInUse: Failure = { reason: 'name-in-use' };
export const missing: Failure = { reason: 'missing' };
export const quotaExceeded: Failure = { reason: 'quota-exceeded' };
export const uidInUse = (name: string): Failure => ({ reason: 'uid-in-use', name });

export interface LogLine {
  readonly calendar: CalendarId;
  readonly modseq: number;
  readonly home: PrincipalId;
  readonly name: string;
  readonly gone: boolean;
}

export interface Step {
  readonly actor: PrincipalId | null;
  readonly now: Instant;
  readonly newId: IdSource;
  /** Lines of the sync log, written when all changes of the set have been made. */
  readonly log: LogLine[];
  /** Set by changes that rights depend on. */
  directoryChanged: boolean;
  /** Calendars of objects whose index was made with another zone or other addresses than the present ones. */
  readonly stale: Readonly<Record<StaleReason, Set<CalendarId>>>;
  /** Set by changes that leave something for the sweeper. */
  leftovers: boolean;
}

export function holds(expect: Expectation, found: ETag | undefined): boolean {
  switch (expect) {
    case 'anything':
      return true;
    case 'absent':
      return found === undefined;
    case 'present':
      return found !== undefined;
    default:
      return found === expect.etag;
  }
}
