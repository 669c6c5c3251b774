/**
 * The engine of one door: takes a request through parsing, resolution, rights and preconditions to a handler, and turns
 * whatever goes wrong on the way into an answer (ARCHITECTURE §6).
 */
import type { ETag } from '../core/ids.ts';
import { Refusal } from '../core/refusal.ts';
import { readXmlInTurns, xmlReader } from '../xml/reader.ts';
import type { Dav, DavContext, DavOptions } from './engine.ts';
import { DavError, errorResponse, verdictOf } from './error.ts';
import { type IfState, submittedTokens } from './if-header.ts';
import type { AnyMethod, Target } from './method.ts';
import { ownDeclarations } from './own.ts';
import { hrefOf, locate } from './path.ts';
import { type ConditionsResult, checkConditions, type Selected } from './preconditions.ts';
import type { Privilege } from './privilege.ts';
import { callableMethod, createRegistry, type Registry } from './registry.ts';
import { staleWithRepresentation, withRepresentation } from './representation.ts';
import { type DavPath, type DavRequest, parseRequest, type RawRequest, readBody } from './request.ts';
import type { Resource, World } from './resource.ts';
import { createResponder } from './responder.ts';
import { type DavResponse, lengthOf, validators } from './response.ts';

/** Builds the engine of one door. Throws when two entries claim the same name on the same kind. */
export function createDav<W extends World>(options: DavOptions<W>): Dav<W> {
  const registry = createRegistry(ownDeclarations(options), options);
  const readXmlBytes = xmlReader(options.limits);

  const pathOf = (href: string, { request }: DavContext<W>): DavPath | undefined => {
    const place = locate(options.site, href, request.header('host'));
    return place === 'elsewhere' ? undefined : place;
  };
  const dav: Dav<W> = {
    options,
    registry,
    handle: (raw) => handle(dav, raw, options.services),
    handleWith: (services, raw) => handle(dav, raw, services),
    href: (segments, isCollection) => hrefOf(options.site, segments, isCollection),
    pathOf,
    resolveHref: async (href, context) => {
      const path = pathOf(href, context);
      return path === undefined ? undefined : options.resolve(path.segments, context);
    },
    target: (path, context) => targetOf(dav, path, context),
    readXml: async (request) => {
      const bytes = await readBody(request, options.limits.maxXmlBytes);
      if (bytes.length === 0) return undefined;
      return bytes.length > longBytes ? await readXmlInTurns(bytes, options.limits) : readXmlBytes(bytes);
    },
    responder: (asked, context) => createResponder(asked, registry, context),
    require: (resource, privilege, context) => requirePrivilege(options, resource, privilege, context),
    async requireBindAbove({ segments }, context) {
      for (let length = segments.length - 1; length >= 0; length -= 1) {
        const above = await options.resolve(segments.slice(0, length), context);
        if (above !== undefined) return await requirePrivilege(options, above, 'bind', context);
      }
    },
  };
  return dav;
}

/** Longer bodies take milliseconds to parse, so other requests get turns in between. */
const longBytes: number = 16 * 1024;

async function handle<W extends World>(
  dav: Dav<W>,
  raw: RawRequest,
  services: W['services'],
): Promise<DavResponse> {
  let response: DavResponse;
  try {
    response = await answer(dav, raw, services);
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict !== undefined) response = errorResponse(verdict);
    else {
      dav.options.logError(error, raw);
      response = errorResponse({
        status: 500,
        precondition: undefined,
        sentence: `something unexpected happened; in the log it is request ${raw.id}`,
        headers: {},
      });
    }
  }
  return raw.method === 'HEAD' ? withoutBody(response) : response;
}

async function answer<W extends World>(
  dav: Dav<W>,
  raw: RawRequest,
  services: W['services'],
): Promise<DavResponse> {
  const { options, registry } = dav;
  if (raw.actor === undefined) throw new Refusal('not-signed-in', 'this address needs a name and a password');
  const request = parseRequest(raw, options.site);
  const context: DavContext<W> = { request, actor: raw.actor, services, dav, expect: 'anything' };
  const name = request.method === 'HEAD' ? 'GET' : request.method;
  if (!registry.isMethod(name) && !knownMethods.has(name)) {
    throw new Refusal('not-implemented', `there is no method ${name.slice(0, 40)}`);
  }
  const target: Target<W> =
    request.path === undefined ? { is: 'nowhere' } : await dav.target(request.path, context);
  if (target.is === 'nowhere' && request.path !== undefined && makes(registry, name)) {
    await dav.requireBindAbove(request.path, context);
  }
  const found = entryFor(dav, name, target);
  await checkRights(dav, found, context);
  try {
    const conditions = await checkPreconditions(dav, found, context);
    if (conditions === 'unchanged') return notModified(found);
    const held = { ...context, expect: conditions.expect, services: conditions.services };
    return await withRepresentation(await run(found, held), context);
  } catch (error) {
    const response = await staleWithRepresentation(error, found.method, context);
    if (response !== undefined) return response;
    throw withAllow(error, found, registry);
  }
}

