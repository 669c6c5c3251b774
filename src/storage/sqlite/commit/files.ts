/** Changes of the plain collections below `files/`, and of their locks (RFC 4918). */
import type { Database } from 'better-sqlite3';
import { filePartBytes } from '../../../core/file.ts';
import { type ETag, etag, type FileId, type PrincipalId } from '../../../core/ids.ts';
import { storedInstant } from '../values.ts';
import type { Counters } from './counters.ts';
import { nowhere, prepareStaging, type Staged } from './staging.ts';
import { holds, missing, nameInUse, type Of, type Outcome, quotaExceeded, type Step, stale } from './step.ts';

export interface FileChanges {
  readonly stageContent: Staged['addPart'];
  readonly dropStaged: Staged['drop'];
  readonly placeStaged: (change: Of<'place-staged'>) => Outcome;
  readonly put: (change: Of<'put-file'>, step: Step) => Outcome;
  readonly makeCollection: (change: Of<'make-collection'>, step: Step) => Outcome;
  readonly remove: (change: Of<'delete-file'>, step: Step) => Outcome;
  readonly move: (change: Of<'move-file'>, step: Step) => Outcome;
  readonly copy: (change: Of<'copy-file'>, step: Step) => Outcome;
  readonly lock: (change: Of<'lock'>) => Outcome;
  readonly unlock: (change: Of<'unlock'>) => Outcome;
}

interface Node {
  readonly id: FileId;
  readonly home: PrincipalId;
  readonly parent: FileId | null;
  readonly isCollection: number;
  readonly content: FileId | null;
  readonly etag: ETag;
  readonly sizeBytes: number;
}

/** Nodes below one that is removed, up to which that is done at once; more are left to the sweeper. */
const maxAtOnce = 64;

const nodeColumns = 'id, home, parent, is_collection AS isCollection, content, etag, size_bytes AS sizeBytes';

/** A node and what is below it, up to `:most`. */
const subtree = `
  WITH RECURSIVE below (id) AS (
    SELECT :id
    UNION
    SELECT f.id FROM below CROSS JOIN file f ON f.parent = below.id
    LIMIT :most
  )`;

/** A node and those it lies in, up to the top. */
const above = `
  WITH RECURSIVE above (id, parent) AS (
    SELECT id, parent FROM file WHERE id = ?
    UNION
    SELECT f.id, f.parent FROM above CROSS JOIN file f ON f.id = above.parent
  )`;

/** Collections have no bytes to hash; their members do not change the tag either, as in most servers. */
const collectionEtag = (id: FileId): ETag => etag(`"c-${id.toString(36)}"`);

