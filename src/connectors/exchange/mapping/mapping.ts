/** What the mapping has to know of the mailbox, its server and the settings, beside the event itself. */
import type { SchemaVersion } from '../wire/schema-version.ts';
import type { KeptField } from './kept.ts';

export interface Mapping {
  /** What the server was asked as. */
  readonly version: SchemaVersion;
  /** Epoch milliseconds; zones are compared over the five years that begin here. */
  readonly now: number;
  /** The mailbox's address, lower case: the organizer of whatever is created there. */
  readonly mailbox: string;
  /** Other addresses of the same person, lower case. */
  readonly aliases: readonly string[];
  /** IANA name: of whole days that we write, and of items that say none. */
  readonly zone: string;
  /** ISO 3166 alpha-2 of the person, for zone names (exchange.md 12.2); null: not known. */
  readonly territory: string | null;
  /** What becomes of a series that no Exchange pattern says (exchange.md 10.4). */
  readonly unsupportedRecurrence: 'expand' | 'approximate' | 'skip';
  /** `firstAsNote`: the portal's calendars know no recurrence (exchange.md 10.6). */
  readonly recurrencePolicy: 'full' | 'firstAsNote';
  /** How private items are told when they are read through a service account. */
  readonly privateEvents: 'full' | 'busyOnly' | 'skip';
  /** Addresses of the directory (`/o=…`, type EX) in lower case, to the mail addresses that ResolveNames found. */
  readonly directory: ReadonlyMap<string, string>;
  /** The server overlooks some of what it is told (`isPeculiar` of its quirks); absent: it does not. */
  readonly isPeculiar?: boolean;
  /** What the server does not keep of an event; absent: it keeps all. */
  readonly unkept?: readonly KeptField[];
}