/** Methods of related RFCs: where no entry handles them the answer is 405 (not allowed), not 501 (unknown). */
const knownMethods: ReadonlySet<string> = new Set(
  (
    'GET PUT POST DELETE PATCH TRACE COPY MOVE LOCK UNLOCK MKCOL MKCALENDAR ACL BIND UNBIND REBIND SEARCH ORDERPATCH ' +
    'VERSION-CONTROL CHECKIN CHECKOUT UNCHECKOUT MKWORKSPACE UPDATE LABEL MERGE BASELINE-CONTROL MKACTIVITY'
  ).split(' '),
);

/** The method's entry, and the target that it is called for. */
interface Found<W extends World> {
  readonly method: AnyMethod;
  readonly target: Exclude<Target<W>, { readonly is: 'nowhere' }>;
}

function entryFor<W extends World>({ registry }: Dav<W>, name: string, target: Target<W>): Found<W> {
  if (target.is === 'resource') {
    const method = registry.methodOn(name, target.resource.kind);
    if (method !== undefined) return { method, target };
    if (transplanting.has(name)) throw new DavError(403, 'the server itself holds this in its place');
    throw notAllowed(name, registry.methodNamesOn(target.resource.kind));
  }
  if (target.is === 'place') {
    const method = registry.methodBelow(name, target.place.parent.kind);
    if (method !== undefined) return { method, target };
    if (registry.creates(name)) throw notAllowed(name, registry.methodNamesBelow(target.place.parent.kind));
  } else if (makes(registry, name)) {
    throw new Refusal('parent-missing', 'there is no collection that could hold this address');
  }
  throw new Refusal('not-found', 'there is nothing at this address');
}

/** Whether the method makes something where nothing is. OPTIONS has an entry for free names, but makes nothing. */
function makes(registry: Registry, name: string): boolean {
  return name !== 'OPTIONS' && registry.creates(name);
}

/** Methods that roots, homes and principals refuse with 403 rather than 405: they are known, but the server holds these in place (RFC 9110 §15.5.4). */
const transplanting: ReadonlySet<string> = new Set(['DELETE', 'COPY', 'MOVE']);

function notAllowed(name: string, allowed: readonly string[]): DavError {
  return new DavError(405, `${name} is not for this resource`, undefined, { Allow: allowed.join(', ') });
}

/** RFC 9110 §15.5.6: a 405 says what is allowed, also where a handler found out that the method is not. */
function withAllow<W extends World>(error: unknown, { target }: Found<W>, registry: Registry): unknown {
  if (!(error instanceof Refusal) || error.code !== 'method-not-allowed') return error;
  const names =
    target.is === 'resource'
      ? registry.methodNamesOn(target.resource.kind)
      : registry.methodNamesBelow(target.place.parent.kind);
  return new DavError(405, error.message, undefined, { Allow: names.join(', ') });
}

async function checkRights<W extends World>(
  dav: Dav<W>,
  { method, target }: Found<W>,
  context: DavContext<W>,
): Promise<void> {
  if (target.is === 'place') {
    if (method.createPrivilege !== undefined)
      await dav.require(target.place.parent, method.createPrivilege, context);
    return;
  }
  if (method.privilege !== undefined) await dav.require(target.resource, method.privilege, context);
  const segments = context.request.path?.segments;
  if (method.parentPrivilege === undefined || segments === undefined || segments.length === 0) return;
  const parent = await dav.options.resolve(segments.slice(0, -1), context);
  if (parent !== undefined) await dav.require(parent, method.parentPrivilege, context);
}

async function requirePrivilege<W extends World>(
  { access }: DavOptions<W>,
  resource: Resource<W>,
  privilege: Privilege,
  context: DavContext<W>,
): Promise<void> {
  const privileges = await access.privileges(resource, context, privilege);
  if (privileges.has(privilege)) return;
  const { href } = resource;
  throw new Refusal('need-privileges', `this needs the privilege ${privilege} on ${href}`, {
    href,
    privilege,
  });
}

