/** What a report asks of the data of an object (RFC 4791 §9.6), as a value. */
import type { TimeRange } from '../time.ts';

/** Which properties of a component: all, or those named, some of them without their value. Names are in upper case. */
export type PropSelection = 'all' | ReadonlyMap<string, { readonly noValue: boolean }>;

/** RFC 4791 §9.6.1. */
export interface CompSelection {
  readonly name: string;
  readonly props: PropSelection;
  readonly comps: 'all' | readonly CompSelection[];
}

/** The content of a `calendar-data` element. */
export interface DataSelection {
  /** The selection for VCALENDAR; absent: everything. */
  readonly comp?: CompSelection | undefined;
  readonly recurrence?: { readonly form: 'expand' | 'limit'; readonly range: TimeRange } | undefined;
  readonly freeBusy?: TimeRange | undefined;
}

/** Nothing is selected, so the stored bytes are the answer. */
export function selectsAll(selection: DataSelection): boolean {
  return !selection.comp && !selection.recurrence && !selection.freeBusy;
}

/** Whether properties of that name are wanted, and how much of them. */
export function wantedPart({ props }: CompSelection, name: string): 'whole' | 'no value' | 'nothing' {
  if (props === 'all') return 'whole';
  const named = props.get(name);
  if (!named) return 'nothing';
  return named.noValue ? 'no value' : 'whole';
}

/** The selection for an inner component, if it is wanted. */
export function innerSelection({ comps }: CompSelection, name: string): CompSelection | undefined {
  if (comps === 'all') return { name, props: 'all', comps: 'all' };
  return comps.find((inner) => inner.name === name);
}
