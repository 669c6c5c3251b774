/**
 * Meetings that nobody was ever invited to: where they are deleted, nobody hears of it. Some servers call off whatever has guests
 * (exchange.md 11.4).
 */
import type { DocumentElement } from '../../xml/document.ts';
import type { XmlElement } from '../../xml/reader.ts';
import type { RemoteFailure } from '../failure.ts';
import type { EwsClient } from './connection/client.ts';
import { isPeculiar } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { isNeverSent } from './mapping/invited.ts';
import { halving, type Outcome } from './operations/batch.ts';
import { invitedOnly, sentOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import type { ItemVersion } from './operations/targets.ts';
import { isRefused } from './refused.ts';

/** The ids of those of which it is known. Throws what concerns all of them. */
export async function neverSent(
  items: readonly Pick<ItemVersion, 'id'>[],
  asking: Asking,
): Promise<ReadonlySet<string>> {
  const { client, batchSize } = asking;
  const mapping = { isPeculiar: isPeculiar(client.quirks()) };
  const unsent = new Set<string>();
  for (let at = 0; at < items.length; at += batchSize) {
    const batch = items.slice(at, at + batchSize).map(({ id }) => ({ id }));
    const answers = await told(batch, sentOnly, asking);
    for (const [index, { id }] of batch.entries()) {
      let answer = answers[index];
      // Some refuse an item for the sake of a property that they do not know.
      if (answer && 'failure' in answer && isRefused(answer.failure))
        [answer] = await told([{ id }], invitedOnly, asking);
      if (answer && 'value' in answer && isNeverSent(answer.value, mapping)) unsent.add(id);
      if (answer && 'failure' in answer && !isItsOwn(answer.failure)) throw answer.failure;
    }
  }
  return unsent;
}

interface Asking {
  readonly client: EwsClient;
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

async function told(
  items: readonly { readonly id: string }[],
  shape: () => DocumentElement,
  { client, signal }: Asking,
): Promise<readonly Outcome<XmlElement>[]> {
  const ask = (part: typeof items): Promise<readonly Outcome<XmlElement>[]> =>
    client.call(getItems(part, shape), signal);
  return await halving(items, ask).catch((error: unknown) => {
    const failure = failureFrom(error);
    if (!isRefused(failure)) throw failure;
    return items.map(() => ({ failure }));
  });
}

/** What cannot be read may be deleted all the same, and then as a meeting that was sent. */
function isItsOwn(failure: RemoteFailure): boolean {
  return failure.class === 'gone' || failure.class === 'poison' || isRefused(failure);
}
