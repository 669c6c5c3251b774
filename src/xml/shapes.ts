/**
 * Bodies that differ in nothing but their texts: the token of a sync, the hrefs of a multiget. Their trees have one shape, which is
 * parsed once; the scan for well-formedness, a fourth of the time of the parser, is made for each of them.
 */
import { decodeReferences } from './characters.ts';
import type { XmlElement } from './reader.ts';

export interface Shaped {
  /** The document with the number of each text in its place; blanks stand as they are. */
  readonly shape: string;
  /** As written. */
  readonly texts: readonly string[];
}

/**
 * Splits a document that is well-formed. `undefined` where a text does not just stand between two tags: beside comments,
 * sections, instructions, and a `>` that ends no tag.
 */
export function shaped(text: string): Shaped | undefined {
  const pieces = text.split('<');
  const texts: string[] = [];
  for (const [at, piece] of pieces.entries()) {
    if (at === 0) continue;
    const end = piece.indexOf('>') + 1;
    const isTag = !piece.startsWith('!') && (!piece.startsWith('?') || at === 1);
    if (!isTag || end === 0 || piece.includes('>', end)) return undefined;
    if (end === piece.length || isBlank(piece, end)) continue;
    pieces[at] = `${piece.slice(0, end)}${texts.length}`;
    texts.push(piece.slice(end));
  }
  return { shape: pieces.join('<'), texts };
}

function isBlank(piece: string, from: number): boolean {
  return !/[^ \t\r\n]/.test(piece.slice(from));
}

/** The tree of a document from that of its shape. Refuses: `malformed-request`, for references. */
export function withTexts(shape: XmlElement, texts: readonly string[]): XmlElement {
  if (texts.length === 0 || shape.content.length === 0) return shape;
  const { name, prefix, attributes, language } = shape;
  const content: (XmlElement | string)[] = [];
  const children: XmlElement[] = [];
  let text = '';
  for (const part of shape.content) {
    if (typeof part === 'string') {
      const own = textFor(part, texts);
      text += own;
      content.push(own);
    } else {
      const child = withTexts(part, texts);
      children.push(child);
      content.push(child);
    }
  }
  return { name, prefix, attributes, children, text, content, language };
}

function textFor(number: string, texts: readonly string[]): string {
  const written = writtenFor(number, texts);
  return written === undefined ? number : decodeReferences(written);
}

/** The text for a number, with references; `undefined` for what is no number. XML 1.0 §2.11: whatever ends a line is read as LF. */
export function writtenFor(number: string, texts: readonly string[]): string | undefined {
  const written = isBlank(number, 0) ? undefined : texts[Number(number)];
  return written?.includes('\r') ? written.replace(/\r\n?/g, '\n') : written;
}
