import type { Checks } from '../../checks.ts';
import { calendarType, type DavAnswer, lastSegment, responsesOf, send, xmlType } from '../../dav.ts';
import { describe, makeCalendar, type Target } from '../../target.ts';
import { descendants, readXml } from '../../xml.ts';

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly depth?: '0' | '1' | 'infinity';
}

const spaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/" xmlns:x="urn:x-interop"';

/** One person at the server under test: asks, and claims what the answers must be. */
export class Desk {
  readonly target: Target;
  readonly checks: Checks;

  constructor(target: Target, checks: Checks) {
    this.target = target;
    this.checks = checks;
  }

  /** `place` is a URL, or a path below the person's home. */
  ask(method: string, place: string, { headers = {}, body, depth }: Question = {}): Promise<DavAnswer> {
    return send({
      method,
      url: this.at(place),
      headers: { ...(body?.startsWith('<') && xmlType), ...(depth && { Depth: depth }), ...headers },
      ...(body !== undefined && { body }),
      as: this.target.account,
    });
  }

  at(place: string): string {
    return new URL(place, this.target.homeUrl).href;
  }

  put(place: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<DavAnswer> {
    return this.ask('PUT', place, { body, headers: { ...calendarType, ...headers } });
  }

  /** COPY or MOVE. */
  transfer(method: 'COPY' | 'MOVE', from: string, to: string, overwrite?: 'T' | 'F'): Promise<DavAnswer> {
    const headers = { Destination: this.at(to), ...(overwrite && { Overwrite: overwrite }) };
    return this.ask(method, from, { headers });
  }

  /** A calendar for everything, of a name of its own; answers its path below the home. */
  async calendar(purpose: string): Promise<string> {
    const name = `interop-${purpose}-${Date.now().toString(36)}`;
    await makeCalendar(this.target, name);
    return `${name}/`;
  }

  /** Claims that an answer has one of the statuses. */
  status(claim: string, answer: DavAnswer, ...wanted: readonly number[]): boolean {
    return this.checks.check(claim, wanted.includes(answer.status), describe(answer));
  }

  /** Claims a refusal that names the precondition (RFC 4791 §1.3). */
  refusal(claim: string, answer: DavAnswer, local: string, ...statuses: readonly number[]): boolean {
    const root = readXml(answer.text);
    const named = root?.children.some(({ name }) => name.endsWith(`}${local}`)) ?? false;
    const wanted = statuses.length > 0 ? statuses : [403, 409];
    return this.checks.check(claim, wanted.includes(answer.status) && named, describe(answer));
  }

  /** Claims which members of a collection a multistatus names, in any order. */
  names(claim: string, answer: DavAnswer, wanted: readonly string[]): boolean {
    const found = responsesOf(answer).map(({ href }) => lastSegment(href));
    const same = answer.status === 207 && found.sort().join() === [...wanted].sort().join();
    return this.checks.check(claim, same, `${answer.status}: ${found.join(' ')}`);
  }
}

/** An element of one of the namespaces that the suite uses, with their declarations. */
export function element(tag: string, inner: string, attributes = ''): string {
  return `<${tag} ${spaces}${attributes}>${inner}</${tag}>`;
}

export function update(inner: string): string {
  return element('D:propertyupdate', inner);
}

export function asked(...tags: readonly string[]): string {
  return element('D:propfind', `<D:prop>${tags.map((tag) => `<${tag}/>`).join('')}</D:prop>`);
}

/** The text of the first element of that local name in an answer; undefined if there is none. */
export function textIn(answer: DavAnswer, name: string): string | undefined {
  const root = readXml(answer.text);
  return root === undefined ? undefined : descendants(root, name)[0]?.text;
}
