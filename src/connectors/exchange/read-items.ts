/** Items read whole: with their changed occurrences, with addresses of the directory resolved (exchange.md 8.2, 11.2). */
import type { XmlElement } from '../../xml/reader.ts';
import { RemoteFailure } from '../failure.ts';
import type { ItemFailure, RemoteItem } from '../remote.ts';
import { readApart } from './ailing.ts';
import type { EwsClient } from './connection/client.ts';
import { readInstant } from './mapping/date-text.ts';
import type { Mapping } from './mapping/mapping.ts';
import { exceptionIds, readItem, unresolvedAddresses } from './mapping/read.ts';
import { itemFailure, type Outcome } from './operations/batch.ts';
import { resolveNames } from './operations/directory.ts';
import { calendarView } from './operations/find-item.ts';
import { getFolder } from './operations/folders.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemRef, idOf } from './operations/targets.ts';
import { textOf } from './wire/elements.ts';
import { codelessFault } from './wire/response.ts';

export interface Reading {
  readonly client: EwsClient;
  readonly folder: string;
  readonly batchSize: number;
  readonly signal: AbortSignal;
  readonly mapping: () => Mapping;
  /** Of `Mapping.directory`; grows. */
  readonly directory: Map<string, string>;
}

/** In the order asked. */
export async function readItems(
  ids: readonly string[],
  reading: Reading,
): Promise<readonly (RemoteItem | ItemFailure)[]> {
  const answers = await inBatches(
    ids.map((id) => ({ id })),
    reading,
  );
  const present = answers.flatMap((answer) => ('value' in answer ? [answer.value] : []));
  const exceptions = await exceptionsOf(present, reading);
  await resolveAddresses([...present, ...exceptions.values()], reading);
  const items: (RemoteItem | ItemFailure)[] = [];
  for (const [index, answer] of answers.entries()) {
    const id = ids[index] ?? '';
    items.push(
      'value' in answer
        ? await mapped(id, answer.value, exceptions, reading)
        : itemFailure(id, answer.failure),
    );
  }
  return items;
}

/** In the order asked; of an item over which the server stumbles that is told, as of any other that cannot be read. */
export async function inBatches(
  refs: readonly ItemRef[],
  { client, folder, batchSize, signal }: Pick<Reading, 'client' | 'folder' | 'batchSize' | 'signal'>,
  shape?: Parameters<typeof getItems>[1],
): Promise<readonly Outcome<XmlElement>[]> {
  const ask = (batch: readonly ItemRef[], isAgain: boolean): Promise<readonly Outcome<XmlElement>[]> =>
    client.call({ ...getItems(batch, shape), ...(isAgain && { tries: 1 }) }, signal);
  const isWell = (): Promise<boolean> =>
    client.call(getFolder({ id: folder }), signal).then(
      () => true,
      () => false,
    );
  const answers: Outcome<XmlElement>[] = [];
  for (let at = 0; at < refs.length; at += batchSize)
    answers.push(...(await readApart(refs.slice(at, at + batchSize), { ask, isWell })));
  return answers;
}

/** By id; one that cannot be read is left to the mapping, which knows its times from the series. */
async function exceptionsOf(
  items: readonly XmlElement[],
  reading: Reading,
): Promise<ReadonlyMap<string, XmlElement>> {
  const seriesOf = new Map(
    items.flatMap((item) => exceptionIds(item).map((id) => [id, idOf(item)?.id ?? ''] as const)),
  );
  const refs = [...seriesOf].map(([id, of]) => ({ id, of }));
  const answers = await inBatches(refs, reading);
  return new Map(
    refs.flatMap(({ id }, index) => {
      const answer = answers[index];
      if (answer === undefined) return [];
      if ('value' in answer) return [[id, answer.value] as const];
      const isItsOwn = answer.failure.class === 'gone' || answer.failure.class === 'poison';
      if (!isItsOwn) throw answer.failure;
      return [];
    }),
  );
}

async function mapped(
  id: string,
  item: XmlElement,
  exceptions: ReadonlyMap<string, XmlElement>,
  reading: Reading,
): Promise<RemoteItem | ItemFailure> {
  const own = exceptionIds(item).flatMap((each) => exceptions.get(each) ?? []);
  const mapping = reading.mapping();
  let result = readItem(item, own, mapping);
  if (result.kind === 'needs-occurrences')
    result = readItem(item, own, mapping, await occurrencesOf(item, reading));
  if (result.kind === 'item') return result.item;
  if (result.kind === 'ignored') {
    const text = 'the item is none that is shown';
    if (result.reason !== 'private') return itemFailure(id, new RemoteFailure('gone', result.reason, text));
    return { ...itemFailure(id, new RemoteFailure('withheld', result.reason, text)), uid: result.uid };
  }
  const reason = result.kind === 'unreadable' ? result.reason : 'recurrence-unreadable';
  return itemFailure(id, new RemoteFailure('poison', reason, 'the item cannot be read'));
}

const halfViewMs = 365 * 86_400_000;
/** A view tells some hundreds of all events of the calendar. */
const maxViews = 20;

/** Of a series whose pattern nobody here knows: as the server expands it, a year to both sides. */
async function occurrencesOf(
  item: XmlElement,
  { client, folder, signal }: Reading,
): Promise<readonly XmlElement[]> {
  const uid = textOf(item, 'UID');
  const now = client.now();
  const fields = ['calendar:Start', 'calendar:End', 'calendar:UID', 'calendar:CalendarItemType'];
  const found = new Map<string, XmlElement>();
  let from = now - halfViewMs;
  for (let views = 0; views < maxViews; views += 1) {
    const view = await client.call(calendarView(folder, from, now + halfViewMs, fields), signal);
    for (const each of view.items) {
      const isOwn =
        textOf(each, 'UID') === uid && textOf(each, 'CalendarItemType')?.trim() !== 'RecurringMaster';
      if (isOwn) found.set(textOf(each, 'Start') ?? '', each);
    }
    // The next one begins with the last of this, which may be of a busy minute.
    const last = readInstant(textOf(view.items.at(-1), 'Start') ?? '') ?? from;
    if (!view.isCut || last <= from) break;
    from = last;
  }
  return [...found.values()];
}

/** So many at once; the others when they are met again. */
const maxResolutions = 50;

async function resolveAddresses(items: readonly XmlElement[], reading: Reading): Promise<void> {
  const { client, directory, signal } = reading;
  for (const address of unresolvedAddresses(items, reading.mapping()).slice(0, maxResolutions)) {
    const entry = await client.call(resolveNames(address), signal).catch((error: unknown) => {
      // A directory that does not answer is no reason to leave events unread.
      if (!(error instanceof RemoteFailure)) throw error;
      if (error.class === 'poison' || error.class === 'ours') return undefined;
      // Some stumble over a question that they do not expect; over the next as well, each time after several tries.
      if (error.code === codelessFault) return null;
      throw error;
    });
    if (entry === null) return;
    // Itself, where nobody knows it: so that it is asked for once.
    directory.set(address, entry !== undefined && entry.address.includes('@') ? entry.address : address);
  }
}
