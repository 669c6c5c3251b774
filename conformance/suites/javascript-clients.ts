import { type Checks, demand } from '../checks.ts';
import { moduleUrl } from '../install.ts';
import { event } from '../objects.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove, type Target } from '../target.ts';

/** The parts of the packages that are used here. */
interface TsCaldav {
  readonly CalDAVClient: {
    readonly create: (options: {
      baseUrl: string;
      auth: { type: 'basic'; username: string; password: string };
    }) => Promise<TsCaldavClient>;
  };
}
interface TsCaldavClient {
  readonly getCalendars: () => Promise<readonly { url: string }[]>;
  readonly createEvent: (calendar: string, event: object) => Promise<{ uid: string; href: string }>;
  readonly updateEvent: (calendar: string, event: object) => Promise<{ etag: string }>;
  readonly getEvents: (
    calendar: string,
    range: { start: Date; end: Date },
  ) => Promise<readonly TsCaldavEvent[]>;
  readonly syncChanges: (
    calendar: string,
    ctag: string | undefined,
    known: readonly object[],
  ) => Promise<{ newEvents: readonly string[]; deletedEvents: readonly string[]; newCtag: string }>;
  readonly deleteEvent: (calendar: string, uid: string) => Promise<void>;
}
interface TsCaldavEvent {
  readonly uid: string;
  readonly summary: string;
  readonly href: string;
  readonly etag: string;
}

interface DavLibrary {
  readonly Credentials: new (options: { username: string; password: string }) => object;
  readonly transport: { readonly Basic: new (credentials: object) => object };
  readonly createAccount: (options: object) => Promise<{ calendars: DavCalendar[] }>;
  readonly createCalendarObject: (calendar: DavCalendar, options: object) => Promise<unknown>;
  readonly syncCalendar: (calendar: DavCalendar, options: object) => Promise<DavCalendar>;
  readonly deleteCalendarObject: (object: object, options: object) => Promise<unknown>;
}
interface DavCalendar {
  readonly url: string;
  readonly objects: readonly { readonly calendarData: string }[];
}

interface WebDavLibrary {
  readonly createClient: (url: string, options: { username: string; password: string }) => WebDavClient;
}
interface WebDavClient {
  readonly createDirectory: (path: string, options: { recursive: boolean }) => Promise<void>;
  readonly putFileContents: (path: string, text: string) => Promise<boolean>;
  readonly getFileContents: (path: string, options: { format: 'text' }) => Promise<string>;
  readonly getDirectoryContents: (path: string) => Promise<readonly { basename: string }[]>;
  readonly lock: (path: string) => Promise<{ token: string }>;
  readonly unlock: (path: string, token: string) => Promise<void>;
  readonly moveFile: (from: string, to: string) => Promise<void>;
  readonly deleteFile: (path: string) => Promise<void>;
}

/** Libraries of npm that web programs speak CalDAV and WebDAV with, each in its own manner. */
export const javascriptClients: Suite = {
  name: 'javascript-clients',
  about: 'the npm packages ts-caldav, dav and webdav: discovery, objects, synchronisation, files and locks',
  limitSeconds: 180,
  modules: ['ts-caldav', 'dav', 'webdav'],

  async run({ target, checks }) {
    const calendar = await makeCalendar(target, `javascript-${Date.now().toString(36)}`);
    await withTsCaldav(target, checks, new URL(calendar).pathname);
    await withDav(target, checks, calendar);
    await withWebdav(target, checks);
    await remove(target, calendar);
  },
};

