/** The JSON API as one typed function: a route of `Api`, its parts, and what it answers. */
import type { Api, ApiError, RouteName } from '../portal/api.ts';
import { app } from './state/app-state.ts';
import { t } from './text.ts';

/** What the server said no to; `error` is one of portal.md §7. */
export class ApiFailure extends Error {
  readonly answer: ApiError;
  readonly status: number;

  constructor(answer: ApiError, status: number) {
    super(answer.message);
    this.answer = answer;
    this.status = status;
  }
}

/** The request did not arrive. */
export class Offline extends Error {}

interface Parts<Route extends RouteName> {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Api[Route]['query'];
  readonly body?: Api[Route]['body'];
  readonly ifMatch?: string;
}

/**
 * Asks; where the session has ended, the person signs in over the page and the request goes out again.
 *
 * Changes go out one behind the other. Who is quicker than the answers has seen what they have changed themselves since:
 * that is no conflict, and is written under the tag that their own last change has made. Taking back waits its turn with
 * them: each is possible only while what came after it is taken back.
 */
export async function call<Route extends RouteName>(
  route: Route,
  parts: Parts<Route> = {},
): Promise<Api[Route]['answer']> {
  const { ifMatch } = parts;
  if (ifMatch === undefined && route !== 'POST /undo/{undo}') return await ask(route, parts);
  const changed = changes.then(async () => {
    if (ifMatch !== undefined) return await change(route, parts, ifMatch);
    const answer = await ask(route, parts);
    // What is taken back is again what it was.
    renewed.clear();
    return answer;
  });
  changes = changed.catch(() => undefined);
  return await changed;
}

let changes: Promise<unknown> = Promise.resolve();

/** When no change is on its way any more, and those who waited for the last one know. */
export async function allChanged(): Promise<void> {
  for (let last: unknown; last !== changes; ) {
    last = changes;
    await changes;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** By an entity tag, the one that a change of this page has made of it. None leads back to where it came from. */
const renewed = new Map<string, string>();

/** What the tag that was seen has become by changes of this page; the same where there were none. */
export function renewedTag(seen: string): string {
  const next = renewed.get(seen);
  return next === undefined ? seen : renewedTag(next);
}

async function change<Route extends RouteName>(
  route: Route,
  parts: Parts<Route>,
  seen: string,
): Promise<Api[Route]['answer']> {
  const tag = renewedTag(seen);
  try {
    const answer = await ask(route, { ...parts, ifMatch: tag });
    const made: unknown = answer instanceof Object && 'etag' in answer ? answer.etag : tag;
    if (typeof made === 'string' && made !== tag) {
      renewed.delete(made);
      renewed.set(tag, made);
    }
    return answer;
  } catch (error) {
    renewed.clear();
    throw error;
  }
}

async function ask<Route extends RouteName>(
  route: Route,
  parts: Parts<Route>,
): Promise<Api[Route]['answer']> {
  const response = await send(route, parts);
  if (
    response.status === 401 &&
    app.get().me !== null &&
    route !== 'POST /session' &&
    route !== 'DELETE /session'
  ) {
    await signedInAgain();
    return await ask(route, parts);
  }
  if (!response.ok) throw await failure(response);
  const type = response.headers.get('content-type') ?? '';
  // What a route answers is what `Api` says: the server is held to the same types.
  if (response.status === 204) return undefined;
  if (type.includes('json')) {
    const answer: Api[Route]['answer'] = await response.json();
    return answer;
  }
  return await response.blob();
}

/** The address of a route that the browser itself follows: downloads, the stream. */
export function addressOf(
  route: RouteName,
  path: Readonly<Record<string, string>> = {},
  query: object = {},
): string {
  const [, template = ''] = route.split(' ');
  const search = new URLSearchParams();
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name] ?? '';
    if (value !== '.' && value !== '..') return encodeURIComponent(value);
    // Every browser takes such a segment for a way up, however it is encoded.
    search.set(name, value);
    return '-';
  });
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return new URL(`api/v1${filled}${text === '' ? '' : `?${text}`}`, document.baseURI).href;
}

async function send<Route extends RouteName>(route: Route, parts: Parts<Route>): Promise<Response> {
  const [method = 'GET'] = route.split(' ');
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Requested-With'] = 'portal';
  if (parts.ifMatch !== undefined) headers['If-Match'] = parts.ifMatch;
  const body: unknown = parts.body;
  const isRaw = body instanceof Blob || body instanceof FormData;
  if (body !== undefined && !isRaw) headers['Content-Type'] = 'application/json';
  const sent = body === undefined ? null : isRaw ? body : JSON.stringify(body);
  const arrived = waitedFor();
  try {
    const response = await fetch(addressOf(route, parts.path, parts.query), {
      method,
      headers,
      body: sent,
      credentials: 'same-origin',
    });
    if (app.get().offline) app.set({ offline: false, eventsVersion: app.get().eventsVersion + 1 });
    return response;
  } catch {
    app.set({ offline: true });
    clearTimeout(asking);
    asking = setTimeout(() => void call('GET /session').catch(() => undefined), returnMs);
    throw new Offline(t('E19'));
  } finally {
    arrived();
  }
}

/** While the server is out of reach it is asked again and again. */
let asking: ReturnType<typeof setTimeout> | undefined;
const returnMs = 3000;

/** Before this has passed, an answer that is on its way is nothing to speak of. */
const hesitationMs = 500;
let slow = 0;

/** Says that the page waits, where an answer takes long; what is given back is called when it has come. */
function waitedFor(): () => void {
  let isSlow = false;
  const count = (step: 1 | -1): void => {
    slow += step;
    if (app.get().busy !== slow > 0) app.set({ busy: slow > 0 });
  };
  const timer = setTimeout(() => {
    isSlow = true;
    count(1);
  }, hesitationMs);
  return () => {
    clearTimeout(timer);
    if (isSlow) count(-1);
  };
}

async function failure(response: Response): Promise<ApiFailure> {
  try {
    // The server answers every refusal in this form; a proxy in between may not, hence the `catch`.
    const answer: ApiError = await response.json();
    return new ApiFailure(answer, response.status);
  } catch {
    const id = response.headers.get('x-request-id') ?? String(response.status);
    return new ApiFailure(
      { error: 'E20', message: t('E20', { id }), id, reason: 'unexpected' },
      response.status,
    );
  }
}

let waiting: Promise<void> | undefined;

/** All requests that meet the end of the session wait for the same sign-in. */
export async function signedInAgain(): Promise<void> {
  waiting ??= new Promise((resolve) => {
    app.set({
      signInAgain: () => {
        waiting = undefined;
        app.set({ signInAgain: null });
        resolve();
      },
    });
  });
  await waiting;
}
