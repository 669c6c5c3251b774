/** Who can own, share and be invited: people, groups, rooms and resources (RFC 3744 §2, RFC 6638 §2.4.2). */
import type { Instant } from '../icalendar/time.ts';
import type { AppPasswordId, CalendarId, PrincipalId } from './ids.ts';

/** `company` is the one principal that owns the company's calendars; a department or workgroup is a `group`. */
export type PrincipalKind = 'user' | 'group' | 'room' | 'resource' | 'company';

export interface Principal {
  readonly id: PrincipalId;
  readonly kind: PrincipalKind;
  /** Login and URL name in its normal form (`normalName`); unique over all kinds. */
  readonly name: string;
  readonly displayName: string;
  /** Lower-case e-mail addresses, the preferred one first. */
  readonly addresses: readonly string[];
  /** BCP 47: `en`, `ru`, `sv`. */
  readonly language: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly isAdmin: boolean;
  readonly disabled: boolean;
}

/**
 * The form in which login names are compared: Unicode NFC, lower case, no blanks at the ends.
 * A name may hold `@`, spaces and Cyrillic letters (clients.md, demand 31); it may not hold `/`, `:` or control characters.
 */
export function normalName(typed: string): string {
  return typed.normalize('NFC').trim().toLowerCase();
}

export type AppPasswordScope = 'read' | 'write';

export interface AppPassword {
  readonly id: AppPasswordId;
  readonly principal: PrincipalId;
  readonly label: string;
  readonly scope: AppPasswordScope;
  /** The only calendars that this app password opens, some of which may not exist any more; null: all. */
  readonly calendars: readonly CalendarId[] | null;
  readonly created: Instant;
  readonly lastUsed: Instant | null;
  readonly lastProgram: string | null;
  readonly lastAddress: string | null;
}

/** Who acts, and what the credential they signed in with allows. Anonymous callers have no actor. */
export interface Actor {
  readonly principal: Principal;
  /** All groups the principal belongs to, at any depth. */
  readonly groups: readonly PrincipalId[];
  /** `read` for an app password without the right to write. */
  readonly scope: AppPasswordScope;
  /** The only calendars that exist for this credential, which can change nothing else either; absent: all. */
  readonly calendars?: ReadonlySet<CalendarId>;
  /** How the actor signed in. The owner's own devices see calendars even while export is off. */
  readonly via: 'password' | 'app-password' | 'proxy' | 'ldap' | 'session' | 'command-line' | 'system';
  /** The network address, for the audit; absent if it is unknown. */
  readonly address?: string;
}
