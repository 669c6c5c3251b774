/** The doctor's HTTP client: one origin, redirects shown and not followed by themselves, everything bounded. */
import { Buffer } from 'node:buffer';
import { defaultLimits } from '../../core/limits.ts';
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
const timeoutMs = 20_000;

/** Credentials go to the origin they were given for and to no other. */
export async function createClient(
  origin: string,
  credentials: { readonly user: string; readonly password: string } | undefined,
  userAgent: string,
): Promise<Client> {
  // Only here, because no other command needs it.
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs },
    bodyTimeout: timeoutMs,
    headersTimeout: timeoutMs,
  });
  const authorization =
    credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  return {
    async ask({ method, url, headers, body, anonymous }) {
      const started = performance.now();
      const mayKnow = authorization !== undefined && !anonymous && url.origin === origin;
      const answer = await request(url, {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type lists browsers' methods; any is sent
        method: method as 'GET',
        headers: {
          'user-agent': userAgent,
          ...(body !== undefined && { 'content-type': 'application/xml; charset=utf-8' }),
          ...(mayKnow && { authorization }),
          ...headers,
        },
        ...(body !== undefined && { body }),
        dispatcher,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`);
        chunks.push(chunk);
      }
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(', ') : (value ?? ''),
          ]),
        ),
        text: Buffer.concat(chunks).toString('utf8'),
        ms: performance.now() - started,
      };
    },
    close: () => dispatcher.close(),
  };
}

/** The XML of an answer; throws a sentence where it is none. */
export function xmlOf(answer: Answered): XmlElement {
  return readXml(Buffer.from(answer.text), { ...defaultLimits, maxXmlBytes: maxAnswerBytes });
}
