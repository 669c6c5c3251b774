/** What a server does otherwise than documented, found by trying (exchange.md 14.4, 19.4). */
import { dayMs, localTime } from '../../icalendar/time.ts';
import type { DocumentElement } from '../../xml/document.ts';
import { only } from './carry-out.ts';
import type { EwsClient } from './connection/client.ts';
import { capabilitiesText } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { markerProperties } from './mapping/marker.ts';
import { type ExchangeRecurrence, recurrenceElement } from './mapping/pattern.ts';
import { serverTimeZones } from './operations/directory.ts';
import { field, idOnly } from './operations/fields.ts';
import { calendarView } from './operations/find-item.ts';
import { getFolder } from './operations/folders.ts';
import { getItems } from './operations/get-item.ts';
import type { Operation } from './operations/operation.ts';
import { getEvents, type Subscription, subscribe, unsubscribe } from './operations/subscriptions.ts';
import { syncFolderItems } from './operations/sync-items.ts';
import type { ItemVersion } from './operations/targets.ts';
import { createItems, deleteItems, updateItems } from './operations/write-items.ts';
import { make, makeText, textOf } from './wire/elements.ts';
import { message } from './wire/names.ts';
import { knows } from './wire/schema-version.ts';

/** A state that no server has ever given. */
const foreignState = 'bm90IGEgc3RhdGU=';

/** Whether a lost place in a listing starts it anew without a word, and whether zones are known by name; both only read. */
export async function probeStates(client: EwsClient, folder: string, signal: AbortSignal): Promise<void> {
  const silentRestart = await succeeds(client.call(syncFolderItems(folder, foreignState), signal));
  const hasZones =
    !knows(client.version(), 'Exchange2010') ||
    (await succeeds(client.call({ ...serverTimeZones(['UTC']), repeatable: false }, signal)));
  client.noteQuirks({ silentRestart, noServerTimeZones: !hasZones });
}

/** Only reads. `nobody`: the way to a mailbox that does not exist. */
export async function probeCapabilities(
  client: EwsClient,
  nobody: EwsClient | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  await probeStates(client, folder, signal);
  // How faults come is noted by the client: of a question that asks nothing, and of a mailbox that nobody has.
  client.noteQuirks({ faultsAsSuccess: undefined });
  await client.call(emptyQuestion, signal).catch(noAnswer);
  if (nobody) await nobody.call(getFolder({ distinguished: 'calendar' }), signal).catch(noAnswer);
  return capabilitiesText(client.quirks());
}

/** When nobody is free, seen in no view: valid by the schema, and yet no server has an answer to it but a fault. */
const emptyQuestion: Operation<void> = {
  name: 'GetUserAvailability',
  repeatable: false,
  body: () => message('GetUserAvailabilityRequest', [message('MailboxDataArray')]),
  read: () => undefined,
};

const farewellMs = 10_000;

/**
 * Creates, reads, changes and removes an item that nobody will see: private, free, without reminder, in the year 2000. Learns
 * from it whether old change keys are refused, and which subscriptions tell of it.
 */
export async function probeItem(client: EwsClient, folder: string, signal: AbortSignal): Promise<string> {
  const single = await subscribed(client, [folder], signal);
  const whole = await subscribed(client, 'all', signal);
  const created = only(await client.call(createItems(folder, [hiddenItem()]), signal));
  try {
    only(await client.call(getItems([{ id: created.id }], idOnly), signal));
    const changed = only(await change(client, created, 'second', signal));
    const again = await change(client, { ...changed, version: created.version }, 'third', signal);
    const weakChangeKey = again[0] !== undefined && 'value' in again[0];
    const heardSingle = await hears(client, single, signal);
    const heardWhole = await hears(client, whole, signal);
    client.noteQuirks({
      weakChangeKey,
      ...(heardSingle !== undefined && { wholeMailboxNotifications: !heardSingle && heardWhole === true }),
    });
    await probeView(client, folder, signal);
  } finally {
    // Also when the test was cancelled: nothing of it stays behind.
    const farewell = AbortSignal.timeout(farewellMs);
    await client.call(deleteItems([{ id: created.id }], 'none', 'HardDelete'), farewell);
    for (const subscription of [single, whole])
      if (subscription !== undefined)
        await client.call(unsubscribe(subscription.id), farewell).catch(() => undefined);
  }
  return 'CreateItem, GetItem, UpdateItem, DeleteItem';
}

/** Whether a view of some days has the occurrences of a series or the series itself: two days of one are made, and removed. */
async function probeView(client: EwsClient, folder: string, signal: AbortSignal): Promise<void> {
  const series = hiddenItem(recurrenceElement(twoDays, client.version()));
  const [made] = await client.call(createItems(folder, [series]), signal).catch(noAnswer);
  if (made === undefined || 'failure' in made) return;
  try {
    const view = calendarView(folder, hiddenDay - dayMs, hiddenDay + 3 * dayMs, [
      'calendar:CalendarItemType',
    ]);
    const { items } = await client.call(view, signal);
    const types = new Set(items.map((item) => textOf(item, 'CalendarItemType')?.trim()));
    if (types.has('Occurrence')) client.noteQuirks({ flatCalendarView: false });
    else if (types.has('RecurringMaster')) client.noteQuirks({ flatCalendarView: true });
  } catch (error) {
    noAnswer(error);
  } finally {
    const farewell = AbortSignal.timeout(farewellMs);
    await client.call(deleteItems([{ id: made.value.id }], 'none', 'HardDelete'), farewell);
  }
}

/** What could not be tried stays unknown. */
function noAnswer(error: unknown): readonly never[] {
  const failure = failureFrom(error);
  if (failure.class === 'cancelled') throw failure;
  return [];
}

const hiddenDay = localTime(Date.UTC(2000, 0, 3));
const twoDays: ExchangeRecurrence = {
  pattern: { every: 'day', interval: 1 },
  range: { start: hiddenDay, end: 'count', count: 2 },
};

function hiddenItem(recurrence?: DocumentElement): DocumentElement {
  return make('CalendarItem', [
    makeText('Subject', 'portcal connection test'),
    makeText('Sensitivity', 'Private'),
    makeText('ReminderIsSet', false),
    ...markerProperties('connection-test'),
    makeText('Start', '2000-01-03T00:00:00Z'),
    makeText('End', '2000-01-03T00:01:00Z'),
    makeText('IsAllDayEvent', false),
    makeText('LegacyFreeBusyStatus', 'Free'),
    ...(recurrence ? [recurrence] : []),
  ]);
}

function change(client: EwsClient, item: ItemVersion, location: string, signal: AbortSignal) {
  const update = make('SetItemField', [
    field('calendar:Location'),
    make('CalendarItem', [makeText('Location', location)]),
  ]);
  return client.call(updateItems([{ item, changes: [update] }], 'none', 'NeverOverwrite'), signal);
}

/** Undefined where there are no subscriptions. */
async function subscribed(
  client: EwsClient,
  folders: readonly string[] | 'all',
  signal: AbortSignal,
): Promise<Subscription | undefined> {
  const question = { ...subscribe('pull', folders), repeatable: false };
  return client.call(question, signal).catch(() => undefined);
}

async function hears(
  client: EwsClient,
  subscription: Subscription | undefined,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (subscription === undefined) return undefined;
  const news = await client.call(getEvents(subscription), signal).catch(() => undefined);
  return news === undefined ? undefined : news.folders.length > 0;
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    const failure = failureFrom(error);
    if (/^Error|^fault|^version|^http-(?:400|404|405|500|501)$/.test(failure.code)) return false;
    throw failure;
  }
}
