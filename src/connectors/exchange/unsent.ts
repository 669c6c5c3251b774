/**
 * Meetings that nobody was ever invited to: where they are deleted, nobody hears of it. Some servers call off whatever has guests
 * (exchange.md 11.4).
 */
import type { DocumentElement } from '../../xml/document.ts';
import type { XmlElement } from '../../xml/reader.ts';
import type { RemoteFailure } from '../failure.ts';
import { isPeculiar } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { isNeverSent } from './mapping/invited.ts';
import type { Outcome } from './operations/batch.ts';
import { invitedOnly, sentOnly } from './operations/fields.ts';
import type { ItemVersion } from './operations/targets.ts';
import { inBatches } from './read-items.ts';
import { isRefused } from './refused.ts';

/** The ids of those of which it is known. Throws what concerns all of them. */
export async function neverSent(
  items: readonly Pick<ItemVersion, 'id'>[],
  asking: Asking,
): Promise<ReadonlySet<string>> {
  const mapping = { isPeculiar: isPeculiar(asking.client.quirks()) };
  const unsent = new Set<string>();
  const answers = await told(items, sentOnly, asking);
  for (const [index, { id }] of items.entries()) {
    let answer = answers[index];
    // Some refuse an item for the sake of a property that they do not know.
    if (answer && 'failure' in answer && isRefused(answer.failure))
      [answer] = await told([{ id }], invitedOnly, asking);
    if (answer && 'value' in answer && isNeverSent(answer.value, mapping)) unsent.add(id);
    if (answer && 'failure' in answer && !isItsOwn(answer.failure)) throw answer.failure;
  }
  return unsent;
}

type Asking = Parameters<typeof inBatches>[1];

async function told(
  items: readonly Pick<ItemVersion, 'id'>[],
  shape: () => DocumentElement,
  asking: Asking,
): Promise<readonly Outcome<XmlElement>[]> {
  const refs = items.map(({ id }) => ({ id }));
  return await inBatches(refs, asking, shape).catch((error: unknown) => {
    const failure = failureFrom(error);
    if (!isRefused(failure)) throw failure;
    return items.map(() => ({ failure }));
  });
}

/** What cannot be read may be deleted all the same, and then as a meeting that was sent. */
function isItsOwn(failure: RemoteFailure): boolean {
  return failure.class === 'gone' || failure.class === 'poison' || isRefused(failure);
}
