/**
 * A text read as an XML document (XML 1.0, without DOCTYPE) from its first character to its last, told as it goes.
 *
 * Strict: a server that forgives what other programs refuse stores what they cannot read. The scan says where it
 * stopped, is linear, and counts before memory is spent.
 */
import { Refusal } from '../core/refusal.ts';
import { forbiddenCharacter } from './characters.ts';
import { ncNamePattern } from './name.ts';

export interface XmlLimits {
  readonly maxXmlBytes: number;
  readonly maxXmlDepth: number;
  readonly maxXmlElements: number;
}

/** Attributes as they are written, in order: names with their prefixes, values with their references. */
export type WrittenAttributes = ReadonlyMap<string, string>;

/** Hears of a document in its order. What it heard of one that turns out to be broken is worth nothing. */
export interface DocumentListener {
  /** `name` with its prefix; attributes and namespace declarations, `undefined` where there are none. */
  readonly open: (name: string, attributes: WrittenAttributes | undefined) => void;
  /** A piece of the text inside the element that is open, references as written. */
  readonly text: (written: string) => void;
  /** The content of a CDATA section. */
  readonly cdata: (text: string) => void;
  readonly close: () => void;
}

const qName = `${ncNamePattern}(?::${ncNamePattern})?`;

// Sticky: each is tried at one place only, so that the whole scan is linear.
const openTag = new RegExp(`<(${qName})`, 'uy');
const attribute = new RegExp(`[ \\t\\n]+(${qName})[ \\t\\n]*=[ \\t\\n]*("[^<"]*"|'[^<']*')`, 'uy');
const tagEnd = /[ \t\n]*(\/?)>/y;
const closeTag = new RegExp(`</(${qName})[ \\t\\n]*>`, 'uy');
const instruction = new RegExp(`<\\?(${ncNamePattern})(?=[ \\t\\n?])`, 'uy');
const declaration =
  /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/y;

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

/**
 * Refuses: `malformed-request`, with the line of the first fault.
 *
 * Names of attributes are compared as they are written; whoever resolves namespaces finds those that are twice the same.
 */
export function scanDocument(source: string, limits: XmlLimits, tell: DocumentListener): void {
  const bad = forbiddenCharacter.exec(source);
  if (bad !== null) throw malformed(source, bad.index, `a character that XML forbids (U+${hex(bad[0])})`);
  // XML 1.0 §2.11: whatever ends a line is read as LF.
  const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
  let at = 0;
  let elements = 0;
  let attributes = 0;
  const open: string[] = [];

  if (text.startsWith('<?xml') && /[ \t\n]/.test(text[5] ?? '')) at = checkDeclaration(text);
  while (at < text.length) {
    const markup = text.indexOf('<', at);
    const end = markup === -1 ? text.length : markup;
    if (end > at) {
      const piece = text.slice(at, end);
      checkText(text, at, piece, open.length > 0);
      if (open.length > 0) tell.text(piece);
    }
    if (markup === -1) break;
    switch (text.charCodeAt(markup + 1)) {
      case slash: {
        const expected = open.pop();
        at = afterEndTag(text, markup, expected);
        tell.close();
        break;
      }
      case exclamation:
        at = afterCommentOrCdata(text, markup, open.length > 0, tell);
        break;
      case question:
        at = afterInstruction(text, markup);
        break;
      default: {
        openTag.lastIndex = markup;
        const name = openTag.exec(text)?.[1];
        if (name === undefined) throw malformed(text, markup, 'a < that begins no tag');
        if (open.length === 0 && elements > 0) throw malformed(text, markup, 'a second root element');
        elements += 1;
        if (elements > limits.maxXmlElements) throw tooMuch(`more than ${limits.maxXmlElements} elements`);
        at = markup + 1 + name.length;
        let written: WrittenAttributes | undefined;
        // Most tags end with their name.
        if (text.charCodeAt(at) !== greaterThan) {
          const read = attributesAt(text, at);
          ({ written, end: at } = read);
          attributes += written?.size ?? 0;
          if (attributes > limits.maxXmlElements)
            throw tooMuch(`more than ${limits.maxXmlElements} attributes`);
        }
        const isEmpty = text.charCodeAt(at) !== greaterThan && endsEmpty(text, at, name);
        at = text.indexOf('>', at) + 1;
        if (open.length + (isEmpty ? 0 : 1) > limits.maxXmlDepth)
          throw tooMuch(`elements nested deeper than ${limits.maxXmlDepth}`);
        tell.open(name, written);
        if (isEmpty) tell.close();
        else open.push(name);
      }
    }
  }
  if (open.length > 0)
    throw malformed(text, text.length, `the end where ${inWords(open.at(-1))} was expected`);
  if (elements === 0) throw malformed(text, text.length, 'no root element');
}

