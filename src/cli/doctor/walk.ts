/**
 * `portcal doctor URL`: walks a calendar server as each client would, step by step, and says in words what such a client
 * would see and what most likely is wrong where a step fails (portal.md 3.11).
 */
import { OutboundError } from '../../outbound/error.ts';
import { apple, caldav, calendarserver, dav, type XmlName } from '../../xml/name.ts';
import { causeOf, unreachable } from './causes.ts';
import { type Client, xmlOf } from './client.ts';
import { hrefsIn, type Member, membersOf } from './multistatus.ts';
import type { Note, WalkStep } from './step.ts';
import { synchronize } from './synchronize.ts';

export interface SeenByPhone {
  readonly name: string;
  readonly href: string;
  readonly components: readonly string[];
  readonly color: string;
  readonly writable: boolean;
}

export interface Walked {
  readonly steps: readonly WalkStep[];
  readonly calendars: readonly SeenByPhone[];
}

const maxRedirects = 5;

/** Follows what a phone, a desktop program and an Android app do at set-up. Stops where nothing further can be asked. */
export async function walk(asker: Client, start: URL, hasCredentials: boolean): Promise<Walked> {
  const steps: WalkStep[] = [];
  let fact = '';
  const note: Note = (stage, as, what, ok, seen) => {
    steps.push({ stage, as, what, ok, seen, fact });
    return ok;
  };
  const client = noting(asker, (said) => (fact = said));
  const done = (calendars: readonly SeenByPhone[] = []): Walked => ({ steps, calendars });

  try {
    const found = await discover(client, start, note);
    if (!found) return done();
    await challenge(client, found, note);
    if (!hasCredentials) {
      note(
        'principal',
        'every client',
        'sign-in',
        true,
        'not tried: no user name was given (--user, --password-file)',
      );
      return done();
    }
    const principal = await principalOf(client, found, note);
    if (!principal) return done();
    await options(client, principal, note);
    const home = await homeOf(client, principal, note);
    if (!home) return done();
    const calendars = await listing(client, home, note);
    for (const { href, name } of calendars) await synchronize(client, new URL(href, home), name, note);
    return done(calendars);
  } catch (error) {
    note('calendars', 'every client', 'the server answers to the end', false, unreachable(error));
    return done();
  }
}

/** A client that reports the outcome of each request to `tell`. */
function noting({ ask, close }: Client, tell: (fact: string) => void): Client {
  return {
    close,
    async ask(asked) {
      const request = `${asked.method} ${asked.url.pathname}`;
      try {
        const answer = await ask(asked);
        tell(`${request}: ${answer.status}`);
        return answer;
      } catch (error) {
        tell(`${request}: ${error instanceof OutboundError ? error.message : 'failed'}`);
        throw error;
      }
    },
  };
}

/** `/.well-known/caldav` from the bare host name (RFC 6764 §5). */
async function discover(client: Client, start: URL, note: Note): Promise<URL | undefined> {
  const what = '/.well-known/caldav leads to the server';
  let url = new URL('/.well-known/caldav', start);
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const answer = await client.ask({
        ...propfind(url, 0, [dav('current-user-principal')]),
        anonymous: true,
      });
      const { location } = answer.headers;
      if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
        const next = new URL(location, url);
        if (url.protocol === 'https:' && next.protocol === 'http:') {
          note(
            'well-known',
            'iPhone',
            what,
            false,
            `${answer.status} leads to http: set publicUrl, or let the proxy keep the scheme`,
          );
          return undefined;
        }
        url = next;
        continue;
      }
      const ok = answer.status === 401 || answer.status === 207;
      const why = ok ? '' : `: ${causeOf(answer)}`;
      note('well-known', 'iPhone', what, ok, `${url.pathname} answers ${answer.status}${why}`);
      return ok ? url : undefined;
    }
    note('well-known', 'iPhone', what, false, `more than ${maxRedirects} redirects`);
  } catch (error) {
    note('well-known', 'iPhone', what, false, unreachable(error));
  }
  return undefined;
}

/** Each first request comes without credentials and must be answered 401 with the realm (clients.md W15). */
async function challenge(client: Client, root: URL, note: Note): Promise<void> {
  const realms = new Set<string>();
  for (const method of ['PROPFIND', 'OPTIONS', 'REPORT']) {
    const answer = await client.ask({ method, url: root, anonymous: true });
    if (answer.status === 401) realms.add(answer.headers['www-authenticate'] ?? '(none)');
    else realms.add(`${method} ${answer.status}`);
  }
  const [only = ''] = realms;
  const ok = realms.size === 1 && /^basic /i.test(only);
  note('challenge', 'iPhone', 'requests without sign-in are challenged alike', ok, [...realms].join('; '));
}

