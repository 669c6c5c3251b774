/** What is wrong with an iCalendar text. Findings are collected, never thrown: the caller weighs them. */

export type FindingCode =
  // bytes
  | 'empty'
  | 'encoding'
  | 'byte-order-mark'
  | 'nul'
  | 'control-character'
  | 'split-character'
  // lines and nesting
  | 'malformed-line'
  | 'unbalanced'
  | 'outside-calendar'
  | 'too-deep'
  | 'too-long'
  | 'no-calendar'
  // the meaning of an object: validate.ts
  | 'version'
  | 'version-missing'
  | 'prodid-missing'
  | 'method'
  | 'object'
  | 'nesting'
  | 'uid'
  | 'component'
  | 'required'
  | 'value'
  | 'recurrence'
  | 'max-attendees'
  | 'max-instances'
  | 'min-date-time'
  | 'max-date-time';

/**
 * One problem. `fatal` problems make a stored object impossible; of the others `repaired` tells whether bytes had to
 * change (RFC 4791 §5.3.4: then the answer to PUT carries no ETag).
 */
export interface Finding {
  readonly code: FindingCode;
  /** 1-based physical line of the source. */
  readonly line?: number;
  readonly message: string;
  readonly fatal: boolean;
  readonly repaired?: boolean;
}

/** A name or value of the client as it stands in a message: short, since what is sent may be as long as a file. */
export function shortened(value: string): string {
  return value.length > maxShown ? `${value.slice(0, maxShown)}...` : value;
}

const maxShown = 60;