const exclamation = 0x21;
const slash = 0x2f;
const greaterThan = 0x3e;
const question = 0x3f;

/** The refusal for a fault at that offset. */
function malformed(text: string, at: number, found: string): Refusal {
  const line = text.slice(0, at).split('\n').length;
  return new Refusal('malformed-request', `the XML body has ${found} in line ${line}`);
}

function tooMuch(what: string): Refusal {
  return new Refusal('malformed-request', `the XML body has ${what}`);
}

function checkDeclaration(text: string): number {
  declaration.lastIndex = 0;
  const match = declaration.exec(text);
  if (match === null) throw malformed(text, 0, 'a broken XML declaration');
  const encoding = match[1] ?? match[2];
  if (encoding !== undefined && !encodings.has(encoding.toLowerCase())) {
    throw malformed(text, 0, `the encoding ${encoding}; UTF-8 is wanted`);
  }
  return match[0].length;
}

function checkText(text: string, from: number, piece: string, inside: boolean): void {
  if (!inside && /[^ \t\n]/.test(piece)) throw malformed(text, from, 'text outside the root element');
  const close = piece.indexOf(']]>');
  if (close !== -1) throw malformed(text, from + close, 'a ]]> in text');
}

function afterEndTag(text: string, at: number, expected: string | undefined): number {
  if (expected !== undefined && text.startsWith(expected, at + 2)) {
    const end = at + 2 + expected.length;
    if (text.charCodeAt(end) === greaterThan) return end + 1;
  }
  closeTag.lastIndex = at;
  const match = closeTag.exec(text);
  if (match === null) throw malformed(text, at, 'a broken end tag');
  if (expected !== match[1])
    throw malformed(text, at, `</${match[1]}> where ${inWords(expected)} was expected`);
  return at + match[0].length;
}

function afterCommentOrCdata(text: string, at: number, inside: boolean, tell: DocumentListener): number {
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('--', at + 4);
    if (end === -1 || text[end + 2] !== '>') throw malformed(text, at, 'a broken comment');
    return end + 3;
  }
  if (text.startsWith('<![CDATA[', at)) {
    if (!inside) throw malformed(text, at, 'CDATA outside the root element');
    const end = text.indexOf(']]>', at);
    if (end === -1) throw malformed(text, at, 'a CDATA section without end');
    tell.cdata(text.slice(at + '<![CDATA['.length, end));
    return end + 3;
  }
  if (text.startsWith('<!DOCTYPE', at))
    throw malformed(text, at, 'a DOCTYPE, which is refused (RFC 4918 §20.6)');
  throw malformed(text, at, 'a declaration that has no place there');
}

function afterInstruction(text: string, at: number): number {
  instruction.lastIndex = at;
  const match = instruction.exec(text);
  const end = text.indexOf('?>', at);
  if (match === null || end === -1) throw malformed(text, at, 'a broken processing instruction');
  if (match[1]?.toLowerCase() === 'xml')
    throw malformed(text, at, 'an XML declaration that is not at the beginning');
  return end + 2;
}

/** The attributes of a start tag, and where they end. */
function attributesAt(
  text: string,
  from: number,
): { readonly written: WrittenAttributes | undefined; readonly end: number } {
  let at = from;
  let written: Map<string, string> | undefined;
  for (;;) {
    attribute.lastIndex = at;
    const match = attribute.exec(text);
    if (match === null) return { written, end: at };
    const [all, name = '', quoted = ''] = match;
    written ??= new Map();
    if (written.has(name)) throw malformed(text, at, `the attribute ${name} twice in one tag`);
    written.set(name, quoted.slice(1, -1));
    if (written.size > maxAttributes) throw tooMuch(`more than ${maxAttributes} attributes in one tag`);
    at += all.length;
  }
}

/** No element of WebDAV has more than three, beside its namespaces. */
const maxAttributes = 100;

/** Whether a start tag whose attributes are over is that of an empty element. */
function endsEmpty(text: string, at: number, name: string): boolean {
  tagEnd.lastIndex = at;
  const match = tagEnd.exec(text);
  if (match === null) throw malformed(text, at, `a broken <${name}> tag`);
  return match[1] !== '';
}

function inWords(open: string | undefined): string {
  return open === undefined ? 'no end tag' : `</${open}>`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
