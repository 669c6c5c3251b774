/**
 * Cuts an endless answer into the envelopes it consists of (exchange.md 14.4): they come over any number of chunks, several in
 * one or one in several, and the cut may lie within a tag or a character.
 */
import { RemoteFailure } from '../../failure.ts';

/** More than any notification is. */
const maxEnvelopeBytes = 4 * 1024 * 1024;

export interface Splitter {
  /** The envelopes that this chunk completes. Throws when one grows beyond all measure. */
  readonly push: (chunk: Buffer) => readonly Buffer[];
}

/** `</soap:Envelope>`, with whatever prefix. The bytes of a prefix never occur inside of other characters in UTF-8. */
const closing = /<\/(?:[A-Za-z_][\w.-]{0,60}:)?Envelope\s{0,100}>/g;
/** The longest beginning of a closing tag that a chunk can end with. */
const maxTagBytes = 200;

export function envelopeSplitter(): Splitter {
  let waiting: Buffer = Buffer.alloc(0);
  /** Up to here no closing tag begins. */
  let searched = 0;
  return {
    push(chunk) {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      const envelopes: Buffer[] = [];
      // Latin-1 keeps one character to a byte, so that places in the text are places in the bytes.
      const text = waiting.toString('latin1', searched);
      let from = 0;
      for (const match of text.matchAll(closing)) {
        const end = searched + match.index + match[0].length;
        envelopes.push(waiting.subarray(from, end));
        from = end;
      }
      waiting = waiting.subarray(from);
      searched = Math.max(0, waiting.length - maxTagBytes);
      if (waiting.length > maxEnvelopeBytes)
        throw new RemoteFailure('transient', 'notification-too-large', 'a notification does not end');
      return envelopes;
    },
  };
}
