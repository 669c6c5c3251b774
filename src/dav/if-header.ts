/** The `If` header (RFC 4918 §10.4): its whole grammar, and when it holds. */
import { Refusal } from '../core/refusal.ts';
import { locate } from './path.ts';
import type { DavPath, Destination, IfCondition, IfHeader, IfList, Site } from './request.ts';

/** Bounds the lists and conditions of one header; a client has few locks. */
const maxIfConditions = 1000;

/** Refuses: `malformed-request`. */
export function parseIf(value: string, site: Site, requestHost: string | undefined): IfHeader {
  const scanner = new Scanner(value);
  const lists: IfList[] = [];
  let resource: Destination | undefined;
  let count = 0;
  scanner.skipBlanks();
  while (!scanner.atEnd()) {
    if (scanner.peek() === '<') {
      resource = locate(site, scanner.between('<', '>'), requestHost) ?? 'elsewhere';
      scanner.skipBlanks();
      // RFC 4918 §10.4.2: a tag stands before at least one list.
      if (scanner.peek() !== '(') throw scanner.broken();
    }
    const conditions = conditionsIn(scanner);
    count += conditions.length;
    if (count > maxIfConditions)
      throw new Refusal('malformed-request', 'the If header has too many conditions');
    lists.push({ resource, conditions });
    scanner.skipBlanks();
  }
  if (lists.length === 0) throw scanner.broken();
  return { lists };
}

function conditionsIn(scanner: Scanner): readonly IfCondition[] {
  scanner.expect('(');
  const conditions: IfCondition[] = [];
  for (;;) {
    scanner.skipBlanks();
    if (scanner.peek() === ')') break;
    const not = scanner.takeNot();
    if (scanner.peek() === '<') conditions.push({ is: 'token', not, token: scanner.between('<', '>') });
    else conditions.push({ is: 'etag', not, etag: scanner.entityTag() });
  }
  scanner.expect(')');
  if (conditions.length === 0) throw scanner.broken();
  return conditions;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  skipBlanks(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.#at += 1;
  }

  expect(character: string): void {
    if (this.peek() !== character) throw this.broken();
    this.#at += 1;
  }

  takeNot(): boolean {
    if (this.#text.slice(this.#at, this.#at + 3).toLowerCase() !== 'not') return false;
    this.#at += 3;
    this.skipBlanks();
    return true;
  }

  between(open: string, close: string): string {
    this.expect(open);
    const end = this.#text.indexOf(close, this.#at);
    if (end === -1) throw this.broken();
    const inner = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return inner;
  }

  /** `["tag"]`; the tag itself may hold a `]`. */
  entityTag(): string {
    this.expect('[');
    this.skipBlanks();
    const weak = this.#text.startsWith('W/', this.#at) ? 'W/' : '';
    this.#at += weak.length;
    const opaque = this.between('"', '"');
    this.skipBlanks();
    this.expect(']');
    return `${weak}"${opaque}"`;
  }

  broken(): Refusal {
    return new Refusal('malformed-request', `the If header is broken at character ${this.#at + 1}`);
  }
}

/** The state that conditions are compared with: the ETag of a resource, and the tokens of locks that cover it. */
export interface IfState {
  readonly etag: string | undefined;
  readonly tokens: readonly string[];
}

/** True when any list holds (RFC 4918 §10.4.3). `stateOf` is asked once for each list; `undefined` is the request URI. */
export async function ifHolds(
  header: IfHeader,
  stateOf: (resource: DavPath | undefined) => Promise<IfState>,
): Promise<boolean> {
  for (const list of header.lists) {
    const state = list.resource === 'elsewhere' ? nothing : await stateOf(list.resource);
    if (list.conditions.every((condition) => holds(condition, state) !== condition.not)) return true;
  }
  return false;
}

/** All tokens the client shows, negated ones too: naming a token is what submits it (RFC 4918 §10.4.1, §7.5). */
export function submittedTokens(header: IfHeader | undefined): ReadonlySet<string> {
  const tokens = new Set<string>();
  for (const list of header?.lists ?? []) {
    for (const condition of list.conditions) if (condition.is === 'token') tokens.add(condition.token);
  }
  return tokens;
}

const nothing: IfState = { etag: undefined, tokens: [] };

function holds(condition: IfCondition, state: IfState): boolean {
  return condition.is === 'etag' ? condition.etag === state.etag : state.tokens.includes(condition.token);
}
