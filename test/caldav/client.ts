/** The CalDAV door of a small office, asked as clients ask it: a request in, the whole answer out. */
import assert from 'node:assert/strict';
import { type CaldavOptions, createCaldav } from '../../src/caldav/index.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Limits } from '../../src/core/limits.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { AppPasswordScope, Principal } from '../../src/core/principal.ts';
import type { DavResponse } from '../../src/dav/response.ts';
import { caldav, dav, localNameOf, type XmlName } from '../../src/xml/name.ts';
import { childOf, childrenOf, type XmlElement, xmlReader } from '../../src/xml/reader.ts';
import { actor, type Office, office } from '../service/office.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface RequestParts {
  /** Who asks: alice unless said otherwise; `undefined` in `anonymous` requests. */
  readonly as?: Principal;
  readonly scope?: AppPasswordScope;
  readonly anonymous?: true;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly depth?: '0' | '1' | 'infinity';
}

export interface Client extends Office {
  readonly send: (method: string, path: string, parts?: RequestParts) => Promise<Answer>;
  readonly errors: unknown[];
}

export interface ClientOptions {
  readonly limits?: Partial<Limits>;
  readonly caldav?: Partial<CaldavOptions>;
  /** Of the door and the services behind it; absent: that of the office. */
  readonly clock?: Clock;
}

export async function client(options: ClientOptions = {}): Promise<Client> {
  const at = await office(options.limits);
  const errors: unknown[] = [];
  const services = options.clock ? { ...at.services, clock: options.clock } : at.services;
  const handle = createCaldav(services, {
    site: { basePath: '/', origins: ['https://cal.example.com'] },
    logError: (error) => errors.push(error),
    ...options.caldav,
  });
  const send = async (method: string, path: string, parts: RequestParts = {}): Promise<Answer> => {
    const { as = at.alice, scope = 'write', anonymous, headers = {}, body = '', depth } = parts;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const response = await handle({
      method,
      target: path,
      headers: {
        host: 'cal.example.com',
        ...(bytes.length > 0 && { 'content-length': String(bytes.length) }),
        ...(depth !== undefined && { depth }),
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      },
      body: chunksOf(bytes),
      actor: anonymous ? undefined : await actor(at, as, scope),
      id: 'test',
    });
    return await answerOf(response);
  };
  return { ...at, send, errors };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

export async function answerOf({ status, headers, body }: DavResponse): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  if (typeof body === 'string') chunks.push(Buffer.from(body));
  else if (body instanceof Uint8Array) chunks.push(body);
  else if (body !== undefined) for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return { status, headers, bytes, text: bytes.toString('utf8') };
}

export interface PropertyAnswer {
  readonly status: number;
  readonly element: XmlElement;
}

export interface ResponseAnswer {
  readonly href: string;
  /** Of the response as a whole, where it has no propstats. */
  readonly status: number | undefined;
  readonly properties: ReadonlyMap<XmlName, PropertyAnswer>;
}

export interface Multistatus {
  readonly responses: readonly ResponseAnswer[];
  readonly token: string | undefined;
}

const readBytes = xmlReader({ ...defaultLimits, maxXmlBytes: 2 ** 30, maxXmlElements: 10_000_000 });

export function xml(answer: Pick<Answer, 'bytes' | 'text'>): XmlElement {
  try {
    return readBytes(answer.bytes);
  } catch (cause) {
    throw new Error(`not XML: ${answer.text.slice(0, 500)}`, { cause });
  }
}

/**
 * Reads a 207, and checks what every 207 must keep (clients.md W20): each property in one propstat only, empty where it is
 * not there, and one propstat for each status.
 */
export function multistatus(answer: Answer): Multistatus {
  assert.equal(answer.status, 207, answer.text.slice(0, 1000));
  const root = xml(answer);
  assert.equal(root.name, dav('multistatus'));
  return {
    responses: childrenOf(root, dav('response')).map(responseOf),
    token: childOf(root, dav('sync-token'))?.text,
  };
}

