/** What somebody sees who opens a DAV address in a browser: what it is, and what to enter where (clients.md, demand 84). */
import type { DavResponse } from '../dav/response.ts';
import { escapeText } from '../xml/writer.ts';
import { homeHref, hrefOf } from './hrefs.ts';
import type { Context } from './world.ts';

export function helpPage(context: Context): DavResponse {
  return { status: 200, headers, body: helpText(context) };
}

/** Nothing of it names a calendar or a person but the reader. No scripts, no styles, no pictures; nothing may be loaded. */
export function helpText(context: Context): string {
  const server = context.dav.options.site.origins[0] ?? '';
  const account = context.actor.principal.name;
  const root = server + hrefOf(context, { at: 'context' });
  const home = server + homeHref(context, context.actor.principal);
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Calendar server</title></head>
<body>
<h1>This is a calendar server</h1>
<p>The address is for calendar programs, not for browsers. Enter it there:</p>
<dl>
<dt>Server (iPhone, Mac, Android, Thunderbird, Evolution, KDE)</dt><dd><code>${escapeText(root)}</code></dd>
<dt>User name</dt><dd><code>${escapeText(account)}</code></dd>
<dt>Address of your calendars, for programs that ask for it</dt><dd><code>${escapeText(home)}</code></dd>
</dl>
</body>
</html>
`;
}

const headers: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'private, no-store',
};
