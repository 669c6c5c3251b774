/** How feeds cut events out of their bytes is made anew where it was made by another rule: after an upgrade, in the background. */
import type { Database } from 'better-sqlite3';
import type { Storage } from '../../port.ts';
import { pause } from '../pages.ts';
import type { WriteQueue } from '../write-queue.ts';

/** Objects that are looked at in one step, and what of their bytes is read and cut in it: some milliseconds. */
const stepObjects = 256;
const stepBytes: number = 256 * 1024;

type StaleRow = [object: number, etag: string, kind: string, plain: number, bytes: Uint8Array];

export function prepareRenewCuts(db: Database, queue: WriteQueue): Storage['renewCuts'] {
  const stepEnd = db
    .prepare<[number], number | null>(
      `SELECT max(object) FROM (SELECT object FROM object_bytes WHERE object > ? ORDER BY object LIMIT ${stepObjects})`,
    )
    .pluck();
  const stale = db
    .prepare<[object], StaleRow>(`
      SELECT b.object, o.etag, o.kind, o.plain, b.bytes FROM object_bytes b JOIN object o ON o.id = b.object
      WHERE b.object > :after AND b.object <= :end AND o.kind = 'VEVENT' AND o.size_bytes <= ${stepBytes}
        AND (b.cuts IS NULL OR substr(b.cuts, 1, length(:current)) <> :current)
      ORDER BY b.object`)
    .raw();
  const update = db.prepare<[object]>(`
    UPDATE object_bytes SET cuts = :cuts
    WHERE object = :object AND EXISTS (SELECT 1 FROM object WHERE id = :object AND etag = :etag)`);

  return async ({ rule, cutsOf, isWanted }) => {
    const current = `[${rule},`;
    let made = 0;
    for (let after = 0; isWanted(); await pause()) {
      const end = stepEnd.get(after) ?? null;
      if (end === null) break;
      const found: { readonly object: number; readonly etag: string; readonly cuts: string }[] = [];
      let bytesRead = 0;
      let reached = end;
      for (const [object, etag, kind, plain, bytes] of stale.iterate({ after, end, current })) {
        const cuts = cutsOf(kind, bytes, plain === 1);
        // Objects that cannot be cut keep no cuts, or old ones that nobody uses.
        if (cuts !== undefined) found.push({ object, etag, cuts });
        bytesRead += bytes.length;
        if (bytesRead < stepBytes) continue;
        reached = object;
        break;
      }
      after = reached;
      if (found.length > 0) made += await write(found);
    }
    return made;
  };

  /** An object that was changed since it was read has new cuts already. */
  function write(
    found: readonly { readonly object: number; readonly etag: string; readonly cuts: string }[],
  ): Promise<number> {
    return queue.run(() => {
      let changed = 0;
      for (const row of found) changed += update.run(row).changes;
      return { value: changed, keep: true };
    }, found.length);
  }
}
