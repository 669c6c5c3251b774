/** Answers: faults however they come, messages of a batch, and what they say about waiting (exchange.md 17.1). */
import { Refusal } from '../../../core/refusal.ts';
import { localNameOf } from '../../../xml/name.ts';
import { readXml, type XmlElement, type XmlLimits } from '../../../xml/reader.ts';
import { RemoteFailure } from '../../failure.ts';
import { backOffMs, retryAfterMs } from './back-off.ts';
import { textOf } from './charset.ts';
import { classOfCode } from './codes.ts';
import { attribute, typesNamespace } from './elements.ts';
import { below, inner, innerAll, innerText, messagesNamespace, soapNamespace } from './names.ts';

export const maxAnswerBytes: number = 50 * 1024 * 1024;

const limits: XmlLimits = { maxXmlBytes: maxAnswerBytes, maxXmlDepth: 64, maxXmlElements: 2_000_000 };
const maxTextLength = 1024 * 1024;

/** What came back, whole. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Answer {
  /** The element inside the SOAP body. */
  readonly response: XmlElement;
  readonly server: ServerVersion | undefined;
}

/** `ServerVersionInfo` */
export interface ServerVersion {
  /** `15.1.2507.27` */
  readonly build: string;
  /** The highest schema version it knows; empty: it does not tell. */
  readonly schema: string;
}

/** Throws `RemoteFailure` for whatever is not an answer to the question. */
export function readAnswer(answer: WireAnswer, now: number): Answer {
  const root = isXml(answer) ? parse(answer, now) : undefined;
  if (root === undefined || !isEnvelope(root)) throw withoutEnvelope(answer, now);
  const server = serverVersionOf(root);
  const response = inner(root, 'Body')?.children[0];
  if (response === undefined) throw new RemoteFailure('transient', 'answer-empty', 'the SOAP body is empty');
  if (localNameOf(response.name) === 'Fault') throw new SoapFault(response, answer, server, now);
  if (answer.status >= 400) throw withoutEnvelope(answer, now);
  return { response, server };
}

/** A fault, with what it tells of the server beside the failure. */
export class SoapFault extends RemoteFailure {
  readonly server: ServerVersion | undefined;

  constructor(fault: XmlElement, answer: WireAnswer, server: ServerVersion | undefined, now: number) {
    const code = faultCode(fault);
    const detail = detailOf(fault);
    super(classOfFault(code, answer.status), code, `the server answers ${code}`, {
      retryAfterMs: backOffMs(detail) ?? retryAfterMs(answer.headers, now),
    });
    this.server = server;
  }
}

/**
 * In `detail/ResponseCode`, or behind the colon of `faultcode`, or, from some, as the first word of the text. Whoever speaks
 * SOAP 1.2 has other names for all of them (SOAP 1.2 part 1, 5.4).
 */
function faultCode(fault: XmlElement): string {
  const text = innerText(fault, 'faultstring') || innerText(fault, 'Reason', 'Text');
  const blamed = innerText(fault, 'faultcode') || innerText(fault, 'Code', 'Value');
  const candidates = [
    below(detailOf(fault), 'ResponseCode')?.text ?? '',
    blamed,
    innerText(fault, 'Code', 'Subcode', 'Value'),
    /\bError[A-Za-z]{3,60}\b/.exec(text)?.[0] ?? '',
    worded.find(([words]) => words.test(text))?.[1] ?? '',
  ].map((candidate) => candidate.trim().replace(/^.*:/s, ''));
  const isOurs = /(?:^|:)(?:Client|Sender)$/.test(blamed);
  return (
    candidates.find((code) => /^Error[A-Za-z]{3,60}$/.test(code)) ?? (isOurs ? clientFault : codelessFault)
  );
}

function detailOf(fault: XmlElement): XmlElement | undefined {
  return inner(fault, 'detail') ?? inner(fault, 'Detail');
}

/** Some have no code for a request that they do not know at all, nor for a mailbox that they do not have or open to nobody else. */
const worded: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:unknown|unsupported) (?:request|operation|method)\b|\bnot implemented\b|\bmarked as (?:beta|experimental)\b/i,
    'ErrorInvalidOperation',
  ],
  [/\b(?:user|mailbox) (?:was |is )?not found\b|\bget (?:user )?maildir\b/i, 'ErrorNonExistentMailbox'],
  [/\bimpersonat/i, 'ErrorImpersonateUserDenied'],
];

/** The request was not understood, and nothing has been done (SOAP 1.1, 4.4.1); not even a code says why. */
export const clientFault = 'fault-client';
/** Something went wrong there, and nobody says what. */
export const codelessFault = 'fault-without-code';

