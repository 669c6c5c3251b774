/** Reads of refused objects. */
import type { Database } from 'better-sqlite3';
import type { RefusedObject } from '../../../core/refused.ts';
import type { Storage } from '../../port.ts';

export type RefusedReads = Pick<Storage, 'refused' | 'refusedBytes'>;

export function prepareRefusedReads(db: Database): RefusedReads {
  const rows = db.prepare<[number], RefusedObject>(`
    SELECT id, principal, calendar, name, at, code, message, line, uid, program, octet_length(bytes) AS sizeBytes
    FROM refused WHERE principal = ? ORDER BY id DESC`);
  const bytes = db.prepare<[number], Uint8Array | null>('SELECT bytes FROM refused WHERE id = ?').pluck();
  return {
    refused: async (principal) => rows.all(principal),
    refusedBytes: async (id) => bytes.get(id) ?? undefined,
  };
}
