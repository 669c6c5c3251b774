/** What is asked of a server by tsdav, in Node and in a browser alike: nothing here is of one of them alone. */
import type * as TsDav from 'tsdav';
import { type Checks, demand } from '../checks.ts';
import { event } from '../objects.ts';

type Client = Awaited<ReturnType<typeof TsDav.createDAVClient>>;
type Calendar = TsDav.DAVCalendar;
type StoredObject = TsDav.DAVCalendarObject;

/** Where the walk begins, and as whom. */
export interface TsdavStart {
  readonly url: string;
  readonly homeUrl: string;
  readonly name: string;
  readonly password: string;
}

/** Discovery, a calendar of its own, objects, conditions, synchronisation; leaves nothing behind. */
export async function walkByTsdav(
  library: Pick<typeof TsDav, 'createDAVClient'>,
  { url, homeUrl, name, password }: TsdavStart,
  checks: Checks,
): Promise<void> {
  const client = await checks.attempt('principal and home are discovered at log-in', () =>
    library.createDAVClient({
      serverUrl: url,
      credentials: { username: name, password },
      authMethod: 'Basic',
      defaultAccountType: 'caldav',
    }),
  );
  if (client === undefined) return;
  const id = crypto.randomUUID();
  const calendar = await makeAndFindCalendar(client, new URL(`tsdav-${id}/`, homeUrl).href, checks);
  if (calendar === undefined) return;
  const object = await createAndFetch(client, calendar, id, checks);
  if (object !== undefined) await changeAndSynchronise(client, calendar, object, id, checks);
  await checks.attempt('the calendar is deleted', async () => {
    const { ok, status } = await client.deleteObject({ url: calendar.url });
    demand(ok, `status ${status}`);
  });
}

async function makeAndFindCalendar(
  client: Client,
  url: string,
  checks: Checks,
): Promise<Calendar | undefined> {
  await checks.attempt('a calendar is made (MKCALENDAR)', async () => {
    const answers = await client.makeCalendar({ url, props: { displayname: 'tsdav' } });
    const bad = answers.find(({ status }) => status >= 300);
    demand(bad === undefined, `status ${bad?.status}`);
  });
  return checks.attempt('the calendars are listed, with the new one', async () => {
    const found = (await client.fetchCalendars()).find((one) => one.url === url);
    demand(found !== undefined, `${url} is missing`);
    return found;
  });
}

async function createAndFetch(
  client: Client,
  calendar: Calendar,
  id: string,
  checks: Checks,
): Promise<StoredObject | undefined> {
  const fetched = async (
    options: Omit<Parameters<Client['fetchCalendarObjects']>[0], 'calendar'>,
  ): Promise<StoredObject> => {
    const objects = await client.fetchCalendarObjects({ calendar, ...options });
    const ours = objects.find(({ data }) => String(data).includes(id));
    demand(ours !== undefined, `${objects.length} objects, ours is not among them`);
    return ours;
  };
  await checks.attempt('an object is created', async () => {
    const iCalString = event(id, 'One', '20300304T100000Z', ['RRULE:FREQ=WEEKLY;COUNT=4']);
    const { ok, status } = await client.createCalendarObject({ calendar, filename: `${id}.ics`, iCalString });
    demand(ok, `status ${status}`);
  });
  const object = await checks.attempt('objects are fetched', () => fetched({}));
  await checks.attempt('a series is found by the range of its third instance', () =>
    fetched({ timeRange: { start: '2030-03-18T00:00:00Z', end: '2030-03-19T00:00:00Z' } }),
  );
  await checks.attempt('a series comes expanded into its instances', async () => {
    const timeRange = { start: '2030-03-01T00:00:00Z', end: '2030-04-01T00:00:00Z' };
    const data = String((await fetched({ expand: true, timeRange })).data);
    const instances = data.split('BEGIN:VEVENT').length - 1;
    demand(instances === 4 && !data.includes('RRULE'), `${instances} instances: ${data}`);
  });
  return object;
}

async function changeAndSynchronise(
  client: Client,
  calendar: Calendar,
  object: StoredObject,
  id: string,
  checks: Checks,
): Promise<void> {
  const update = (summary: string): Promise<Response> =>
    client.updateCalendarObject({
      calendarObject: { ...object, data: event(id, summary, '20300304T100000Z') },
    });
  const before = (await client.fetchCalendars()).find(({ url }) => url === calendar.url);
  await checks.attempt('ctag and sync token are there', async () => {
    demand(
      Boolean(before?.ctag && before.syncToken),
      JSON.stringify({ ctag: before?.ctag, token: before?.syncToken }),
    );
  });
  await checks.attempt('an object is updated (If-Match)', async () => {
    const { ok, status } = await update('Two');
    demand(ok, `status ${status}`);
  });
  await checks.attempt('a stale update is refused with 412', async () => {
    const { status } = await update('Three');
    demand(status === 412, `status ${status}`);
  });
  await checks.attempt('a sync from the earlier token sees the change', async () => {
    const { objects } = await client.smartCollectionSync({
      collection: { ...calendar, ...before, objects: [object], objectMultiGet: client.calendarMultiGet },
      method: 'webdav',
      detailedResult: true,
    });
    const { created, updated, deleted } = objects;
    const counts = `${created.length} created, ${updated.length} updated, ${deleted.length} deleted`;
    demand(created.length + updated.length === 1 && deleted.length === 0, counts);
  });
  await checks.attempt('an object is deleted', async () => {
    const [fresh] = await client.fetchCalendarObjects({ calendar });
    demand(fresh !== undefined, 'it is gone already');
    const { ok, status } = await client.deleteCalendarObject({ calendarObject: fresh });
    demand(ok, `status ${status}`);
  });
}