function classOfFault(code: string, status: number): RemoteFailure['class'] {
  if (code === clientFault && status < 500) return 'poison';
  if (code !== codelessFault && code !== clientFault)
    return classOfCode(code) === 'batch' ? 'transient' : classOfCode(code);
  return status === 403 ? 'permission' : status === 503 || status === 429 ? 'throttle' : 'transient';
}

/** The server, or something before it, answered without speaking SOAP. */
function withoutEnvelope({ status, headers, body }: WireAnswer, now: number): RemoteFailure {
  const text = `the server answers HTTP ${status} without an envelope`;
  if (status === 403) return new RemoteFailure('permission', 'http-403', text);
  if (status === 429 || status === 503)
    return new RemoteFailure('throttle', `http-${status}`, text, {
      retryAfterMs: retryAfterMs(headers, now),
    });
  // It may be smaller.
  if (status === 413) return new RemoteFailure('ours', 'http-413', text);
  // Whoever refuses a request as such, or wants somebody to sign in at a page (440), does so again.
  if (status >= 400 && status < 500 && status !== 408)
    return new RemoteFailure('configuration', `http-${status}`, text);
  if (status >= 300 && status < 400) return redirected(headers.get('location') ?? '', status, text);
  if (status >= 500) return new RemoteFailure('transient', `http-${status}`, text);
  if (status !== 200) return new RemoteFailure('transient', `http-${status}`, text);
  // A page to sign in, or one of a proxy: asking again at once brings the same page. Once in each cycle is enough.
  const isPage = body.length > 0 && /\bhtml\b/i.test(headers.get('content-type') ?? '');
  return new RemoteFailure(isPage ? 'configuration' : 'transient', 'answer-not-soap', text);
}

/** The server says where else to ask; nothing has been done. */
export class Redirect extends RemoteFailure {
  /** As it was written: perhaps only a path. */
  readonly location: string;

  constructor(location: string, text: string) {
    super('configuration', 'http-redirect', text);
    this.location = location;
  }
}

function redirected(location: string, status: number, text: string): RemoteFailure {
  // Where Exchange leads to when it stumbles, in place of saying so.
  const isErrorPage = /\/(?:genericerrorpage\.htm|internalsite\/|owa\/auth\/errorfe\.aspx)/i.test(location);
  return isErrorPage ? new RemoteFailure('transient', `http-${status}`, text) : new Redirect(location, text);
}

function isXml({ headers, body }: WireAnswer): boolean {
  if (body.length === 0) return false;
  const type = headers.get('content-type') ?? '';
  // Some servers send no type, or forget its charset; what matters is that no page of a proxy is taken for an answer.
  return type === '' || /xml/i.test(type) || body.subarray(0, 256).includes('Envelope');
}

/** SOAP 1.2: nobody is asked in it, but what lies before a server may answer in it. */
const laterSoapNamespace = 'http://www.w3.org/2003/05/soap-envelope';

function isEnvelope(root: XmlElement): boolean {
  return root.name === `{${soapNamespace}}Envelope` || root.name === `{${laterSoapNamespace}}Envelope`;
}

/** An answer that cannot be read at all is `poison`, because one item of the batch may be the reason. */
function parse(answer: WireAnswer, now: number): XmlElement {
  try {
    return checkedTexts(readTolerantly(fromFirstSign(answer.body), answer.headers.get('content-type') ?? ''));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What a proxy sends in trouble is no fault of an item.
    if (answer.status !== 200) throw withoutEnvelope(answer, now);
    throw new RemoteFailure('poison', 'answer-unreadable', 'the answer is no XML that may be read', {
      cause: error,
    });
  }
}

/** Without the line ends that some write before the declaration of XML, or between two envelopes of a stream. */
function fromFirstSign(body: Buffer): Buffer {
  let at = 0;
  while (blanks.has(body[at] ?? 0)) at += 1;
  return body.subarray(at);
}

const blanks: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n'));

/**
 * Exchange writes control characters of subjects and bodies, and halves of what was cut, as references that XML 1.0 forbids
 * (`&#x1F;`, `&#xD83D;`); others write them as they are, or bytes that are no UTF-8. They are replaced, once the strict
 * reader has refused the document; another charset is read as such (`charset.ts`), and some forget to say what their prefixes
 * stand for. Everything else stays refused.
 */
function readTolerantly(body: Buffer, contentType: string): XmlElement {
  try {
    return readXml(body, limits);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const mended = Buffer.from(withDeclarations(withoutForbidden(textOf(body, contentType))));
    if (mended.equals(body)) throw error;
    return readXml(mended, limits);
  }
}

