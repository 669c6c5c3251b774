/**
 * Turns every refusal into a status and a precondition element. `answers` has one row for each refusal of the rules; a
 * `DavError` is a refusal that only this protocol can express.
 */
import { Refusal, type RefusalCode } from '../core/refusal.ts';
import { caldav, dav, portcal, type XmlName } from '../xml/name.ts';
import { smallDocument, XmlWriter } from '../xml/writer.ts';
import { type DavResponse, xmlContentType } from './response.ts';

/** An element inside `DAV:error` (RFC 4918 §16): what had to hold and did not. */
export interface Precondition {
  readonly name: XmlName;
  /** Writes the element's content; most are empty. */
  readonly content?: (writer: XmlWriter) => void;
}

/**
 * A refusal that only this protocol can express: a status, perhaps a precondition, and a sentence for people. What
 * other doors refuse too is a `Refusal`.
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

interface Answer {
  readonly status: number;
  readonly precondition?: XmlName;
  readonly spec: string;
}

/** One row per refusal; `Record` makes a forgotten one a compile error. */
export const answers: Readonly<Record<RefusalCode, Answer>> = {
  'not-signed-in': { status: 401, spec: 'RFC 9110 §15.5.2' },
  'need-privileges': { status: 403, precondition: dav('need-privileges'), spec: 'RFC 3744 §7.1.1' },
  'export-forbidden': { status: 403, spec: 'RFC 9110 §15.5.4' },
  'not-organizer': {
    status: 403,
    precondition: caldav('allowed-attendee-scheduling-object-change'),
    spec: 'RFC 6638 §3.2.4.3',
  },
  'too-many-attempts': { status: 429, spec: 'RFC 6585 §4' },
  'not-found': { status: 404, spec: 'RFC 9110 §15.5.5' },
  gone: { status: 410, spec: 'RFC 9110 §15.5.11' },
  'already-exists': { status: 403, precondition: dav('resource-must-be-null'), spec: 'RFC 4791 §5.3.1.1' },
  stale: { status: 412, spec: 'RFC 9110 §13.1.1' },
  'parent-missing': { status: 409, spec: 'RFC 4918 §9.7.1' },
  locked: { status: 423, precondition: dav('lock-token-submitted'), spec: 'RFC 4918 §11.3' },
  busy: { status: 503, spec: 'RFC 9110 §15.6.4' },
  'bad-name': { status: 403, spec: 'RFC 9110 §15.5.4' },
  'location-not-ok': {
    status: 403,
    precondition: caldav('calendar-collection-location-ok'),
    spec: 'RFC 4791 §5.3.1.1',
  },
  'different-kind': { status: 409, spec: 'RFC 9110 §15.5.10' },
  'unsupported-calendar-data': {
    status: 403,
    precondition: caldav('supported-calendar-data'),
    spec: 'RFC 4791 §5.3.2.1',
  },
  'invalid-calendar-data': {
    status: 403,
    precondition: caldav('valid-calendar-data'),
    spec: 'RFC 4791 §5.3.2.1',
  },
  'invalid-calendar-object': {
    status: 403,
    precondition: caldav('valid-calendar-object-resource'),
    spec: 'RFC 4791 §5.3.2.1',
  },
  'unsupported-component': {
    status: 403,
    precondition: caldav('supported-calendar-component'),
    spec: 'RFC 4791 §5.3.2.1',
  },
  'uid-in-use': { status: 409, precondition: caldav('no-uid-conflict'), spec: 'RFC 4791 §5.3.2.1' },
  'too-large': { status: 403, precondition: caldav('max-resource-size'), spec: 'RFC 4791 §5.3.2.1' },
  'before-min-date': { status: 403, precondition: caldav('min-date-time'), spec: 'RFC 4791 §5.3.2.1' },
  'after-max-date': { status: 403, precondition: caldav('max-date-time'), spec: 'RFC 4791 §5.3.2.1' },
  'too-many-instances': { status: 403, precondition: caldav('max-instances'), spec: 'RFC 4791 §5.3.2.1' },
  'too-many-attendees': {
    status: 403,
    precondition: caldav('max-attendees-per-instance'),
    spec: 'RFC 4791 §5.3.2.1',
  },
  'invalid-filter': { status: 403, precondition: caldav('valid-filter'), spec: 'RFC 4791 §7.8' },
  'unsupported-filter': { status: 403, precondition: caldav('supported-filter'), spec: 'RFC 4791 §7.8' },
  'unsupported-collation': {
    status: 403,
    precondition: caldav('supported-collation'),
    spec: 'RFC 4791 §7.5.1',
  },
  'unsupported-report': { status: 403, precondition: dav('supported-report'), spec: 'RFC 3253 §3.6' },
  'too-many-results': {
    status: 403,
    precondition: dav('number-of-matches-within-limits'),
    spec: 'RFC 4791 §7.8',
  },
  'bad-sync-token': { status: 403, precondition: dav('valid-sync-token'), spec: 'RFC 6578 §3.2' },
  'depth-not-finite': { status: 403, precondition: dav('propfind-finite-depth'), spec: 'RFC 4918 §9.1.1' },
  'malformed-request': { status: 400, spec: 'RFC 9110 §15.5.1' },
  'unsupported-media-type': { status: 415, spec: 'RFC 9110 §15.5.16' },
  'method-not-allowed': { status: 405, spec: 'RFC 9110 §15.5.6' },
  'protected-property': {
    status: 403,
    precondition: dav('cannot-modify-protected-property'),
    spec: 'RFC 4918 §16',
  },
  'invalid-property': { status: 409, spec: 'RFC 4918 §9.2.1' },
  'quota-exceeded': { status: 507, precondition: dav('quota-not-exceeded'), spec: 'RFC 4331 §6' },
  'disk-full': { status: 507, precondition: dav('sufficient-disk-space'), spec: 'RFC 4331 §6' },
  'not-implemented': { status: 501, spec: 'RFC 9110 §15.6.2' },
};

