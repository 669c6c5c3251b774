import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import type { Principal } from '../../src/core/principal.ts';
import { createFeeds, type FeedAnswer, type FeedResponse } from '../../src/feeds/feed.ts';
import { compressed } from '../../src/http/compression.ts';
import {
  patchCalendar,
  setExportAllowed,
  setFavourite,
  trashCalendar,
} from '../../src/service/calendars/calendars.ts';
import {
  createLink,
  deleteLink,
  listLinks,
  type NewLinkValues,
  patchLink,
  resetLink,
} from '../../src/service/calendars/links.ts';
import { setShareFurther } from '../../src/service/calendars/share-further.ts';
import { getObject } from '../../src/service/objects/objects.ts';
import { patchPerson } from '../../src/service/people/people.ts';
import { setExportPolicy } from '../../src/service/people/policies.ts';
import { actor, days, event, gathered, type Office, office, put, seen, share } from '../service/office.ts';

describe('feed', () => {
  let at: Office;
  let token: string;
  beforeEach(async () => {
    at = await office();
    await fill(at);
    token = await link();
  });
  afterEach(() => at.close());

  const link = async (values: Partial<NewLinkValues> = {}, whose: Principal = at.alice): Promise<string> => {
    const { calendar } = await seen(at, whose);
    const made = await createLink(at.services, at.system, whose, {
      target: calendar.id,
      label: 'screen',
      ...values,
    });
    return made.token;
  };
  const ask = (
    of: string = token,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<FeedResponse> => createFeeds(at.services)({ method, target: `/feed/${of}/work.ics`, headers });
  const read = async (
    of: string = token,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const { status, body } = await ask(of, headers);
    assert.equal(status, 200);
    return await text(body);
  };

  it('opens by its token alone and is read by two independent readers', async () => {
    const feed = await read();
    const events = Object.values(nodeIcal.sync.parseICS(feed)).filter((one) => one?.type === 'VEVENT');
    assert.equal(events.length, 3);
    const calendar = new ICAL.Component(ICAL.parse(feed));
    assert.equal(calendar.getAllSubcomponents('vevent').length, 4);
    assert.equal(calendar.getAllSubcomponents('vtimezone').length, 1);
    assert.equal(calendar.getFirstPropertyValue('method'), 'PUBLISH');
    assert.match(feed, /\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n/);
    assert.match(feed, /\r\nX-WR-CALNAME:Personal\r\n/);
  });

  it('says of the calendar all that readers look for (clients.md W46)', async () => {
    const values = { color: '#3366CCFF', description: 'Ours', timeZone: 'Europe/Stockholm' };
    await patchCalendar(at.services, await actor(at, at.alice), await seen(at), values);
    const [head = ''] = (await read()).split('BEGIN:V').slice(1);
    assert.deepEqual(head.split('\r\n').slice(1, -1), [
      'VERSION:2.0',
      'PRODID:-//portcal//portcal//EN',
      'CALSCALE:GREGORIAN',
      'METHOD:PUBLISH',
      'NAME:Personal',
      'X-WR-CALNAME:Personal',
      'DESCRIPTION:Ours',
      'X-WR-CALDESC:Ours',
      'X-WR-TIMEZONE:Europe/Stockholm',
      `X-WR-RELCALID:${(await seen(at)).calendar.id.toString(36)}`,
      'COLOR:royalblue',
      'X-APPLE-CALENDAR-COLOR:#3366CC',
      'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
      'X-PUBLISHED-TTL:PT1H',
    ]);
  });

  it('counts series and changed instances as changed when their object is, and nothing else (clients.md W47)', async () => {
    const stamped = async () =>
      (await read())
        .split('BEGIN:VEVENT')
        .slice(1)
        .map((one) => ({
          uid: /UID:(\S+)/.exec(one)?.[1] ?? '',
          modified: /LAST-MODIFIED:(\S+)/.exec(one)?.[1] ?? '',
          sequence: Number(/SEQUENCE:(\d+)/.exec(one)?.[1]),
        }));
    const alice = await actor(at, at.alice);
    const before = await stamped();
    at.clock.advance(60_000);
    const series = await getObject(at.services, alice, await seen(at), 'series.ics');
    const changed = Buffer.from(series?.bytes ?? '')
      .toString()
      .replace('120000', '123000');
    await put(at, alice, await seen(at), 'series.ics', Buffer.from(changed));
    const after = await stamped();
    assert.equal(after.filter(({ uid }) => uid === 'series').length, 2);
    for (const [index, { uid, modified, sequence }] of after.entries()) {
      const old = before[index] ?? assert.fail();
      if (uid === 'series') assert.ok(modified > old.modified && sequence > old.sequence, uid);
      else assert.deepEqual({ uid, modified, sequence }, old);
    }
  });

  it('tells how each request was answered, and sends the same bytes whichever way', async () => {
    const told: FeedAnswer[] = [];
    const door = createFeeds(at.services, (how) => told.push(how));
    const get = (method: string, of: string, headers = {}): Promise<FeedResponse> =>
      door({ method, target: `/feed/${of}/work.ics`, headers });
    const first = await get('GET', token);
    const written = await text(first.body);
    const again = await get('GET', token);
    assert.equal(await text(again.body), written);
    assert.equal(again.headers['ETag'], first.headers['ETag']);
    const zipped = await get('GET', token, { 'accept-encoding': 'gzip' });
    assert.equal(zipped.headers['Content-Encoding'], 'gzip');
    assert.ok(zipped.body instanceof Uint8Array);
    assert.equal(gunzipSync(zipped.body).toString('utf8'), written);
    await get('GET', token, { 'if-none-match': first.headers['ETag'] });
    await get('HEAD', token);
    await get('OPTIONS', token);
    await get('GET', 'x'.repeat(27));
    assert.deepEqual(told, ['written', 'remembered', 'remembered', 'not-modified', 'head', 'refused']);
  });

  it('folds at 75 octets and never inside a character', async () => {
    const feed = await read();
    for (const line of feed.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
    assert.ok(!feed.includes('\ufffd'));
    assert.ok(feed.replaceAll('\r\n ', '').includes(longTitle.replace(',', '\\,')));
  });

  it('is the same bytes under the same strong tag, and another tag after a change', async () => {
    const [first, second] = [await ask(), await ask()];
    assert.match(first.headers['ETag'] ?? '', /^"[^"]+"$/);
    assert.equal(first.headers['ETag'], second.headers['ETag']);
    assert.equal(await text(first.body), await text(second.body));
    await put(at, await actor(at, at.alice), await seen(at), 'new.ics');
    assert.notEqual((await ask()).headers['ETag'], first.headers['ETag']);
  });

  it('answers 304 to its tag, and to its date where no tag was sent', async () => {
    const { headers } = await ask();
    const { ETag = '', 'Last-Modified': date = '' } = headers;
    assert.equal((await ask(token, { 'if-none-match': `"other", W/${ETag}` })).status, 304);
    assert.equal((await ask(token, { 'if-none-match': '*' })).status, 304);
    assert.equal((await ask(token, { 'if-modified-since': date })).status, 304);
    assert.equal((await ask(token, { 'if-none-match': '"other"', 'if-modified-since': date })).status, 200);
    assert.equal((await ask(token, { 'if-modified-since': 'no date' })).status, 200);
    const unchanged = await ask(token, { 'if-none-match': ETag });
    assert.equal(unchanged.body, undefined);
    assert.equal(unchanged.headers['ETag'], ETag);
  });

  it('is answered to who asks for this state of it, and with 412 to who asks for another', async () => {
    const { headers } = await ask();
    const tag = headers['ETag'] ?? '';
    assert.equal((await ask(token, { 'if-match': tag })).status, 200);
    const other = await ask(token, { 'if-match': '"another"', 'if-none-match': tag });
    assert.deepEqual([other.status, other.headers['ETag']], [412, tag]);
  });

  it('is the same however its address is encoded', async () => {
    const encoded = Buffer.from(token).toString('hex').replace(/../g, '%$&');
    const feeds = createFeeds(at.services);
    const target = (of: string): string => `/feed/${of}/work%2Eics`;
    assert.equal((await feeds({ method: 'GET', target: target(encoded), headers: {} })).status, 200);
    for (const wrong of [`${token}%2f`, `${token}%`, `%00${token}`])
      assert.equal((await feeds({ method: 'GET', target: target(wrong), headers: {} })).status, 404, wrong);
  });

  it('has the headers that pollers need and none that they trip over', async () => {
    const { headers } = await ask();
    assert.equal(headers['Content-Type'], 'text/calendar; charset=utf-8');
    assert.equal(
      headers['Content-Disposition'],
      `inline; filename="Personal.ics"; filename*=UTF-8''Personal.ics`,
    );
    assert.match(headers['Cache-Control'] ?? '', /^private, max-age=\d{1,3}$/);
    assert.equal(headers['Referrer-Policy'], 'no-referrer');
    assert.equal(headers['X-Robots-Tag'], 'noindex');
    assert.equal(headers['Set-Cookie'], undefined);
    const { status, headers: head, body } = await ask(token, {}, 'HEAD');
    assert.equal(status, 200);
    assert.equal(body, undefined);
    assert.deepEqual(head, headers);
  });

  it('compresses only for those who ask for gzip by name, never for Outlook, under a tag of its own', async () => {
    const plain = await ask(token, { 'accept-encoding': '*' });
    assert.equal(plain.compression, 'never');
    const outlook = {
      'accept-encoding': 'gzip',
      'user-agent': 'Microsoft Office/16.0 (Microsoft Outlook 16.0)',
    };
    assert.equal((await ask(token, outlook)).compression, 'never');
    assert.equal((await ask(token, { 'accept-encoding': 'gzip;q=0' })).compression, 'never');
    const gzip = await ask(token, { 'accept-encoding': 'br, gzip' });
    assert.equal(gzip.compression, 'always');
    assert.notEqual(gzip.headers['ETag'], plain.headers['ETag']);
    assert.equal(gunzipSync(await compressed(await text(gzip.body))).toString(), await read());
    const known = { 'accept-encoding': 'gzip', 'if-none-match': gzip.headers['ETag'] ?? '' };
    assert.equal((await ask(token, known)).status, 304);
  });

  it('says 304 to who has the same in the other coding, with the tag of what they have', async () => {
    const codings = [{}, { 'accept-encoding': 'gzip' }];
    const tags = await Promise.all(codings.map(async (coding) => (await ask(token, coding)).headers['ETag']));
    for (const coding of codings) {
      for (const tag of tags) {
        for (const sent of [tag ?? '', `"older", W/${tag}`]) {
          const { status, headers } = await ask(token, { ...coding, 'if-none-match': sent });
          assert.deepEqual([status, headers['ETag']], [304, tag], sent);
        }
      }
      const both = await ask(token, { ...coding, 'if-none-match': tags.join(', ') });
      assert.equal(both.headers['ETag'], tags[codings.indexOf(coding)]);
      assert.equal((await ask(token, { ...coding, 'if-none-match': '"older"' })).status, 200);
    }
  });

  it('answers 403 at once while export is off, and revives when it is on again', async () => {
    const alice = await actor(at, at.alice);
    await setExportAllowed(at.services, alice, await seen(at), false);
    const refused = await ask(token, { 'if-none-match': '*' });
    assert.equal(refused.status, 403);
    assert.match(await text(refused.body), /switched off by its owner/);
    assert.equal(refused.headers['WWW-Authenticate'], undefined);
    await setExportAllowed(at.services, alice, await seen(at), true);
    assert.equal((await ask()).status, 200);
    await setExportPolicy(at.services, at.system, 'user', 'forbidden');
    assert.match(await text((await ask()).body), /switched off by the administrator/);
    await setExportPolicy(at.services, at.system, 'user', 'owner');
    assert.equal((await ask()).status, 200);
  });

  it('answers 404 for tokens that are unknown, reset, deleted, expired or of somebody disabled', async () => {
    assert.equal((await ask('A'.repeat(27))).status, 404);
    assert.equal((await ask('short')).status, 404);
    const [mine] = await listLinks(at.services, at.system, at.alice);
    assert.ok(mine);
    const { token: renewed } = await resetLink(at.services, at.system, at.alice, mine.id);
    assert.equal((await ask(token)).status, 404);
    assert.equal((await ask(renewed)).status, 200);
    await patchPerson(at.services, at.system, at.alice, { disabled: true });
    assert.equal((await ask(renewed)).status, 404);
    await patchPerson(at.services, at.system, at.alice, { disabled: false });
    await deleteLink(at.services, at.system, at.alice, mine.id);
    assert.equal((await ask(renewed)).status, 404);
    const shortLived = await link({ expires: at.services.clock.now() });
    assert.equal((await ask(shortLived)).status, 404);
  });

  /** Readers make links only where the owner has said that they may (portal.md 3.7). */
  const shareFurther = async (): Promise<void> => {
    await share(at, at.bob, 'read');
    await setShareFurther(at.services, at.system, await seen(at), at.bob.id, true);
  };

  it('dies with its calendar and with the right to read it', async () => {
    await shareFurther();
    const shared = await seen(at, at.bob);
    const made = await createLink(at.services, at.system, at.bob, { target: shared.calendar.id, label: '' });
    assert.equal((await ask(made.token)).status, 200);
    await share(at, at.bob, null);
    assert.equal((await ask(made.token)).status, 404);
    await trashCalendar(at.services, at.system, await seen(at));
    assert.equal((await ask(token)).status, 404);
  });

  it('shows busy times only where the link or the owner says so', async () => {
    for (const busy of [await read(await link({ detail: 'busy' })), await limitedByOwner()]) {
      assert.ok(!busy.includes('Secret'), busy);
      assert.ok(!busy.includes('LOCATION'));
      assert.equal(busy.split('BEGIN:VEVENT').length, 5);
    }
  });

  const limitedByOwner = async (): Promise<string> => {
    await shareFurther();
    const alice = await actor(at, at.alice);
    await patchCalendar(at.services, alice, await seen(at), { exportDetail: 'busy' });
    const { calendar } = await seen(at, at.bob);
    const { token: bobs } = await createLink(at.services, at.system, at.bob, {
      target: calendar.id,
      label: '',
    });
    return await read(bobs);
  };

  it('reduces private events even for their owner’s link: the address may be in any hands', async () => {
    const secret = event({ uid: 'p', summary: 'Doctor', more: ['CLASS:PRIVATE'] });
    await put(at, await actor(at, at.alice), await seen(at), 'p.ics', secret);
    assert.ok(!(await read()).includes('Doctor'));
  });

  it('leaves reminders out unless the link includes them', async () => {
    assert.ok(!(await read()).includes('VALARM'));
    assert.ok((await read(await link({ alarms: true }))).includes('BEGIN:VALARM'));
  });

  it('shows the months that the link asks for, series whole if any instance falls in', async () => {
    const near = await read(await link({ window: { monthsBack: 0, monthsAhead: 1 } }));
    assert.ok(near.includes('UID:series'));
    assert.ok(!near.includes('UID:far'));
    assert.ok((await read()).includes('UID:far'));
  });

  it('counts each event as changed when all of them look otherwise, and not when a day has passed (clients.md W47)', async () => {
    const stamped = async (): Promise<readonly (readonly [at: string, sequence: number])[]> => {
      const events = (await read(windowed)).split('BEGIN:VEVENT').slice(1);
      return events.map((one) => [
        /LAST-MODIFIED:(\S+)/.exec(one)?.[1] ?? '',
        Number(/SEQUENCE:(\d+)/.exec(one)?.[1]),
      ]);
    };
    const windowed = await link({ window: { monthsBack: 6, monthsAhead: 12 } });
    const made = (await listLinks(at.services, at.system, at.alice)).at(-1);
    assert.ok(made);
    let last = await stamped();
    assert.ok(last.length > 1);
    at.clock.advance(days(1));
    assert.deepEqual(await stamped(), last);
    for (const change of [
      async () =>
        patchCalendar(at.services, await actor(at, at.alice), await seen(at), { timeZone: 'Asia/Tokyo' }),
      async () => patchLink(at.services, at.system, at.alice, made.id, { detail: 'titles' }),
      async () =>
        patchCalendar(at.services, await actor(at, at.alice), await seen(at), { exportDetail: 'busy' }),
      async () => patchPerson(at.services, at.system, at.alice, { language: 'sv' }),
    ]) {
      at.clock.advance(60_000);
      const tag = (await ask(windowed)).headers['ETag'] ?? '';
      await change();
      const { headers, status } = await ask(windowed, { 'if-none-match': tag });
      assert.equal(status, 200);
      const now = await stamped();
      assert.ok(
        now.every(([when, sequence], index) => {
          const before = last[index];
          return before !== undefined && when > before[0] && sequence > before[1];
        }),
      );
      assert.equal((await ask(windowed)).headers['ETag'], headers['ETag']);
      last = now;
    }
  });

  it('gives Outlook single events in the place of rules that it does not know, under another tag', async () => {
    const more = ['RRULE:FREQ=MONTHLY;BYMONTHDAY=23,24;COUNT=4'];
    await put(at, await actor(at, at.alice), await seen(at), 'odd.ics', event({ uid: 'odd', more }));
    const programs = {
      outlook: 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17; Pro)',
      other: 'Thunderbird/128',
    };
    const answers = new Map<string, FeedResponse>();
    for (const [name, agent] of Object.entries(programs)) {
      answers.set(name, await ask(token, { 'user-agent': agent }));
    }
    const [outlook, other] = [answers.get('outlook'), answers.get('other')];
    assert.ok(outlook && other);
    assert.notEqual(outlook.headers['ETag'], other.headers['ETag']);
    assert.match(outlook.headers['Vary'] ?? '', /User-Agent/);
    const [singles, series] = [await text(outlook.body), await text(other.body)];
    assert.equal(singles.match(/^UID:odd-/gm)?.length, 4);
    assert.doesNotMatch(singles, /BYMONTHDAY=23/);
    assert.equal(series.match(/^UID:odd\r$/gm)?.length, 1);
    assert.match(series, /BYMONTHDAY=23,24/);
  });

  it('holds all favourites that allow export, each event marked with its calendar', async () => {
    await shareFurther();
    const bob = await actor(at, at.bob);
    const made = await createLink(at.services, at.system, at.bob, { target: 'favourites', label: '' });
    assert.ok(!(await read(made.token)).includes('BEGIN:VEVENT'), 'an empty feed is a valid calendar');
    await setFavourite(at.services, bob, await seen(at, at.bob), true);
    const feed = await read(made.token);
    assert.equal(feed.split('BEGIN:VEVENT').length, 5);
    assert.match(feed, /CATEGORIES:[^\r]*Personal/);
    await setExportAllowed(at.services, await actor(at, at.alice), await seen(at), false);
    assert.ok(!(await read(made.token)).includes('BEGIN:VEVENT'));
  });

  it('notes by what it was fetched', async () => {
    const noted: string[] = [];
    const storage = {
      ...at.services.storage,
      touchLink: (_: unknown, __: unknown, program: string) => noted.push(program),
    };
    const handle = createFeeds({ ...at.services, storage });
    await handle({
      method: 'GET',
      target: `/feed/${token}/x.ics`,
      headers: { 'user-agent': 'Google-Calendar-Importer' },
    });
    assert.deepEqual(noted, ['Google-Calendar-Importer']);
  });

  it('can only be read', async () => {
    assert.equal((await ask(token, {}, 'OPTIONS')).headers['Allow'], 'GET, HEAD, OPTIONS');
    for (const method of ['PUT', 'POST', 'DELETE', 'PROPFIND']) {
      assert.equal((await ask(token, {}, method)).status, 405);
    }
  });
});

const longTitle =
  'Встреча по поводу очень длинного названия, которое не помещается в одну строку файла 📅📅📅';

async function fill(at: Office): Promise<void> {
  const alice = await actor(at, at.alice);
  const where = await seen(at);
  await put(
    at,
    alice,
    where,
    'long.ics',
    event({ uid: 'long', summary: longTitle, more: ['LOCATION:Secret place'] }),
  );
  const zoned = {
    start: ';TZID=Europe/Stockholm:20260325T100000',
    end: ';TZID=Europe/Stockholm:20260325T110000',
  };
  const series = Buffer.from(
    event({ uid: 'series', ...zoned, more: ['RRULE:FREQ=WEEKLY;COUNT=6'] }),
  ).toString();
  const override = Buffer.from(
    event({
      uid: 'series',
      start: ';TZID=Europe/Stockholm:20260401T120000',
      end: ';TZID=Europe/Stockholm:20260401T130000',
      more: ['RECURRENCE-ID;TZID=Europe/Stockholm:20260401T100000'],
      inner: ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Secret alarm', 'TRIGGER:-PT10M', 'END:VALARM'],
    }),
  ).toString();
  const both = series.replace('END:VCALENDAR', override.slice(override.indexOf('BEGIN:VEVENT')));
  await put(at, alice, where, 'series.ics', Buffer.from(both));
  const far = new Date(at.services.clock.now() + days(400)).toISOString().slice(0, 10).replaceAll('-', '');
  await put(
    at,
    alice,
    where,
    'far.ics',
    event({ uid: 'far', start: `;VALUE=DATE:${far}`, end: `;VALUE=DATE:${far}` }),
  );
}

async function text(body: FeedResponse['body']): Promise<string> {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  return Symbol.asyncIterator in body ? await gathered(body) : Buffer.concat(body).toString();
}
