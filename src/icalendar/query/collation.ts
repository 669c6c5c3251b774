/** Text comparison by collation (RFC 4790, RFC 5051), as RFC 4791 §7.5 uses it. */
import type { Collation } from './filter.ts';

export const collations: readonly Collation[] = ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap'];

/** A text to be searched for, prepared once for many searches. */
export interface Search {
  readonly collation: Collation;
  readonly fold: (text: string) => string;
  /** Whether a folded text contains it. Time: linear, whatever both of them say. */
  readonly isIn: (folded: string) => boolean;
  /** Folded. */
  readonly length: number;
}

export function searchFor(needle: string, collation: Collation): Search {
  const fold = folds[collation];
  const folded = fold(needle);
  return { collation, fold, isIn: finder(folded), length: folded.length };
}

const folds: Readonly<Record<Collation, (text: string) => string>> = {
  'i;octet': (text) => text,
  'i;ascii-casemap': asciiCasemap,
  'i;unicode-casemap': unicodeCasemap,
};

/** RFC 4790 §9.2: only the letters a to z have a case. */
function asciiCasemap(text: string): string {
  if (isAscii(text)) return text.toUpperCase();
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
  return !beyondAscii.test(text);
}

const beyondAscii = /[^\0-\x7f]/;

/** Up to here `includes` is quick. Of a needle of `a`s behind a `b` it takes the product of both lengths. */
const shortNeedle = 32;

function finder(needle: string): (text: string) => boolean {
  if (needle.length <= shortNeedle) return (text) => text.includes(needle);
  const borders = bordersOf(needle);
  return (text) => {
    let matched = 0;
    for (let at = 0; at < text.length; at++) {
      matched = next(needle, borders, matched, text.charCodeAt(at));
      if (matched === needle.length) return true;
    }
    return false;
  };
}

/** Knuth, Morris and Pratt: how long the longest beginning of the needle is that also ends each of its beginnings. */
function bordersOf(needle: string): Uint32Array {
  const borders = new Uint32Array(needle.length);
  for (let at = 1; at < needle.length; at++)
    borders[at] = next(needle, borders, borders[at - 1] ?? 0, needle.charCodeAt(at));
  return borders;
}

/** How much of the needle matches with one more character behind `matched` of it. */
function next(needle: string, borders: Uint32Array, matched: number, code: number): number {
  let length = matched;
  while (length > 0 && needle.charCodeAt(length) !== code) length = borders[length - 1] ?? 0;
  return needle.charCodeAt(length) === code ? length + 1 : length;
}
