/** The files part over the real rules and a real database in memory, as the composition root puts them together. */

import type { Limits } from '../../../src/core/limits.ts';
import type { Actor, AppPasswordScope } from '../../../src/core/principal.ts';
import type { Dav } from '../../../src/dav/engine.ts';
import { createFilesDav } from '../../../src/dav/files/create.ts';
import type { FileStore } from '../../../src/dav/files/store.ts';
import type { FilesWorld } from '../../../src/dav/files/world.ts';
import type { RawRequest } from '../../../src/dav/request.ts';
import type { Services } from '../../../src/service/context.ts';
import * as locks from '../../../src/service/files/file-locks.ts';
import { fileAt } from '../../../src/service/files/file-places.ts';
import * as files from '../../../src/service/files/files.ts';
import { patchProperties, properties } from '../../../src/service/properties.ts';
import { actor, type Office, office } from '../../service/office.ts';
import { type Answer, type Asked, asked } from '../wire.ts';

export interface OfficeFiles extends Office {
  readonly dav: Dav<FilesWorld>;
  readonly errors: unknown[];
  /** As alice unless told otherwise; paths are below `/dav/files/alice/` unless they begin with `/`. */
  readonly ask: (method: string, path: string, more?: Asked) => Promise<Answer>;
  readonly as: (who: 'alice' | 'bob', scope?: AppPasswordScope) => Promise<Actor>;
}

export async function officeFiles(limits: Partial<Limits> = {}): Promise<OfficeFiles> {
  const at = await office(limits);
  const errors: unknown[] = [];
  const dav = createFilesDav({
    site: { basePath: '/', origins: ['https://calendar.example.com'] },
    limits: at.services.limits,
    clock: at.clock,
    mount: ['dav', 'files'],
    store: storeOver(at.services),
    principalHref: ({ name }) => `/dav/principals/${name}/`,
    principalCollections: ['/dav/principals/'],
    logError: (error: unknown, _request: RawRequest) => errors.push(error),
  });
  const as = (who: 'alice' | 'bob', scope: AppPasswordScope = 'write'): Promise<Actor> =>
    actor(at, at[who], scope);
  const ask = async (method: string, path: string, more: Asked = {}): Promise<Answer> => {
    const target = path.startsWith('/') ? path : `/dav/files/alice/${path}`;
    return asked(dav, method, target, { actor: await as('alice'), ...more });
  };
  return { ...at, dav, errors, ask, as };
}

/** The service with its first argument given. */
function storeOver(services: Services): FileStore {
  const { storage, limits } = services;
  return {
    home: async (actor, name) => (name === actor.principal.name ? actor.principal : undefined),
    fileAt: (actor, place) => fileAt(services, actor, place),
    filesIn: (collection) => files.filesIn(services, collection),
    readFile: (file) => files.readFile(services, file),
    putFile: (actor, place, file) => files.putFile(services, actor, place, file),
    makeCollection: (actor, place, submitted) => files.makeCollection(services, actor, place, submitted),
    deleteFile: (actor, place, submitted) => files.deleteFile(services, actor, place, submitted),
    copyFile: (actor, from, to, transfer) => files.copyFile(services, actor, from, to, transfer),
    moveFile: (actor, from, to, transfer) => files.moveFile(services, actor, from, to, transfer),
    locksOn: (place) => locks.locksOn(services, place),
    lockFile: (actor, place, request) => locks.lockFile(services, actor, place, request),
    refreshLock: (actor, place, token, seconds) => locks.refreshLock(services, actor, place, token, seconds),
    unlockFile: (actor, place, token) => locks.unlockFile(services, actor, place, token),
    properties: ({ id }) => properties(services, { on: 'file', id }),
    patchProperties: (actor, { id }, changes) =>
      patchProperties(services, actor, { on: 'file', id }, changes),
    quota: async (home) => {
      const usedBytes = await storage.usedBytes(home.id);
      return { usedBytes, availableBytes: limits.maxHomeBytes - usedBytes };
    },
  };
}
