/**
 * The page's door: the JSON API below `/api/v1`, the page itself, and what devices fetch while they are set up
 * (portal.md §11, §5).
 */
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { acceptedLanguage, type SpokenLanguage, spokenLanguage } from '../i18n/languages.ts';
import { policiesOf } from '../service/access.ts';
import { preferencesOf } from '../service/people/preferences.ts';
import type { SignedIn } from '../service/people/sessions.ts';
import { type Assets, createAssets } from './assets.ts';
import { ExportOff } from './calendar-shape.ts';
import { requireOwnPage } from './cookie.ts';
import { createDevices } from './devices.ts';
import { JobRecords } from './job-record.ts';
import { readJson, type Schema } from './json.ts';
import { createOidcDoor } from './oidc-door.ts';
import { openApi } from './openapi.ts';
import { type PortalParts, publicUrlOf } from './parts.ts';
import { type Listener, Problem, problemOf, unexpectedBody } from './problem.ts';
import { whoIsThere } from './proxy-sign-in.ts';
import { header, type PortalRequest, type PortalResponse } from './route.ts';
import { cookieScope } from './routes/session.ts';
import { type AnyRoute, routeTable } from './routes.ts';
import type { PortalState } from './state.ts';
import { createHub } from './stream.ts';

export interface PortalDoor {
  readonly handle: (request: PortalRequest) => Promise<PortalResponse>;
  /** Ends the streams, and waits for imports. */
  readonly stop: () => Promise<void>;
}

const maxJsonBytes = 1024 * 1024;

/**
 * The longest body of somebody who has not signed in: bodies are held until they are complete, on each of very many
 * connections.
 */
const maxStrangersBytes = 16 * 1024;

export function createPortal(parts: PortalParts): PortalDoor {
  const { services } = parts;
  const state: PortalState = {
    hub: createHub(services),
    jobs: new JobRecords(services),
    runStreams: new Set(),
    background: new Set(),
    uploading: new Set(),
  };
  const assets = createAssets(parts.webRoot, parts.basePath);
  const devices = createDevices(parts);
  const oidc = createOidcDoor(parts);

  return {
    async handle(request) {
      const { path } = targetOf(request);
      if (path.startsWith('/api/v1/auth/oidc/')) return await oidc(request);
      if (path === '/api' || path.startsWith('/api/')) return await api(parts, state, request);
      return (await devices(request)) ?? (await page(assets, path, request));
    },
    async stop() {
      state.hub.stop();
      for (const stream of state.runStreams) stream.end();
      await Promise.all(state.background);
    },
  };
}

async function page(assets: Assets, path: string, request: PortalRequest): Promise<PortalResponse> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, headers: { Allow: 'GET, HEAD' }, body: 'this can only be read\n' };
  return (await assets.file(path.slice(1), request)) ?? (await assets.document(request));
}

function targetOf({ target }: PortalRequest): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Answers every request below `/api/`. Whatever is thrown becomes JSON. */
async function api(parts: PortalParts, state: PortalState, request: PortalRequest): Promise<PortalResponse> {
  let listener: Listener = {
    language: acceptedLanguage(header(request, 'accept-language')) ?? 'en',
    timeZone: 'UTC',
    id: request.id,
  };
  try {
    const { path: asked, query } = targetOf(request);
    // As the specification of the connector spells it (exchange.md §5).
    const path = asked.replace(/^\/api\/exchange\//, '/api/v1/exchange/');
    if (path === '/api/v1/openapi.json') return json(200, openApi(parts.version));
    const who = await whoIsThere(parts, await cookieScope(parts), request);
    listener = { ...listener, language: await languageOf(parts, request, who?.actor) };
    if (who) listener = { ...listener, timeZone: who.actor.principal.timeZone };
    if (path === '/api/v1/stream' && request.method === 'GET') return stream(state, who);
    return await call(parts, state, request, { path, query, who, language: listener.language });
  } catch (error) {
    const problem = problemOf(asProblem(error), listener);
    if (problem) {
      const { status, body } = problem;
      const { retryAfterSeconds } = body;
      return json(
        status,
        body,
        retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) },
      );
    }
    parts.logError(error, request.id);
    return json(500, unexpectedBody(listener));
  }
}