async function checkPreconditions<W extends World>(
  dav: Dav<W>,
  { method, target }: Found<W>,
  context: DavContext<W>,
): Promise<Checked<W>> {
  const { services } = context;
  const { conditions, path } = context.request;
  const relevant = method.ignoresPreconditions ? { ...noConditions, if: conditions.if } : conditions;
  if (method.checksPreconditions || method.name === 'OPTIONS' || isEmpty(relevant))
    return { expect: 'anything', services };
  const own = await selectedBy(dav, target, context);
  const submitted = submittedTokens(conditions.if);
  const relied: { readonly collection: Resource<W>; readonly token: string }[] = [];
  const stateOf = async (tagged: DavPath | undefined): Promise<IfState> => {
    const of = tagged ?? path;
    if (of === undefined) return { etag: own.etag, tokens: [] };
    const requested = target.is === 'resource' ? target.resource : undefined;
    const resource = tagged === undefined ? requested : await dav.options.resolve(of.segments, context);
    const etag = tagged === undefined ? own.etag : resource && (await etagOf(dav, resource, context));
    const locks = (await dav.options.lockTokens?.(of, context)) ?? [];
    const state = resource && (await stateToken(dav.options, resource, context));
    if (resource !== undefined && state !== undefined && submitted.has(state))
      relied.push({ collection: resource, token: state });
    return { etag, tokens: state === undefined ? locks : [...locks, state] };
  };
  const checked = await checkConditions(relevant, method.name === 'GET', own, stateOf);
  if (checked === 'unchanged') return checked;
  const held = relied.length === 0 ? services : dav.options.sync?.holding?.(relied, context);
  return { ...checked, services: held ?? services };
}

/** The result of the preconditions, and services whose first write fails if it is no longer true. */
type Checked<W extends World> =
  | Extract<ConditionsResult, string>
  | (Exclude<ConditionsResult, string> & { readonly services: W['services'] });

/** The sync token of a collection: like a lock token, it may be named in an `If` header (RFC 6578 §5). */
async function stateToken<W extends World>(
  { sync }: DavOptions<W>,
  resource: Resource<W>,
  context: DavContext<W>,
): Promise<string | undefined> {
  return sync?.on.some((kind) => kind === resource.kind) ? await sync.token(resource, context) : undefined;
}

const noConditions = {
  ifMatch: undefined,
  ifNoneMatch: undefined,
  ifModifiedSince: undefined,
  ifUnmodifiedSince: undefined,
  if: undefined,
} as const;

function isEmpty(conditions: DavRequest['conditions']): boolean {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const byTag = ifMatch ?? ifNoneMatch ?? conditions.if;
  return byTag === undefined && ifModifiedSince === undefined && ifUnmodifiedSince === undefined;
}

async function selectedBy<W extends World>(
  dav: Dav<W>,
  target: Found<W>['target'],
  context: DavContext<W>,
): Promise<Selected> {
  if (target.is === 'place') return { exists: false, etag: undefined, modified: undefined };
  const etag = await etagOf(dav, target.resource, context);
  return { exists: true, etag, modified: target.resource.modified };
}

async function etagOf<W extends World>(
  { options }: Dav<W>,
  resource: Resource<W>,
  context: DavContext<W>,
): Promise<ETag | undefined> {
  return resource.etag ?? (await options.madeEtag?.(resource, context));
}

function notModified<W extends World>({ target }: Found<W>): DavResponse {
  return { status: 304, headers: target.is === 'resource' ? validators(target.resource) : {} };
}

async function run<W extends World>(
  { method, target }: Found<W>,
  context: DavContext<W>,
): Promise<DavResponse> {
  const { handle: change, create } = callableMethod<W>(method);
  if (target.is === 'resource') return change(target.resource, context);
  if (create === undefined) throw new Error(`${method.name} has nothing to create with`);
  return create(target.place, context);
}

async function targetOf<W extends World>(
  { options, href }: Dav<W>,
  { segments, trailingSlash }: DavPath,
  context: DavContext<W>,
): Promise<Target<W>> {
  const resource = await options.resolve(segments, context);
  if (resource !== undefined) return { is: 'resource', resource };
  const name = segments.at(-1);
  const parent = name === undefined ? undefined : await options.resolve(segments.slice(0, -1), context);
  if (name === undefined || parent === undefined || !parent.isCollection) return { is: 'nowhere' };
  return { is: 'place', place: { parent, name, href: href(segments, false), trailingSlash } };
}

/** HEAD: the headers of GET, with the length that its body would have had where it is known. */
function withoutBody({ status, headers, body }: DavResponse): DavResponse {
  const length = body === undefined ? undefined : lengthOf(body);
  return {
    status,
    headers: length === undefined ? headers : { 'Content-Length': String(length), ...headers },
  };
}
