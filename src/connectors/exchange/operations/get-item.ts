/** GetItem (exchange.md 14.2). */
import type { DocumentElement } from '../../../xml/document.ts';
import { xmlName } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { RemoteFailure } from '../../failure.ts';
import { isCalled } from '../wire/elements.ts';
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
    read(response, note) {
      const busy: RemoteFailure[] = [];
      const answers = outcomes(
        response,
        items.length,
        (failure) => busy.push(failure),
        ({ element }, index) => asAsked(itemsIn(element, 'Items')[0], items[index]),
      );
      // Where a part was answered, and nothing is said about waiting, there were only too many at once.
      const isPart = answers.some((answer) => 'value' in answer);
      for (const failure of busy) if (!isPart || failure.retryAfterMs !== undefined) note(failure);
      return answers;
    },
  };
}

function asAsked(item: XmlElement | undefined, asked: ItemRef | undefined): XmlElement {
  if (item === undefined) throw new RemoteFailure('poison', 'answer-without-item', 'an answer holds no item');
  if (asked === undefined || !('id' in asked)) return item;
  const told = idOf(item);
  if (told?.id === asked.id) return item;
  // Some name an occurrence like its series.
  if (told !== undefined && told.id === asked.of) return withId(item, asked.id);
  // Another item than the one asked for would be taken for it.
  throw new RemoteFailure('poison', 'answer-order', 'an answer is not the one to its question');
}

function withId(item: XmlElement, id: string): XmlElement {
  const children = item.children.map((child) =>
    isCalled(child, 'ItemId')
      ? { ...child, attributes: new Map([...child.attributes, [xmlName('', 'Id'), id]]) }
      : child,
  );
  return { ...item, children };
}
