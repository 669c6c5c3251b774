/** iCalendar bytes as XML character data, for rows that SQL assembles. */

/** `&`, `<`, `>`, control characters but tab and LF, and the UTF-8 forms of surrogates, U+FFFE and U+FFFF. */
const special = /[&<>]|[^\t\n -\xff]|\xed[\xa0-\xbf][\x80-\xbf]|\xef\xbf[\xbe\xbf]/g;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // As a reference: the XML reader of the client would turn a bare CR into LF (XML 1.0 §2.11).
  '\r': '&#13;',
};

/**
 * Escapes UTF-8 bytes for XML 1.0 character data; what XML cannot carry at all is dropped (XML 1.0 §2.2).
 *
 * Works on bytes in their Latin-1 reading: every character that matters is ASCII or a fixed sequence of bytes, and
 * decoding UTF-8 would cost more than the rest.
 */
export function xmlText(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return Buffer.from(
    text.replace(special, (found) => escapes[found] ?? ''),
    'latin1',
  );
}