interface Found {
  readonly path: string;
  readonly query: string;
  readonly who: SignedIn | undefined;
  readonly language: SpokenLanguage;
}

async function call(
  parts: PortalParts,
  state: PortalState,
  request: PortalRequest,
  { path, query, who, language }: Found,
): Promise<PortalResponse> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const fitting = routeTable.flatMap(({ route, pattern, names, method: own, name }) => {
    const match = pattern.exec(path.slice('/api/v1'.length));
    return match ? [{ route, own, name, params: paramsOf(names, match) }] : [];
  });
  if (!path.startsWith('/api/v1/') || fitting.length === 0)
    throw new Refusal('not-found', 'there is no such call');
  const found = fitting.find(({ own }) => own === method);
  if (!found) {
    const allow = [...new Set(fitting.map(({ own }) => own))].join(', ');
    throw new Problem(405, { error: 'E20', reason: 'method-not-allowed', detail: `allowed here: ${allow}` });
  }
  const { route, params } = found;
  if (method !== 'GET') requireOwnPage(request, await publicUrlOf(parts));
  if (route.access !== 'anyone' && !who) throw new Refusal('not-signed-in', 'sign in');
  if (route.access === 'admin' && !who?.actor.principal.isAdmin)
    throw new Refusal('need-privileges', 'only an administrator may do this');
  const given = {
    parts,
    state,
    request,
    params,
    language,
    signedIn: who,
    query: route.query ? route.query.read(Object.fromEntries(new URLSearchParams(query)), 'query') : {},
    body: await bodyOf(request, route),
    ifMatch: entityTags(header(request, 'if-match')),
    ...who,
  };
  const reply = await route.run(given);
  if ('response' in reply) return reply.response;
  const { answer, status, headers = {} } = reply;
  if (answer === undefined) return { status: 204, headers: { ...headers, ...always } };
  const etag = headers['ETag'];
  if (method === 'GET' && etag !== undefined && header(request, 'if-none-match')?.includes(etag))
    return { status: 304, headers: { ...headers, ...always } };
  return json(status ?? route.status ?? 200, answer, headers);
}

function paramsOf(names: readonly string[], match: RegExpExecArray): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name, at) => [name, decoded(match[at + 1] ?? '')]));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal('not-found', 'there is no such call');
  }
}

async function bodyOf(request: PortalRequest, { access, body }: AnyRoute): Promise<unknown> {
  if (!body) return undefined;
  const type = (header(request, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if ('mediaTypes' in body) {
    if (body.mediaTypes.includes(type)) return undefined;
    throw new Refusal('unsupported-media-type', `the body must be ${body.mediaTypes.join(' or ')}`);
  }
  if (type !== 'application/json')
    throw new Refusal('unsupported-media-type', 'the body must be application/json');
  const schema: Schema<unknown> = body;
  const maxBytes = access === 'anyone' ? maxStrangersBytes : maxJsonBytes;
  return schema.read(await readJson(request.body, maxBytes), '');
}

function entityTags(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  // A proxy that compresses may have made the tag weak, or added a mark (RFC 9110 §8.8.3).
  return value.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

function stream(state: PortalState, who: SignedIn | undefined): PortalResponse {
  if (!who) throw new Refusal('not-signed-in', 'sign in');
  return {
    status: 200,
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no', ...always },
    body: state.hub.listen(who),
    live: true,
  };
}

/** The person's choice, else what the browser accepts, else the portal's. */
async function languageOf(
  { services }: PortalParts,
  request: PortalRequest,
  actor: Actor | undefined,
): Promise<SpokenLanguage> {
  const chosen = actor && (await preferencesOf(services, actor.principal.id)).get('chosenLanguage');
  return (
    spokenLanguage(typeof chosen === 'string' ? chosen : '') ??
    acceptedLanguage(header(request, 'accept-language')) ??
    spokenLanguage((await policiesOf(services)).get('portal.language') ?? '') ??
    'en'
  );
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof ExportOff)) return error;
  const code = error.reason === 'export-forbidden' ? 'E05' : 'E04';
  return new Problem(403, { error: code, reason: error.reason });
}

/** Personal data, which no cache may keep. */
const always = { 'Cache-Control': 'no-store' } as const;

function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): PortalResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...always, ...headers },
    body: JSON.stringify(value),
  };
}
