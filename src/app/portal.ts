/**
 * Where the page stands among the doors. The page itself (page.ts) is a third of the program, and phones do without it: it
 * is loaded soon after the start, or when somebody asks for it before that.
 */
import type { Authenticator } from '../auth/authenticator.ts';
import type { Settings } from '../config.ts';
import { Refusal } from '../core/refusal.ts';
import type { Door, Route } from '../http/door.ts';
import type { Log } from '../observability/log.ts';
import type { ExchangeParts } from '../portal/exchange/desk.ts';
import { issueCode } from '../service/codes.ts';
import type { Services } from '../service/context.ts';
import type { Page } from './page.ts';

export interface PageParts {
  readonly settings: Settings;
  readonly services: Services;
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly basePath: string;
  /** What addresses begin with when nothing is set; known once the server listens. */
  readonly listening: () => string;
  readonly version: string;
  readonly testLdap: (() => Promise<string>) | undefined;
  readonly uptimeSeconds: () => number;
  readonly connectors: ExchangeParts;
}

export interface AppPortal {
  readonly routes: readonly Route[];
  /**
   * The page's address for a browser that sends a session cookie. The page itself checks whether that session is still
   * valid.
   */
  readonly pageFor: (cookie: string) => string | undefined;
  readonly stop: () => Promise<void>;
}

/** First segments of the paths that belong to the page; all others belong to CalDAV. */
const pagePaths = ['setup', 'c', 'connect', 'assets'];

/** The session cookie of portal/cookie.ts, whose code is loaded with the page: a start does not wait for it. */
const sessionCookie = /(?:^|;\s*)(?:__Host-)?portcal=[\w-]{43}(?:;|$)/;

/** In the first seconds after a start the phones come back; loading the page would slow them down. */
const loadAfterMs = 3_000;

export function createAppPortal(given: PageParts): AppPortal {
  let opened: Promise<Page> | undefined;
  const page = (): Promise<Page> =>
    (opened ??= import('./page.ts').then(({ createPage }) => createPage(given)));
  const door: Door = async (request) => await (await page()).handle(request);
  const soon = setTimeout(() => {
    page().catch((error: unknown) => given.log.failure('the page cannot be loaded', error));
  }, loadAfterMs);
  soon.unref();
  const reading = ['GET', 'HEAD'];
  return {
    async stop() {
      clearTimeout(soon);
      // If the page could not be loaded, there is nothing to stop.
      await (await opened?.catch(() => undefined))?.stop();
    },
    pageFor: (cookie) => (sessionCookie.test(cookie) ? `${given.basePath}/` : undefined),
    routes: [
      { door: 'portal', prefix: 'api', signIn: 'none', handle: door },
      { door: 'portal', prefix: '', signIn: 'none', methods: reading, handle: door },
      ...pagePaths.map((prefix): Route => ({ door: 'portal', prefix, signIn: 'none', handle: door })),
    ],
  };
}

const setUpMs = 3_600_000;

/** Lines with the set-up address, while nobody has ever signed in to the page; none where it cannot be kept. */
export async function setUpLines(services: Services, publicUrl: string): Promise<readonly string[]> {
  try {
    const url = await setUpAddress(services, publicUrl);
    return url === undefined ? [] : ['', `  Set-up in a browser  ${url}   (once, within an hour)`];
  } catch (error) {
    // A server starts on a full disk, too, and serves what is there.
    if (error instanceof Refusal && error.code === 'disk-full') return [];
    throw error;
  }
}

/** A new set-up address; undefined once somebody has signed in to the page. */
export async function setUpAddress(services: Services, publicUrl: string): Promise<string | undefined> {
  if (await services.storage.wasSignedIn()) return undefined;
  const { code } = await issueCode(services, { purpose: 'set-up', principal: null, lifeMs: setUpMs });
  return `${publicUrl}/setup?token=${code}`;
}
