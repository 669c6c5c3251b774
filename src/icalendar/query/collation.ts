/** Text comparison by collation (RFC 4790, RFC 5051), as RFC 4791 §7.5 uses it. */
import type { Collation } from './filter.ts';

export const collations: readonly Collation[] = ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap'];

/** Tells whether texts contain `needle`. The needle is folded once, so keep the function for many texts. */
export function containing(needle: string, collation: Collation): (text: string) => boolean {
  const fold = folds[collation];
  const folded = fold(needle);
  return (text) => fold(text).includes(folded);
}

const folds: Readonly<Record<Collation, (text: string) => string>> = {
  'i;octet': (text) => text,
  'i;ascii-casemap': asciiCasemap,
  'i;unicode-casemap': unicodeCasemap,
};

/** RFC 4790 §9.2: only the letters a to z have a case. */
function asciiCasemap(text: string): string {
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : text;
}

/**
 * RFC 5051 §2: each character takes its title case, then is decomposed.
 *
 * Upper case serves for title case: they differ in a few digraphs, which both sides of a comparison get alike. Mappings
 * to more than one character (ß to SS) are no part of it, so such characters stay.
 */
function unicodeCasemap(text: string): string {
  if (isAscii(text)) return text.toUpperCase();
  let folded = '';
  for (const character of text.normalize('NFC')) {
    const upper = character.toUpperCase();
    folded += isOneCharacter(upper) ? upper : character;
  }
  return folded.normalize('NFKD');
}

function isOneCharacter(text: string): boolean {
  return text.length === ((text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
