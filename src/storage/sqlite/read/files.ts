/** Reads of the plain collections below `files/`, and of their locks. */
import type { Database } from 'better-sqlite3';
import { type FileLock, type FileNode, filePartBytes } from '../../../core/file.ts';
import type { FileId } from '../../../core/ids.ts';
import type { Storage } from '../../port.ts';
import { pageRows, pause } from '../pages.ts';
import { readInstant } from '../values.ts';

export type FileReads = Pick<Storage, 'fileRoot' | 'file' | 'fileMembers' | 'fileBytes' | 'locks'>;

interface FileRow extends Omit<FileNode, 'isCollection'> {
  readonly isCollection: number;
}

interface LockRow extends Omit<FileLock, 'depth'> {
  readonly depth: '0' | 'infinity';
}

const fileColumns = `
  id, home, parent, name, is_collection AS isCollection, content_type AS contentType, etag,
  size_bytes AS sizeBytes, created, modified`;

const fileRootSql = `SELECT ${fileColumns} FROM file WHERE home = ? AND parent IS NULL`;
const fileSql = `SELECT ${fileColumns} FROM file WHERE parent = ? AND name = ?`;
const fileMembersSql = `
  SELECT ${fileColumns} FROM file WHERE parent = ? AND name > ? ORDER BY name LIMIT ${pageRows}`;
const locksSql = `
  SELECT token, home, path, scope, depth, principal, owner_xml AS ownerXml, expires
  FROM file_lock WHERE home = ? AND expires > ? ORDER BY path, token`;

export function prepareFileReads(db: Database): FileReads {
  const root = db.prepare<[number], FileRow>(fileRootSql);
  const file = db.prepare<[number, string], FileRow>(fileSql);
  const members = db.prepare<[number, string], FileRow>(fileMembersSql);
  const contentOf = db
    .prepare<[number], [content: number | null, sizeBytes: number]>(
      'SELECT content, size_bytes FROM file WHERE id = ?',
    )
    .raw();
  const part = db
    .prepare<[number, number], Uint8Array>('SELECT bytes FROM file_content WHERE content = ? AND part = ?')
    .pluck();
  const locks = db.prepare<[number, number], LockRow>(locksSql);

  return {
    fileRoot: async (home) => readFile(root.get(home)),
    file: async (parent, name) => readFile(file.get(parent, name)),
    fileMembers: (parent) => allMembers(parent),
    fileBytes: (id) => contents(id),
    locks: async (home, now) => locks.all(home, now).map(toLock),
  };

  async function* allMembers(parent: FileId): AsyncGenerator<readonly FileNode[]> {
    let after = '';
    for (;;) {
      const rows = members.all(parent, after);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(toFile);
      if (rows.length < pageRows) return;
      after = last.name;
      await pause();
    }
  }

  /** Part by part, so that a large file does not hold up everybody else; from the start if it is replaced meanwhile. */
  async function contents(id: FileId): Promise<Uint8Array | undefined> {
    for (let tried: number | undefined; ; await pause()) {
      const [content, sizeBytes] = contentOf.get(id) ?? [null, 0];
      if (content === null) return undefined;
      if (content === tried) throw new Error(`the contents of file ${id} are not all there`);
      const bytes = await joined(content, sizeBytes);
      if (bytes !== undefined) return bytes;
      tried = content;
    }
  }

  async function joined(content: number, sizeBytes: number): Promise<Uint8Array | undefined> {
    if (sizeBytes <= filePartBytes) return sizeBytes === 0 ? new Uint8Array() : part.get(content, 0);
    const whole = Buffer.allocUnsafe(sizeBytes);
    for (let read = 0; read < sizeBytes; read += filePartBytes) {
      if (read > 0) await pause();
      const bytes = part.get(content, read / filePartBytes);
      // A part of a wrong length also counts as missing: otherwise some bytes of `whole` would stay unset.
      if (bytes?.byteLength !== Math.min(filePartBytes, sizeBytes - read)) return undefined;
      whole.set(bytes, read);
    }
    return whole;
  }
}

const readFile = (row: FileRow | undefined): FileNode | undefined => row && toFile(row);

const toFile = (row: FileRow): FileNode => ({ ...row, isCollection: row.isCollection === 1 });

const toLock = (row: LockRow): FileLock => ({
  ...row,
  depth: row.depth === '0' ? 0 : 'infinity',
  expires: readInstant(row.expires),
});
