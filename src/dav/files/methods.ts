/** The methods of RFC 4918 on files and folders. Locks are checked by the store, which is told the tokens. */
import { Refusal } from '../../core/refusal.ts';
import { dav } from '../../xml/name.ts';
import { smallDocument, XmlWriter } from '../../xml/writer.ts';
import { DavError } from '../error.ts';
import { submittedTokens } from '../if-header.ts';
import { type AnyMethod, defineMethod } from '../method.ts';
import { collectionMethod, invalidResourceType } from '../methods/make-collection.ts';
import { multistatus, partsOf } from '../multistatus.ts';
import { ifRangeHolds } from '../preconditions.ts';
import { readBody } from '../request.ts';
import { type DavResponse, validators, xmlContentType } from '../response.ts';
import { destinationOf, transferDepth, transferred } from '../transfer.ts';
import { parseLockInfo, parseTimeout, type ShownLock, shown, writeActiveLock } from './locks.ts';
import { parseRange } from './range.ts';
import { hrefOfPlace, placeAt } from './resources.ts';
import type { FilePlace } from './store.ts';
import { Locked, told } from './told.ts';
import type { Context, FileResource, FilesWorld, FolderResource, Method } from './world.ts';

/**
 * What somebody put here is handed out as a download and never runs: stored markup must not act in the name of the
 * portal (clients.md, security: stored XSS).
 */
