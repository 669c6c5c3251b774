/** Every "no" as status and precondition element; in one table for the rules' refusals. */
import type { XmlName } from '../xml/name.ts';
import type { XmlWriter } from '../xml/writer.ts';

/** An element inside `DAV:error` (RFC 4918 §16): what had to hold and did not. */
export interface Precondition {
  readonly name: XmlName;
  /** What stands inside; most are empty. */
  readonly content?: (writer: XmlWriter) => void;
}

/**
 * A no that only this protocol can say: a status, maybe a precondition, and a sentence for people. What other doors say
 * too is a `Refusal`.
 */
export class DavError extends Error {
  readonly status: number;
  readonly precondition: Precondition | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    precondition?: Precondition,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'DavError';
    this.status = status;
    this.precondition = precondition;
    this.headers = headers;
  }
}
