/** Parts of a 207 body and how they become bytes (RFC 4918 §13). */
import { STATUS_CODES } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { dav } from '../xml/name.ts';
import { escapeAttribute, escapeText, prefixes, XmlWriter, xmlDeclaration } from '../xml/writer.ts';
import { type Precondition, writePrecondition } from './error.ts';
import { type DavResponse, xmlContentType } from './response.ts';

/** Whole `D:response` elements, written by a `Responder`. */
export interface XmlPart {
  readonly is: 'xml';
  readonly chunks: readonly (string | Uint8Array)[];
}

export type MultistatusPart =
  | XmlPart
  /** Whole `D:response` elements as the storage wrote them from a template. */
  | { readonly is: 'rows'; readonly bytes: Uint8Array }
  /** A response without properties: 404 of multiget and sync, 507 of a truncated answer, 423 of a DELETE. */
  | {
      readonly is: 'status';
      readonly href: string;
      readonly status: number;
      readonly error?: Precondition;
    }
  /** `DAV:sync-token` after the last response (RFC 6578 §6.4). */
  | { readonly is: 'sync-token'; readonly token: string };

/** Bytes of one slice; between two slices other requests get a turn of the event loop. */
export const sliceBytes: number = 32 * 1024;

/**
 * A 207 answer. Small ones are one text or buffer; longer ones stream in slices, and memory does not grow with them.
 *
 * What fails within the first slice fails the whole request with its proper status; what fails later ends the stream.
 */
export async function multistatus(
  parts: AsyncIterable<MultistatusPart>,
  headers: Readonly<Record<string, string>> = {},
): Promise<DavResponse> {
  const slices = slicesOf(parts);
  const first = await slices.next();
  const answer = { status: 207, headers: { 'Content-Type': xmlContentType, ...headers } };
  if (first.done === true) return { ...answer, body: asText(first.value) };
  return { ...answer, body: restAfter(first.value, slices) };
}

/** The same around one part that is known already: what most requests are answered with. */
export function singleMultistatus(
  part: XmlPart,
  headers: Readonly<Record<string, string>> = {},
): DavResponse {
  const body = asText([opening, ...part.chunks, closing]);
  return { status: 207, headers: { 'Content-Type': xmlContentType, ...headers }, body };
}

/** `HTTP/1.1 404 Not Found` */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
}

/** An answer of known parts. */
export async function* partsOf(parts: Iterable<MultistatusPart>): AsyncGenerator<MultistatusPart> {
  yield* parts;
}

type Piece = string | Uint8Array;

const opening = `${xmlDeclaration}<D:multistatus${[...prefixes]
  .map(([namespace, prefix]) => ` xmlns:${prefix}="${escapeAttribute(namespace)}"`)
  .join('')}>`;
const closing = '</D:multistatus>';

/** Full slices as they fill; the last, short one is the return value. */
async function* slicesOf(
  parts: AsyncIterable<MultistatusPart>,
): AsyncGenerator<Uint8Array, readonly Piece[]> {
  let pieces: Piece[] = [opening];
  let size = opening.length;
  let token = '';
  for await (const part of parts) {
    if (part.is === 'sync-token') token = `<D:sync-token>${escapeText(part.token)}</D:sync-token>`;
    else if (part.is === 'rows' && part.bytes.length >= sliceBytes) {
      // A slice already, made by a storage that has paused before it: it goes on as it is.
      if (size > 0) yield toBuffer(pieces);
      yield part.bytes;
      pieces = [];
      size = 0;
    } else {
      for (const piece of piecesOf(part)) {
        pieces.push(piece);
        size += piece.length;
        if (size < sliceBytes) continue;
        yield toBuffer(pieces);
        pieces = [];
        size = 0;
        // An await of something finished would not let the event loop turn; this does.
        await setImmediate();
      }
    }
  }
  pieces.push(token, closing);
  return pieces;
}

async function* restAfter(
  first: Uint8Array,
  slices: AsyncGenerator<Uint8Array, readonly Piece[]>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (;;) {
      const next = await slices.next();
      if (next.done === true) {
        yield toBuffer(next.value);
        return;
      }
      yield next.value;
    }
  } finally {
    // When the client goes away the storage's iteration below must end too.
    await slices.return([]);
  }
}

function piecesOf(part: Exclude<MultistatusPart, { readonly is: 'sync-token' }>): readonly Piece[] {
  if (part.is === 'xml') return part.chunks;
  if (part.is === 'rows') return [part.bytes];
  return [statusResponse(part.href, part.status, part.error)];
}

function statusResponse(href: string, status: number, error: Precondition | undefined): string {
  const head = `<D:response><D:href>${escapeText(href)}</D:href><D:status>${statusLine(status)}</D:status>`;
  if (error === undefined) return `${head}</D:response>`;
  const writer = new XmlWriter();
  writer.element(dav('error'), () => writePrecondition(writer, error));
  return `${head}${writer.takeText()}</D:response>`;
}

function asText(pieces: readonly Piece[]): string | Uint8Array {
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : toBuffer(pieces);
}

/** Joins texts before it encodes them: one call for many is what makes this cheap. */
function toBuffer(pieces: readonly Piece[]): Buffer {
  const buffers: Uint8Array[] = [];
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else {
      if (text !== '') buffers.push(Buffer.from(text));
      text = '';
      buffers.push(piece);
    }
  }
  if (text !== '') buffers.push(Buffer.from(text));
  return Buffer.concat(buffers);
}
