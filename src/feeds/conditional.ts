/** Conditional requests on a feed (RFC 9110 §13): the entity tag decides, the date only where no tag was sent. */

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The tag of the representation that the client already has; `undefined` where it has none that is current.
 *
 * `etags` are those of one state in its codings, the one that was asked for first: who has another coding of it has nothing
 * to fetch, and is told the tag of the one it has (RFC 9111 §4.3.4 renews what is stored by that). `lastModified` in
 * milliseconds.
 */
export function currentTag(
  headers: Headers,
  etags: readonly [string, ...string[]],
  lastModified: number,
): string | undefined {
  const known = headers['if-none-match'];
  if (known !== undefined) {
    const named = tags(String(known));
    return String(known) === '*' ? etags[0] : etags.find((etag) => named.includes(etag));
  }
  const since = headers['if-modified-since'];
  if (since === undefined) return undefined;
  const sinceMs = Date.parse(String(since));
  // HTTP dates have whole seconds (RFC 9110 §8.8.2.2); programs that need more send the tag.
  return sinceMs >= Math.floor(lastModified / 1000) * 1000 ? etags[0] : undefined;
}

/**
 * Whether the request holds only of another state (RFC 9110 §13.1.1, §13.1.4), so that its answer is 412. A tag is compared
 * strongly, with that of each coding.
 */
export function isStale(headers: Headers, etags: readonly string[], lastModified: number): boolean {
  const wanted = headers['if-match'];
  if (wanted !== undefined) {
    if (String(wanted).trim() === '*') return false;
    const named: readonly string[] = String(wanted).match(/(?:W\/)?"[^"]*"/g) ?? [];
    return !etags.some((etag) => named.includes(etag));
  }
  const sinceMs = Date.parse(String(headers['if-unmodified-since'] ?? ''));
  return Math.floor(lastModified / 1000) * 1000 > sinceMs;
}

/** Entity tags of a list, compared weakly as If-None-Match demands (RFC 9110 §13.1.2). */
function tags(list: string): readonly string[] {
  return list.match(/"[^"]*"/g) ?? [];
}
