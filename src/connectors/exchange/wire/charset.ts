/** The text of an answer whose bytes are not plain UTF-8: by what its header or its declaration says they are (RFC 7303 §3). */

const declaration = /^\s*<\?xml\s[^>]{0,200}\?>/;

/**
 * UTF-8 where the bytes are that, whatever they are said to be: hardly a text in another charset is UTF-8 by chance. Otherwise
 * in the charset of the header, or of the declaration; bytes that mean nothing there become U+FFFD. Without its declaration,
 * which would name a charset that it is no longer in.
 */
export function textOf(body: Buffer, contentType: string): string {
  const text =
    decoded(body, 'utf-8', true) ??
    namedIn(contentType, body)
      .map((charset) => decoded(body, charset, false))
      .find((found) => found !== undefined) ??
    body.toString('utf8');
  return text.replace(declaration, '');
}

/** Undefined: no such charset is known, or, where `exactly`, these are not its bytes. */
function decoded(body: Buffer, charset: string, exactly: boolean): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: exactly }).decode(body);
  } catch {
    // A RangeError for an unknown name, a TypeError for other bytes: there is another way to read them.
    return undefined;
  }
}

function namedIn(contentType: string, body: Buffer): readonly string[] {
  const [, inHeader] = /;\s*charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType) ?? [];
  const begin = body.toString('latin1', 0, 300);
  const [, inText] = /^\s*<\?xml\s[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(begin) ?? [];
  const named = [inHeader, inText].filter((charset) => charset !== undefined);
  // What was no UTF-8 is not read as UTF-8 because it says so twice.
  return named.filter((charset) => !/^(?:utf-?8|us-ascii)$/i.test(charset));
}
