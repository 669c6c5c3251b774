/** Changes of the plain collections below `files/`, and of their locks (RFC 4918). */
import type { Database } from 'better-sqlite3';
import { type ETag, etag, type FileId, type PrincipalId } from '../../../core/ids.ts';
import { storedInstant } from '../values.ts';
import type { Counters } from './counters.ts';
import { holds, missing, nameInUse, type Of, type Outcome, quotaExceeded, type Step, stale } from './step.ts';

export interface FileChanges {
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

const partBytes: number = 1024 * 1024;

const nodeColumns = 'id, home, parent, is_collection AS isCollection, content, etag, size_bytes AS sizeBytes';

/** A node and everything below it. */
const subtree = `
  WITH RECURSIVE below (id) AS (
    SELECT :id
    UNION
    SELECT f.id FROM below CROSS JOIN file f ON f.parent = below.id
  )`;

/** Collections have no bytes to hash; their members do not change the tag either, as in most servers. */
const collectionEtag = (id: FileId): ETag => etag(`"c-${id.toString(36)}"`);

export function prepareFileChanges(db: Database, counters: Counters): FileChanges {
  const byId = db.prepare<[number], Node>(`SELECT ${nodeColumns} FROM file WHERE id = ?`);
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
    put(change, step) {
      const parent = byId.get(change.parent);
      if (!parent || parent.isCollection === 0) return missing;
      const old = byName.get(change.parent, change.name);
      if (!holds(change.expect, old?.etag)) return stale;
      if (old?.isCollection) return nameInUse;
      const sizeBytes = change.bytes.byteLength;
      if (!counters.use(parent.home, sizeBytes - (old?.sizeBytes ?? 0))) return quotaExceeded;
      const content = step.newId<FileId>();
      writeParts(content, parent.home, change.bytes);
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
      const parent = byId.get(parentId);
      if (!parent || parent.isCollection === 0) return missing;
      if (byName.get(parentId, name)) return nameInUse;
      insert.run({ ...node, home: parent.home, parent: parentId, now: step.now });
      return true;
    },

    remove({ id }, step) {
      const nodes = below.all({ id });
      if (nodes.length === 0) return missing;
      for (const node of nodes) {
        counters.use(node.home, -node.sizeBytes);
        removeProperties.run(node.id);
        removeNode.run(node.id);
        forget(node, step);
      }
      return false;
    },

    move({ id, parent: parentId, name }) {
      const node = byId.get(id);
      const parent = byId.get(parentId);
      if (!node || !parent || parent.isCollection === 0) return missing;
      const nodes = below.all({ id });
      // A collection cannot go into itself: it would be cut off from the tree.
      if (nodes.some((inside) => inside.id === parentId)) return missing;
      const there = byName.get(parentId, name);
      if (there && there.id !== id) return nameInUse;
      if (parent.home !== node.home && !rehome(nodes, parent.home)) return quotaExceeded;
      place.run(parentId, name, id);
      return false;
    },

    copy({ from, id, parent: parentId, name }, step) {
      const node = byId.get(from);
      const parent = byId.get(parentId);
      if (!node || !parent || parent.isCollection === 0) return missing;
      if (byName.get(parentId, name)) return nameInUse;
      if (!counters.use(parent.home, node.sizeBytes)) return quotaExceeded;
      const content = contentOfCopy(node, parent.home, step);
      const tag = node.isCollection ? collectionEtag(id) : node.etag;
      copyNode.run({
        from,
        id,
        home: parent.home,
        parent: parentId,
        name,
        content,
        etag: tag,
        now: step.now,
      });
      copyProperties.run(id, parent.home, from);
      return true;
    },

    lock({ lock: { depth, ...same } }) {
      if (isPrincipal.get(same.home) === undefined) return missing;
      lock.run({ ...same, depth: String(depth), expires: storedInstant(same.expires) });
      return true;
    },

    unlock: ({ token }) => (unlock.run(token).changes === 1 ? false : missing),
  };

  function writeParts(content: FileId, home: PrincipalId, bytes: Uint8Array): void {
    for (let from = 0, part = 0; from === 0 || from < bytes.byteLength; from += partBytes, part++) {
      addPart.run(content, part, home, bytes.subarray(from, from + partBytes));
    }
  }

  /** Shared within a home: whatever is copied, and however often, takes no longer than its name. */
  function contentOfCopy({ content, home }: Node, to: PrincipalId, step: Step): FileId | null {
    if (content === null || home === to) return content;
    const copy = step.newId<FileId>();
    copyParts.run(copy, to, content);
    return copy;
  }

  /** The sweeper looks whether another file has the same. */
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
