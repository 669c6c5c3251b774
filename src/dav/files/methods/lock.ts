/** LOCK (RFC 4918 §9.10): a new lock, or more time for an old one. */
import { Refusal } from '../../../core/refusal.ts';
import { dav } from '../../../xml/name.ts';
import { smallDocument, XmlWriter } from '../../../xml/writer.ts';
import { defineMethod } from '../../method.ts';
import { type DavResponse, xmlContentType } from '../../response.ts';
import { parseLockInfo, parseTimeout, type ShownLock, shown, writeActiveLock } from '../locks.ts';
import { hrefOfPlace, inside } from '../resources.ts';
import { withDavErrors } from '../store-errors.ts';
import { type Context, type FileResource, type Method, tokens } from '../world.ts';

export const lock: Method<'file' | 'folder', 'folder'> = defineMethod({
  name: 'LOCK',
  spec: 'RFC 4918 §9.10',
  on: ['file', 'folder'],
  changesState: true,
  handle: (file, context) => take(file, context),
  below: ['folder'],
  create({ parent, name }, context) {
    const place = inside(parent, name);
    return take({ place, href: hrefOfPlace(place, context.services) }, context);
  },
});

/** What can be locked: a file, a folder, or a free name, at which an empty file is then made. */
type Lockable = Pick<FileResource, 'href' | 'place'>;

async function take(target: Lockable, context: Context): Promise<DavResponse> {
  const { place } = target;
  const { actor, request, services, dav: engine } = context;
  const timeoutSeconds = parseTimeout(request.header('timeout'));
  const body = await engine.readXml(request);
  if (body === undefined) return refresh(target, timeoutSeconds, context);
  const { depth = 'infinity' } = request;
  if (depth === 1) throw new Refusal('malformed-request', 'a lock has Depth 0 or infinity');
  const wanted = { ...parseLockInfo(body), depth, timeoutSeconds, tokens: tokens(context) };
  const work = services.store.lockFile(actor, place, wanted);
  const made = await withDavErrors(work, place.home, context, dav('no-conflicting-lock'));
  const answer = lockAnswer(made.created ? 201 : 200, [shown(made.lock, target, context)]);
  return { ...answer, headers: { ...answer.headers, 'Lock-Token': `<${made.lock.token}>` } };
}

/** A LOCK without body: the lock that the `If` header names gets more time (RFC 4918 §9.10.2). */
async function refresh(
  target: Lockable,
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
  const { place } = target;
  const work = services.store.refreshLock(actor, place, token, timeoutSeconds);
  return lockAnswer(200, [shown(await withDavErrors(work, place.home, context), target, context)]);
}

function lockAnswer(status: number, locks: readonly ShownLock[]): DavResponse {
  const writer = new XmlWriter();
  writer.element(dav('lockdiscovery'), () => {
    for (const each of locks) writeActiveLock(writer, each);
  });
  const body = smallDocument(dav('prop'), writer.takeText());
  return { status, headers: { 'Content-Type': xmlContentType }, body };
}
