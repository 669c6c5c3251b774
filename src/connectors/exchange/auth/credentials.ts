/** A login as people type it: `DOMAIN\\user`, `user@corp.example`, or a name alone. */
export interface Credentials {
  readonly login: string;
  /** NetBIOS name of the domain where the login does not tell; null: none. */
  readonly domain: string | null;
  /** Changes when the password does, and tells nothing about it. */
  readonly secretId: string;
  /** The password, for as long as it takes to build a request (exchange.md 18.2). */
  readonly reveal: () => Promise<string>;
}

type Account = Pick<Credentials, 'login' | 'domain'>;

/** For NTLM, which wants the two apart. A UPN stays whole: the domain controller knows what it means. */
export function accountOf({ login, domain }: Account): {
  readonly user: string;
  readonly domain: string;
} {
  const backslash = login.indexOf('\\');
  if (backslash !== -1) return { domain: login.slice(0, backslash), user: login.slice(backslash + 1) };
  return { user: login, domain: login.includes('@') ? '' : (domain ?? '') };
}

/** RFC 7617 with `charset="UTF-8"`; what was typed passes through unchanged. */
export function basicAuthorization({ login, domain }: Account, secret: string): string {
  const isPlain = !login.includes('\\') && !login.includes('@');
  const user = isPlain && domain !== null && domain !== '' ? `${domain}\\${login}` : login;
  return `Basic ${Buffer.from(`${user}:${secret}`, 'utf8').toString('base64')}`;
}
