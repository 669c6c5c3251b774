/** A server that answers EWS requests as a test says, and what is needed to ask it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credentials } from '../../../src/connectors/exchange/auth/credentials.ts';
import {
  type Access,
  type ClientOptions,
  createClient,
  type EwsClient,
} from '../../../src/connectors/exchange/connection/client.ts';
import { createPool, type Pool } from '../../../src/connectors/exchange/connection/pool.ts';
import { skew } from '../../../src/connectors/exchange/connection/skew.ts';
import type { ExchangeSettings, MailboxRequest } from '../../../src/connectors/exchange/index.ts';
import { endpointOf, mayBeAsked } from '../../../src/connectors/exchange/settings.ts';
import { RemoteFailure } from '../../../src/connectors/failure.ts';
import { startServer, type TestServer } from '../../outbound/server.ts';

export interface Asked {
  readonly request: IncomingMessage;
  readonly body: string;
  /** `GetItem`; empty for what is no SOAP. */
  readonly operation: string;
}

export interface ScriptedServer extends TestServer {
  /** All requests that carried a login, in order. */
  readonly asked: readonly Asked[];
}

export type Script = (asked: Asked, response: ServerResponse) => void;

/** Basic with any password but `wrong`. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = await startServer((request, response, body) => {
    const [, login = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (login === '' || Buffer.from(login, 'base64').toString().endsWith(':wrong')) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return;
    }
    const operation = /<s:Body><m:(\w+)/.exec(body)?.[1] ?? '';
    asked.push({ request, body, operation });
    script({ request, body, operation }, response);
  });
  return { ...server, asked };
}

export const messages = 'http://schemas.microsoft.com/exchange/services/2006/messages';
export const types = 'http://schemas.microsoft.com/exchange/services/2006/types';

export function envelope(body: string, header = ''): string {
  return (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    `xmlns:m="${messages}" xmlns:t="${types}"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** One response message for each content; `NoError` unless it begins with a code. */
export function answer(
  operation: string,
  ...contents: readonly (string | { readonly code: string; readonly xml?: string })[]
): string {
  const parts = contents.map((content) => {
    const isError = typeof content !== 'string';
    const code = isError ? content.code : 'NoError';
    const inside = isError ? (content.xml ?? '') : content;
    const text = isError ? '<m:MessageText>no</m:MessageText>' : '';
    return (
      `<m:${operation}ResponseMessage ResponseClass="${isError ? 'Error' : 'Success'}">${text}` +
      `<m:ResponseCode>${code}</m:ResponseCode>${inside}</m:${operation}ResponseMessage>`
    );
  });
  return envelope(
    `<m:${operation}Response><m:ResponseMessages>${parts.join('')}</m:ResponseMessages></m:${operation}Response>`,
  );
}

export function fault(
  code: string,
  detail = `<e:ResponseCode xmlns:e="urn:e">${code}</e:ResponseCode>`,
): string {
  return envelope(
    `<s:Fault><faultcode xmlns:a="${types}">a:${code}</faultcode><faultstring>no</faultstring><detail>${detail}</detail></s:Fault>`,
  );
}

export function send(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/xml; charset=utf-8' }).end(text);
}

export const service: Credentials = credentials('svc', 'secret');

export function credentials(login: string, password: string): Credentials {
  return {
    login,
    domain: null,
    secretId: password.length.toString(),
    reveal: () => Promise.resolve(password),
  };
}

/** Alice's mailbox, opened by the service account: what a round of an ordinary link asks for. */
export const aliceByService: MailboxRequest = {
  mailbox: 'alice@example.com',
  credentials: service,
  isService: true,
  memory: '',
  zone: 'Europe/Stockholm',
  territory: null,
  aliases: [],
};

export function settingsFor(server: TestServer, changes: Partial<ExchangeSettings> = {}): ExchangeSettings {
  return {
    host: '127.0.0.1',
    port: server.port,
    path: '/EWS/Exchange.asmx',
    tls: server.url.protocol === 'https:',
    allowInsecureHttp: false,
    tlsVerify: 'off',
    tlsCa: '',
    tlsPin: '',
    serverVersion: 'auto',
    autodiscover: 'off',
    autodiscoverPath: '/autodiscover/autodiscover.svc',
    allowedHosts: [],
    authMethods: ['basic'],
    accessMode: 'impersonation',
    realtime: 'streaming',
    maxConcurrentRequests: 8,
    batchSize: 10,
    requestTimeoutSeconds: 10,
    proxy: '',
    unsupportedRecurrence: 'expand',
    recurrencePolicy: 'full',
    privateEvents: 'full',
    ...changes,
  };
}

export interface Bench {
  readonly pool: Pool;
  readonly client: EwsClient;
  readonly access: Access;
  /** Milliseconds that retries have waited. */
  readonly slept: readonly number[];
  readonly clientFor: (access: Partial<Access>) => EwsClient;
}

export function bench(
  settings: ExchangeSettings,
  changes: Partial<ClientOptions> = {},
  now: () => number = Date.now,
): Bench {
  const endpoint = endpointOf(settings);
  const pool = createPool({ settings, endpoint, now, random: () => 0.5 });
  const slept: number[] = [];
  const access: Access = {
    mailbox: 'anna@lab.test',
    identity: { credentials: service, isService: true },
    mode: 'impersonation',
  };
  const clientFor = (own: Partial<Access>): EwsClient =>
    createClient({
      access: { ...access, ...own },
      pool,
      skew: skew(),
      version: settings.serverVersion,
      memory: '',
      base: 'test',
      find: () => Promise.resolve({ url: endpoint.ewsUrl, group: undefined, found: now() }),
      placeMs: 1000,
      mayBeAsked: (url) => mayBeAsked(url, endpoint),
      userAgent: 'portcal-test',
      timeoutMs: 5000,
      now,
      random: () => 0.5,
      sleep: (ms) => {
        slept.push(ms);
        return Promise.resolve();
      },
      learned: { quirks: {} },
      ...changes,
    });
  return { pool, client: clientFor({}), access, slept, clientFor };
}

/** For `assert.rejects`. */
export function failing(failureClass: RemoteFailure['class'], code?: string): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof RemoteFailure)) return false;
    return error.class === failureClass && (code === undefined || error.code === code);
  };
}

export const never: AbortSignal = new AbortController().signal;
