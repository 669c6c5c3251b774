/** Items read whole, in batches whose answers are counted. */
import { RemoteFailure } from '../failure.ts';
import type { ItemFailure, RemoteItem } from '../remote.ts';
import { isOfOneItem, raise } from './failing.ts';
import type { Round } from './round.ts';

export interface Fetched {
  readonly items: readonly RemoteItem[];
  readonly gone: readonly string[];
  /** They are there, and may not be told of. */
  readonly withheld: readonly string[];
  /** Those of them that are known: copies from before may be in the trash. */
  readonly withheldUids?: readonly string[];
  /** Each about one item alone. */
  readonly failures: readonly ItemFailure[];
  /** A listing of changes has told of them. */
  readonly listed?: true;
}

export async function fetchAll(round: Round, ids: readonly string[]): Promise<Fetched> {
  const items: RemoteItem[] = [];
  const gone: string[] = [];
  const withheld: string[] = [];
  const withheldUids: string[] = [];
  const failures: ItemFailure[] = [];
  for (const batch of batches(ids, round.remote.batchSize)) {
    round.checkpoint();
    const answers = await round.remote.fetch(batch, round.parts.signal);
    requireCount(answers, batch);
    answers.forEach((answer, index) => {
      if (!('failed' in answer)) items.push(answer);
      else if (answer.class === 'gone') gone.push(batch[index] ?? answer.id);
      else if (answer.class === 'withheld') {
        withheld.push(batch[index] ?? answer.id);
        if (answer.uid !== undefined) withheldUids.push(answer.uid);
      }
      // That one item is closed to us says nothing about the calendar.
      else if (isOfOneItem(answer) || answer.class === 'permission')
        failures.push({ ...answer, id: batch[index] ?? answer.id });
      else raise(answer);
    });
  }
  return { items, gone, withheld, withheldUids, failures };
}

export function* batches<Item>(all: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** An answer that does not fit its question says nothing about anything (exchange.md 17.1). */
export function requireCount(answers: readonly unknown[], asked: readonly unknown[]): void {
  if (answers.length === asked.length) return;
  throw new RemoteFailure(
    'transient',
    'unexpected-count',
    `${answers.length} answers to ${asked.length} questions`,
  );
}
