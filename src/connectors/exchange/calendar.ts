/** One calendar folder of one mailbox, as the engine sees it. */
import { instant } from '../../icalendar/time.ts';
import type { XmlElement } from '../../xml/reader.ts';
import { RemoteFailure } from '../failure.ts';
import type { Capabilities, ChangePage, Making, RemoteCalendar, RemoteHead } from '../remote.ts';
import { leavingNoCopy } from './answer-copies.ts';
import { answered } from './answered.ts';
import { only } from './carry-out.ts';
import type { EwsClient } from './connection/client.ts';
import { isPeculiar, takesStaleVersions } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { noteKept, noteTold } from './kept.ts';
import { readTime } from './mapping/date-text.ts';
import { makingOf } from './mapping/making.ts';
import type { Mapping } from './mapping/mapping.ts';
import { markerOf, searchedMarker } from './mapping/marker.ts';
import { dependsOnWindow, normalizeEvent } from './mapping/normalize.ts';
import { isAppointment } from './mapping/read.ts';
import { halving, itemFailure } from './operations/batch.ts';
import { idOnly, makingOnly, markerOnly } from './operations/fields.ts';
import { findByAttempt, findByMarker, findByUid, type ItemPage, listItems } from './operations/find-item.ts';
import { getItems } from './operations/get-item.ts';
import { type SyncPage, syncFolderItems } from './operations/sync-items.ts';
import { type FolderRef, type ItemRef, idOf } from './operations/targets.ts';
import { answerMeeting } from './operations/write-items.ts';
import { readBack } from './read-back.ts';
import { type Reading, readItems } from './read-items.ts';
import { isRefused } from './refused.ts';
import { textOf } from './wire/elements.ts';
import { clientFault } from './wire/response.ts';
import { createEvents, removeEvents, updateEvents } from './write-items.ts';

export interface CalendarOptions {
  readonly client: EwsClient;
  /** Id of the folder. */
  readonly folder: string;
  /** The default calendar of the mailbox. */
  readonly home: FolderRef;
  /** Where the mailbox keeps what was deleted. */
  readonly bin: FolderRef;
  readonly batchSize: number;
  readonly mapping: () => Mapping;
  readonly directory: Map<string, string>;
}

/** A restriction does not get longer than this. */
const maxMarkersAtOnce = 20;
/** Each may be kept in two ways. */
const maxUidsAtOnce = 10;
/** A listing longer than so many pages is that of a server which does not come to an end. */
const maxPages = 1000;