/** Seen in the notifications of Gromox: `m` and `t` in the body, declared nowhere or in the header alone. */
function withDeclarations(text: string): string {
  const root = /<[A-Za-z_][^\s/>]*/.exec(text);
  if (root === null) return text;
  const at = root.index + root[0].length;
  const end = text.indexOf('>', at);
  const missing = Object.entries(usualPrefixes).filter(
    ([prefix]) => text.includes(`<${prefix}:`) && !text.slice(at, end).includes(`xmlns:${prefix}=`),
  );
  const declarations = missing.map(([prefix, namespace]) => ` xmlns:${prefix}="${namespace}"`);
  return `${text.slice(0, at)}${declarations.join('')}${text.slice(at)}`;
}

const usualPrefixes: Readonly<Record<string, string>> = { m: messagesNamespace, t: typesNamespace };

function withoutForbidden(text: string): string {
  return (
    text
      .replaceAll(
        /&#(?:x0*(d[89ab][0-9a-f]{2})|0*(5[56]\d{3}));&#(?:x0*(d[c-f][0-9a-f]{2})|0*(5[67]\d{3}));/gi,
        (_, ...units: string[]) =>
          String.fromCharCode(numberOf(units[0], units[1]), numberOf(units[2], units[3])).replaceAll(
            /\p{Surrogate}/gu,
            '\ufffd',
          ),
      )
      .replaceAll(/&#(?:x([0-9a-f]+)|(\d+));/gi, (reference, hex?: string, decimal?: string) =>
        isForbidden(numberOf(hex, decimal)) ? '\ufffd' : reference,
      )
      // oxlint-disable-next-line no-control-regex -- these are the ones that are not allowed
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}

function numberOf(hex: string | undefined, decimal: string | undefined): number {
  return hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
}

function isForbidden(code: number): boolean {
  if (code < 0x20) return code !== 9 && code !== 10 && code !== 13;
  return (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff;
}

/** No text but a body is long, or a mail that some send unasked; whoever sends a megabyte elsewhere means no good. */
function checkedTexts(root: XmlElement): XmlElement {
  const waiting: XmlElement[] = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element.text.length > maxTextLength && !longTexts.has(localNameOf(element.name)))
      throw new Refusal('malformed-request', `the text of ${localNameOf(element.name)} is too long`);
    for (const child of element.children) waiting.push(child);
  }
  return root;
}

const longTexts: ReadonlySet<string> = new Set([
  'Body',
  'TextBody',
  'UniqueBody',
  'MimeContent',
  'SyncState',
]);

function serverVersionOf(root: XmlElement): ServerVersion | undefined {
  const info = inner(root, 'Header', 'ServerVersionInfo');
  if (info === undefined) return undefined;
  const numbers = ['MajorVersion', 'MinorVersion', 'MajorBuildNumber', 'MinorBuildNumber'];
  const build = numbers.map((name) => attribute(info, name) ?? '0').join('.');
  return { build, schema: attribute(info, 'Version') ?? '' };
}

/** One `…ResponseMessage` of a batch, or the only one. */
export interface ResponseMessage {
  readonly ok: boolean;
  /** `NoError`, or why not. */
  readonly code: string;
  /** In the server's words; may hold addresses and must not be logged. */
  readonly text: string;
  readonly backOffMs: number | undefined;
  readonly element: XmlElement;
}

/** All messages of an answer; operations that answer without `ResponseMessages` give the response itself. */
export function messagesOf(response: XmlElement): readonly ResponseMessage[] {
  const list = inner(response, 'ResponseMessages');
  const elements = list === undefined ? [response] : list.children;
  return elements.map((element) => {
    const code = innerText(element, 'ResponseCode') || 'NoError';
    const kind = attribute(element, 'ResponseClass');
    return {
      // A warning says that this part was not done, for the sake of one before it.
      ok: kind !== 'Error' && (code === 'NoError' || code === answeredAllTheSame),
      code,
      text: innerText(element, 'MessageText'),
      backOffMs: backOffMs(element),
      element,
    };
  });
}

/** The one code that comes with what was asked for. */
const answeredAllTheSame = 'ErrorNameResolutionMultipleResults';

/** The failure that a message tells. */
export function failureOf({ code, backOffMs: wait }: ResponseMessage): RemoteFailure {
  return new RemoteFailure(classOfCode(code), code, `the server answers ${code}`, { retryAfterMs: wait });
}

/** The only message of an answer; throws what it tells when that is a failure. */
export function onlyMessage(response: XmlElement): ResponseMessage {
  const [message, ...others] = messagesOf(response);
  if (message === undefined || others.length > 0)
    throw new RemoteFailure(
      'transient',
      'answer-count',
      `one answer was expected, not ${others.length + (message ? 1 : 0)}`,
    );
  if (!message.ok) throw failureOf(message);
  return message;
}

/** Items inside a message: `Items`, `Changes` and the like hold them directly. */
export function itemsIn(message: XmlElement | undefined, list: string): readonly XmlElement[] {
  return innerAll(message, list).flatMap((element) => element.children);
}