const harmless = {
  'Content-Disposition': 'attachment',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const;

const get: Method<'file'> = defineMethod({
  name: 'GET',
  spec: 'RFC 9110 §9.3.1, §14',
  on: ['file'],
  changesState: false,
  privilege: 'read',
  async handle(file, { request, services }) {
    const { etag, modified, sizeBytes = 0 } = file;
    const held = ifRangeHolds(request.header('if-range'), { exists: true, etag, modified });
    const range = held && request.method === 'GET' ? parseRange(request.header('range'), sizeBytes) : 'whole';
    const headers = {
      'Content-Type': file.contentType ?? 'application/octet-stream',
      'Accept-Ranges': 'bytes',
      ...harmless,
      ...validators(file),
    };
    if (range === 'outside') {
      const total = { 'Content-Range': `bytes */${sizeBytes}` };
      throw new DavError(416, `the file has ${sizeBytes} bytes`, undefined, total);
    }
    const bytes = await services.store.readFile(file.node);
    if (range === 'whole') return { status: 200, headers, body: bytes };
    const { start, end } = range;
    const part = { ...headers, 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` };
    return { status: 206, headers: part, body: bytes.subarray(start, end) };
  },
});

const getFolder: Method<'folder' | 'mount'> = defineMethod({
  name: 'GET',
  spec: 'RFC 4918 §9.4',
  on: ['folder', 'mount'],
  changesState: false,
  privilege: 'read',
  handle: async () => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: 'This is a WebDAV folder. Open its address with a WebDAV client to see what is in it.\n',
  }),
});

const put: Method<'file', 'folder'> = defineMethod({
  name: 'PUT',
  spec: 'RFC 4918 §9.7',
  on: ['file'],
  changesState: true,
  handle: (file, context) => store(file.place, context),
  below: ['folder'],
  create: ({ parent, name }, context) => store(inside(parent, name), context),
});

async function store(place: FilePlace, context: Context): Promise<DavResponse> {
  const { actor, request, services, dav: engine, expect } = context;
  // RFC 9110 §14.4: a part of a file must not be stored as if it were the whole.
  if (request.header('content-range') !== undefined) {
    throw new Refusal('malformed-request', 'a PUT of a part (Content-Range) cannot be done');
  }
  const bytes = await readBody(request, engine.options.limits.maxFileBytes);
  const contentType = request.header('content-type');
  const file = {
    bytes,
    expect,
    tokens: tokens(context),
    ...(contentType === undefined ? {} : { contentType }),
  };
  const { created, etag } = await told(services.store.putFile(actor, place, file), place.home, context);
  return created
    ? { status: 201, headers: { ETag: etag, Location: hrefOfPlace(place, services) } }
    : { status: 204, headers: { ETag: etag } };
}

const makeFolder: AnyMethod = collectionMethod<FilesWorld, 'folder'>({
  name: 'MKCOL',
  spec: 'RFC 4918 §9.3, RFC 5689 §3',
  root: dav('mkcol'),
  below: ['folder'],
  kindOf(types) {
    const isPlain = [...types].every((type) => type === dav('collection'));
    if (!isPlain) throw invalidResourceType('only plain collections can be made here');
    return 'folder';
  },
  async make({ parent, name }, { patch }, context) {
    const { actor, services } = context;
    const place = inside(parent, name);
    await told(services.store.makeCollection(actor, place, { tokens: tokens(context) }), place.home, context);
    const node = patch.dead.size === 0 ? undefined : await services.store.fileAt(actor, place);
    if (node !== undefined) await services.store.patchProperties(actor, node, patch.dead);
  },
});

const remove: Method<'file' | 'folder'> = defineMethod({
  name: 'DELETE',
  spec: 'RFC 4918 §9.6',
  on: ['file', 'folder'],
  changesState: true,
  async handle({ href, place, isCollection }, context) {
    const { actor, request, services } = context;
    if (isCollection && request.depth !== undefined && request.depth !== 'infinity') {
      throw new Refusal(
        'malformed-request',
        'a collection is deleted with all that is in it: Depth is infinity',
      );
    }
    try {
      const submitted = { tokens: tokens(context) };
      await told(services.store.deleteFile(actor, place, submitted), place.home, context);
    } catch (error) {
      return memberLocked(error, href);
    }
    return { status: 204, headers: {} };
  },
});

const copy: Method<'file' | 'folder'> = defineMethod({
  name: 'COPY',
  spec: 'RFC 4918 §9.8',
  on: ['file', 'folder'],
  changesState: false,
  privilege: 'read',
  handle: (file, context) => transfer('copyFile', file, context),
});

const move: Method<'file' | 'folder'> = defineMethod({
  name: 'MOVE',
  spec: 'RFC 4918 §9.9',
  on: ['file', 'folder'],
  changesState: true,
  handle: (file, context) => transfer('moveFile', file, context),
});

async function transfer(
  how: 'copyFile' | 'moveFile',
  { href, place, isCollection }: FileResource,
  context: Context,
): Promise<DavResponse> {
  const { actor, request, services } = context;
  const depth = transferDepth(request, isCollection);
  const to = await placeAt(destinationOf(request), context);
  if (to === undefined) throw new DavError(403, 'files stay among files');
  const { overwrite } = request;
  try {
    const work = services.store[how](actor, place, to, { overwrite, depth, tokens: tokens(context) });
    const { created } = await told(work, to.home, context);
    return transferred(created, hrefOfPlace(to, services));
  } catch (error) {
    return memberLocked(error, href);
  }
}

const lock: Method<'file' | 'folder', 'folder'> = defineMethod({
  name: 'LOCK',
  spec: 'RFC 4918 §9.10',
  on: ['file', 'folder'],
  changesState: true,
  handle: ({ place }, context) => take(place, context),
  below: ['folder'],
  create: ({ parent, name }, context) => take(inside(parent, name), context),
});

async function take(place: FilePlace, context: Context): Promise<DavResponse> {
  const { actor, request, services, dav: engine } = context;
  const timeoutSeconds = parseTimeout(request.header('timeout'));
  const body = await engine.readXml(request);
  if (body === undefined) return refresh(place, timeoutSeconds, context);
  const { depth = 'infinity' } = request;
  if (depth === 1) throw new Refusal('malformed-request', 'a lock has Depth 0 or infinity');
  const wanted = { ...parseLockInfo(body), depth, timeoutSeconds, tokens: tokens(context) };
  const work = services.store.lockFile(actor, place, wanted);
  const made = await told(work, place.home, context, dav('no-conflicting-lock'));
  const answer = lockAnswer(made.created ? 201 : 200, [shown(made.lock, place.home, context)]);
  return { ...answer, headers: { ...answer.headers, 'Lock-Token': `<${made.lock.token}>` } };
}

/** A LOCK without body: the lock that the `If` header names gets more time (RFC 4918 §9.10.2). */
async function refresh(
  place: FilePlace,
  timeoutSeconds: number | undefined,
  context: Context,
): Promise<DavResponse> {
  const { actor, services } = context;
  const [token, ...others] = tokens(context);
  if (token === undefined || others.length > 0) {
    throw new Refusal(
      'malformed-request',
      'a LOCK without body needs an If header with the token of one lock',
    );
  }
  const work = services.store.refreshLock(actor, place, token, timeoutSeconds);
  return lockAnswer(200, [shown(await told(work, place.home, context), place.home, context)]);
}

const unlock: Method<'file' | 'folder'> = defineMethod({
  name: 'UNLOCK',
  spec: 'RFC 4918 §9.11',
  on: ['file', 'folder'],
  changesState: true,
  async handle({ place }, context) {
    const { actor, request, services } = context;
    const token = /^<([^<>]+)>$/.exec(request.header('lock-token')?.trim() ?? '')?.[1];
    if (token === undefined) throw new Refusal('malformed-request', 'an UNLOCK needs a Lock-Token');
    try {
      await told(services.store.unlockFile(actor, place, token), place.home, context);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'stale') throw error;
      throw new DavError(409, 'there is no such lock here', { name: dav('lock-token-matches-request-uri') });
    }
    return { status: 204, headers: {} };
  },
});

/** In the order in which `Allow` lists them. */
export const fileMethods: readonly AnyMethod[] = [
  get,
  getFolder,
  put,
  makeFolder,
  remove,
  copy,
  move,
  lock,
  unlock,
];

function inside({ place }: FolderResource, name: string): FilePlace {
  return { home: place.home, path: [...place.path, name] };
}

function tokens({ request }: Context): readonly string[] {
  return [...submittedTokens(request.conditions.if)];
}

/** A lock further down stops the whole; RFC 4918 §9.6.1 wants it named by a response of its own. */
function memberLocked(error: unknown, href: string): Promise<DavResponse> {
  const isBelow = error instanceof Locked && error.lockRoot !== href && error.lockRoot.startsWith(href);
  if (!isBelow || error.precondition === undefined) throw error;
  return multistatus(
    partsOf([{ is: 'status', href: error.lockRoot, status: 423, error: error.precondition }]),
  );
}

function lockAnswer(status: number, locks: readonly ShownLock[]): DavResponse {
  const writer = new XmlWriter();
  writer.element(dav('lockdiscovery'), () => {
    for (const each of locks) writeActiveLock(writer, each);
  });
  const body = smallDocument(dav('prop'), writer.takeText());
  return { status, headers: { 'Content-Type': xmlContentType }, body };
}
