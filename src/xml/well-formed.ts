/**
 * Whether a text is a well-formed XML document (XML 1.0, without DOCTYPE), found before any tree is built.
 *
 * The parser below `reader.ts` forgives much: mismatched tags, several roots, `--` in comments, `<` in attribute
 * values. A server that forgives what other programs refuse stores what they cannot read; so this scan is strict and
 * says where it stopped. It is linear, and it counts before memory is spent.
 */
import { Refusal } from '../core/refusal.ts';
import { forbiddenCharacter } from './characters.ts';
import { ncNamePattern } from './name.ts';
import type { XmlLimits } from './reader.ts';

const qName = `${ncNamePattern}(?::${ncNamePattern})?`;

// Sticky: each is tried at one place only, so that the whole scan is linear.
const openTag = new RegExp(`<(${qName})`, 'uy');
const attribute = new RegExp(`[ \\t\\r\\n]+(${qName})[ \\t\\r\\n]*=[ \\t\\r\\n]*("[^<"]*"|'[^<']*')`, 'uy');
const tagEnd = /[ \t\r\n]*(\/?)>/y;
const closeTag = new RegExp(`</(${qName})[ \\t\\r\\n]*>`, 'uy');
const instruction = new RegExp(`<\\?(${ncNamePattern})(?=[ \\t\\r\\n?])`, 'uy');
const declaration =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y;

/** Encodings that a declaration may name; bytes have been decoded before, so it only must not contradict them. */
const encodings: ReadonlySet<string> = new Set([
  'utf-8',
  'utf8',
  'us-ascii',
  'ascii',
  'utf-16',
  'utf-16le',
  'utf-16be',
]);

/** Before a start tag: the place, and how many elements are open there. */
export interface Cut {
  readonly at: number;
  readonly depth: number;
}

/** Elements between two cuts: the parser takes some milliseconds for them. */
const cutElements = 2_000;

/**
 * The text without its processing instructions: they mean nothing here, and the parser takes one with a single
 * quotation mark for the beginning of a longer one. Refuses: `malformed-request`, with the line of the first fault.
 *
 * `cuts` is given the places in what is returned where a text of many elements may be cut.
 */
export function wellFormed(text: string, limits: XmlLimits, cuts: Cut[] = []): string {
  const bad = forbiddenCharacter.exec(text);
  if (bad !== null) throw malformed(text, bad.index, `a character that XML forbids (U+${hex(bad[0])})`);
  let at = 0;
  let elements = 0;
  let attributes = 0;
  /** Comments, sections and instructions. */
  let others = 0;
  let rootSeen = false;
  const open: string[] = [];
  let kept = '';
  let keptTo = 0;

  // Blanks in front of it are forgiven: texts that stand in a program begin a line below their quotation mark.
  const first = text.search(/[^ \t\r\n]/);
  if (text.startsWith('<?xml', first) && /[ \t\r\n]/.test(text[first + 5] ?? '')) {
    at = checkDeclaration(text, first);
    if (first > 0) keptTo = at;
  }
  while (at < text.length) {
    const markup = text.indexOf('<', at);
    const end = markup === -1 ? text.length : markup;
    if (end > at) checkText(text, at, end, open.length > 0);
    if (markup === -1) break;
    if (others > limits.maxXmlElements)
      throw tooMuch(`more than ${limits.maxXmlElements} comments, sections and instructions`);
    switch (text.charAt(markup + 1)) {
      case '/': {
        const expected = open.pop();
        if (expected !== undefined && text.startsWith(`${expected}>`, markup + 2)) {
          at = markup + expected.length + 3;
          break;
        }
        const match = sticky(closeTag, text, markup);
        if (match === null) throw malformed(text, markup, 'a broken end tag');
        if (expected !== match[1])
          throw malformed(text, markup, `</${match[1]}> where ${inWords(expected)} was expected`);
        at = markup + match[0].length;
        break;
      }
      case '!':
        others += 1;
        at = checkCommentOrCdata(text, markup, open.length > 0);
        break;
      case '?':
        others += 1;
        at = checkInstruction(text, markup);
        kept += text.slice(keptTo, markup);
        keptTo = at;
        break;
      default: {
        const match = sticky(openTag, text, markup);
        let isEmpty = false;
        if (match === null) throw malformed(text, markup, 'a < that begins no tag');
        if (open.length === 0 && rootSeen) throw malformed(text, markup, 'a second root element');
        rootSeen = true;
        if (elements > 0 && elements % cutElements === 0)
          cuts.push({ at: kept.length + markup - keptTo, depth: open.length });
        elements += 1;
        if (elements > limits.maxXmlElements) throw tooMuch(`more than ${limits.maxXmlElements} elements`);
        at = markup + match[0].length;
        if (text[at] === '>') at += 1;
        else {
          const passed = checkAttributes(text, at);
          at = passed.end;
          attributes += passed.count;
          if (attributes > limits.maxXmlElements)
            throw tooMuch(`more than ${limits.maxXmlElements} attributes`);
          const ending = sticky(tagEnd, text, at);
          if (ending === null) throw malformed(text, at, `a broken <${match[1]}> tag`);
          at += ending[0].length;
          isEmpty = ending[1] !== '';
        }
        if (!isEmpty) open.push(match[1] ?? '');
        if (open.length > limits.maxXmlDepth)
          throw tooMuch(`elements nested deeper than ${limits.maxXmlDepth}`);
      }
    }
  }
  if (open.length > 0)
    throw malformed(text, text.length, `the end where ${inWords(open.at(-1))} was expected`);
  if (!rootSeen) throw malformed(text, text.length, 'no root element');
  return keptTo === 0 ? text : kept + text.slice(keptTo);
}

