/** Every address that is shown to people or put into a program (portal.md 3.5, 3.6). Made from the public address only. */
import { encodeSegment } from '../core/name.ts';
import type { LinkAddresses } from './api.ts';

export interface Places {
  readonly davUrl: string;
  readonly wellKnownUrl: string;
  readonly principalUrl: string;
  readonly homeUrl: string;
  readonly server: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export function places(publicUrl: string, userName: string): Places {
  const url = new URL(publicUrl);
  const name = encodeSegment(userName);
  const secure = url.protocol === 'https:';
  return {
    davUrl: `${publicUrl}/dav/`,
    wellKnownUrl: `${url.origin}/.well-known/caldav`,
    principalUrl: `${publicUrl}/dav/principals/${name}/`,
    homeUrl: `${publicUrl}/dav/calendars/${name}/`,
    server: url.host,
    host: url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
  };
}

/** Longest decorative name; mail programs break long addresses. */
const maxFileName = 60;

export function linkAddresses(publicUrl: string, token: string, calendarName: string): LinkAddresses {
  const readable = calendarName
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  const name = encodeSegment(Array.from(readable).slice(0, maxFileName).join('') || 'calendar');
  const https = `${publicUrl}/feed/${token}/${name}.ics`;
  const webcal = https.replace(/^https?:/, 'webcal:');
  const subscribe = `url=${encodeURIComponent(https)}&name=${encodeURIComponent(calendarName)}`;
  return {
    https,
    webcal,
    google: `https://calendar.google.com/calendar/r?cid=${encodeURIComponent(webcal)}`,
    outlookWork: `https://outlook.office.com/calendar/0/addfromweb?${subscribe}`,
    outlookPrivate: `https://outlook.live.com/calendar/0/addfromweb?${subscribe}`,
  };
}

const davx5 =
  'package=at.bitfire.davdroid;component=at.bitfire.davdroid/at.bitfire.davdroid.ui.setup.LoginActivity';

/** Opens DAVx5 with server and user filled in (portal.md 5.1). */
export function davx5Intent(davUrl: string, userName: string): string {
  return `intent:#Intent;${davx5};S.url=${encodeURIComponent(davUrl)};S.username=${encodeURIComponent(userName)};end`;
}

/** Opens DAVx5 with its browser login flow, which begins at `entryUrl`. */
export function davx5Flow(entryUrl: string): string {
  const { protocol, host, pathname } = new URL(entryUrl);
  const scheme = protocol.replace(':', '');
  return `intent://${host}${pathname}#Intent;scheme=${scheme};${davx5};i.loginFlow=1;S.davPath=${encodeURIComponent('/dav/')};end`;
}
