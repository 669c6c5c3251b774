/**
 * The filter of a calendar-query as values (RFC 4791 §9.7); `caldav/grammar` makes them from XML, `match.ts` gives them
 * their meaning. Names are in upper case.
 */
import type { TimeRange } from '../time.ts';

export type Collation = 'i;ascii-casemap' | 'i;octet' | 'i;unicode-casemap';

/** RFC 4791 §9.7.5: a substring test. */
export interface TextMatch {
  readonly text: string;
  readonly collation: Collation;
  readonly negate: boolean;
}

/** RFC 4791 §9.7.3. */
export type ParamFilter =
  | { readonly name: string; readonly is: 'not-defined' }
  | { readonly name: string; readonly is: 'defined'; readonly textMatch?: TextMatch };

/** RFC 4791 §9.7.2. All that is present must hold for one and the same property line. */
export type PropFilter =
  | { readonly name: string; readonly is: 'not-defined' }
  | {
      readonly name: string;
      readonly is: 'defined';
      readonly timeRange?: TimeRange;
      readonly textMatch?: TextMatch;
      readonly params: readonly ParamFilter[];
    };

/** RFC 4791 §9.7.1. All that is present must hold for one and the same component. */
export type CompFilter =
  | { readonly name: string; readonly is: 'not-defined' }
  | {
      readonly name: string;
      readonly is: 'defined';
      readonly timeRange?: TimeRange;
      readonly props: readonly PropFilter[];
      readonly comps: readonly CompFilter[];
    };
