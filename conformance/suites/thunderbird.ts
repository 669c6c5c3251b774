import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Checks, demand, sentenceOf } from '../checks.ts';
import { calendarType, dav, lastSegment, propfind, responsesOf, send } from '../dav.ts';
import { event, unfold } from '../objects.ts';
import { type SharedSetting, shareWith } from '../sharing.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove, type Target } from '../target.ts';
import { Thunderbird } from './thunderbird/program.ts';
import * as scripts from './thunderbird/scripts.ts';

/** Thunderbird without its windows, used through the interfaces that its windows use. */
export const thunderbird: Suite = {
  name: 'thunderbird',
  about:
    'Thunderbird: detection, editing both ways, restart, read-only calendar, one to contribute to, feed, free/busy',
  limitSeconds: 300,
  programs: [{ name: 'thunderbird', packages: ['thunderbird'] }],

  async run({ target, checks, outFolder, signal }) {
    const name = `thunderbird-${randomUUID().slice(0, 8)}`;
    await makeCalendar(target, name);
    const client = await Thunderbird.start(join(outFolder, 'thunderbird.log'));
    signal.addEventListener('abort', () => void client.stop());
    try {
      console.log(`Thunderbird ${await client.script<string>(scripts.version)}`);
      const found = await detection(client, target, name, checks);
      if (found === undefined) return;
      const session = await subscription(client, target, found, checks);
      await editing(session, checks);
      await tasks(session, found, checks);
      await changesFromElsewhere(session, checks);
      await deletion(session, checks);
      await restart(session, checks);
      await furtherCalendars(session, checks);
      await contribution(session, checks);
    } finally {
      await client.stop();
      await remove(target, new URL(`${name}/`, target.homeUrl).href);
    }
  },
};

/** The subscribed calendar seen from both sides: by Thunderbird's id and by its URL on the server. */
interface Session {
  readonly client: Thunderbird;
  readonly target: Target;
  readonly id: string;
  readonly url: string;
  readonly uid: (key: string) => string;
}

async function detection(
  client: Thunderbird,
  target: Target,
  name: string,
  checks: Checks,
): Promise<scripts.FoundCalendar | undefined> {
  const argument = {
    user: target.account.name,
    password: target.account.password,
    url: target.url,
    save: true,
    skip: ['ics'],
  };
  const found = await checks.attempt('detection from the address finds CalDAV calendars', () =>
    client.script<scripts.FoundCalendar[]>(scripts.detect, argument),
  );
  const caldav = found?.filter(({ provider }) => provider === 'caldav') ?? [];
  const ours = caldav.find(({ url }) => lastSegment(new URL(url).pathname) === name);
  const listed = caldav.map(({ url }) => url).join(' ');
  checks.check('the detected calendars include one made a moment ago', ours !== undefined, `only ${listed}`);
  const realms = await client.script<string[]>(scripts.savedRealms, { origin: new URL(target.url).origin });
  const saved = checks.check('credentials given at detection are saved', realms.length > 0, 'none are saved');
  if (ours !== undefined && !saved) await savePasswordOurselves(client, target, ours.url);
  return ours;
}

/** Lets the other steps go on when the server's first answer kept Thunderbird from saving the password. */
async function savePasswordOurselves(client: Thunderbird, target: Target, url: string): Promise<void> {
  const { headers } = await send(propfind(url, 0, '<d:resourcetype/>'));
  const realm = /realm="([^"]*)"/.exec(headers['www-authenticate'] ?? '')?.[1];
  if (realm === undefined) return;
  const { name: user, password } = target.account;
  await client.script(scripts.savePassword, { user, password, origin: new URL(target.url).origin, realm });
}

