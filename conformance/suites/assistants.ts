import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Checks, demand } from '../checks.ts';
import { moduleUrl } from '../install.ts';
import { event } from '../objects.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove, type Target } from '../target.ts';

/** The parts of the packages that are used here. */
interface McpLibrary {
  readonly Client: new (about: { name: string; version: string }) => McpClient;
}
interface McpClient {
  readonly connect: (transport: object) => Promise<void>;
  readonly close: () => Promise<void>;
  readonly callTool: (call: { name: string; arguments: object }) => Promise<{
    readonly content: readonly { readonly text: string }[];
    readonly isError?: boolean;
  }>;
}
interface McpTransport {
  readonly StdioClientTransport: new (options: object) => object;
}
interface Told {
  readonly uid: string;
  readonly summary: string;
  readonly location?: string;
  readonly status?: string;
}

interface Scrapegoat {
  readonly getCtag: () => Promise<{ readonly ctag: string }>;
  readonly getEtags: () => Promise<readonly { readonly ics: string; readonly etag: string }[]>;
  readonly getEvents: (known: readonly object[]) => Promise<readonly Scraped[]>;
  readonly getEventsByTime: (start: string, end?: string) => Promise<readonly Scraped[]>;
}
interface Scraped {
  readonly data: { readonly title: string; readonly start: Date };
}

/** Programs that keep a calendar for other programs: a tool of language models, and a reader for notice boards. */
export const assistants: Suite = {
  name: 'assistants',
  about:
    'caldav-mcp, a calendar for language models, through its tools, and scrapegoat, a reader for web pages',
  limitSeconds: 180,
  modules: ['caldav-mcp', 'scrapegoat'],

  async run({ target, checks }) {
    const calendar = await makeCalendar(target, `assistants-${Date.now().toString(36)}`);
    try {
      await withTools(target, checks, new URL(calendar).pathname);
      await withScrapegoat(target, checks, calendar);
    } finally {
      await remove(target, calendar);
    }
  },
};

/** The tools of a server of the Model Context Protocol, as an assistant calls them. */
async function withTools(target: Target, checks: Checks, calendarUrl: string): Promise<void> {
  // The protocol's library is what the package itself uses: its two sides are of one version.
  const library = createRequire(moduleUrl('caldav-mcp'));
  const { Client }: McpLibrary = library('@modelcontextprotocol/sdk/client/index.js');
  const { StdioClientTransport }: McpTransport = library('@modelcontextprotocol/sdk/client/stdio.js');
  const client = new Client({ name: 'conformance', version: '1' });
  const env = {
    PATH: process.env['PATH'],
    CALDAV_BASE_URL: new URL(target.url).origin,
    CALDAV_USERNAME: target.account.name,
    CALDAV_PASSWORD: target.account.password,
  };
  const args = [fileURLToPath(moduleUrl('caldav-mcp'))];
  const transport = new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' });
  const started = await checks.attempt('caldav-mcp starts, which takes its discovery', async () => {
    await client.connect(transport);
    return true;
  });
  if (started !== true) return;
  const call = async (name: string, given: object = {}): Promise<string> => {
    const { content, isError } = await client.callTool({ name, arguments: { calendarUrl, ...given } });
    const text = content[0]?.text ?? '';
    demand(isError !== true, `${name}: ${text}`);
    return text;
  };
  const march = { start: '2031-03-01T00:00:00Z', end: '2031-04-01T00:00:00Z' };
  const events = async (): Promise<readonly Told[]> => JSON.parse(await call('list-events', march));
  const tasks = async (): Promise<readonly Told[]> =>
    JSON.parse(await call('list-todos', { status: 'ALL' })).todos;
  try {
    await checks.attempt('it lists the calendar', async () => {
      const calendars: readonly { url: string }[] = JSON.parse(await call('list-calendars'));
      demand(
        calendars.some(({ url }) => url === calendarUrl),
        JSON.stringify(calendars),
      );
    });
    const times = { start: '2031-03-10T10:00:00Z', end: '2031-03-10T11:00:00Z' };
    const rule = { freq: 'WEEKLY', count: 3, byday: ['MO'] };
    const uid = await checks.attempt('it makes a series', () =>
      call('create-event', { ...times, summary: 'Möte; med, allt', recurrenceRule: rule }),
    );
    await checks.attempt('it changes it, and reads the change', async () => {
      await call('update-event', { uid, summary: 'Ändrat', location: 'Köket' });
      const [told] = await events();
      demand(told?.summary === 'Ändrat' && told.location === 'Köket', JSON.stringify(told));
    });
    await checks.attempt('it makes an event of a day, and finds it', async () => {
      const day = '2031-03-12T00:00:00Z';
      await call('create-event', { start: day, end: day, wholeDay: true, summary: 'heldag' });
      demand(
        (await events()).some(({ summary }) => summary === 'heldag'),
        'it is not found',
      );
    });
    await checks.attempt('it makes a task, and completes it', async () => {
      const task = await call('create-todo', { summary: 'köp mjölk', due: '2031-03-12T10:00:00Z' });
      await call('complete-todo', { uid: task });
      const [told] = await tasks();
      demand(told?.status === 'COMPLETED', JSON.stringify(told));
    });
    await checks.attempt('it deletes all of it', async () => {
      for (const told of await events()) await call('delete-event', { uid: told.uid });
      for (const told of await tasks()) await call('delete-todo', { uid: told.uid });
      demand((await events()).length + (await tasks()).length === 0, 'something is left');
    });
  } finally {
    await client.close();
  }
}

async function withScrapegoat(target: Target, checks: Checks, uri: string): Promise<void> {
  const loaded: { readonly default: new (config: object) => Scrapegoat } = await import(
    moduleUrl('scrapegoat')
  );
  const { name: user, password: pass } = target.account;
  const reader = new loaded.default({ auth: { user, pass }, uri });
  const series = event('scraped', 'Tavla', '20310310T100000Z', ['RRULE:FREQ=DAILY;COUNT=3']);
  const headers = { 'content-type': 'text/calendar', authorization: `Basic ${btoa(`${user}:${pass}`)}` };
  await fetch(`${uri}scraped.ics`, { method: 'PUT', headers, body: series });
  await checks.attempt('scrapegoat reads ctag and ETags, and the events that they name', async () => {
    const { ctag } = await reader.getCtag();
    const known = await reader.getEtags();
    const [told] = await reader.getEvents(known);
    demand(ctag !== '' && known.length === 1 && told?.data.title === 'Tavla', JSON.stringify(told));
  });
  await checks.attempt('it finds the instances of a time', async () => {
    const found = await reader.getEventsByTime('20310311T000000Z', '20310312T000000Z');
    demand(found.length > 0, `${found.length} events`);
  });
}