function responseOf(response: XmlElement): ResponseAnswer {
  const properties = new Map<XmlName, PropertyAnswer>();
  const told = new Set<number>();
  for (const propstat of childrenOf(response, dav('propstat'))) {
    const status = statusOf(propstat) ?? 0;
    assert.ok(!told.has(status), `two propstats say ${status}`);
    told.add(status);
    for (const element of childOf(propstat, dav('prop'))?.children ?? []) {
      assert.ok(!properties.has(element.name), `${element.name} stands in two propstats`);
      if (status === 404)
        assert.deepEqual([element.text, element.children], ['', []], `${element.name} is not there`);
      properties.set(element.name, { status, element });
    }
  }
  return { href: childOf(response, dav('href'))?.text ?? '', status: statusOf(response), properties };
}

function statusOf(element: XmlElement): number | undefined {
  const line = childOf(element, dav('status'))?.text;
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

/** The preconditions in a `DAV:error`, without the sentence for people. */
export function preconditions(answer: Answer): readonly string[] {
  const root = xml(answer);
  assert.equal(root.name, dav('error'));
  return root.children
    .filter(({ name }) => !name.startsWith('{https://portcal.org'))
    .map(({ name }) => localNameOf(name));
}

/** A `propfind` body for names. */
export function propfindBody(names: readonly XmlName[]): string {
  return `<D:propfind xmlns:D="DAV:"><D:prop>${names.map(emptyElement).join('')}</D:prop></D:propfind>`;
}

export function emptyElement(name: XmlName): string {
  return `<x:${localNameOf(name)} xmlns:x="${name.slice(1, name.indexOf('}'))}"/>`;
}

export async function propfind(
  { send }: Client,
  path: string,
  names: readonly XmlName[],
  parts: RequestParts = {},
): Promise<Multistatus> {
  return multistatus(await send('PROPFIND', path, { depth: '0', ...parts, body: propfindBody(names) }));
}

/** One property of one resource; asserts that it is there. */
export async function property(
  at: Client,
  path: string,
  name: XmlName,
  parts: RequestParts = {},
): Promise<XmlElement> {
  const { responses } = await propfind(at, path, [name], parts);
  const found = responses[0]?.properties.get(name);
  assert.equal(found?.status, 200, `${name} of ${path}: ${String(found?.status)}`);
  return found.element;
}

export function hrefs(element: XmlElement): readonly string[] {
  return childrenOf(element, dav('href')).map(({ text }) => text);
}

/** `calendar-data` by href. */
export function dataOf(answer: Answer): ReadonlyMap<string, string> {
  const data = new Map<string, string>();
  for (const { href, properties } of multistatus(answer).responses) {
    const found = properties.get(caldav('calendar-data'));
    if (found?.status === 200) data.set(href, found.element.text);
  }
  return data;
}

const calendarNamespace = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"';

/** A calendar-query around the content of its filter's VCALENDAR. */
export function query(inner: string, asked = '<D:prop><D:getetag/></D:prop>', tail = ''): string {
  return `<C:calendar-query ${calendarNamespace}>${asked}<C:filter><C:comp-filter name="VCALENDAR">${inner}</C:comp-filter></C:filter>${tail}</C:calendar-query>`;
}

export function multiget(
  hrefList: readonly string[],
  asked = '<D:prop><D:getetag/><C:calendar-data/></D:prop>',
): string {
  return `<C:calendar-multiget ${calendarNamespace}>${asked}${hrefList.map((href) => `<D:href>${href}</D:href>`).join('')}</C:calendar-multiget>`;
}

/** A whole body of the caldav namespace. */
export function report(name: string, inner: string): string {
  return `<C:${name} ${calendarNamespace}>${inner}</C:${name}>`;
}

export function syncBody(token: string, level: '1' | 'infinite' = '1', more = ''): string {
  return `<D:sync-collection xmlns:D="DAV:"><D:sync-token>${token}</D:sync-token><D:sync-level>${level}</D:sync-level>${more}<D:prop><D:getetag/></D:prop></D:sync-collection>`;
}

/** Names of the objects a query found, in order of name. */
export function found(answer: Answer): readonly string[] {
  return multistatus(answer)
    .responses.map(({ href }) => href.split('/').at(-1) ?? '')
    .sort();
}
