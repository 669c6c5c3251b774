/** A started server with three people, and browsers and phones that speak to it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import type { Principal } from '../../src/core/principal.ts';
import { silentLog } from '../../src/observability/log.ts';
import type { Api, ApiError, RouteName } from '../../src/portal/api.ts';
import type { ExchangeDesk } from '../../src/portal/exchange/desk.ts';
import { operator } from '../../src/service/access.ts';
import { createPerson } from '../../src/service/people/people.ts';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Body;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

export interface World {
  readonly app: App;
  readonly url: string;
  readonly anna: Principal;
  readonly boris: Principal;
  readonly root: Principal;
  /** The set-up address that the start has shown. */
  readonly setUpToken: string;
  readonly ask: (method: string, path: string, asked?: Asked) => Promise<Answer<unknown>>;
  /** CalDAV as a phone speaks it. */
  readonly dav: (who: string, method: string, path: string, asked?: Asked) => Promise<Answer<unknown>>;
  readonly browser: () => Browser;
  /** A browser in which somebody has signed in. */
  readonly signedIn: (name: string) => Promise<Browser>;
  /** The server is stopped and started on the same data, on another port. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const passwordOf = (name: string): string => `${name} has a secret`;

export async function openWorld(
  settings: Readonly<Record<string, string>> = {},
  exchange?: ExchangeDesk,
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'portcal-portal-'));
  const flags = Object.entries({ data: folder, port: '0', ...settings }).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const { settings: loaded } = await loadSettings({ argv: flags, env: {}, readFile: () => '' });
  const given = { env: {}, ...(exchange && { exchange }) };
  let app = await startApp(loaded, silentLog, given);
  const person = (name: string, isAdmin = false): Promise<Principal> =>
    createPerson(app.services, operator(), {
      name,
      displayName: name.toUpperCase(),
      addresses: [`${name}@example.com`],
      password: passwordOf(name),
      timeZone: 'Europe/Stockholm',
      isAdmin,
    });
  const [anna, boris, root] = [await person('anna'), await person('boris'), await person('root', true)];
  const ask = (method: string, path: string, asked: Asked = {}): Promise<Answer<unknown>> =>
    http(app.url, method, path, asked);
  const world: World = {
    get app() {
      return app;
    },
    get url() {
      return app.url;
    },
    anna,
    boris,
    root,
    setUpToken: /setup\?token=(\S+)/.exec(app.notice.join('\n'))?.[1] ?? '',
    ask,
    dav: (who, method, path, { headers, body } = {}) => {
      const basic = Buffer.from(`${who}:${passwordOf(who)}`).toString('base64');
      return ask(method, path, {
        headers: { Authorization: `Basic ${basic}`, ...headers },
        ...(body !== undefined && { body }),
      });
    },
    browser: () => new Browser(ask),
    async signedIn(name) {
      const browser = new Browser(ask);
      await browser.ok('POST /session', { body: { name, password: passwordOf(name) } });
      return browser;
    },
    async restart() {
      await app.stop();
      app = await startApp(loaded, silentLog, given);
    },
    async close() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

export interface Parts<Name extends RouteName> {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Api[Name]['query'];
  readonly body?: Api[Name]['body'];
  readonly ifMatch?: string;
  /** Instead of those that the page sends. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly raw?: { readonly type: string; readonly bytes: string | Uint8Array };
}

/** Keeps its cookie, and sends what the page sends. */
export class Browser {
  cookie = '';
  private readonly ask: World['ask'];

  constructor(ask: World['ask']) {
    this.ask = ask;
  }