export function prepareFileChanges(db: Database, counters: Counters): FileChanges {
  const staged = prepareStaging(db);
  const byId = db.prepare<[number], Node>(`SELECT ${nodeColumns} FROM file WHERE id = ?`);
  const reachesTop = db
    .prepare<[number], number>(`${above} SELECT 1 FROM above WHERE parent IS NULL`)
    .pluck();
  const liesIn = db.prepare<[number, number], number>(`${above} SELECT 1 FROM above WHERE id = ?`).pluck();
  const sweepTree = db.prepare<[number]>(
    "INSERT INTO sweep (kind, subject, before, through) VALUES ('file', ?, 0, 0)",
  );
  const byName = db.prepare<[number, string], Node>(
    `SELECT ${nodeColumns} FROM file WHERE parent = ? AND name = ?`,
  );
  const root = db.prepare<[number], number>('SELECT 1 FROM file WHERE home = ? AND parent IS NULL').pluck();
  const isPrincipal = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();
  const insert = db.prepare<object>(`
    INSERT INTO file (id, home, parent, name, is_collection, content_type, content, etag, size_bytes, created, modified)
    VALUES (:id, :home, :parent, :name, :isCollection, :contentType, :content, :etag, :sizeBytes, :now, :now)`);
  const update = db.prepare<object>(`
    UPDATE file SET content_type = :contentType, content = :content, etag = :etag, size_bytes = :sizeBytes,
      modified = :now WHERE id = :id`);
  const addPart = db.prepare<[number, number, number, Uint8Array]>(
    'INSERT INTO file_content (content, part, home, bytes) VALUES (?, ?, ?, ?)',
  );
  const copyParts = db.prepare<[number, number, number]>(`
    INSERT INTO file_content (content, part, home, bytes)
    SELECT ?, part, ?, bytes FROM file_content WHERE content = ?`);
  const copyNode = db.prepare<object>(`
    INSERT INTO file (id, home, parent, name, is_collection, content_type, content, etag, size_bytes, created, modified)
    SELECT :id, :home, :parent, :name, is_collection, content_type, :content, :etag, size_bytes, :now, :now
    FROM file WHERE id = :from`);
  const copyProperties = db.prepare<[number, number, number]>(`
    INSERT INTO property (holder_kind, holder, person, name, home, xml)
    SELECT 'file', ?, person, name, ?, xml FROM property WHERE holder_kind = 'file' AND holder = ?`);
  const sweepContent = db.prepare<[number]>(
    "INSERT INTO sweep (kind, subject, before, through) VALUES ('content', ?, 0, 0) ON CONFLICT DO NOTHING",
  );
  const below = db.prepare<[object], Node>(
    `${subtree} SELECT ${nodeColumns.replace('id,', 'f.id,')} FROM below CROSS JOIN file f ON f.id = below.id`,
  );
  const removeNode = db.prepare<[number]>('DELETE FROM file WHERE id = ?');
  const removeProperties = db.prepare<[number]>(
    "DELETE FROM property WHERE holder_kind = 'file' AND holder = ?",
  );
  const place = db.prepare<[number, string, number]>('UPDATE file SET parent = ?, name = ? WHERE id = ?');
  const rehomeNode = db.prepare<[number, number]>('UPDATE file SET home = ? WHERE id = ?');
  const rehomeParts = db.prepare<[number, number]>('UPDATE file_content SET home = ? WHERE content = ?');
  const rehomeProperties = db.prepare<[number, number]>(
    "UPDATE property SET home = ? WHERE holder_kind = 'file' AND holder = ?",
  );
  const lock = db.prepare<object>(`
    INSERT INTO file_lock (token, home, path, scope, depth, principal, owner_xml, expires)
    VALUES (:token, :home, :path, :scope, :depth, :principal, :ownerXml, :expires)
    ON CONFLICT (token) DO UPDATE SET owner_xml = excluded.owner_xml, expires = excluded.expires`);
  const unlock = db.prepare<[string]>('DELETE FROM file_lock WHERE token = ?');

  return {
    stageContent: staged.addPart,
    dropStaged: staged.drop,

    put(change, step) {
      const parent = collectionAt(change.parent);
      if (!parent) return missing;
      const old = byName.get(change.parent, change.name);
      if (!holds(change.expect, old?.etag)) return stale;
      if (old?.isCollection) return nameInUse;
      const { bytes } = change;
      const sizeBytes = bytes instanceof Uint8Array ? bytes.byteLength : bytes.sizeBytes;
      if (!counters.use(parent.home, sizeBytes - (old?.sizeBytes ?? 0))) return quotaExceeded;
      const content = contentOf(bytes, parent.home, step);
      if (content === undefined) return missing;
      const columns = {
        contentType: change.contentType,
        content,
        etag: change.etag,
        sizeBytes,
        now: step.now,
      };
      if (old) {
        update.run({ ...columns, id: old.id });
        forget(old, step);
        return false;
      }
      const { id, name } = change;
      insert.run({ ...columns, id, home: parent.home, parent: parent.id, name, isCollection: 0 });
      return true;
    },

    makeCollection({ id, home, parent: parentId, name }, step) {
      const node = {
        id,
        name,
        isCollection: 1,
        contentType: null,
        content: null,
        etag: collectionEtag(id),
        sizeBytes: 0,
      };
      if (parentId === null) {
        if (isPrincipal.get(home) === undefined) return missing;
        if (root.get(home) !== undefined) return nameInUse;
        insert.run({ ...node, home, parent: null, now: step.now });
        return true;
      }
      const parent = collectionAt(parentId);
      if (!parent) return missing;
      if (byName.get(parentId, name)) return nameInUse;
      insert.run({ ...node, home: parent.home, parent: parentId, now: step.now });
      return true;
    },

    remove({ id }, step) {
      if (!nodeAt(id)) return missing;
      const nodes = below.all({ id, most: maxAtOnce + 1 });
      if (nodes.length > maxAtOnce) {
        place.run(nowhere, String(id), id);
        sweepTree.run(id);
        step.leftovers = true;
        return false;
      }
      for (const node of nodes) {
        counters.use(node.home, -node.sizeBytes);
        removeProperties.run(node.id);
        removeNode.run(node.id);
        forget(node, step);
      }
      return false;
    },

    move({ id, parent: parentId, name }) {
      const node = nodeAt(id);
      const parent = collectionAt(parentId);
      if (!node || !parent) return missing;
      // A collection cannot go into itself: it would be cut off from the tree.
      if (liesIn.get(parentId, id) !== undefined) return missing;
      const there = byName.get(parentId, name);
      if (there && there.id !== id) return nameInUse;
      if (parent.home !== node.home && !rehome(below.all({ id, most: -1 }), parent.home))
        return quotaExceeded;
      place.run(parentId, name, id);
      return false;
    },

    copy({ from, id, parent: target, name }, step) {
      const node = nodeAt(from);
      const to = typeof target === 'number' ? byId.get(target) : { ...target, id: nowhere, isCollection: 1 };
      if (!node || !to || to.isCollection === 0) return missing;
      if (typeof target === 'number' && byName.get(target, name)) return nameInUse;
      if (!counters.use(to.home, node.sizeBytes)) return quotaExceeded;
      const content = contentOfCopy(node, to.home, step);
      const tag = node.isCollection ? collectionEtag(id) : node.etag;
      copyNode.run({
        from,
        id,
        home: to.home,
        parent: to.id,
        name: typeof target === 'number' ? name : String(id),
        content,
        etag: tag,
        now: step.now,
      });
      copyProperties.run(id, to.home, from);
      if (typeof target !== 'number') staged.add('file', id, target.home, target.until);
      return true;
    },

    placeStaged({ id, parent: parentId, name }) {
      const parent = collectionAt(parentId);
      if (!parent || !staged.take('file', id, parent.home)) return missing;
      if (byName.get(parentId, name)) return nameInUse;
      place.run(parentId, name, id);
      return true;
    },

    lock({ lock: { depth, ...same } }) {
      if (isPrincipal.get(same.home) === undefined) return missing;
      lock.run({ ...same, depth: String(depth), expires: storedInstant(same.expires) });
      return true;
    },

    unlock: ({ token }) => (unlock.run(token).changes === 1 ? false : missing),
  };

  /**
   * The node with this id, unless it was removed: removed nodes stay for a while, cut off from the tree, until they are
   * swept.
   */
  function nodeAt(id: FileId): Node | undefined {
    return reachesTop.get(id) === undefined ? undefined : byId.get(id);
  }

  function collectionAt(id: FileId): Node | undefined {
    const node = nodeAt(id);
    return node?.isCollection ? node : undefined;
  }

  /** Counts the size of staged contents again, so that the quota does not depend on what the caller says. */
  function contentOf(bytes: Of<'put-file'>['bytes'], home: PrincipalId, { newId }: Step): FileId | undefined {
    if (!(bytes instanceof Uint8Array)) {
      const isWhole = staged.sizeOf(bytes.staged) === bytes.sizeBytes;
      return isWhole && staged.take('content', bytes.staged, home) ? bytes.staged : undefined;
    }
    const content = newId<FileId>();
    for (let from = 0, part = 0; from === 0 || from < bytes.byteLength; from += filePartBytes, part++) {
      addPart.run(content, part, home, bytes.subarray(from, from + filePartBytes));
    }
    return content;
  }

  /** Copies within a home share the contents, so a copy takes no longer than its name does. */
  function contentOfCopy({ content, home }: Node, to: PrincipalId, step: Step): FileId | null {
    if (content === null || home === to) return content;
    const copy = step.newId<FileId>();
    copyParts.run(copy, to, content);
    return copy;
  }

  /** Leaves the contents to the sweeper, which checks whether another file shares them. */
  function forget({ content }: Node, step: Step): void {
    if (content === null) return;
    sweepContent.run(content);
    step.leftovers = true;
  }

  function rehome(nodes: readonly Node[], home: PrincipalId): boolean {
    for (const node of nodes) {
      counters.use(node.home, -node.sizeBytes);
      if (!counters.use(home, node.sizeBytes)) return false;
      rehomeNode.run(home, node.id);
      if (node.content !== null) rehomeParts.run(home, node.content);
      rehomeProperties.run(home, node.id);
    }
    return true;
  }
}