async function principalOf(client: Client, root: URL, note: Note): Promise<URL | undefined> {
  const principalName = dav('current-user-principal');
  const names = [principalName, dav('resourcetype'), dav('principal-collection-set')];
  const answer = await client.ask(propfind(root, 0, names));
  const href =
    answer.status === 207
      ? hrefsIn(membersOf(xmlOf(answer))[0]?.properties.get(principalName))[0]
      : undefined;
  const seen = href ?? causeOf(answer);
  note('principal', 'iPhone', 'sign-in finds the principal', href !== undefined, seen);
  return href === undefined ? undefined : new URL(href, root);
}

async function options(client: Client, principal: URL, note: Note): Promise<void> {
  const answer = await client.ask({ method: 'OPTIONS', url: principal });
  const classes = answer.headers['dav'] ?? '';
  const ok = answer.status < 300 && /^\s*1\s*(,|$)/.test(classes) && classes.includes('calendar-access');
  note(
    'options',
    'DAVx5',
    'OPTIONS on the principal names calendar-access, after 1',
    ok,
    `${answer.status} DAV: ${classes || '(none)'}`,
  );
}

async function homeOf(client: Client, principal: URL, note: Note): Promise<URL | undefined> {
  const [homeSet, addressSet] = [caldav('calendar-home-set'), caldav('calendar-user-address-set')];
  const names = [homeSet, addressSet, dav('displayname')];
  const answer = await client.ask(propfind(principal, 0, names));
  const member = answer.status === 207 ? membersOf(xmlOf(answer))[0] : undefined;
  const homes = hrefsIn(member?.properties.get(homeSet));
  note(
    'home',
    'iPhone',
    'the principal names exactly one calendar home',
    homes.length === 1,
    homes.join(' ') || causeOf(answer),
  );
  const addresses = hrefsIn(member?.properties.get(addressSet));
  const ok = addresses[0]?.startsWith('mailto:') ?? false;
  note(
    'home',
    'Thunderbird',
    'the person’s mail address comes first',
    ok,
    addresses.join(' ') || 'none: add one with --email',
  );
  return homes[0] === undefined ? undefined : new URL(homes[0], principal);
}

async function listing(client: Client, home: URL, note: Note): Promise<readonly SeenByPhone[]> {
  const names = [
    dav('resourcetype'),
    dav('displayname'),
    dav('current-user-privilege-set'),
    dav('supported-report-set'),
    dav('sync-token'),
    calendarserver('getctag'),
    apple('calendar-color'),
    caldav('supported-calendar-component-set'),
  ];
  const answer = await client.ask(propfind(home, 1, names));
  if (answer.status !== 207) {
    note('calendars', 'iPhone', 'the home lists calendars', false, causeOf(answer));
    return [];
  }
  const calendars = membersOf(xmlOf(answer)).filter(isCalendar);
  note(
    'calendars',
    'iPhone',
    'the home lists calendars',
    calendars.length > 0,
    `${calendars.length} calendars`,
  );
  for (const calendar of calendars) {
    const missing = [
      dav('sync-token'),
      calendarserver('getctag'),
      caldav('supported-calendar-component-set'),
    ].filter((name) => !calendar.properties.has(name));
    note(
      'calendars',
      'every client',
      `${calendar.href} can be polled`,
      missing.length === 0,
      missing.join(' ') || 'token, ctag and component set are there',
    );
  }
  return calendars.map(seenCalendar);
}

function propfind(url: URL, depth: 0 | 1, names: readonly XmlName[]): Parameters<Client['ask']>[0] {
  const prefixes: Readonly<Record<string, string>> = {
    'DAV:': 'D',
    'urn:ietf:params:xml:ns:caldav': 'C',
    'http://calendarserver.org/ns/': 'CS',
    'http://apple.com/ns/ical/': 'A',
  };
  const declared = Object.entries(prefixes).map(([namespace, prefix]) => ` xmlns:${prefix}="${namespace}"`);
  const asked = names.map((name) => {
    const [namespace = '', local = ''] = name.slice(1).split('}');
    return `<${prefixes[namespace] ?? 'D'}:${local}/>`;
  });
  const body = `<?xml version="1.0" encoding="utf-8"?><D:propfind${declared.join('')}><D:prop>${asked.join('')}</D:prop></D:propfind>`;
  return { method: 'PROPFIND', url, headers: { depth: String(depth) }, body };
}

function isCalendar({ properties }: Member): boolean {
  return (properties.get(dav('resourcetype'))?.children ?? []).some(
    ({ name }) => name === caldav('calendar'),
  );
}

function seenCalendar({ href, properties }: Member): SeenByPhone {
  const privileges = (properties.get(dav('current-user-privilege-set'))?.children ?? []).flatMap(
    ({ children }) => children.map(({ name }) => name),
  );
  return {
    name: properties.get(dav('displayname'))?.text ?? href,
    href,
    components: (properties.get(caldav('supported-calendar-component-set'))?.children ?? []).map(
      ({ attributes }) => attributes.get('{}name') ?? '',
    ),
    color: properties.get(apple('calendar-color'))?.text ?? '',
    writable: privileges.some(
      (name) => name === dav('write-content') || name === dav('write') || name === dav('all'),
    ),
  };
}