async function withTsCaldav(target: Target, checks: Checks, calendar: string): Promise<void> {
  const { CalDAVClient }: TsCaldav = await import(moduleUrl('ts-caldav'));
  const { name: username, password } = target.account;
  const client = await checks.attempt('ts-caldav finds the home', () =>
    CalDAVClient.create({ baseUrl: new URL(target.url).origin, auth: { type: 'basic', username, password } }),
  );
  if (client === undefined) return;
  await checks.attempt('ts-caldav lists the calendar', async () => {
    const urls = (await client.getCalendars()).map(({ url }) => url);
    demand(urls.includes(calendar), urls.join(' '));
  });
  const start = new Date('2031-03-10T10:00:00Z');
  const end = new Date('2031-03-10T11:00:00Z');
  const found = async (): Promise<TsCaldavEvent> => {
    const [one] = await client.getEvents(calendar, { start, end });
    demand(one !== undefined, 'nothing is found');
    return one;
  };
  await checks.attempt('ts-caldav makes an event, and finds it', async () => {
    await client.createEvent(calendar, { start, end, summary: 'Möte', startTzid: 'Europe/Berlin' });
    demand((await found()).summary === 'Möte', 'it has another summary');
  });
  await checks.attempt('ts-caldav changes it', async () => {
    await client.updateEvent(calendar, { ...(await found()), start, end, summary: 'Ändrat' });
    demand((await found()).summary === 'Ändrat', 'it is as it was');
  });
  await checks.attempt('ts-caldav synchronises, deletes, and synchronises again', async () => {
    const { uid, href, etag } = await found();
    const { newEvents, newCtag } = await client.syncChanges(calendar, undefined, []);
    demand(newEvents.includes(href), newEvents.join(' '));
    await client.deleteEvent(calendar, uid);
    const { deletedEvents } = await client.syncChanges(calendar, newCtag, [{ href, etag }]);
    demand(deletedEvents.includes(href), deletedEvents.join(' '));
  });
}

async function withDav(target: Target, checks: Checks, url: string): Promise<void> {
  const loaded: { readonly default: DavLibrary } = await import(moduleUrl('dav'));
  const library = loaded.default;
  const { name: username, password } = target.account;
  const xhr = new library.transport.Basic(new library.Credentials({ username, password }));
  const account = await checks.attempt('dav finds the calendars and their objects', () =>
    library.createAccount({ server: `${new URL(target.url).origin}/`, xhr, loadObjects: true }),
  );
  const calendar = account?.calendars.find((one) => one.url === url);
  if (!checks.check('dav lists the calendar', calendar !== undefined) || calendar === undefined) return;
  const count = async (): Promise<number> => (await library.syncCalendar(calendar, { xhr })).objects.length;
  await checks.attempt('dav makes an object, and synchronises it', async () => {
    const data = event('javascript-dav', 'dav');
    await library.createCalendarObject(calendar, { xhr, filename: 'dav.ics', data });
    const objects = await count();
    demand(objects === 1, `${objects} objects`);
  });
  await checks.attempt('dav deletes it, and synchronises that', async () => {
    const [object] = calendar.objects;
    demand(object !== undefined, 'there is none');
    await library.deleteCalendarObject(object, { xhr });
    const objects = await count();
    demand(objects === 0, `${objects} objects`);
  });
}

async function withWebdav(target: Target, checks: Checks): Promise<void> {
  const { createClient }: WebDavLibrary = await import(moduleUrl('webdav'));
  const { name: username, password } = target.account;
  const client = createClient(target.filesUrl, { username, password });
  const file = '/javascript/deep/hö #1?.txt';
  await checks.attempt('webdav makes folders and a file, and reads it back', async () => {
    await client.createDirectory('/javascript/deep', { recursive: true });
    await client.putFileContents(file, 'hej');
    demand((await client.getFileContents(file, { format: 'text' })) === 'hej', 'it is another text');
  });
  await checks.attempt('webdav locks it, and unlocks it', async () => {
    const { token } = await client.lock(file);
    await client.unlock(file, token);
  });
  await checks.attempt('webdav moves it', async () => {
    await client.moveFile(file, '/javascript/moved.txt');
    const names = (await client.getDirectoryContents('/javascript')).map(({ basename }) => basename);
    demand(names.includes('moved.txt'), names.join(' '));
  });
  await checks.attempt('webdav deletes all of it', async () => {
    await client.deleteFile('/javascript');
    const names = (await client.getDirectoryContents('/')).map(({ basename }) => basename);
    demand(!names.includes('javascript'), names.join(' '));
  });
}