async function subscription(
  client: Thunderbird,
  target: Target,
  found: scripts.FoundCalendar,
  checks: Checks,
): Promise<Session> {
  const argument = { provider: 'caldav', url: found.url, name: found.name, user: target.account.name };
  const id = await client.script<string>(scripts.subscribe, argument);
  const seen = await client.script<scripts.Synchronised>(scripts.synchroniseCalendar, { id });
  const works = seen.result === 'load' && !seen.disabled;
  checks.check('the calendar is subscribed and synchronises a first time', works, JSON.stringify(seen));
  checks.check('the calendar is writable to the client (current-user-privilege-set)', !seen.readOnly);
  const run = randomUUID().slice(0, 8);
  return { client, target, id, url: found.url.replace(/\/?$/, '/'), uid: (key) => `tb-${key}-${run}` };
}

async function editing(session: Session, checks: Checks): Promise<void> {
  const { client, id, uid } = session;
  const details = ['LOCATION:Room 5', 'DESCRIPTION:line one\\nline two'];
  const add = (ics: string): Promise<string> =>
    client.script(scripts.addEvent, { id, event: /BEGIN:VEVENT[\s\S]*END:VEVENT/.exec(ics)?.[0] ?? '' });
  const arrives = async (key: string, pattern: RegExp): Promise<void> => {
    const data = await stored(session, uid(key));
    demand(pattern.test(data), data === '' ? 'it is not on the server' : data);
  };

  await checks.attempt('an event made in Thunderbird is on the server', async () => {
    await add(event(uid('one'), 'Zebra meeting', '20310305T100000Z', details));
    await arrives('one', /SUMMARY:Zebra meeting/);
  });
  await checks.attempt('a series made in Thunderbird is on the server', async () => {
    await add(event(uid('series'), 'Weekly series', '20310303T090000Z', ['RRULE:FREQ=WEEKLY;COUNT=6']));
    await arrives('series', /RRULE:FREQ=WEEKLY/);
  });
  await checks.attempt('a change made in Thunderbird reaches the server (If-Match)', async () => {
    await client.script(scripts.rename, { id, uid: uid('one'), title: 'Zebra moved' });
    await arrives('one', /SUMMARY:Zebra moved/);
  });
  await checks.attempt('a single changed instance is stored as an override', async () => {
    await client.script(scripts.moveSecondInstance, { id, uid: uid('series'), title: 'Moved once' });
    await arrives('series', /RECURRENCE-ID[\s\S]*Moved once|Moved once[\s\S]*RECURRENCE-ID/);
  });
}

async function tasks(session: Session, found: scripts.FoundCalendar, checks: Checks): Promise<void> {
  const { client, id, uid } = session;
  if (found.takesTasks === false) return checks.skip('tasks', 'the calendar takes events only');
  await checks.attempt('a task made in Thunderbird is on the server', async () => {
    await client.script(scripts.addTask, { id, uid: uid('task'), title: 'Buy milk' });
    demand((await stored(session, uid('task'))).includes('BEGIN:VTODO'), 'it is not on the server');
  });
  await checks.attempt('a task completed in Thunderbird is completed on the server', async () => {
    await client.script(scripts.completeTask, { id, uid: uid('task') });
    const data = await stored(session, uid('task'));
    demand(data.includes('STATUS:COMPLETED'), data);
  });
}

