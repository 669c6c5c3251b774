/**
 * Updates for servers that know only some properties, and refuse a whole change for the sake of one: each property by itself,
 * in a plainer form where that is refused as well. Whatever else was changed is there then.
 */
import type { DocumentElement } from '../../xml/document.ts';
import type { ContentField } from '../event.ts';
import type { RemoteFailure } from '../failure.ts';
import type { Untold } from '../remote.ts';
import { announced, isUnsaid, type Telling } from './announce.ts';
import { isPeculiar } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { setField } from './mapping/patch.ts';
import type { Send } from './mapping/plan.ts';
import type { Outcome } from './operations/batch.ts';
import type { ItemVersion } from './operations/targets.ts';
import { notedMailed, updateItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { isRefused } from './refused.ts';
import { make, t } from './wire/elements.ts';

type Change = DocumentElement;

/** What is written at once; of several forms the best one that the server takes. */
interface Piece {
  readonly forms: readonly (readonly Change[])[];
  /** Guests hear of it. */
  readonly isNews: boolean;
  /** Where no form of it is taken, what may be. */
  readonly apart: readonly Piece[];
}

/**
 * Of what is refused in any form the first failure is told, once all else is written. Guests are mailed once, with the last piece
 * that concerns them: all of them, as the pieces before it have told nobody. It is that of the people, as only then those hear of
 * it who are none of them any more. What they have not heard of is noted before it is written, for whoever finds it half done.
 * `tells`: they have not heard of what was there before.
 */
export async function inPieces(
  item: ItemVersion,
  changes: readonly Change[],
  send: Send,
  reading: Pick<Reading, 'client' | 'signal'> & Telling,
): Promise<Outcome<ItemVersion>> {
  const { client, signal, tells, noteUntold } = reading;
  let at = item;
  let failure: RemoteFailure | undefined;
  let noted: Untold | undefined;
  const note = async (mailedFrom: string | null, mailedWith?: ContentField): Promise<void> => {
    if (noted?.mailedFrom === mailedFrom && noted.mailedWith === mailedWith) return;
    noted = { mailedFrom, ...(mailedWith && { mailedWith }) };
    await noteUntold?.(noted);
  };
  /** Undefined: it was taken. */
  const mindful = async (
    whom: Send,
    write: () => Promise<Outcome<ItemVersion>>,
    field?: ContentField,
  ): Promise<RemoteFailure | undefined> => {
    const mails = whom !== 'none';
    // What mails before anything was silent is known by what it changes.
    if (mails && noted) await note(at.version, field);
    const outcome = await write();
    if ('value' in outcome) {
      at = outcome.value;
      if (mails) await noteUntold?.('told');
      return undefined;
    }
    // It was not carried out, though the version is another.
    if (mails && noted && isUnsaid(outcome.failure)) await note(null);
    return outcome.failure;
  };
  const written = (
    piece: readonly Change[],
    whom: Send,
    field?: ContentField,
    isNoted = isPeculiar(client.quirks()),
  ): Promise<RemoteFailure | undefined> => {
    const writing = async (all: readonly Change[]): Promise<Outcome<ItemVersion>> => {
      const operation = updateItems([{ item: at, changes: all }], whom, 'NeverOverwrite');
      const [outcome] = await client
        .call(operation, signal)
        .catch((error: unknown): readonly Outcome<ItemVersion>[] => [{ failure: failureFrom(error) }]);
      return outcome ?? { value: at };
    };
    const write = async (): Promise<Outcome<ItemVersion>> => {
      if (!isNoted || whom === 'none') return await writing(piece);
      const outcome = await writing([...piece, notedMailed(at.version)]);
      return 'failure' in outcome && isRefused(outcome.failure) ? await writing(piece) : outcome;
    };
    return mindful(whom, write, field);
  };
  /** News that nobody has been mailed of; none of it: what was there before. */
  let untold: readonly Change[] | undefined = tells ? [] : undefined;
  if (untold) await note(null);
  let left = piecesOf(changes);
  for (let [piece] = left; piece; [piece] = left) {
    left = left.slice(1);
    const isLast = piece.isNews && !left.some(({ isNews }) => isNews);
    const whom = isLast ? whomAfter(untold, send) : 'none';
    if (piece.isNews && !isLast && send !== 'none') await note(null);
    let refused: RemoteFailure | undefined;
    for (const form of piece.forms) {
      refused = form.length === 0 ? undefined : await written(form, whom, newsIn(form));
      if (refused && !isRefused(refused)) return { failure: refused };
      if (refused) continue;
      if (piece.isNews) untold = isLast ? undefined : form;
      break;
    }
    if (refused && piece.apart.length > 0) left = [...piece.apart, ...left];
    else failure ??= refused;
  }
  // The last one was refused: what was taken before is said once more, so that somebody hears of it.
  if (untold && send !== 'none') {
    const [form, whom] = [untold, whomAfter(untold, send)];
    const unsaid = await (form.length > 0
      ? written(form, whom, undefined, true)
      : mindful(whom, () => announced(at, reading)));
    failure ??= unsaid;
  }
  return failure ? { failure } : { value: at };
}

/** After news that nobody was told of, everybody is. */
function whomAfter(untold: unknown, send: Send): Send {
  return send === 'none' || untold === undefined ? send : 'all';
}

/** In this order. No change at all is one that can be done without. */
function piecesOf(changes: readonly Change[]): readonly Piece[] {
  const having = (fields: ReadonlySet<string>): readonly Change[] =>
    changes.filter((change) => fields.has(uriOf(change) ?? ''));
  const [times, people] = [having(timeFields), having(peopleFields)];
  const others = changes.filter((change) => !times.includes(change) && !people.includes(change));
  const plain = times.filter((change) => !zoneFields.has(uriOf(change) ?? ''));
  const alone = (change: Change): Piece => ({
    forms: [[change], ...instead(change)],
    isNews: concernsGuests(change),
    apart: [],
  });
  const singly = others.map(alone);
  return [
    ...singly.filter(({ isNews }) => !isNews),
    ...singly.filter(({ isNews }) => isNews),
    ...(times.length > 0 ? [{ forms: [times, plain], isNews: true, apart: [] }] : []),
    ...(people.length > 0 ? [{ forms: [people], isNews: true, apart: people.map(alone) }] : []),
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

function newsIn(form: readonly Change[]): ContentField | undefined {
  const uris = form.map((change) => uriOf(change) ?? '');
  if (uris.some((uri) => peopleFields.has(uri))) return 'people';
  if (uris.some((uri) => timeFields.has(uri))) return 'when';
  return uris.includes('calendar:Location') ? 'location' : undefined;
}

function concernsGuests(change: Change): boolean {
  const uri = uriOf(change) ?? '';
  return uri === 'calendar:Location' || peopleFields.has(uri);
}

const peopleFields: ReadonlySet<string> = new Set([
  'calendar:RequiredAttendees',
  'calendar:OptionalAttendees',
  'calendar:Resources',
]);

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
