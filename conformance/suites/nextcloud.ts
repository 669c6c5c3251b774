import { type Checks, demand } from '../checks.ts';
import { moduleUrl } from '../install.ts';
import { event } from '../objects.ts';
import type { Suite } from '../suite.ts';
import type { Target } from '../target.ts';

/** The parts of the packages that are used here. */
interface CdavLibrary {
  readonly default: new (options: { rootUrl: string }) => Client;
}
interface Client {
  readonly connect: (options: { enableCalDAV: boolean }) => Promise<void>;
  readonly currentUserPrincipal: { readonly principalUrl: string };
  readonly advertisedFeatures: readonly string[];
  readonly calendarHomes: readonly Home[];
  readonly principalPropertySearchByDisplaynameOrEmail: (
    text: string,
  ) => Promise<readonly { readonly displayname: string }[]>;
}
interface Home {
  readonly url: string;
  readonly findAllCalendars: () => Promise<readonly Calendar[]>;
  readonly createCalendarCollection: (
    name: string,
    color: string,
    components: readonly string[],
    order: number,
  ) => Promise<Calendar>;
}
interface Calendar {
  readonly url: string;
  displayname: string;
  color: string;
  readonly order: number;
  readonly components: readonly string[];
  readonly isWriteable: () => boolean;
  readonly createVObject: (data: string) => Promise<CalendarObject>;
  readonly findAllVObjects: () => Promise<readonly CalendarObject[]>;
  readonly findByType: (component: string) => Promise<readonly CalendarObject[]>;
  readonly findByTypeInTimeRange: (
    component: string,
    from: Date,
    to: Date,
  ) => Promise<readonly CalendarObject[]>;
  readonly calendarMultiget: (urls: readonly string[]) => Promise<readonly CalendarObject[]>;
  readonly update: () => Promise<void>;
  readonly delete: () => Promise<void>;
}
interface CalendarObject {
  readonly url: string;
  data: string;
  readonly etag: string;
  readonly update: () => Promise<void>;
  readonly delete: () => Promise<void>;
}

interface Jsdom {
  readonly JSDOM: new (html: string, options: { url: string }) => { readonly window: Browser };
}
interface Browser {
  readonly document: unknown;
  readonly XMLSerializer: unknown;
}
interface Xmldom {
  readonly DOMParser: new () => { parseFromString: (text: string, type: string) => object };
}
interface Xpath {
  readonly XPathResult: unknown;
  readonly evaluate: (
    path: string,
    node: unknown,
    resolver: { lookupNamespaceURI: unknown },
    type: number,
    result: null,
  ) => { iterateNext?: () => unknown };
}

/** The library of Nextcloud Calendar and Tasks; it sends `Depth: 0` with every request that has no other. */
export const nextcloud: Suite = {
  name: 'nextcloud',
  about: 'the CalDAV library of Nextcloud Calendar and Tasks: discovery, calendars, objects, searches',
  limitSeconds: 180,
  modules: ['@nextcloud/cdav-library@2', 'jsdom', '@xmldom/xmldom', 'xpath'],

  async run({ target, checks }) {
    await makeBrowser(target);
    const client = await connected(target, checks);
    const home = client?.calendarHomes[0];
    if (client === undefined || home === undefined) return;
    checks.check('it finds the home', new URL(home.url, target.url).href === target.homeUrl, home.url);
    checks.check('it is told of calendars', client.advertisedFeatures.includes('calendar-access'));
    const calendar = await checks.attempt('it makes a calendar', () =>
      home.createCalendarCollection('Nextcloud é', '#123456', ['VEVENT', 'VTODO'], 5),
    );
    if (calendar === undefined) return;
    const { displayname, color, order, components } = calendar;
    const made = [displayname, color.slice(0, 7), order, ...components].join(' ');
    checks.check('with all that it asked for', made === 'Nextcloud é #123456 5 VEVENT VTODO', made);
    await objects(calendar, checks);
    await checks.attempt('it renames it', async () => {
      calendar.displayname = 'Renamed';
      calendar.color = '#654321';
      await calendar.update();
      const found = (await home.findAllCalendars()).find(({ url }) => url === calendar.url);
      demand(found?.displayname === 'Renamed' && found.isWriteable(), found?.displayname ?? 'it is gone');
    });
    await checks.attempt('it deletes it', async () => {
      await calendar.delete();
      const urls = (await home.findAllCalendars()).map(({ url }) => url);
      demand(!urls.includes(calendar.url), urls.join(' '));
    });
    await checks.attempt('it looks for people', () =>
      client.principalPropertySearchByDisplaynameOrEmail(target.account.name),
    );
  },
};

