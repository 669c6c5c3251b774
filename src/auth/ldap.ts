/** Signing in with a password that a directory knows: LDAP bind (RFC 4513 §5.1.3). */
import { randomBytes } from 'node:crypto';
import type { Client } from 'ldapts';
import type { Principal } from '../core/principal.ts';
import type { Outcome, SignInMethod } from './method.ts';

export interface LdapOptions {
  /** `ldap://host[:port]` or `ldaps://host[:port]`. */
  readonly url: string;
  /** DN with `{name}` for the login, or empty. */
  readonly bind: string;
  /** Otherwise: where and how to search for the person, and as whom. */
  readonly base: string;
  readonly filter: string;
  readonly searchDn: string;
  readonly searchPassword: string;
  readonly startTls: boolean;
  readonly timeoutMs: number;
  /** Why the directory could not be asked; the answer is then `unavailable`. */
  readonly onError: (error: unknown) => void;
}

export function ldapMethod(options: LdapOptions): SignInMethod {
  const ask = async (person: Principal | undefined, login: string, password: string): Promise<Outcome> => {
    try {
      return await asked(options, person, login, password);
    } catch (error) {
      options.onError(error);
      return 'unavailable';
    }
  };
  return {
    name: 'ldap',
    isGuessable: true,
    async attempt({ person, name, password }) {
      // A bind without password succeeds for everybody: it is an anonymous one (RFC 4513 §5.1.2).
      if (password === '') return 'no';
      return await ask(person, person?.name ?? name, password);
    },
    // Binds under a name that nobody has: a directory may lock an account after some wrong passwords, and this password
    // is not for it.
    async pretend(password) {
      if (password === '') return 'done';
      const outcome = await ask(undefined, nobody(), nobody());
      return outcome === 'unavailable' ? outcome : 'done';
    },
  };
}

/** Binds for unknown people too, so that the time of the answer does not reveal who exists. */
async function asked(
  options: LdapOptions,
  person: Principal | undefined,
  login: string,
  password: string,
): Promise<Outcome> {
  // Loaded at the first use: most installations have no directory.
  const { Client, InvalidCredentialsError } = await import('ldapts');
  const { timeoutMs } = options;
  let isFound = true;
  const client = new Client({ url: options.url, timeout: timeoutMs, connectTimeout: timeoutMs });
  try {
    if (options.startTls) await client.startTLS();
    const dn =
      options.bind === '' ? await foundDn(client, options, login) : nameIn(options.bind, login, escapedDn);
    isFound = dn !== undefined;
    // Also if the search has found nobody.
    await client.bind(dn ?? `cn=${nobody()},${options.base}`, password);
    return person && dn !== undefined ? { person, scope: 'write', via: 'ldap' } : 'not-mine';
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return isFound ? 'no' : 'not-mine';
    throw error;
  } finally {
    await client.unbind().catch(() => {}); // The connection may be gone already; nothing follows.
  }
}

/** The only entry that the filter finds; several count as none. */
async function foundDn(client: Client, options: LdapOptions, login: string): Promise<string | undefined> {
  if (options.searchDn !== '') {
    try {
      await client.bind(options.searchDn, options.searchPassword);
    } catch (error) {
      // The search account was refused, which must not count as the person's wrong password.
      throw new Error('the directory refuses the account that searches', { cause: error });
    }
  }
  const { searchEntries } = await client.search(options.base, {
    scope: 'sub',
    filter: nameIn(options.filter, login, escapedFilter),
    sizeLimit: 2,
    attributes: ['1.1'], // Names only (RFC 4511 §4.5.1.8).
  });
  return searchEntries.length === 1 ? searchEntries[0]?.dn : undefined;
}

function nobody(): string {
  return `portcal-nobody-${randomBytes(8).toString('hex')}`;
}

function nameIn(template: string, login: string, escape: (text: string) => string): string {
  return template.replaceAll('{name}', () => escape(login));
}

/** RFC 4514 §2.4: nothing in a name may end its value or begin another. */
export function escapedDn(text: string): string {
  return text.replace(/[\\,+"<>;=#\0]|^ | $/g, (char) =>
    char === '\0' ? '\\00' : char === ' ' ? '\\20' : `\\${char}`,
  );
}

/** RFC 4515 §3: nothing in a name may act as a filter. */
export function escapedFilter(text: string): string {
  return text.replace(/[\\*()\0]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
