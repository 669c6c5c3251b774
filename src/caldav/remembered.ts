/**
 * Answers to PROPFIND that are given again while nothing they were made from has changed (service/proof.ts).
 *
 * Clients ask the same few questions every few minutes, in the same words. Who asks, what, and in which words is the key; the
 * rights are part of the proof, as everything else that was read.
 */
import type { Actor, Principal } from '../core/principal.ts';
import type { RawRequest } from '../dav/request.ts';
import type { DavResponse } from '../dav/response.ts';
import { reachOf } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import { holds, type Proof, witness } from '../service/proof.ts';

/** Longer requests and answers are not remembered. */
const maxBodyBytes = 4096;
const maxAnswerLength: number = 64 * 1024;
/** Characters of all keys and answers, which are bytes as a rule. */
const maxLength: number = 8 * 1024 * 1024;

type Answering<Given extends Services> = (services: Given, request: RawRequest) => Promise<DavResponse>;

/** `answer` with a memory in front: an answer whose proof still holds is given again. */
export function remembering<Given extends Services>(
  services: Given,
  answer: Answering<Given>,
): (request: RawRequest) => Promise<DavResponse> {
  const answers = new Answers();
  return async (request) => {
    const question = questionOf(request);
    if (question === undefined) return await answer(services, request);
    const body = await bodyOf(request);
    // The length keeps question and body apart: without it two different pairs could be joined to the same key.
    const key = `${question.length} ${question}${body.toString('latin1')}`;
    const directory = await services.memory.current(services.storage);
    const known = answers.get(key);
    if (known !== undefined && (await holds(known.proof, directory, services))) return known.response;
    const witnessed = witness(services, directory);
    const response = await answer(witnessed.services, { ...request, body: only(body) });
    const proof = response.status === 207 && isShort(response) ? witnessed.proof() : undefined;
    if (proof === undefined) answers.delete(key);
    else answers.set(key, { proof, response });
    return response;
  };
}

/** The whole request except its body, as one text; `undefined` for requests whose answers are not remembered. */
function questionOf({ method, target, headers, actor }: RawRequest): string | undefined {
  if (method !== 'PROPFIND' || actor === undefined) return undefined;
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  if (isUnusual(headers)) return undefined;
  return `${askerOf(actor)}${tellingOf(headers)}${target}`;
}

// By names that stand in the code, which V8 finds at once: each request asks for all of them.

/** A request with any of these headers is never answered from memory. */
function isUnusual(headers: RawRequest['headers']): boolean {
  const isConditional = headers['if'] !== undefined || headers['expect'] !== undefined;
  const isCoded = headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined;
  return isConditional || isCoded || headers['caldav-timezones'] !== undefined;
}

/** Headers that may change an answer, and so belong to the key. */
function tellingOf(headers: RawRequest['headers']): string {
  const { depth = '', prefer = '', brief = '', host = '' } = headers;
  return `${String(depth)}\n${String(prefer)}\n${String(brief)}\n${String(host)}\n`;
}

/**
 * The principal as it was read: the directory gives another value once anything about it has changed, so that somebody who
 * signed in just before that never leaves their answer to those who come after it.
 */
function askerOf(actor: Actor): string {
  const { principal, groups, scope, via } = actor;
  let number = numbers.get(principal);
  if (number === undefined) numbers.set(principal, (number = nextNumber++));
  return `${number} ${groups.join()} ${scope} ${reachOf(actor)} ${via}\n`;
}

const numbers = new WeakMap<Principal, number>();
let nextNumber = 0;

/** The whole body; `questionOf` has seen that it is small. Usually it is one piece, and ends where its announced length does. */
async function bodyOf({ body, headers }: RawRequest): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  const announced = Number(headers['content-length'] ?? Number.NaN);
  const reading = body[Symbol.asyncIterator]();
  while (sizeBytes !== announced) {
    const next = await reading.next();
    if (next.done === true) break;
    pieces.push(next.value);
    sizeBytes += next.value.length;
  }
  const [first] = pieces;
  if (pieces.length !== 1 || first === undefined) return Buffer.concat(pieces);
  return Buffer.from(first.buffer, first.byteOffset, first.length);
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function isShort({ body }: DavResponse): boolean {
  return (typeof body === 'string' || body instanceof Uint8Array) && body.length <= maxAnswerLength;
}

interface Known {
  readonly proof: Proof;
  readonly response: DavResponse;
}

/** Answers by question; the oldest go when there is no more room. */
class Answers {
  private readonly known = new Map<string, Known>();
  private length = 0;

  get(key: string): Known | undefined {
    return this.known.get(key);
  }

  set(key: string, known: Known): void {
    this.delete(key);
    this.known.set(key, known);
    this.length += lengthOf(key, known);
    // A map iterates in the order of insertion.
    for (const oldest of this.known.keys()) {
      if (this.length <= maxLength) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const known = this.known.get(key);
    if (known === undefined) return;
    this.known.delete(key);
    this.length -= lengthOf(key, known);
  }
}

function lengthOf(key: string, { response: { body } }: Known): number {
  const length = typeof body === 'string' || body instanceof Uint8Array ? body.length : 0;
  return key.length + length + overhead;
}

/** What an entry takes beside its texts. */
const overhead = 500;
