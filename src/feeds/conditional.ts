/** Conditional requests on a feed (RFC 9110 §13): the entity tag decides, the date only where no tag was sent. */

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Whether the client already has the representation with this tag and date. `lastModified` in milliseconds. */
export function isCurrent(headers: Headers, etag: string, lastModified: number): boolean {
  const known = headers['if-none-match'];
  if (known !== undefined) return String(known) === '*' || tags(String(known)).includes(etag);
  const since = headers['if-modified-since'];
  if (since === undefined) return false;
  const sinceMs = Date.parse(String(since));
  // HTTP dates have whole seconds (RFC 9110 §8.8.2.2); programs that need more send the tag.
  return sinceMs >= Math.floor(lastModified / 1000) * 1000;
}

/** Entity tags of a list, compared weakly as If-None-Match demands (RFC 9110 §13.1.2). */
function tags(list: string): readonly string[] {
  return list.match(/"[^"]*"/g) ?? [];
}
