/** Propstats without values: what is not there, what was changed, what could not be read or changed (RFC 4918 §14.22). */
import { dav, type XmlName } from '../xml/name.ts';
import type { XmlWriter } from '../xml/writer.ts';
import { type Verdict, writePrecondition } from './error.ts';
import { statusLine } from './multistatus.ts';

/** A propstat with names only; `more` holds further empty elements that are serialized already. */
export function writePropstat(writer: XmlWriter, names: readonly XmlName[], status: number, more = ''): void {
  writer.raw('<D:propstat>');
  writeNames(writer, names, more);
  writer.raw(`<D:status>${statusLine(status)}</D:status></D:propstat>`);
}

/** Properties that share one reason for which they could not be read or changed. */
export function writeFailed(writer: XmlWriter, names: readonly XmlName[], verdict: Verdict): void {
  const { status, precondition, sentence } = verdict;
  writer.raw('<D:propstat>');
  writeNames(writer, names);
  writer.raw(`<D:status>${statusLine(status)}</D:status>`);
  if (precondition !== undefined) writer.element(dav('error'), () => writePrecondition(writer, precondition));
  if (sentence !== '') writer.textElement(dav('responsedescription'), sentence);
  writer.raw('</D:propstat>');
}

/** What was set, and what could not be: the body of a PROPPATCH answer, and of RFC 5689's `mkcol-response`. */
export function writeVerdicts(
  writer: XmlWriter,
  done: readonly XmlName[],
  failed: ReadonlyMap<XmlName, Verdict>,
): void {
  if (done.length > 0) writePropstat(writer, done, 200);
  const byVerdict = new Map<Verdict, XmlName[]>();
  for (const [name, verdict] of failed) {
    const names = byVerdict.get(verdict);
    if (names) names.push(name);
    else byVerdict.set(verdict, [name]);
  }
  for (const [verdict, names] of byVerdict) writeFailed(writer, names, verdict);
}

function writeNames(writer: XmlWriter, names: readonly XmlName[], more = ''): void {
  writer.element(dav('prop'), () => {
    writer.raw(more);
    for (const name of names) writer.empty(name);
  });
}
