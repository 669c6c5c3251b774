/**
 * Byte ranges of a GET (RFC 9110 §14): one range. A request for several is answered with the whole file, as the RFC
 * permits.
 */

/** Half-open, within the content. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `whole` when there is no range that must be honoured; `outside` when it holds no byte of the content (416). */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | 'whole' | 'outside' {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header?.trim() ?? '');
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return 'whole';
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'outside' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= sizeBytes) return 'outside';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
