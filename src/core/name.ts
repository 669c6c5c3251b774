/**
 * Names of resources as they stand in hrefs.
 *
 * One spelling everywhere: unreserved characters bare, everything else percent-encoded from UTF-8 in NFC, so that two
 * spellings of one name meet in one row (clients.md W1, W2). The encoded form is safe inside XML without escaping.
 * RFC 3986 §2.3.
 */

const loneSurrogates = /\p{Surrogate}/gu;

/** The canonical encoded form of a decoded segment. */
export function encodeSegment(decoded: string): string {
  if (/^[\w.~-]*$/.test(decoded)) return decoded;
  return encodeURIComponent(decoded.normalize('NFC').replace(loneSurrogates, '\uFFFD')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The decoded segment in NFC; `undefined` when its escapes or its UTF-8 are broken. Never decodes twice. */
export function decodeSegment(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded.normalize('NFC');
  try {
    return decodeURIComponent(encoded).normalize('NFC');
  } catch {
    // URIError is the only thing it throws: the segment is not UTF-8.
    return undefined;
  }
}

/** A decoded name that can stand as one segment of a path: not empty, no control characters, no `/`, not `.` or `..`. */
export function isSegment(decoded: string, maxBytes: number): boolean {
  if (decoded === '' || decoded === '.' || decoded === '..') return false;
  if (/[\p{Cc}/]/u.test(decoded) || decoded.search(loneSurrogates) >= 0) return false;
  return Buffer.byteLength(decoded) <= maxBytes;
}
