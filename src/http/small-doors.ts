/** Answers that need neither protocol nor data: health, robots, the bare address, discovery. */
import { calendarScripts } from './cross-origin.ts';
import type { Door, DoorResponse, Route } from './door.ts';

const plain = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' } as const;

export interface SmallDoorOptions {
  /** `''` or `/a/b`. */
  readonly basePath: string;
  /** Where time zones are served, below the base path; absent: nowhere. */
  readonly timezones?: string | undefined;
  readonly ready: () => Promise<{ readonly ready: boolean; readonly why: string }>;
}

export function smallRoutes({ basePath, timezones, ready }: SmallDoorOptions): readonly Route[] {
  const reading = ['GET', 'HEAD'];
  return [
    {
      door: 'health',
      prefix: 'healthz',
      signIn: 'none',
      methods: reading,
      handle: answering(text(200, 'ok')),
    },
    {
      door: 'health',
      prefix: 'readyz',
      signIn: 'none',
      methods: reading,
      async handle() {
        const { ready: isReady, why } = await ready();
        return text(isReady ? 200 : 503, why);
      },
    },
    {
      door: 'robots',
      prefix: 'robots.txt',
      signIn: 'none',
      methods: reading,
      handle: answering(robots(basePath)),
    },
    {
      door: 'discovery',
      prefix: '.well-known',
      signIn: 'none',
      crossOrigin: calendarScripts,
      handle: wellKnown(basePath, timezones),
    },
    { door: 'welcome', prefix: '', signIn: 'none', methods: reading, handle: answering(welcome(basePath)) },
  ];
}

/**
 * Redirects with a path only: a scheme or host that the server makes up is what most often breaks set-up behind a proxy
 * (clients.md W6). For any method, with or without a slash at the end, and before sign-in, as it reveals nothing (RFC
 * 6764 §5).
 */
function wellKnown(basePath: string, timezones: string | undefined): Door {
  const places = new Map([['caldav', `${basePath}/dav/`]]);
  // RFC 7808 §4.2.1.3.
  if (timezones !== undefined) places.set('timezone', `${basePath}${timezones}`);
  return ({ target }) => {
    const place = places.get(/\/\.well-known\/([a-z]+)\/?(?:\?|$)/.exec(target)?.[1] ?? '');
    if (place === undefined) return Promise.resolve(text(404, 'nothing here'));
    return Promise.resolve({ status: 301, headers: { Location: place, 'Cache-Control': 'max-age=3600' } });
  };
}

/** Feeds may be fetched by robots: Google's calendar asks before it subscribes (clients.md demand 28). */
function robots(basePath: string): DoorResponse {
  return {
    status: 200,
    headers: { ...plain, 'Cache-Control': 'max-age=3600' },
    body: `User-agent: *\nAllow: ${basePath}/feed/\nDisallow: ${basePath}/\n`,
  };
}

/** For a person who types the address into a browser (clients.md demand 84). */
function welcome(basePath: string): DoorResponse {
  return text(
    200,
    `This is a calendar server.

To use it, add a CalDAV account in your calendar program, with this address, your login name and your password.
A program that wants the exact address gets the one you see now with ${basePath}/dav/ as its path.
`,
  );
}

function answering(answer: DoorResponse): Door {
  return () => Promise.resolve(answer);
}

export function text(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): DoorResponse {
  return { status, headers: { ...plain, ...headers }, body: `${body}\n` };
}