async function changesFromElsewhere(session: Session, checks: Checks): Promise<void> {
  const { client, id, uid } = session;
  const refreshed = (): Promise<scripts.SeenItem> =>
    client.script(scripts.synchroniseAndFind, { id, uid: uid('elsewhere') });
  const shows = async (title: string | null): Promise<void> => {
    const seen = await refreshed();
    demand(seen.title === title, JSON.stringify(seen));
  };
  await checks.attempt('an event made elsewhere appears after a refresh', async () => {
    await put(session, 'elsewhere', 'Made elsewhere', { 'If-None-Match': '*' });
    await shows('Made elsewhere');
  });
  await checks.attempt('an event changed elsewhere is updated after a refresh, text not ASCII', async () => {
    await put(session, 'elsewhere', 'Changed elsewhere höhö Ж');
    await shows('Changed elsewhere höhö Ж');
  });
  await checks.attempt('60 events made elsewhere all appear (multiget in batches)', async () => {
    for (let i = 0; i < 60; i++) await put(session, `many${i}`, `Many ${i}`, {}, '20310701T100000Z');
    const range = { from: '20310701T000000Z', to: '20310702T000000Z' };
    const seen = await client.script<{ result: string; count: number }>(scripts.synchroniseAndCount, {
      id,
      ...range,
    });
    demand(seen.count === 60, JSON.stringify(seen));
  });
  await checks.attempt('an event deleted elsewhere disappears after a refresh', async () => {
    const url = `${session.url}${uid('elsewhere')}.ics`;
    await send({ method: 'DELETE', url, as: session.target.account });
    await shows(null);
  });
  await checks.attempt('the series has six instances, one of them moved', async () => {
    const range = { from: '20310301T000000Z', to: '20310501T000000Z' };
    const starts = await client.script<string[]>(scripts.instanceStarts, {
      id,
      uid: uid('series'),
      ...range,
    });
    demand(starts.length === 6 && starts.some((start) => start.includes('T15')), starts.join(' '));
  });
}

async function deletion(session: Session, checks: Checks): Promise<void> {
  const { client, id, uid } = session;
  await checks.attempt('an event deleted in Thunderbird is gone from the server', async () => {
    await client.script(scripts.deleteItem, { id, uid: uid('one') });
    demand((await stored(session, uid('one'))) === '', 'it is still there');
  });
}

async function restart(session: Session, checks: Checks): Promise<void> {
  const { client, id, uid } = session;
  await client.restart();
  await put(session, 'later', 'While closed');
  const seen = await client.script<scripts.SeenItem>(scripts.synchroniseAndFind, { id, uid: uid('later') });
  const claim = 'after a restart the saved account synchronises without asking for the password';
  checks.check(claim, seen.title === 'While closed', JSON.stringify(seen));
}

/** What needs a second person and a feed address, which we can only arrange on a portcal of our own. */
async function furtherCalendars({ client, target }: Session, checks: Checks): Promise<void> {
  const claims = {
    feed: 'a subscription by feed address shows its events',
    readOnly: 'a calendar that may only be read is read-only in the client',
    freeBusy: "another person's free/busy times are shown",
  };
  if (target.portcal === undefined) {
    for (const claim of Object.values(claims)) checks.skip(claim, 'needs a server that we may administer');
    return;
  }
  let shared: SharedSetting;
  try {
    shared = await shareWith(target);
  } catch (error) {
    checks.check('a second person shares a calendar for reading', false, sentenceOf(error));
    return;
  }
  const { name: user, password } = target.account;
  await checks.attempt(claims.feed, async () => {
    const argument = { user, password, url: shared.feedUrl, save: false, skip: ['caldav'] };
    const [feed] = await client.script<scripts.FoundCalendar[]>(scripts.detect, argument);
    demand(feed !== undefined, `nothing detected at ${shared.feedUrl}`);
    const id = await client.script(scripts.subscribe, {
      provider: 'ics',
      name: 'feed',
      user,
      readOnly: true,
      url: feed.url,
    });
    const seen = await client.script<scripts.Synchronised>(scripts.synchroniseCalendar, { id });
    demand(seen.count === shared.eventCount, JSON.stringify(seen));
  });
  await checks.attempt(claims.readOnly, async () => {
    const argument = { provider: 'caldav', url: shared.calendarUrl, name: 'shared', user };
    const id = await client.script<string>(scripts.subscribe, argument);
    const seen = await client.script<scripts.Synchronised>(scripts.synchroniseCalendar, { id });
    demand(seen.result === 'load' && seen.readOnly && seen.count === shared.eventCount, JSON.stringify(seen));
  });
  const { headers } = await send({ method: 'OPTIONS', url: target.homeUrl, as: target.account });
  if (!(headers['dav'] ?? '').includes('calendar-auto-schedule')) {
    checks.skip(claims.freeBusy, 'the server does not announce calendar-auto-schedule');
    return;
  }
  await checks.attempt(claims.freeBusy, async () => {
    const argument = { who: `mailto:${shared.owner.email}` };
    const seen = await client.script<{ count: number; kinds: number[] }>(scripts.freeBusy, argument);
    const unknown = 1; // calIFreeBusyInterval.UNKNOWN
    demand(seen.count > 0 && seen.kinds.some((kind) => kind !== unknown), JSON.stringify(seen));
  });
}

