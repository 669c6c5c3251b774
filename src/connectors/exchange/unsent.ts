/**
 * Meetings that nobody was ever invited to: where they are deleted, nobody hears of it. Some servers call off whatever has guests
 * (exchange.md 11.4).
 */
import type { EwsClient } from './connection/client.ts';
import { isPeculiar } from './connection/memory.ts';
import { isNeverSent } from './mapping/invited.ts';
import { halving } from './operations/batch.ts';
import { invitedOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import type { ItemVersion } from './operations/targets.ts';
import { isRefused } from './refused.ts';

/** The ids of those of which it is known. Throws what concerns all of them. */
export async function neverSent(
  items: readonly Pick<ItemVersion, 'id'>[],
  { client, batchSize, signal }: Asking,
): Promise<ReadonlySet<string>> {
  const mapping = { isPeculiar: isPeculiar(client.quirks()) };
  const unsent = new Set<string>();
  for (let at = 0; at < items.length; at += batchSize) {
    const batch = items.slice(at, at + batchSize).map(({ id }) => ({ id }));
    const answers = await halving(batch, (part) => client.call(getItems(part, invitedOnly), signal));
    for (const [index, answer] of answers.entries()) {
      const id = batch[index]?.id ?? '';
      if ('value' in answer) {
        if (isNeverSent(answer.value, mapping)) unsent.add(id);
        continue;
      }
      const { failure } = answer;
      // What cannot be read may be deleted all the same, and then as a meeting that was sent.
      if (failure.class !== 'gone' && failure.class !== 'poison' && !isRefused(failure)) throw failure;
    }
  }
  return unsent;
}

interface Asking {
  readonly client: EwsClient;
  readonly batchSize: number;
  readonly signal: AbortSignal;
}
