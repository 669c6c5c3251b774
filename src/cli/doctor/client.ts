/** The doctor's HTTP client: one origin, redirects shown and not followed by themselves, everything bounded. */
import { Buffer } from 'node:buffer';
import { defaultLimits } from '../../core/limits.ts';
import type { Connection } from '../../outbound/connection.ts';
import { readXml, type XmlElement } from '../../xml/reader.ts';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Without credentials, as Apple clients send each first request. */
  readonly anonymous?: boolean;
}

export interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly ms: number;
}

export interface Client {
  readonly ask: (asked: Asked) => Promise<Answered>;
  readonly close: () => Promise<void>;
}

const maxAnswerBytes = 64 * 1024 * 1024;
const maxAnswerElements = 1_000_000;
const timeoutMs = 20_000;

/** Credentials go to the origin they were given for and to no other. */
export async function createClient(
  origin: string,
  credentials: { readonly user: string; readonly password: string } | undefined,
  userAgent: string,
): Promise<Client> {
  // Only here, because no other command needs it.
  const { openConnection } = await import('../../outbound/connection.ts');
  const connections = new Map<string, Connection>();
  const connectionTo = (url: URL): Connection => {
    const known = connections.get(url.origin);
    if (known !== undefined) return known;
    const opened = openConnection(new URL(url.origin), {
      // Whoever types the address here could reach it without this program too.
      reach: 'everywhere',
      trust: { verify: 'system' },
      connectTimeoutMs: timeoutMs,
      maxAnswerBytes,
    });
    connections.set(url.origin, opened);
    return opened;
  };
  const authorization =
    credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  return {
    async ask({ method, url, headers, body, anonymous }) {
      const started = performance.now();
      const mayKnow = authorization !== undefined && !anonymous && url.origin === origin;
      const answer = await connectionTo(url).request({
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          'user-agent': userAgent,
          ...(body !== undefined && { 'content-type': 'application/xml; charset=utf-8' }),
          ...(mayKnow && { authorization }),
          ...headers,
        },
        ...(body !== undefined && { body }),
        timeoutMs,
      });
      return {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        text: answer.body.toString('utf8'),
        ms: performance.now() - started,
      };
    },
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}

/** The XML of an answer; throws, with a sentence, where it is no XML. */
export function xmlOf(answer: Answered): XmlElement {
  return readXml(Buffer.from(answer.text), {
    ...defaultLimits,
    maxXmlBytes: maxAnswerBytes,
    maxXmlElements: maxAnswerElements,
  });
}
