/** Updates of just those columns that a patch names. */
import type { Database, Statement } from 'better-sqlite3';

export type Value = string | number | Uint8Array | null;

/**
 * Prepares updates of one table by id. Column names come from our own code, never from a caller; statements are kept
 * by the set of columns, of which there are few in practice.
 */
export function preparePatch(
  db: Database,
  table: string,
  where: string,
): (columns: Readonly<Record<string, Value>>, key: Readonly<Record<string, Value>>) => boolean {
  const prepared = new Map<string, Statement<[object]>>();
  return (columns, key) => {
    const names = Object.keys(columns);
    const known = names.join();
    let statement = prepared.get(known);
    if (!statement) {
      const assignments = names.map((name) => `${name} = :${name}`).join(', ');
      statement = db.prepare<[object]>(`UPDATE ${table} SET ${assignments} WHERE ${where}`);
      prepared.set(known, statement);
    }
    return statement.run({ ...columns, ...key }).changes === 1;
  };
}

/** The entries of `columns` that are not undefined. */
export function given(columns: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}
