/**
 * Changes to stored bytes that leave every other byte alone.
 *
 * When the server must change an object (schedule status, attachments, the small repairs of a PUT), it replaces, adds
 * or removes whole content lines; order, folding and line ends of all others stay as the client wrote them.
 */
import type { Component, Property } from './component.ts';
import { encodeParam, foldLine } from './value.ts';

/** Puts `text` in the place of the bytes from `start` to `end`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  /** Whole content lines with their line ends (see `contentLine`), or nothing. */
  readonly text: string;
}

/** Takes a property line, or a whole component, out. */
export function remove(part: Property | Component): Edit {
  return { start: part.start, end: part.end, text: '' };
}

/** Takes several out, in the order of the text: those that lie together go as one, as there may be a hundred thousand. */
export function removeAll(parts: readonly (Property | Component)[]): readonly Edit[] {
  const edits: Edit[] = [];
  let [start, end] = [-1, -1];
  for (const part of parts) {
    if (part.start !== end) {
      if (end > start) edits.push({ start, end, text: '' });
      start = part.start;
    }
    end = part.end;
  }
  if (end > start) edits.push({ start, end, text: '' });
  return edits;
}

/** Puts other lines in the place of a property line or component. */
export function replace(part: Property | Component, lines: string): Edit {
  return { start: part.start, end: part.end, text: lines };
}

/** Adds lines directly below the BEGIN of a component: properties stand before inner components (RFC 5545 §3.6). */
export function insert(into: Component, lines: string): Edit {
  return { start: into.bodyStart, end: into.bodyStart, text: lines };
}

/** Adds lines directly behind a property line or component. */
export function insertAfter(part: Property | Component, lines: string): Edit {
  return { start: part.end, end: part.end, text: lines };
}

/** Sets a property: the first line of that name is replaced, further ones go, and a missing one is added. */
export function setProperty(component: Component, name: string, line: string): readonly Edit[] {
  const all = component.all(name);
  const [first] = all;
  return first ? [replace(first, line), ...removeAll(all.slice(1))] : [insert(component, line)];
}

/** The line of a property with some parameters set, or taken out where they are `undefined`. */
export function withParameters(
  { name, params, rawValue }: Property,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const kept = params
    .filter((param) => !(param.name in changes))
    .map((param) => `;${param.name}=${param.values.map(encodeParam).join(',')}`);
  const set = Object.entries(changes).map(([key, value]) =>
    value === undefined ? '' : `;${key}=${encodeParam(value)}`,
  );
  return foldLine(`${name}${kept.join('')}${set.join('')}:${rawValue}`);
}

/**
 * The bytes with all edits applied. Edits may come in any order; those at one place apply in the order given.
 * Throws `RangeError` when two of them overlap: that is an error of the caller, not of the data.
 */
export function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return bytes;
  const ordered = inOrder(edits) ? edits : edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, text } of ordered) {
    if (start < at || end < start || end > bytes.length)
      throw new RangeError(`edit of bytes ${start} to ${end} overlaps another or lies outside`);
    // Nothing lies between lines that are removed one after the other, of which there may be a hundred thousand.
    if (start > at) pieces.push(bytes.subarray(at, start));
    if (text !== '') pieces.push(Buffer.from(text, 'utf8'));
    at = end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}

function inOrder(edits: readonly Edit[]): boolean {
  let last: Edit | undefined;
  for (const edit of edits) {
    if (last && (last.start > edit.start || (last.start === edit.start && last.end > edit.end))) return false;
    last = edit;
  }
  return true;
}
