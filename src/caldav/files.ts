/** The plain collections beside the calendars: the engine's files part, with the service's rules behind it (caldav.md 2.10). */

import type { DavOptions } from '../dav/engine.ts';
import { createFilesDav } from '../dav/files/create.ts';
import type { FileStore } from '../dav/files/store.ts';
import { hrefOf } from '../dav/path.ts';
import type { Site } from '../dav/request.ts';
import type { World } from '../dav/resource.ts';
import type { Services } from '../service/context.ts';
import { lockFile, locksOn, refreshLock, unlockFile } from '../service/files/file-locks.ts';
import { fileAt } from '../service/files/file-places.ts';
import {
  copyFile,
  deleteFile,
  filesIn,
  makeCollection,
  moveFile,
  putFile,
  readFile,
} from '../service/files/files.ts';
import { findPrincipal } from '../service/people/people.ts';
import { patchProperties, properties } from '../service/properties.ts';
import { pathOf } from './resources.ts';

/** One handler for all addresses below `/dav/files/`. */
export function createFiles(
  services: Services,
  site: Site,
  logError: DavOptions<World>['logError'],
): ReturnType<typeof createFilesDav>['handle'] {
  const href = (place: Parameters<typeof pathOf>[0]): string => {
    const { segments, isCollection } = pathOf(place);
    return hrefOf(site, segments, isCollection);
  };
  return createFilesDav({
    site,
    limits: services.limits,
    clock: services.clock,
    mount: pathOf({ at: 'files', rest: [] }).segments,
    store: fileStore(services),
    principalHref: ({ name }) => href({ at: 'principal', name }),
    principalCollections: [href({ at: 'principals' })],
    logError,
  }).handle;
}

function fileStore(services: Services): FileStore {
  const { storage, limits } = services;
  return {
    home: (actor, name) => findPrincipal(services, actor, name),
    fileAt: (actor, place) => fileAt(services, actor, place),
    filesIn: (collection) => filesIn(services, collection),
    readFile: (file) => readFile(services, file),
    putFile: (actor, place, file) => putFile(services, actor, place, file),
    makeCollection: (actor, place, submitted) => makeCollection(services, actor, place, submitted),
    deleteFile: (actor, place, submitted) => deleteFile(services, actor, place, submitted),
    copyFile: (actor, from, to, transfer) => copyFile(services, actor, from, to, transfer),
    moveFile: (actor, from, to, transfer) => moveFile(services, actor, from, to, transfer),
    locksOn: (place) => locksOn(services, place),
    lockFile: (actor, place, request) => lockFile(services, actor, place, request),
    refreshLock: (actor, place, token, timeoutSeconds) =>
      refreshLock(services, actor, place, token, timeoutSeconds),
    unlockFile: (actor, place, token) => unlockFile(services, actor, place, token),
    properties: (node) => properties(services, { on: 'file', id: node.id }),
    patchProperties: (actor, node, changes) =>
      patchProperties(services, actor, { on: 'file', id: node.id }, changes),
    async quota(home) {
      const usedBytes = await storage.usedBytes(home.id);
      return { usedBytes, availableBytes: Math.max(0, limits.maxHomeBytes - usedBytes) };
    },
  };
}
