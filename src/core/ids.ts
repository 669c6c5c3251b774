/**
 * Ids of stored things: branded, time-ordered, assigned by the process that creates the thing.
 *
 * An id is a safe integer (53 bits) so that it needs no BigInt on the way to and from the database: 41 bits of
 * milliseconds since 2025, 5 bits of process number, 7 bits of counter. A counter that overflows borrows from the
 * next millisecond, so ids of one process are unique and ascending whatever the rate.
 */
import type { Clock } from './clock.ts';

declare const idBrand: unique symbol;

type Id<Kind extends string> = number & { readonly [idBrand]: Kind };

export type PrincipalId = Id<'principal'>;
export type CalendarId = Id<'calendar'>;
export type ObjectId = Id<'object'>;
export type AppPasswordId = Id<'app-password'>;
export type LinkId = Id<'link'>;
export type FileId = Id<'file'>;
export type TrashId = Id<'trash'>;
export type SessionId = Id<'session'>;
export type RefusedId = Id<'refused'>;
export type AuditId = Id<'audit'>;
export type ConnectorAccountId = Id<'connector-account'>;
export type ConnectorLinkId = Id<'connector-link'>;
export type PairId = Id<'pair'>;
export type OutboxId = Id<'outbox'>;
export type RunId = Id<'run'>;
export type ConflictId = Id<'conflict'>;

declare const textBrand: unique symbol;

/** A strong entity tag with its quotes, as it stands in headers and in `DAV:getetag` (RFC 9110 §8.8.3). */
export type ETag = string & { readonly [textBrand]: 'etag' };

/** The UID of a calendar object, compared octet by octet (RFC 5545 §3.8.4.7). */
export type Uid = string & { readonly [textBrand]: 'uid' };

// A brand exists for the compiler alone: here, and nowhere else, plain values are given theirs.
/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters */

/** Casts a number that came from the database or from `IdSource` to the id type that the context wants. */
export const id = <Wanted extends number>(value: number): Wanted => value as Wanted;
export const etag = (quoted: string): ETag => quoted as ETag;
export const uid = (text: string): Uid => text as Uid;

export type IdSource = <Wanted extends number>() => Wanted;

const epochMs = Date.UTC(2025, 0, 1);
const processBits = 5;
const counterBits = 7;

/** So many processes can share a database. */
export const maxProcesses: number = 2 ** processBits;

/** The number of the process that gave an id. */
export function processOf(given: number): number {
  return Math.floor(given / 2 ** counterBits) % maxProcesses;
}

/**
 * Ids for one process; `processNumber` (0 to 31) keeps processes that share a database apart. All are above `after`, the highest
 * that was given so far: a clock that was set back gives none a second time.
 */
export function idSource(clock: Clock, processNumber = 0, after = 0): IdSource {
  let lastMs = Math.ceil(after / 2 ** (processBits + counterBits));
  let counter = 0;
  return <Wanted extends number>() => {
    const nowMs = clock.now() - epochMs;
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = 0;
    } else if (++counter === 2 ** counterBits) {
      lastMs += 1;
      counter = 0;
    }
    return ((lastMs * 2 ** processBits + processNumber) * 2 ** counterBits + counter) as Wanted;
  };
}