export function createCalendar(options: CalendarOptions): RemoteCalendar {
  const { client, folder, batchSize, mapping } = options;
  const reading = (signal: AbortSignal): Reading => ({ ...options, signal });

  /** All pages of a listing. */
  async function* pages(
    page: (offset: number) => ReturnType<typeof listItems>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly XmlElement[]> {
    let offset: number | undefined = 0;
    for (let count = 0; offset !== undefined && count < maxPages; count += 1) {
      const found: ItemPage = await client.call(page(offset), signal);
      yield found.items;
      offset = found.next;
    }
  }

  const markersBySearch = async (
    markers: readonly string[],
    found: Map<string, { id: string; version: string }>,
    signal: AbortSignal,
  ): Promise<void> => {
    for (let at = 0; at < markers.length; at += maxMarkersAtOnce) {
      const batch = markers.slice(at, at + maxMarkersAtOnce);
      for await (const items of pages((offset) => findByMarker(folder, batch, offset), signal)) {
        for (const item of items) {
          // Where one was asked for and the server does not show it, it has searched for it all the same.
          noteMarker(item, markerOf(item) ?? (batch.length === 1 ? (batch[0] ?? null) : null), batch, found);
        }
      }
    }
  };

  const markersByListing = async (
    markers: readonly string[],
    found: Map<string, { id: string; version: string }>,
    signal: AbortSignal,
  ): Promise<void> => {
    for await (const items of pages((offset) => listItems(folder, [], offset), signal)) {
      const ids = items.flatMap((item) => idOf(item)?.id ?? []);
      for (let at = 0; at < ids.length; at += batchSize) {
        const batch = ids.slice(at, at + batchSize).map((id) => ({ id }));
        const ask = (part: readonly ItemRef[]) => client.call(getItems(part, markerOnly), signal);
        for (const answer of await halving(batch, ask))
          if ('value' in answer) noteMarker(answer.value, markerOf(answer.value), markers, found);
      }
    }
  };

  return {
    capabilities: () => capabilitiesOf(client),
    batchSize,
    async changes(cursor, signal) {
      const page = await client.call(syncFolderItems(folder, cursor), signal).catch(aboutFolder);
      if (page.state === '')
        throw new RemoteFailure('transient', 'answer-without-state', 'the listing has no state');
      // One that neither brings anything nor moves on would be asked for without end.
      const isStuck = page.changes.length === 0 && page.state === cursor;
      return changePage({ ...page, last: page.last || isStuck });
    },
    async fetch(ids, signal) {
      const items = await readItems(ids, reading(signal));
      for (const item of items)
        if (!('failed' in item) && item.veiled !== true) noteTold(item.event, { client });
      return items;
    },
    async *listed(range, signal) {
      const fields = ['item:ItemClass', 'calendar:Start', 'calendar:End', 'calendar:CalendarItemType'];
      for await (const items of pages((offset) => listItems(folder, fields, offset), signal)) {
        const heads = items.filter(isAppointment).flatMap((item) => headOf(item) ?? []);
        // Of a series the first occurrence tells nothing about the last: it may have one in the range.
        yield heads.filter((head) => mayTouch(head, range.start, range.end));
      }
    },
    async findByMarker(markers, signal) {
      const found = new Map<string, { id: string; version: string }>();
      if (markers.length === 0) return found;
      if (client.quirks().noMarkerSearch !== true) {
        try {
          await markersBySearch(markers, found, signal);
          return found;
        } catch (error) {
          if (!isUnsearchable(failureFrom(error))) throw error;
          client.noteQuirks({ noMarkerSearch: true });
        }
      }
      await markersByListing(markers, found, signal);
      return found;
    },
    async findByUid(uids, signal) {
      const found: string[] = [];
      if (client.quirks().noUidSearch === true) return found;
      try {
        for (let at = 0; at < uids.length; at += maxUidsAtOnce) {
          const batch = uids.slice(at, at + maxUidsAtOnce);
          for await (const items of pages((offset) => findByUid({ id: folder }, batch, offset), signal))
            found.push(...items.flatMap((item) => idOf(item)?.id ?? []));
        }
      } catch (error) {
        if (!isUnsearchable(failureFrom(error))) throw error;
        client.noteQuirks({ noUidSearch: true });
      }
      return found;
    },
    async makings(ids, signal) {
      const makings = new Map<string, Making>();
      for (let at = 0; at < ids.length; at += batchSize) {
        const batch = ids.slice(at, at + batchSize).map((id) => ({ id }));
        const ask = (part: readonly ItemRef[]) => client.call(getItems(part, makingOnly), signal);
        const outcomes = await halving(batch, ask).catch(untold);
        for (const [index, outcome] of outcomes.entries()) {
          if ('value' in outcome) makings.set(batch[index]?.id ?? '', makingOf(outcome.value));
          else if (outcome.failure.class !== 'gone') untold(outcome.failure);
        }
      }
      return makings;
    },
    async discarded(marker, signal) {
      const page = await client
        .call(findByAttempt(options.bin, `${marker}.`), signal)
        .catch((error: unknown) => (isUnsearchable(failureFrom(error)) ? undefined : untold(error)));
      return page && 'items' in page ? page.items.map(makingOf) : [];
    },
    async create(items, window, signal) {
      const results = await createEvents(items, window, reading(signal));
      await noteKept(items, results, window, reading(signal));
      return results;
    },
    async update(items, window, signal) {
      const results = await updateEvents(items, window, reading(signal));
      return await readBack(items, results, window, reading(signal));
    },
    remove: (items, signal) => removeEvents(items, reading(signal)),
    async respond(response, signal) {
      const { id, version, answer } = response;
      try {
        const item = await answered(response, reading(signal));
        const isOther = isPeculiar(client.quirks());
        const send = () => client.call(answerMeeting(item, answer, isOther), signal);
        await (isOther && answer !== 'declined'
          ? leavingNoCopy(item, options.home, reading(signal), send)
          : send());
      } catch (error) {
        return itemFailure(id, failureFrom(error));
      }
      // The answer was sent; how the item looks now is worth a question, but no failure.
      const item = await client
        .call(getItems([{ id }], idOnly), signal)
        .then(only)
        .catch(() => undefined);
      return { id, version: idOf(item)?.version ?? version };
    },
    normalize: (event, window) => normalizeEvent(event, window, mapping()),
    dependsOnWindow: (event) => dependsOnWindow(event, mapping()),
  };
}

/** What a server does not know, it does not tell. */
function untold(error: unknown): [] {
  const failure = failureFrom(error);
  if (!isRefused(failure) && failure.class !== 'permission') throw failure;
  return [];
}

function capabilitiesOf(client: EwsClient): Capabilities {
  const quirks = client.quirks();
  return {
    conditionalWrite: !takesStaleVersions(quirks),
    instancesBumpSeries: quirks.silentOccurrences !== true,
    // Seen in the sources of one such server: answers to instances are refused.
    answersInstances: !isPeculiar(quirks),
    findByMarker: true,
    watch: true,
  };
}

/** Each id once, with what was said of it last. */
function changePage({ changes, state, last }: SyncPage): ChangePage {
  const latest = new Map(changes.map((change) => [change.id, change] as const));
  const changed: RemoteHead[] = [];
  const removed: string[] = [];
  for (const change of latest.values()) {
    if ('deleted' in change) removed.push(change.id);
    else if (!isAppointment(change.item))
      changed.push({ id: change.id, version: change.version, foreign: true });
    else changed.push({ ...headOf(change.item), id: change.id, version: change.version });
  }
  return { changed, removed, cursor: state, last };
}

function headOf(item: XmlElement): RemoteHead | undefined {
  const id = idOf(item);
  if (id === undefined) return undefined;
  const start = instantIn(item, 'Start');
  const end = instantIn(item, 'End');
  const type = textOf(item, 'CalendarItemType')?.trim();
  return {
    ...id,
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(type !== undefined && { recurring: type === 'RecurringMaster' }),
  };
}

function mayTouch({ start, end, recurring }: RemoteHead, from: number, to: number): boolean {
  if (recurring !== false || start === undefined || end === undefined)
    return start === undefined || start < to;
  return start < to && (end > from || start >= from);
}

function instantIn(item: XmlElement, local: string): number | undefined {
  const time = readTime(textOf(item, local) ?? '');
  return time !== undefined && 'at' in time ? instant(time.at) : undefined;
}

function noteMarker(
  item: XmlElement,
  marker: string | null,
  wanted: readonly string[],
  found: Map<string, { id: string; version: string }>,
): void {
  const id = idOf(item);
  const meant = wanted.find((each) => each === marker || searchedMarker(each) === marker);
  if (meant !== undefined && id !== undefined) found.set(meant, id);
}

/** Asked for the folder alone, "no such item" and "no such id" speak of the folder. */
function aboutFolder(error: unknown): never {
  const failure = failureFrom(error);
  const isMeant = failure.class === 'gone' || failure.code.startsWith('ErrorInvalidId');
  throw isMeant ? new RemoteFailure('folder-gone', failure.code, failure.message, { cause: error }) : failure;
}

function isUnsearchable({ code }: RemoteFailure): boolean {
  return code !== undefined && searchRefusals.has(code);
}

/** What servers say of a restriction that they cannot carry out. */
const searchRefusals: ReadonlySet<string> = new Set([
  'ErrorInvalidRestriction',
  'ErrorUnsupportedPathForQuery',
  'ErrorUnsupportedQueryFilter',
  'ErrorRestrictionTooComplex',
  'ErrorRestrictionTooLong',
  'ErrorQueryFilterTooLong',
  'ErrorContainsFilterWrongType',
  'ErrorNotImplemented',
  clientFault,
]);
