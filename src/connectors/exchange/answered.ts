/** What is answered: a meeting, or one occurrence of it. */
import { RemoteFailure } from '../failure.ts';
import type { Response } from '../remote.ts';
import { findOccurrences } from './find-occurrence.ts';
import { hasOccurrence, occurrenceRef, walkedSeries } from './mapping/occurrences.ts';
import type { ItemVersion } from './operations/targets.ts';
import type { Reading } from './read-items.ts';

export async function answered({ id, version, instance }: Response, reading: Reading): Promise<ItemVersion> {
  if (instance === undefined) return { id, version };
  const { key, of } = instance;
  const notThere = new RemoteFailure(
    'conflict',
    'occurrence-not-found',
    'the series has no such occurrence there',
  );
  const series = walkedSeries(of);
  if (series === undefined || !hasOccurrence(series, key))
    throw new RemoteFailure('ours', 'occurrence-beside-rule', 'Exchange has no such occurrence');
  const ref = occurrenceRef(series, key, of.excluded, reading.mapping());
  const found = (await findOccurrences(id, [ref], reading)).get(key);
  if (found === undefined || 'deleted' in found) throw notThere;
  if ('failure' in found) throw found.failure;
  if (!('id' in found.item)) throw notThere;
  return { id: found.item.id, version: found.item.version ?? '' };
}
