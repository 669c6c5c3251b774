/**
 * Changes of occurrences that are done once. A series and its occurrences have one change key, which a write to any of them moves
 * (OccurrenceItemId): what a server carries out long after nobody waits for it any more is refused, and undoes nothing that
 * was changed since.
 */
import type { DocumentElement } from '../../xml/document.ts';
import { takesStaleVersions } from './connection/memory.ts';
import type { Send } from './mapping/plan.ts';
import type { Outcome } from './operations/batch.ts';
import { idOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemRef, type ItemVersion, idOf } from './operations/targets.ts';
import { type ConflictResolution, updateItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';

export interface OccurrenceWrites {
  readonly write: (
    item: ItemRef,
    changes: readonly DocumentElement[],
    send: Send,
  ) => Promise<Outcome<ItemVersion> | undefined>;
  /** Something else of the series was written. */
  readonly forget: () => void;
}

export function occurrenceWrites({ client, signal }: Pick<Reading, 'client' | 'signal'>): OccurrenceWrites {
  /** As the last write has left it. */
  let version: string | undefined;
  return {
    async write(item, changes, send) {
      const writeAs = async (
        of: ItemRef,
        how: ConflictResolution,
      ): Promise<Outcome<ItemVersion> | undefined> =>
        (await client.call(updateItems([{ item: of, changes }], send, how), signal))[0];
      if (!('id' in item) || takesStaleVersions(client.quirks())) return await writeAs(item, 'AutoResolve');
      const known = version ?? item.version ?? '';
      let outcome = known === '' ? undefined : await writeAs({ ...item, version: known }, 'NeverOverwrite');
      if (!outcome || ('failure' in outcome && outcome.failure.class === 'conflict')) {
        // Where each occurrence has a key of its own, that is asked for.
        const [told] = await client.call(getItems([item], idOnly), signal);
        const now = told && 'value' in told ? idOf(told.value) : undefined;
        if (now) outcome = await writeAs({ ...item, version: now.version }, 'NeverOverwrite');
      }
      if (outcome && 'value' in outcome) version = outcome.value.version;
      return outcome;
    },
    forget() {
      version = undefined;
    },
  };
}
