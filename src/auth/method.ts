/** How a way to sign in is declared. */
import type { CalendarId } from '../core/ids.ts';
import type { Actor, AppPassword, AppPasswordScope, Principal } from '../core/principal.ts';

export type MethodName = 'app-password' | 'password' | 'ldap' | 'proxy';

export interface Attempt {
  /** As typed. */
  readonly name: string;
  readonly password: string;
  /** The person the name means; absent if nobody is called so. Methods spend the same time on both. */
  readonly person: Principal | undefined;
}

/** Who signs in, and what shows later whether the proof still holds. */
export interface Proof {
  readonly person: Principal;
  readonly scope: AppPasswordScope;
  readonly calendars?: ReadonlySet<CalendarId>;
  readonly via: Actor['via'];
  readonly appPassword?: AppPassword;
  /** The stored hash that the password matched; the proof is void once another one is stored. */
  readonly passwordHash?: string;
}

/**
 * `not-mine`: another method may know the answer. `no`: this method owns the account and the password is wrong.
 * `unavailable`: nobody can tell at the moment, which is not the person's fault.
 */
export type Outcome = Proof | 'not-mine' | 'no' | 'unavailable';

export interface SignInMethod {
  readonly name: MethodName;
  /** Whether people choose the secret, so that it can be guessed: then attempts are throttled. */
  readonly isGuessable: boolean;
  readonly attempt: (attempt: Attempt) => Promise<Outcome>;
  /**
   * Spends the time of an attempt without making one: called where another method has refused already, so that the time of a
   * refusal does not tell which of them has an account of that name. Guesses nothing and locks nobody out.
   */
  readonly pretend?: (password: string) => Promise<'done' | 'unavailable'>;
}

export function isProof(outcome: Outcome): outcome is Proof {
  return typeof outcome === 'object';
}