  async call<Name extends RouteName>(
    route: Name,
    parts: Parts<Name> = {},
  ): Promise<Answer<Api[Name]['answer']>> {
    const [method = 'GET', template = ''] = route.split(' ');
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(parts.path?.[name] ?? ''),
    );
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parts.query ?? {}))
      if (value !== undefined) query.set(name, String(value));
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    const body = parts.raw
      ? parts.raw.bytes
      : parts.body === undefined
        ? undefined
        : JSON.stringify(parts.body);
    const answer = await this.ask(method, `/api/v1${path}${search}`, {
      headers: {
        ...(this.cookie !== '' && { Cookie: this.cookie }),
        ...(method !== 'GET' && { 'X-Requested-With': 'portal' }),
        ...(body !== undefined && { 'Content-Type': parts.raw?.type ?? 'application/json' }),
        ...(parts.ifMatch !== undefined && { 'If-Match': parts.ifMatch }),
        ...parts.headers,
      },
      ...(body !== undefined && { body }),
    });
    const set = answer.headers['set-cookie'];
    if (set !== undefined) this.cookie = set.split(';', 1)[0] ?? '';
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is in truth is what the tests look at
    return answer as Answer<Api[Name]['answer']>;
  }

  /** The body of an answer that must be one. */
  async ok<Name extends RouteName>(route: Name, parts: Parts<Name> = {}): Promise<Api[Name]['answer']> {
    const { status, body, text } = await this.call(route, parts);
    assert.ok(status >= 200 && status < 300, `${route}: ${status} ${text}`);
    return body;
  }

  /** What is said to a call that must be refused. */
  async refused<Name extends RouteName>(
    route: Name,
    parts: Parts<Name> = {},
  ): Promise<{ readonly status: number } & ApiError> {
    const { status, body, text } = await this.call(route, parts);
    assert.ok(status >= 400 && status < 500, `${route}: ${status} ${text}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the OpenAPI test holds every refusal against its schema
    return { status, ...(body as unknown as ApiError) };
  }
}

function http(
  base: string,
  method: string,
  path: string,
  { headers, body }: Asked,
): Promise<Answer<unknown>> {
  const given = Object.fromEntries(Object.entries(headers ?? {}).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${base}${path}`, { method, headers: given, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        const isJson = answer.headers['content-type']?.includes('json') && text !== '';
        const status = answer.statusCode ?? 0;
        resolve({
          status,
          headers: Object.fromEntries(flat),
          text,
          body: isJson ? JSON.parse(text) : undefined,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Opens a world for a suite and closes it behind it. */
export function useWorld(
  settings: Readonly<Record<string, string>> = {},
  exchange?: ExchangeDesk,
): { readonly now: World } {
  let current: World | undefined;
  before(async () => {
    current = await openWorld(settings, exchange);
  });
  after(async () => {
    await current?.close();
  });
  return {
    get now() {
      assert.ok(current, 'the world is opened before the tests');
      return current;
    },
  };
}

export const event = (
  more: Partial<Api['POST /calendars/{id}/events']['body']> = {},
): Api['POST /calendars/{id}/events']['body'] => ({
  title: 'Meeting',
  start: { dateTime: '2026-11-04T09:15:00', zone: 'Europe/Stockholm' },
  end: { dateTime: '2026-11-04T10:00:00', zone: 'Europe/Stockholm' },
  ...more,
});

/** The first calendar for events that a person was given. */
export async function ownCalendar(browser: Browser): Promise<Api['GET /calendars/{id}']['answer']> {
  const { calendars } = await browser.ok('GET /calendars');
  const mine = calendars.filter(({ section, kind }) => section === 'mine' && kind === 'events');
  const own = mine.toSorted((one, other) => Number(one.id) - Number(other.id))[0];
  assert.ok(own);
  return own;
}

/** A meeting to which Boris has asked Anna, as a program stores it; `lines` come on top. */
export const invitation = (uid: string, lines: readonly string[] = []): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'SEQUENCE:3',
    'DTSTART;TZID=Europe/Berlin:20261103T100000',
    'DTEND;TZID=Europe/Berlin:20261103T110000',
    'SUMMARY:Review',
    'ORGANIZER;CN=Boris:mailto:boris@example.com',
    'ATTENDEE;CN="Anna, A";X-KEEP=yes;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:Anna@example.com',
    'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:carl@example.com',
    'X-UNKNOWN;X-P=1:stays',
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