/** What a client is told of a refusal or a `DavError`, as an answer or in a propstat of its own. */
export interface Verdict {
  readonly status: number;
  readonly precondition: Precondition | undefined;
  readonly sentence: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `undefined` for any other error, which the caller must throw again. */
export function verdictOf(error: unknown): Verdict | undefined {
  if (error instanceof DavError) {
    const { status, precondition, headers } = error;
    return { status, precondition, headers, sentence: error.message };
  }
  if (!(error instanceof Refusal)) return undefined;
  const answer = answers[error.code];
  const retry = error.detail.retryAfterSeconds;
  return {
    status: answer.status,
    precondition: answer.precondition === undefined ? undefined : preconditionOf(answer.precondition, error),
    sentence: error.message,
    headers: retry === undefined ? {} : { 'Retry-After': String(retry) },
  };
}

/**
 * The answer for a verdict. `DAV:error` holds the precondition and nothing that could be taken for another one: the
 * sentence for people stands inside of it, in an element of our own namespace (caldav.md §2.2). There are programs and
 * checkers for which every child of `DAV:error` is a precondition. Without one the body is that sentence as plain text.
 */
export function errorResponse({ status, precondition, sentence, headers }: Verdict): DavResponse {
  if (precondition === undefined) {
    return {
      status,
      headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
      body: `${sentence}\n`,
    };
  }
  const writer = new XmlWriter();
  writePrecondition(writer, {
    name: precondition.name,
    content(inner) {
      precondition.content?.(inner);
      if (sentence !== '') inner.textElement(portcal('message'), sentence);
    },
  });
  const body = smallDocument(dav('error'), writer.takeText());
  return { status, headers: { ...headers, 'Content-Type': xmlContentType }, body };
}

/** Writes the precondition's element; the prefixes of `prefixes` are taken to be declared around it. */
export function writePrecondition(writer: XmlWriter, { name, content }: Precondition): void {
  writer.element(name, content && (() => content(writer)));
}

/** A precondition with hrefs inside: the resources that stand in the way. */
export function hrefPrecondition(name: XmlName, hrefs: readonly string[]): Precondition {
  return {
    name,
    content: (writer) => {
      for (const href of hrefs) writer.textElement(dav('href'), href);
    },
  };
}

function preconditionOf(name: XmlName, { code, detail }: Refusal): Precondition {
  const { href, privilege } = detail;
  if (code === 'need-privileges') {
    if (href === undefined || privilege === undefined) return { name };
    const privilegeName = privilege === 'read-free-busy' ? caldav(privilege) : dav(privilege);
    return {
      name,
      content: (writer) => {
        writer.element(dav('resource'), () => {
          writer.textElement(dav('href'), href);
          writer.element(dav('privilege'), () => writer.empty(privilegeName));
        });
      },
    };
  }
  return href === undefined ? { name } : hrefPrecondition(name, [href]);
}
