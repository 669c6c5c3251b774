/** What a server does otherwise than documented, found by trying (exchange.md 14.4, 19.4). */
import { only } from './carry-out.ts';
import type { EwsClient } from './connection/client.ts';
import { failureFrom } from './connection/pool.ts';
import { markerProperties } from './mapping/marker.ts';
import { serverTimeZones } from './operations/directory.ts';
import { field, idOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { getEvents, type Subscription, subscribe, unsubscribe } from './operations/subscriptions.ts';
import { syncFolderItems } from './operations/sync-items.ts';
import type { ItemVersion } from './operations/targets.ts';
import { createItems, deleteItems, updateItems } from './operations/write-items.ts';
import { make, makeText } from './wire/elements.ts';
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

/** Only reads. */
export async function probeCapabilities(
  client: EwsClient,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  await probeStates(client, folder, signal);
  const shown = Object.entries(client.quirks()).flatMap(([name, isSo]) => (isSo === true ? [name] : []));
  return shown.join(', ');
}

const farewellMs = 10_000;

/**
 * Creates, reads, changes and removes an item that nobody will see: private, free, without reminder, in the year 2000. Learns
 * from it whether old change keys are refused, and which subscriptions tell of it.
 */
export async function probeItem(client: EwsClient, folder: string, signal: AbortSignal): Promise<string> {
  const single = await subscribed(client, [folder], signal);
  const whole = await subscribed(client, 'all', signal);
  const created = only(await client.call(createItems(folder, [hiddenItem()], 'none'), signal));
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

function hiddenItem(): ReturnType<typeof make> {
  return make('CalendarItem', [
    makeText('Subject', 'portcal connection test'),
    makeText('Sensitivity', 'Private'),
    makeText('ReminderIsSet', false),
    ...markerProperties('connection-test'),
    makeText('Start', '2000-01-03T00:00:00Z'),
    makeText('End', '2000-01-03T00:01:00Z'),
    makeText('IsAllDayEvent', false),
    makeText('LegacyFreeBusyStatus', 'Free'),
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