async function connected(target: Target, checks: Checks): Promise<Client | undefined> {
  // The form for browsers; that for `require` asks for a package that has no such form.
  const library: CdavLibrary = await import(new URL('index.mjs', moduleUrl('@nextcloud/cdav-library')).href);
  const { name, password } = target.account;
  const root = Object.assign(new URL(target.url), { username: name, password });
  const client = new library.default({ rootUrl: root.href });
  return await checks.attempt('it connects', async () => {
    await client.connect({ enableCalDAV: true });
    return client;
  });
}

async function objects(calendar: Calendar, checks: Checks): Promise<void> {
  const text = event('nextcloud', 'Möte', '20310310T100000Z');
  const object = await checks.attempt('it makes an event', () => calendar.createVObject(text));
  if (object === undefined) return;
  await checks.attempt('it changes it', async () => {
    const before = object.etag;
    object.data = text.replace('Möte', 'Ändrat');
    await object.update();
    demand(object.etag !== '' && object.etag !== before, `${before} ${object.etag}`);
  });
  await checks.attempt('it finds it by its time', async () => {
    const day = [new Date('2031-03-10T00:00:00Z'), new Date('2031-03-11T00:00:00Z')] as const;
    const [found] = await calendar.findByTypeInTimeRange('VEVENT', ...day);
    demand(found?.data.includes('Ändrat') === true, found?.data ?? 'nothing is found');
  });
  await checks.attempt('it finds it among all, and no task', async () => {
    const counts = [(await calendar.findAllVObjects()).length, (await calendar.findByType('VTODO')).length];
    demand(counts.join(' ') === '1 0', counts.join(' '));
  });
  await checks.attempt('it asks for it by its address', async () => {
    const [found] = await calendar.calendarMultiget([object.url]);
    demand(found?.etag === object.etag, found?.etag ?? 'it is not there');
  });
  await checks.attempt('it deletes it', async () => {
    await object.delete();
    demand((await calendar.findAllVObjects()).length === 0, 'it is still there');
  });
}

/** What the library expects of a browser. XPath is taken from elsewhere: that of jsdom lacks functions. */
async function makeBrowser(target: Target): Promise<void> {
  const { JSDOM }: Jsdom = await import(moduleUrl('jsdom'));
  const { DOMParser }: Xmldom = await import(moduleUrl('@xmldom/xmldom'));
  const xpath: { readonly default: Xpath } = await import(moduleUrl('xpath'));
  const { window } = new JSDOM('', { url: target.url });
  class Parser {
    parseFromString(text: string, type: string): object {
      const evaluate = (path: string, node: unknown, resolve: unknown, kind: number): object => {
        const found = xpath.default.evaluate(path, node, { lookupNamespaceURI: resolve }, kind, null);
        const next = found.iterateNext?.bind(found);
        return Object.assign(found, { iterateNext: () => next?.() ?? null });
      };
      return Object.assign(new DOMParser().parseFromString(text, type), { evaluate });
    }
  }
  const { document, XMLSerializer } = window;
  const { XPathResult } = xpath.default;
  Object.assign(globalThis, { window, document, XMLSerializer, XPathResult, DOMParser: Parser });
}
