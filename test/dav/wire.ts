/** Requests as tests write them, and answers as tests read them. */

import { defaultLimits } from '../../src/core/limits.ts';
import type { Actor } from '../../src/core/principal.ts';
import type { Dav } from '../../src/dav/engine.ts';
import type { World } from '../../src/dav/resource.ts';
import { dav, localNameOf, type XmlName } from '../../src/xml/name.ts';
import { childOf, childrenOf, readXml, type XmlElement } from '../../src/xml/reader.ts';

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly actor?: Actor | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** How many pieces the body came in. */
  readonly chunkCount: number;
  readonly xml: () => XmlElement;
  /** The responses of a multistatus by href. */
  readonly responses: () => ReadonlyMap<string, ResponseSeen>;
  /** Local name of the first element inside `DAV:error`. */
  readonly precondition: () => string | undefined;
}

export interface ResponseSeen {
  /** Of the response itself, where it has no propstats. */
  readonly status: number | undefined;
  /** `200` to the properties found, and so on. */
  readonly byStatus: ReadonlyMap<number, ReadonlyMap<XmlName, XmlElement>>;
  readonly found: (name: XmlName) => XmlElement | undefined;
  readonly error: string | undefined;
}

export async function asked<W extends World>(
  { handle }: Pick<Dav<W>, 'handle'>,
  method: string,
  target: string,
  { headers = {}, body = '', actor }: Asked = {},
): Promise<Answer> {
  const sent = typeof body === 'string' ? Buffer.from(body) : body;
  const answer = await handle({ method, target, headers, body: oneChunk(sent), actor, id: 'r-1' });
  const chunks: Uint8Array[] = [];
  if (typeof answer.body === 'string') chunks.push(Buffer.from(answer.body));
  else if (answer.body instanceof Uint8Array) chunks.push(answer.body);
  else if (answer.body !== undefined) for await (const chunk of answer.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString();
  const xml = (): XmlElement =>
    readXml(bytes, { ...defaultLimits, maxXmlBytes: 100 * 1024 * 1024, maxXmlElements: 10_000_000 });
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    bytes,
    chunkCount: chunks.length,
    xml,
    responses: () => responsesIn(xml()),
    precondition: () => {
      const first = text.includes(':error') ? xml().children[0]?.name : undefined;
      return first && localNameOf(first);
    },
  };
}

/** Of a multistatus, in order. */
export function hrefsIn(answer: Answer): readonly string[] {
  return [...answer.responses().keys()];
}

function responsesIn(multistatus: XmlElement): ReadonlyMap<string, ResponseSeen> {
  return new Map(
    childrenOf(multistatus, dav('response')).map((one) => [childOf(one, dav('href'))?.text ?? '', seen(one)]),
  );
}

function seen(response: XmlElement): ResponseSeen {
  const byStatus = new Map<number, Map<XmlName, XmlElement>>();
  for (const propstat of childrenOf(response, dav('propstat'))) {
    const status = statusIn(propstat) ?? 0;
    const properties = byStatus.get(status) ?? new Map<XmlName, XmlElement>();
    for (const property of childOf(propstat, dav('prop'))?.children ?? [])
      properties.set(property.name, property);
    byStatus.set(status, properties);
  }
  const error = childOf(response, dav('error'))?.children[0]?.name;
  return {
    status: statusIn(response),
    byStatus,
    found: (name) => byStatus.get(200)?.get(name),
    error: error && localNameOf(error),
  };
}

function statusIn(element: XmlElement): number | undefined {
  const line = childOf(element, dav('status'))?.text;
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
