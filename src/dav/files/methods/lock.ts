/** LOCK (RFC 4918 §9.10): a new lock, or more time for an old one. */
import { Refusal } from '../../../core/refusal.ts';
import { dav } from '../../../xml/name.ts';
import { smallDocument, XmlWriter } from '../../../xml/writer.ts';
import { defineMethod } from '../../method.ts';
import { type DavResponse, xmlContentType } from '../../response.ts';
import { parseLockInfo, parseTimeout, type ShownLock, shown, writeActiveLock } from '../locks.ts';
import { inside } from '../resources.ts';
import type { FilePlace } from '../store.ts';
import { told } from '../told.ts';
import { type Context, type Method, tokens } from '../world.ts';

export const lock: Method<'file' | 'folder', 'folder'> = defineMethod({
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

function lockAnswer(status: number, locks: readonly ShownLock[]): DavResponse {
  const writer = new XmlWriter();
  writer.element(dav('lockdiscovery'), () => {
    for (const each of locks) writeActiveLock(writer, each);
  });
  const body = smallDocument(dav('prop'), writer.takeText());
  return { status, headers: { 'Content-Type': xmlContentType }, body };
}
