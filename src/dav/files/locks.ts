/** Write locks as XML and as headers (RFC 4918 §6, §14). */
import type { FileLock } from '../../core/file.ts';
import { encodeSegment } from '../../core/name.ts';
import { Refusal } from '../../core/refusal.ts';
import { dav } from '../../xml/name.ts';
import { childOf, choiceOf, type XmlElement } from '../../xml/reader.ts';
import { serializeElement } from '../../xml/serialize.ts';
import type { XmlWriter } from '../../xml/writer.ts';
import { type AnyProperty, defineProperty } from '../property.ts';
import { hrefInHome } from './resources.ts';
import type { Context, FileResource, Property } from './world.ts';

/** A lock with what its element tells beside it. */
export interface ShownLock {
  readonly lock: FileLock;
  readonly rootHref: string;
  readonly secondsLeft: number;
}

const lockdiscovery: Property<'file' | 'folder', readonly ShownLock[]> = defineProperty({
  name: dav('lockdiscovery'),
  on: ['file', 'folder'],
  spec: 'RFC 4918 §15.8',
  cost: 'query',
  inAllprop: true,
  async read(file, context) {
    const locks = await context.services.store.locksOn(file.place);
    return locks.map((lock) => shown(lock, file, context));
  },
  write(writer, locks) {
    for (const lock of locks) writeActiveLock(writer, lock);
  },
});

const supportedlock: Property<'file' | 'folder', readonly FileLock['scope'][]> = defineProperty({
  name: dav('supportedlock'),
  on: ['file', 'folder'],
  spec: 'RFC 4918 §15.10',
  cost: 'head',
  inAllprop: true,
  read: () => ['exclusive', 'shared'] as const,
  write(writer, scopes) {
    for (const scope of scopes) {
      writer.element(dav('lockentry'), () => {
        writer.element(dav('lockscope'), () => writer.empty(dav(scope)));
        writer.element(dav('locktype'), () => writer.empty(dav('write')));
      });
    }
  },
});

export const lockProperties: readonly AnyProperty[] = [lockdiscovery, supportedlock];

/** A lock that covers a file or folder. If it is inherited it belongs to a folder above, whose href ends in a slash. */
export function shown(
  lock: FileLock,
  { href, place }: Pick<FileResource, 'href' | 'place'>,
  { services }: Context,
): ShownLock {
  const root = lock.path === '' ? '' : `${lock.path.split('/').map(encodeSegment).join('/')}/`;
  return {
    lock,
    rootHref: lock.path === place.path.join('/') ? href : hrefInHome(place.home, root, services),
    secondsLeft: Math.max(0, Math.ceil((lock.expires - services.now()) / 1000)),
  };
}

/** `DAV:activelock` (RFC 4918 §14.1). */
export function writeActiveLock(writer: XmlWriter, { lock, rootHref, secondsLeft }: ShownLock): void {
  writer.element(dav('activelock'), () => {
    writer.element(dav('locktype'), () => writer.empty(dav('write')));
    writer.element(dav('lockscope'), () => writer.empty(dav(lock.scope)));
    writer.textElement(dav('depth'), String(lock.depth));
    writer.raw(lock.ownerXml);
    writer.textElement(dav('timeout'), `Second-${secondsLeft}`);
    writer.element(dav('locktoken'), () => writer.textElement(dav('href'), lock.token));
    writer.element(dav('lockroot'), () => writer.textElement(dav('href'), rootHref));
  });
}

export interface LockInfo {
  readonly scope: FileLock['scope'];
  readonly ownerXml: string;
}

/** `DAV:lockinfo` (RFC 4918 §14.11). Refuses: `malformed-request`, also for what is no write lock. */
export function parseLockInfo(body: XmlElement): LockInfo {
  const scope = choiceOf(childOf(body, dav('lockscope')), [dav('exclusive'), dav('shared')]);
  const type = choiceOf(childOf(body, dav('locktype')), [dav('write')]);
  if (body.name !== dav('lockinfo') || scope === undefined || type === undefined) {
    throw new Refusal(
      'malformed-request',
      'a LOCK asks for an exclusive or a shared write lock by DAV:lockinfo',
    );
  }
  const owner = childOf(body, dav('owner'));
  return {
    scope: scope === dav('shared') ? 'shared' : 'exclusive',
    ownerXml: owner === undefined ? '' : serializeElement(owner),
  };
}

/** `Timeout: Infinite, Second-4100000000` (RFC 4918 §10.7): the first that can be understood; `undefined` for no wish. */
export function parseTimeout(header: string | undefined): number | undefined {
  for (const wish of (header ?? '').split(',')) {
    const seconds = /^second-(\d{1,10})$/i.exec(wish.trim())?.[1];
    if (seconds !== undefined) return Number(seconds);
    if (/^infinite$/i.test(wish.trim())) return Number.MAX_SAFE_INTEGER;
  }
  return undefined;
}
