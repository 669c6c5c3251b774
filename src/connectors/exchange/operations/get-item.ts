/** GetItem (exchange.md 14.2). */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { RemoteFailure } from '../../failure.ts';
import { message } from '../wire/names.ts';
import { itemsIn } from '../wire/response.ts';
import type { SchemaVersion } from '../wire/schema-version.ts';
import { type Outcome, outcomes } from './batch.ts';
import { wholeItem } from './fields.ts';
import type { Operation } from './operation.ts';
import { type ItemRef, idOf, itemElement } from './targets.ts';

export function getItems(
  items: readonly ItemRef[],
  shape: (version: SchemaVersion) => DocumentElement = wholeItem,
): Operation<readonly Outcome<XmlElement>[]> {
  return {
    name: 'GetItem',
    repeatable: true,
    body: (version) => message('GetItem', [shape(version), message('ItemIds', items.map(itemElement))]),
    read: (response, note) =>
      outcomes(response, items.length, note, ({ element }, index) => {
        const [item] = itemsIn(element, 'Items');
        const asked = items[index];
        if (item === undefined)
          throw new RemoteFailure('poison', 'answer-without-item', 'an answer holds no item');
        // Another item than the one asked for would be taken for it.
        if (asked !== undefined && 'id' in asked && idOf(item)?.id !== asked.id)
          throw new RemoteFailure('poison', 'answer-order', 'an answer is not the one to its question');
        return item;
      }),
  };
}