/** A calendar in which what others have added may not be changed, and one's own may. */
async function contribution({ client, target, uid }: Session, checks: Checks): Promise<void> {
  const claims = {
    own: 'in a calendar to contribute to an event is added, changed and deleted',
    others: 'in a calendar to contribute to what others have added stays, and comes back at the next refresh',
  };
  if (target.portcal === undefined) {
    for (const claim of Object.values(claims)) checks.skip(claim, 'needs a server that we may administer');
    return;
  }
  const { owner, calendarUrl: url } = await shareWith(target, ['read', 'bind']);
  const argument = { provider: 'caldav', url, name: 'contributed', user: target.account.name };
  const id = await client.script<string>(scripts.subscribe, argument);
  const session: Session = { client, target, id, url, uid };
  await checks.attempt(claims.own, async () => {
    const seen = await client.script<scripts.Synchronised>(scripts.synchroniseCalendar, { id });
    demand(seen.result === 'load' && !seen.readOnly, JSON.stringify(seen));
    const [vevent] = /BEGIN:VEVENT[\s\S]*END:VEVENT/.exec(event(uid('his'), 'His own')) ?? [];
    await client.script(scripts.addEvent, { id, event: vevent ?? '' });
    demand((await stored(session, uid('his'))).includes('SUMMARY:His own'), 'it is not on the server');
    await client.script(scripts.rename, { id, uid: uid('his'), title: 'His change' });
    demand((await stored(session, uid('his'))).includes('SUMMARY:His change'), 'it is not changed');
    await client.script(scripts.deleteItem, { id, uid: uid('his') });
    demand((await stored(session, uid('his'))) === '', 'it is still there');
  });
  await checks.attempt(claims.others, async () => {
    const hers = (number: number): string => `shared-${number}-${owner.name}`;
    // Whether the client tells of the refusal at once or later is its own affair.
    const tried = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
    await tried(client.script(scripts.rename, { id, uid: hers(0), title: 'Not hers' }));
    await tried(client.script(scripts.deleteItem, { id, uid: hers(1) }));
    for (const number of [0, 1]) {
      const data = await stored(session, hers(number));
      demand(data.includes(`SUMMARY:Shared ${number}`), data);
      const seen = await client.script<scripts.SeenItem>(scripts.synchroniseAndFind, {
        id,
        uid: hers(number),
      });
      demand(seen.title === `Shared ${number}`, JSON.stringify(seen));
    }
  });
}

async function put(
  { target, url, uid }: Session,
  key: string,
  summary: string,
  headers: Readonly<Record<string, string>> = {},
  start?: string,
): Promise<void> {
  const answer = await send({
    method: 'PUT',
    url: `${url}${uid(key)}.ics`,
    headers: { ...calendarType, ...headers },
    body: event(uid(key), summary, start),
    as: target.account,
  });
  demand(answer.status < 300, `PUT by the suite itself: ${answer.status} ${answer.text}`);
}

/** The unfolded bytes of the object with this UID, found without any REPORT; empty if there is none. */
async function stored({ target, url }: Session, uid: string): Promise<string> {
  const listing = await send(propfind(url, 1, '<d:getetag/>', target.account));
  const members = responsesOf(listing).filter(({ found }) =>
    found.some(({ name }) => name === dav('getetag')),
  );
  for (const { href } of members) {
    if (href.endsWith('/')) continue;
    const { text } = await send({ method: 'GET', url: new URL(href, url).href, as: target.account });
    if (unfold(text).includes(uid)) return unfold(text);
  }
  return '';
}
