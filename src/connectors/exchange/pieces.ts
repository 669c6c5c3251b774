/**
 * Updates for servers that know only some properties, and refuse a whole change for the sake of one: each property by itself,
 * in a plainer form where that is refused as well. Whatever else was changed is there then.
 */
import type { DocumentElement } from '../../xml/document.ts';
import type { RemoteFailure } from '../failure.ts';
import { failureFrom } from './connection/pool.ts';
import { setField } from './mapping/patch.ts';
import type { Send } from './mapping/plan.ts';
import type { Outcome } from './operations/batch.ts';
import type { ItemVersion } from './operations/targets.ts';
import { updateItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { make, t } from './wire/elements.ts';
import { clientFault } from './wire/response.ts';

type Change = DocumentElement;

/** Nothing of it has been done, and it would be refused again. */
export function isRefused({ code, class: kind }: RemoteFailure): boolean {
  return kind === 'ours' || code === clientFault;
}

/** Of what is refused in any form the first failure is told, once all else is written. */
export async function inPieces(
  item: ItemVersion,
  changes: readonly Change[],
  send: Send,
  { client, signal }: Reading,
): Promise<Outcome<ItemVersion>> {
  let at = item;
  let failure: RemoteFailure | undefined;
  const written = async (piece: readonly Change[], whom: Send): Promise<RemoteFailure | undefined> => {
    const operation = updateItems([{ item: at, changes: piece }], whom, 'NeverOverwrite');
    const [outcome] = await client
      .call(operation, signal)
      .catch((error: unknown): readonly Outcome<ItemVersion>[] => [{ failure: failureFrom(error) }]);
    if (outcome && 'value' in outcome) at = outcome.value;
    return outcome && 'failure' in outcome ? outcome.failure : undefined;
  };
  for (const forms of piecesOf(changes)) {
    const whom = forms[0]?.some(mattersToGuests) === true ? send : 'none';
    let refused: RemoteFailure | undefined;
    for (const form of forms) {
      refused = form.length === 0 ? undefined : await written(form, whom);
      if (!refused) break;
      if (!isRefused(refused)) return { failure: refused };
    }
    failure ??= refused;
  }
  return failure ? { failure } : { value: at };
}

/** Each piece in the forms in which it may be taken, the best one first; no change at all is one that can be done without. */
function piecesOf(changes: readonly Change[]): readonly (readonly (readonly Change[])[])[] {
  const times = changes.filter((change) => timeFields.has(uriOf(change) ?? ''));
  const others = changes.filter((change) => !times.includes(change));
  const plain = times.filter((change) => !zoneFields.has(uriOf(change) ?? ''));
  return [
    ...(times.length > 0 ? [[times, plain]] : []),
    ...others.map((change) => [[change], ...instead(change)]),
  ];
}

function instead(change: Change): readonly (readonly Change[])[] {
  const uri = uriOf(change);
  // What only helps servers that overlook things.
  if (uri === undefined) return [[]];
  if (change.name !== t('DeleteItemField')) return [];
  return [[setField(uri, make(uri.replace(/^.*:/, '')))]];
}

/** Undefined: a property that has no name of its own there. */
function uriOf({ content = [] }: Change): string | undefined {
  const [path] = content;
  return typeof path === 'object' ? path.attributes?.['FieldURI'] : undefined;
}

function mattersToGuests(change: Change): boolean {
  const uri = uriOf(change) ?? '';
  return timeFields.has(uri) || /:(?:Location|RequiredAttendees|OptionalAttendees|Resources)$/.test(uri);
}

const zoneFields: ReadonlySet<string> = new Set([
  'calendar:StartTimeZone',
  'calendar:EndTimeZone',
  'calendar:MeetingTimeZone',
]);

const timeFields: ReadonlySet<string> = new Set([
  ...zoneFields,
  'calendar:Start',
  'calendar:End',
  'calendar:IsAllDayEvent',
  'calendar:Recurrence',
]);
