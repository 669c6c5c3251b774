/**
 * What has to be asked of the server so that one event is there as we want it, step by step: data, made by `createPlan` and
 * `updatePlan`, carried out by the transport. A removal needs no plan: all ids are known (`sendOnRemove`).
 *
 * An event is written as a main item and, where Exchange cannot say all of it, as single items beside it ("parts"), each
 * tied to its instance by a marker `series:<uid>:<key>` or `override:<uid>:<key>` (exchange.md 10.4, 10.5). An event whose
 * recurrence has no Exchange form at all has no main item: then the first part stands for it, and `Written.id` is its id.
 */
import type { LocalTime } from '../../../icalendar/time.ts';
import type { Zone } from '../../../icalendar/zones/timezone.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import type { RecurrenceKey } from '../../event.ts';
import type { Update } from '../../remote.ts';
import type { SyncNote } from '../../sync-notes.ts';

/**
 * Whom the server mails; `changed` is for updates: attendees that are new or gone, or everybody when the time moved. Where an
 * operation knows only all or none (DeleteItem, and the invitation that follows a creation), `changed` is all.
 */
export type Send = 'none' | 'changed' | 'all';

/** What a plan for an item that is there is made of. */
export type Rewriting = Omit<Update, 'attempt'>;

/** An item that a step speaks of. */
export type Target =
  /** The main item: as it was when the plan was made, or as an earlier step of the plan has created it. */
  | { readonly item: 'main' }
  /** A part that exists: its id is in `Update.parts`. */
  | { readonly item: 'part'; readonly recurrenceId: RecurrenceKey }
  | { readonly item: 'occurrence'; readonly occurrence: OccurrenceRef };

/**
 * One occurrence of the main item: `OccurrenceItemId` with the main item's id and `index`.
 *
 * Before the step, the id that the server has for `index` may be verified with GetItem: its OriginalStart (or Start, while
 * it is not an exception) is `originalStart`. If not, a CalendarView of `day` finds the occurrence (exchange.md 10.3).
 */
export interface OccurrenceRef {
  readonly key: RecurrenceKey;
  /** 1-based, deleted occurrences count. */
  readonly index: number;
  /** The same where deleted occurrences do not count. */
  readonly present: number;
  /** Epoch milliseconds. */
  readonly originalStart: number;
  /** The day on the series' own clock, as its midnight. */
  readonly date: LocalTime;
  /** Of the series, and how far its clock is ahead of UTC at its first occurrence, in milliseconds. */
  readonly zone: Zone;
  readonly ahead: number;
  /** Epoch milliseconds, half-open: the day of the occurrence in the series' zone; of whole days, in any zone. */
  readonly day: { readonly start: number; readonly end: number };
}

export interface CreateStep {
  readonly do: 'create';
  /** Null: this is the main item. */
  readonly part: RecurrenceKey | null;
  /** What the item carries as marker, for a search before the step is repeated. */
  readonly marker: string;
  /** `t:CalendarItem`, children in schema order. */
  readonly element: DocumentElement;
  readonly send: Send;
}

export interface UpdateStep {
  readonly do: 'update';
  readonly on: Target;
  /** `t:SetItemField` and `t:DeleteItemField`, the content of `t:Updates`. Never empty. */
  readonly changes: readonly DocumentElement[];
  readonly send: Send;
  /** What to do instead when the server answers `ErrorOccurrenceCrossingBoundary` (exchange.md 10.5); empty: nothing helps. */
  readonly onCrossing: readonly PlanStep[];
}

/** What the server does not show of what it was asked to do (`shortfall` in planning.ts). */
export interface Shortfall {
  /** Occurrences that were deleted and are there still, changed as they were. */
  readonly undeleted: boolean;
  /** Changes of occurrences of which nothing is to be seen. */
  readonly unwritten: readonly UpdateStep[];
  /** Makes the server forget all that it has of the occurrences; `restoreSteps` has to follow. */
  readonly reset: PlanStep;
}

export interface DeleteStep {
  readonly do: 'delete';
  readonly on: Target;
  readonly send: Send;
}

/**
 * The pattern or time of a series was written, which can make the server forget its exceptions (exchange.md 10.2): read the
 * main item back with ModifiedOccurrences and DeletedOccurrences, then carry out `restoreSteps(after, read, mapping)`.
 */
export interface RestoreStep {
  readonly do: 'restore';
  readonly send: Send;
}

export type PlanStep = CreateStep | UpdateStep | DeleteStep | RestoreStep;

export interface Plan {
  readonly refused?: undefined;
  /** In this order. No step: there is nothing that the server would see. */
  readonly steps: readonly PlanStep[];
  /** Whether there is a main item afterwards; if not, the first part stands for the event. */
  readonly main: boolean;
  /** The instances that are parts afterwards, in order of time. */
  readonly parts: readonly RecurrenceKey[];
  /** What could not be said, as codes for the list of issues. */
  readonly notes: readonly MappingNote[];
}

/** The event cannot be written at all. */
export interface RefusedPlan {
  readonly refused: RefusalReason;
}

export type RefusalReason =
  | 'end-before-start'
  | 'duration-too-long'
  | 'recurrence-unsupported'
  | 'no-instances'
  | 'unreadable-time';

export type MappingNote = Exclude<SyncNote, 'change-not-kept' | 'invitation-unsure'>;
