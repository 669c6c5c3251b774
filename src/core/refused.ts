/** An object that a calendar has refused: put aside for whoever sent it, so that nothing is lost in silence (clients.md demand 58). */
import type { Instant } from '../icalendar/time.ts';
import type { CalendarId, PrincipalId, RefusedId } from './ids.ts';
import type { RefusalCode } from './refusal.ts';

export interface RefusedObject {
  readonly id: RefusedId;
  /** The person whose program sent it. */
  readonly principal: PrincipalId;
  /** Where it should have gone; it may be gone. */
  readonly calendar: CalendarId;
  /** Last path segment, percent-encoded, under which it was sent. */
  readonly name: string;
  readonly at: Instant;
  readonly code: RefusalCode;
  /** For a person who knows the format, in English. */
  readonly message: string;
  /** 1-based, of what was sent. */
  readonly line: number | null;
  /** The UID, if one could be read. */
  readonly uid: string | null;
  readonly program: string;
  /** Of what is kept; null: it was too long to be kept. */
  readonly sizeBytes: number | null;
}

/** What is put aside; one name in one calendar has one row, that of the last time. */
export interface NewRefusedObject extends Omit<RefusedObject, 'at' | 'sizeBytes'> {
  readonly bytes: Uint8Array | null;
}