/** The refusal for a fault at that offset. */
function malformed(text: string, at: number, found: string): Refusal {
  const line = text.slice(0, at).split('\n').length;
  return new Refusal('malformed-request', `the XML body has ${found} in line ${line}`);
}

function tooMuch(what: string): Refusal {
  return new Refusal('malformed-request', `the XML body has ${what}`);
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function checkDeclaration(text: string, at: number): number {
  const match = sticky(declaration, text, at);
  if (match === null) throw malformed(text, at, 'a broken XML declaration');
  const encoding = match[1] ?? match[2];
  if (encoding !== undefined && !encodings.has(encoding.toLowerCase())) {
    throw malformed(text, at, `the encoding ${encoding}; UTF-8 is wanted`);
  }
  return at + match[0].length;
}

function checkText(text: string, from: number, to: number, inside: boolean): void {
  const piece = text.slice(from, to);
  if (!inside && /[^ \t\r\n]/.test(piece)) throw malformed(text, from, 'text outside the root element');
  const close = piece.indexOf(']]>');
  if (close !== -1) throw malformed(text, from + close, 'a ]]> in text');
}

function checkCommentOrCdata(text: string, at: number, inside: boolean): number {
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('--', at + 4);
    if (end === -1 || text[end + 2] !== '>') throw malformed(text, at, 'a broken comment');
    return end + 3;
  }
  if (text.startsWith('<![CDATA[', at)) {
    if (!inside) throw malformed(text, at, 'CDATA outside the root element');
    const end = text.indexOf(']]>', at);
    if (end === -1) throw malformed(text, at, 'a CDATA section without end');
    return end + 3;
  }
  if (text.startsWith('<!DOCTYPE', at))
    throw malformed(text, at, 'a DOCTYPE, which is refused (RFC 4918 §20.6)');
  throw malformed(text, at, 'a declaration that has no place there');
}

function checkInstruction(text: string, at: number): number {
  const match = sticky(instruction, text, at);
  const end = text.indexOf('?>', at);
  if (match === null || end === -1) throw malformed(text, at, 'a broken processing instruction');
  if (match[1]?.toLowerCase() === 'xml')
    throw malformed(text, at, 'an XML declaration that is not at the beginning');
  return end + 2;
}

/** Skips the attributes of a start tag; `reader.ts` finds duplicates, after namespaces have been resolved. */
function checkAttributes(text: string, from: number): { readonly end: number; readonly count: number } {
  let at = from;
  let names: Set<string> | undefined;
  for (;;) {
    const match = sticky(attribute, text, at);
    if (match === null) return { end: at, count: names?.size ?? 0 };
    const name = match[1] ?? '';
    names ??= new Set();
    if (names.has(name)) throw malformed(text, at, `the attribute ${name} twice in one tag`);
    names.add(name);
    if (names.size > maxAttributes) throw tooMuch(`more than ${maxAttributes} attributes in one tag`);
    at += match[0].length;
  }
}

/** No element of WebDAV has more than three, beside its namespaces. */
const maxAttributes = 100;

function inWords(open: string | undefined): string {
  return open === undefined ? 'no end tag' : `</${open}>`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
