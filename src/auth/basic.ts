/** Basic credentials (RFC 7617) as real clients send them. */
import { isUtf8 } from 'node:buffer';
import basicAuth from 'basic-auth';

export type BasicCredentials =
  | { readonly is: 'credentials'; readonly name: string; readonly password: string }
  /** No `Authorization`, or one of a scheme that is not ours: the client has not tried to sign in. */
  | { readonly is: 'none' }
  | { readonly is: 'malformed' };

/**
 * Reads an `Authorization` header. Split at the first colon, so that passwords may hold more. UTF-8 as announced in the
 * challenge, Latin-1 where it is not UTF-8, as older programs send it (clients.md W16).
 */
export function readBasic(header: string | undefined): BasicCredentials {
  if (header === undefined || !/^ *basic /i.test(header)) return { is: 'none' };
  const parsed = basicAuth.parse(inUtf8(header));
  // Control characters are forbidden in both (RFC 7617 §2); they would only serve to forge lines of a log.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (!parsed || parsed.name === '' || /[\x00-\x1f\x7f]/.test(parsed.name + parsed.pass))
    return { is: 'malformed' };
  return { is: 'credentials', name: parsed.name, password: parsed.pass };
}

/** basic-auth decodes as UTF-8 only: Latin-1 credentials are handed to it in UTF-8. */
function inUtf8(header: string): string {
  const encoded = /^ *basic +(.*)$/i.exec(header)?.[1] ?? '';
  const bytes = Buffer.from(encoded, 'base64');
  return isUtf8(bytes) ? header : `Basic ${Buffer.from(bytes.toString('latin1')).toString('base64')}`;
}
