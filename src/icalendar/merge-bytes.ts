/**
 * The parts of a merged calendar straight from stored bytes, without a parse: an export of ten thousand objects is mostly
 * this. What is not in the form in which nearly all objects are stored takes the way through the parser.
 */
import { latin1 } from './charset.ts';
import { definedZone, type MergePart, missingZone, storedPart, type ZonePart } from './merge.ts';
import { parseObject } from './object.ts';
import type { TimeRange } from './time.ts';

/** The same part as `storedPart` of the parsed object; nothing for bytes that hold no object. Time: one look at each line. */
export function bytesPart(bytes: Uint8Array, range: TimeRange): MergePart {
  return outlinePart(bytes, range) ?? parsedPart(bytes, range);
}

function parsedPart(bytes: Uint8Array, range: TimeRange): MergePart {
  const object = parseObject(bytes, 'forgiving');
  return object ? storedPart(object, range) : { zones: [], lines: () => Buffer.alloc(0) };
}

/** A component directly inside VCALENDAR. */
interface Place {
  readonly isZone: boolean;
  readonly start: number;
  readonly end: number;
}

function outlinePart(bytes: Uint8Array, range: TimeRange): MergePart | undefined {
  const text = latin1(bytes);
  const places = outline(text);
  if (!places || brokenName.test(text)) return undefined;
  const defined = new Map<string, Place>();
  const used = new Set<string>();
  const pieces: Uint8Array[] = [];
  for (const place of places) {
    const part = text.slice(place.start, place.end);
    if (place.isZone) {
      const tzid = zoneName.exec(part)?.[1];
      if (tzid === undefined) return undefined;
      if (!defined.has(tzid)) defined.set(tzid, place);
      continue;
    }
    pieces.push(bytes.subarray(place.start, place.end));
    for (const [, quoted, bare] of part.matchAll(reference)) {
      const tzid = quoted ?? bare ?? '';
      // A name that goes on in the next line, or is encoded, is for the parser.
      if (tzid.includes('\r') || tzid.includes('^')) return undefined;
      if (tzid !== '') used.add(tzid);
    }
  }
  const zones: ZonePart[] = [];
  for (const name of used) {
    const tzid = utf8(name);
    const own = defined.get(name);
    const zone = own
      ? definedZone(tzid, () => Buffer.from(bytes.subarray(own.start, own.end)).toString('utf8'))
      : missingZone(tzid, range);
    if (zone) zones.push(zone);
  }
  const [only, second] = pieces;
  const lines = only && !second ? only : Buffer.concat(pieces);
  return { zones, lines: (rename) => (rename.size > 0 ? parsedPart(bytes, range).lines(rename) : lines) };
}

/** `;TZID="quoted"` or `;TZID=bare`; the bare name ends with the parameter, or with its line. */
const reference = /;TZID=(?:"([^"]*)"|([^":;,]*))/gi;
const zoneName = /\r\nTZID(?:;[^:\r]*)?:([^\r]*)\r\n(?![ \t])/i;
/** A fold inside the name of the parameter. */
const brokenName = /;(?:T(?:Z(?:ID?)?)?)?\r\n[ \t]/i;

function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

const maxLineOctets = 75;
const letterB = 0x42;
const letterE = 0x45;

/** The places of the components of one VCALENDAR in wire form; `undefined` for anything else. */
function outline(text: string): readonly Place[] | undefined {
  if (!text.startsWith('BEGIN:VCALENDAR\r\n')) return undefined;
  const places: Place[] = [];
  let depth = 0;
  let start = 0;
  for (let from = 0; from < text.length; ) {
    const cr = text.indexOf('\r', from);
    if (cr <= from || cr - from > maxLineOctets || text.indexOf('\n', from) !== cr + 1) return undefined;
    // Names in lower case are told apart from others by the parser.
    const letter = text.charCodeAt(from) & ~0x20;
    if (letter === letterB || letter === letterE) {
      if (text.startsWith('BEGIN:', from)) {
        if (++depth === 2) start = from;
        else if (depth === 1 && from > 0) return undefined;
      } else if (text.startsWith('END:', from)) {
        if (--depth === 1)
          places.push({ isZone: text.startsWith('BEGIN:VTIMEZONE\r\n', start), start, end: cr + 2 });
        else if (depth <= 0) return depth === 0 && cr + 2 === text.length ? places : undefined;
      } else if (/^(?:BEGIN|END|.{1,5}\r)/i.test(text.slice(from, from + 6))) return undefined;
    }
    from = cr + 2;
  }
  return undefined;
}
