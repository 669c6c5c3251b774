/** The propstats that say no: what is not there, what could not be read or changed (RFC 4918 §14.22). */
import { dav, type XmlName } from '../xml/name.ts';
import type { XmlWriter } from '../xml/writer.ts';
import { type Verdict, writePrecondition } from './error.ts';
import { statusLine } from './multistatus.ts';

export function writeMissing(writer: XmlWriter, names: readonly XmlName[]): void {
  writer.raw('<D:propstat><D:prop>');
  for (const name of names) writer.empty(name);
  writer.raw(`</D:prop><D:status>${statusLine(404)}</D:status></D:propstat>`);
}

/** A propstat for one property that could not be read, or, after a PROPPATCH, not be changed. */
export function writeFailed(
  writer: XmlWriter,
  name: XmlName,
  { status, precondition, sentence }: Verdict,
): void {
  writer.raw('<D:propstat><D:prop>');
  writer.empty(name);
  writer.raw(`</D:prop><D:status>${statusLine(status)}</D:status>`);
  if (precondition !== undefined) writer.element(dav('error'), () => writePrecondition(writer, precondition));
  if (sentence !== '') writer.textElement(dav('responsedescription'), sentence);
  writer.raw('</D:propstat>');
}
