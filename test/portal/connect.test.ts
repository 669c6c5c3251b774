/* oxlint-disable typescript/no-unsafe-type-assertion -- answers have no type until they are looked at, and here they are */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { defaultLimits } from '../../src/core/limits.ts';
import type { StreamEvent } from '../../src/portal/api.ts';
import { readXml } from '../../src/xml/reader.ts';
import { type Browser, event, openWorld, ownCalendar, passwordOf, useWorld, type World } from './world.ts';

describe('subscription links', () => {
  const world = useWorld();
  let anna: Browser;
  let id: string;

  before(async () => {
    anna = await world.now.signedIn('anna');
    ({ id } = await ownCalendar(anna));
    await anna.ok('POST /calendars/{id}/events', { path: { id }, body: event({ title: 'Secret plan' }) });
  });

  it('tell their address whenever they are listed, and work without a login', async () => {
    const made = await anna.ok('POST /calendars/{id}/links', {
      path: { id },
      body: { label: 'Kitchen', detail: 'busy' },
    });
    const { addresses } = made;
    assert.ok(addresses);
    assert.match(addresses.https, new RegExp(`^${world.now.url}/feed/[\\w-]{27}/Personal\\.ics$`));
    assert.match(addresses.webcal, /^webcal:\/\//);
    assert.match(addresses.google, /^https:\/\/calendar\.google\.com\/calendar\/r\?cid=webcal%3A%2F%2F/);
    assert.match(
      addresses.outlookWork,
      /^https:\/\/outlook\.office\.com\/calendar\/0\/addfromweb\?url=http%3A.*&name=Personal$/,
    );
    assert.match(addresses.outlookPrivate, /^https:\/\/outlook\.live\.com\//);
    const feed = await world.now.ask('GET', new URL(addresses.https).pathname);
    assert.equal(feed.status, 200);
    assert.doesNotMatch(feed.text, /Secret plan/);
    const [listed] = (await anna.ok('GET /calendars/{id}/links', { path: { id } })).links;
    assert.deepEqual(
      [listed?.label, listed?.detail, listed?.addresses, listed?.calendar],
      ['Kitchen', 'busy', addresses, id],
    );
    assert.ok((await anna.ok('GET /links')).links.some((link) => link.id === made.id));
    const path = { id, link: made.id };
    const changed = await anna.ok('PATCH /calendars/{id}/links/{link}', {
      path,
      body: { label: 'Hall', detail: 'full', expires: '2099-01-01T00:00:00Z' },
      ifMatch: made.etag,
    });
    assert.deepEqual(
      [changed.label, changed.detail, changed.expires],
      ['Hall', 'full', '2099-01-01T00:00:00Z'],
    );
    assert.equal(
      (await anna.refused('PATCH /links/{link}', { path, body: {}, ifMatch: made.etag })).error,
      'E07',
    );
    const rivals = await Promise.all(
      ['One', 'Two'].map((label) =>
        anna.call('PATCH /links/{link}', { path, body: { label }, ifMatch: changed.etag }),
      ),
    );
    assert.deepEqual(
      rivals.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 412],
    );
    assert.deepEqual(changed.addresses, addresses);
    assert.match((await world.now.ask('GET', new URL(addresses.https).pathname)).text, /Secret plan/);
    const busy = { detail: 'busy', language: 'ru' } as const;
    assert.equal((await anna.ok('PATCH /links/{link}', { path, body: busy })).language, 'ru');
    assert.match((await world.now.ask('GET', new URL(addresses.https).pathname)).text, /SUMMARY:Занято/);
    const reset = await anna.ok('POST /calendars/{id}/links/{link}/reset', { path });
    assert.equal(reset.language, 'ru');
    assert.equal((await anna.ok('PATCH /links/{link}', { path, body: { language: null } })).language, null);
    assert.match(
      (await world.now.ask('GET', new URL(reset.addresses?.https ?? '').pathname)).text,
      /SUMMARY:Busy/,
    );
    assert.notEqual(reset.addresses?.https, addresses.https);
    const again = (await anna.ok('GET /links')).links.find((link) => link.id === made.id);
    assert.deepEqual(again?.addresses, reset.addresses);
    assert.equal((await world.now.ask('GET', new URL(addresses.https).pathname)).status, 404);
    const elsewhere = { id: '4711', link: made.id };
    assert.equal(
      (await anna.refused('DELETE /calendars/{id}/links/{link}', { path: elsewhere })).status,
      404,
    );
    await anna.ok('DELETE /calendars/{id}/links/{link}', { path });
    assert.equal((await world.now.ask('GET', new URL(reset.addresses?.https ?? '').pathname)).status, 404);
  });

  it('tell it once where the administrator wants that, and go on to work', async () => {
    const root = await world.now.signedIn('root');
    const addressOf = async (link: string): Promise<string | undefined> =>
      (await anna.ok('GET /links')).links.find((one) => one.id === link)?.addresses?.https;
    const before = await anna.ok('POST /calendars/{id}/links', { path: { id }, body: {} });
    assert.equal(await addressOf(before.id), before.addresses?.https);
    await root.ok('PATCH /admin/policies', { body: { linksShownOnce: true } });
    const after = await anna.ok('POST /calendars/{id}/links', { path: { id }, body: {} });
    assert.ok(after.addresses);
    assert.deepEqual([await addressOf(before.id), await addressOf(after.id)], [undefined, undefined]);
    await root.ok('PATCH /admin/policies', { body: { linksShownOnce: false } });
    // What was not kept is not known later either.
    assert.deepEqual([await addressOf(before.id), await addressOf(after.id)], [undefined, undefined]);
    const feed = await world.now.ask('GET', new URL(after.addresses.https).pathname);
    assert.equal(feed.status, 200);
  });

  it('obey the administrator: how much they show, and for how long', async () => {
    const made = await anna.ok('POST /calendars/{id}/links', { path: { id }, body: {} });
    const feed = new URL(made.addresses?.https ?? '').pathname;
    const root = await world.now.signedIn('root');
    await root.ok('PATCH /admin/policies', { body: { linkDetail: 'titles', linkDays: 7 } });
    assert.match((await world.now.ask('GET', feed)).text, /Secret plan/);
    await root.ok('PATCH /admin/policies', { body: { linkDetail: 'busy' } });
    assert.doesNotMatch((await world.now.ask('GET', feed)).text, /Secret plan/);
    const short = await anna.ok('POST /calendars/{id}/links', { path: { id }, body: {} });
    const days = (Date.parse(short.expires ?? '') - Date.now()) / 86_400_000;
    assert.ok(days > 6.9 && days < 7.1);
    await root.ok('PATCH /admin/policies', { body: { linkDetail: 'full', linkDays: null } });
  });

  it('of all favourites hold those that may leave, and name those left out', async () => {
    const boris = await world.now.signedIn('boris');
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: 'everyone', level: 'read' } });
    await boris.ok('PUT /calendars/{id}/favourite', { path: { id } });
    const link = await boris.ok('POST /favourites/links', { body: { label: 'all' } });
    const feed = new URL(link.addresses?.https ?? '').pathname;
    assert.match((await world.now.ask('GET', feed)).text, /Secret plan/);
    const open = await boris.ok('GET /favourites/links');
    assert.deepEqual([open.included.map((one) => one.id), open.left], [[id], []]);
    await anna.ok('PATCH /calendars/{id}', { path: { id }, body: { exportAllowed: false } });
    const closed = await boris.ok('GET /favourites/links');
    assert.deepEqual([closed.included, closed.left.map(({ reason }) => reason)], [[], ['export-off']]);
    assert.doesNotMatch((await world.now.ask('GET', feed)).text, /Secret plan/);
    await anna.ok('PATCH /calendars/{id}', { path: { id }, body: { exportAllowed: true } });
  });
});

describe('connecting a device', () => {
  const world = useWorld();
  let anna: Browser;

  before(async () => {
    anna = await world.now.signedIn('anna');
  });

  it('begins with addresses that lead somewhere', async () => {
    const { id } = await ownCalendar(anna);
    const one = await anna.ok('GET /calendars/{id}/connect', { path: { id } });
    const all = await anna.ok('GET /calendars/{id}/connect', { path: { id: 'all' } });
    const { pathname } = new URL(one.calendarUrl);
    for (const url of [one.davUrl, one.principalUrl, one.homeUrl, one.calendarUrl, all.calendarUrl]) {
      const { status } = await world.now.dav('anna', 'PROPFIND', new URL(url).pathname, {
        headers: { Depth: '0' },
      });
      assert.equal(status, 207, url);
    }
    assert.equal(pathname, '/dav/calendars/anna/personal/');
    assert.deepEqual(
      [one.userName, one.server, one.secure, one.stssync],
      ['anna', new URL(world.now.url).host, false, null],
    );
    assert.match(one.davx5, /^intent:#Intent;package=at\.bitfire\.davdroid;.*S\.username=anna;end$/);
    const { status } = await world.now.ask('PROPFIND', new URL(one.wellKnownUrl).pathname);
    assert.equal(status, 301);
  });

  it('walks the server as the device would', async () => {
    const { ok, steps } = await anna.ok('POST /connect/test', { body: {} });
    assert.ok(
      steps.some(({ name, ok: passed }) => name === 'well-known' && passed),
      JSON.stringify(steps),
    );
    assert.equal(
      ok,
      steps.every((step) => step.ok),
    );
    // What was found is told without words: the page has them in three languages.
    const [reached, ...others] = steps;
    assert.deepEqual([reached?.name, reached?.found], ['public-address', new URL(world.now.url).host]);
    for (const { found } of others) assert.match(found, /^[A-Z]+ \/\S*: \d{3}$/);
    assert.ok(others.some(({ name }) => name === 'challenge'));
    assert.deepEqual(
      (await anna.ok('GET /app-passwords')).appPasswords,
      [],
      'the temporary password is gone',
    );
    const { secret } = await anna.ok('POST /app-passwords', { body: { label: 'x' } });
    const own = await anna.ok('POST /connect/test', { body: { secret } });
    assert.ok(own.steps.some(({ name, ok: passed }) => name === 'principal' && passed));
  });

  it('tells the steps of the walk apart whatever calendars are called', async () => {
    const before = await anna.ok('POST /connect/test', { body: {} });
    await anna.ok('POST /calendars', { body: { name: 'OPTIONS without sign-in at home' } });
    const { steps } = await anna.ok('POST /connect/test', { body: {} });
    const namesOf = (found: typeof steps): readonly string[] =>
      found.map(({ name }) => name).filter((name) => name !== 'calendars');
    assert.ok(steps.length > before.steps.length, 'the new calendar is walked, too');
    assert.deepEqual(namesOf(steps), namesOf(before.steps));
  });

  it('gives a code that opens one thing once', async () => {
    const made = await anna.ok('POST /connect/codes', { body: { device: 'android' } });
    assert.equal(made.url, `${world.now.url}/c/${made.code}`);
    assert.match(made.davx5, /i\.loginFlow=1/);
    const state = await world.now.browser().ok('GET /connect/codes/{code}', { path: { code: made.code } });
    assert.deepEqual(
      [state.valid, state.device, state.userName, state.profileUrl],
      [true, 'android', 'anna', null],
    );
    assert.match(
      state.davx5,
      /^intent:\/\/.*\/c\/[\w-]+\/index\.php\/login\/flow#Intent;.*i\.loginFlow=1;S\.davPath=%2Fdav%2F;end$/,
    );
    const profile = await world.now.ask('GET', `/connect/${made.code}/portal.mobileconfig`);
    assert.deepEqual(
      [profile.status, profile.text],
      [409, 'iPhone needs a secure address (https). Contact your administrator.\n'],
    );
  });

  it('lets DAVx5 in by its browser flow, after the person has said so', async () => {
    const { code } = await anna.ok('POST /connect/codes', { body: { device: 'android' } });
    const begun = await world.now.ask('POST', `/c/${code}/index.php/login/v2`);
    const { poll, login } = begun.body as { poll: { token: string; endpoint: string }; login: string };
    const polled = () =>
      world.now.ask('POST', new URL(poll.endpoint).pathname, {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: `token=${poll.token}`,
      });
    assert.equal((await polled()).status, 404);
    assert.equal(
      (await world.now.ask('POST', `/c/${code}/index.php/login/v2`)).status,
      410,
      'a code is used once',
    );
    const page = await world.now.ask('GET', new URL(login).pathname);
    assert.match(page.text, /calendars of ANNA\?<\/p><form method="post"><button type="submit">Allow/);
    assert.match(page.headers['content-security-policy'] ?? '', /form-action 'self'/);
    assert.equal((await polled()).status, 404);
    const forged = { headers: { 'Sec-Fetch-Site': 'cross-site' } };
    assert.equal((await world.now.ask('POST', new URL(login).pathname, forged)).status, 410);
    assert.equal((await world.now.ask('PUT', new URL(login).pathname)).status, 405);
    assert.match((await world.now.ask('POST', new URL(login).pathname)).text, /Go back to DAVx⁵/);
    assert.equal((await world.now.ask('POST', new URL(login).pathname)).status, 410);
    const { loginName, appPassword, server } = (await polled()).body as Record<string, string>;
    assert.deepEqual([loginName, server], ['anna', world.now.url]);
    assert.equal((await polled()).status, 404, 'the secret is told once');
    const basic = Buffer.from(`${loginName}:${appPassword}`).toString('base64');
    const { status } = await world.now.ask('PROPFIND', '/dav/', {
      headers: { Authorization: `Basic ${basic}`, Depth: '0' },
    });
    assert.equal(status, 207);
    assert.ok((await anna.ok('GET /app-passwords')).appPasswords.some(({ label }) => label === 'DAVx⁵'));
    assert.equal((await world.now.ask('GET', `/connect/flow/${'A'.repeat(27)}`)).status, 410);
  });

  it('keeps account passwords out of calendar programs as soon as the administrator says so', async () => {
    const root = await world.now.signedIn('root');
    const { secret } = await anna.ok('POST /app-passwords', { body: { label: 'phone' } });
    const propfind = async (password: string) => {
      const basic = Buffer.from(`anna:${password}`).toString('base64');
      return (
        await world.now.ask('PROPFIND', '/dav/', { headers: { Authorization: `Basic ${basic}`, Depth: '0' } })
      ).status;
    };
    assert.deepEqual([await propfind(passwordOf('anna')), await propfind(secret)], [207, 207]);
    await root.ok('PATCH /admin/policies', { body: { requireAppPasswords: true } });
    assert.deepEqual([await propfind(passwordOf('anna')), await propfind(secret)], [401, 207]);
    assert.equal((await anna.ok('GET /me')).features.requireAppPasswords, true);
    await world.now.signedIn('anna');
    await root.ok('PATCH /admin/policies', { body: { requireAppPasswords: false } });
    assert.equal(await propfind(passwordOf('anna')), 207);
  });
});

describe('an Apple profile', () => {
  const world = useWorld({ 'public-url': 'https://cal.example.com/portal' });

  it('holds what portal.md 5 lists, and an app password that works', async () => {
    const anna = await world.now.signedIn('anna');
    const { code, profileUrl } = await anna.ok('POST /connect/codes', { body: { device: 'apple' } });
    assert.equal(profileUrl, `https://cal.example.com/portal/connect/${code}/portal.mobileconfig`);
    const ask = (method: string, agent = 'iPhone') =>
      world.now.ask(method, `/connect/${code}/portal.mobileconfig`, {
        headers: { 'User-Agent': agent, Host: 'evil.example' },
      });
    assert.equal((await ask('HEAD')).status, 200, 'a look does not use it up');
    const { status, headers, text } = await ask('GET');
    assert.deepEqual([status, headers['content-type']], [200, 'application/x-apple-aspen-config']);
    const plist = readXml(Buffer.from(text), defaultLimits);
    assert.equal(plist.name, '{}plist');
    for (const [key, value] of [
      ['PayloadType', '<string>Configuration</string>'],
      ['PayloadType', '<string>com.apple.caldav.account</string>'],
      ['CalDAVHostName', '<string>cal.example.com</string>'],
      ['CalDAVPort', '<integer>443</integer>'],
      ['CalDAVUseSSL', '<true/>'],
      ['CalDAVPrincipalURL', '<string>/portal/dav/principals/anna/</string>'],
      ['CalDAVUsername', '<string>anna</string>'],
      ['PayloadRemovalDisallowed', '<false/>'],
    ])
      assert.match(text, new RegExp(`<key>${key}</key>\\s*${value}`), key);
    assert.doesNotMatch(text, /evil/);
    const password = /<key>CalDAVPassword<\/key>\s*<string>([^<]+)</.exec(text)?.[1] ?? '';
    const basic = Buffer.from(`anna:${password}`).toString('base64');
    const { status: let_in } = await world.now.ask('PROPFIND', '/dav/', {
      headers: { Authorization: `Basic ${basic}`, Depth: '0' },
    });
    assert.equal(let_in, 207);
    assert.deepEqual((await ask('GET')).status, 410);
    assert.equal((await ask('HEAD')).status, 410);
    const { code: second } = await anna.ok('POST /connect/codes', { body: { device: 'apple' } });
    const again = await world.now.ask('GET', `/connect/${second}/portal.mobileconfig`);
    const uuid = (profile: string): string => /PayloadUUID<\/key>\s*<string>([^<]+)/.exec(profile)?.[1] ?? '';
    assert.equal(uuid(again.text), uuid(text), 'a second one replaces the first');
  });

  it('leaves the password out where the policy says so', async () => {
    const [anna, root] = [await world.now.signedIn('anna'), await world.now.signedIn('root')];
    await root.ok('PATCH /admin/policies', { body: { profilePassword: false } });
    const { code } = await anna.ok('POST /connect/codes', { body: { device: 'apple' } });
    const { text } = await world.now.ask('GET', `/connect/${code}/portal.mobileconfig`);
    assert.doesNotMatch(text, /CalDAVPassword/);
    await root.ok('PATCH /admin/policies', { body: { profilePassword: true } });
  });
});

describe('the stream of events', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    await world.close();
  });

  it('tells of changes made elsewhere, of jobs and devices, and of nothing that is not the person’s', async () => {
    const [anna, boris] = [await world.signedIn('anna'), await world.signedIn('boris')];
    const { id } = await ownCalendar(anna);
    const [hers, his] = [await listen(world, anna), await listen(world, boris)];
    await hers.ready;
    await his.ready;
    const body =
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261104T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
    await world.dav('anna', 'PUT', '/dav/calendars/anna/personal/s.ics', {
      headers: { 'Content-Type': 'text/calendar' },
      body,
    });
    await hers.until((one) => one.type === 'calendar-changed' && one.calendar === id);
    await anna.ok('POST /calendars/{id}/import', {
      path: { id },
      raw: { type: 'text/calendar', bytes: body },
    });
    await hers.until((one) => one.type === 'job' && one.job.state === 'done');
    const { secret, appPassword } = await anna.ok('POST /app-passwords', { body: { label: 'iPhone' } });
    const basic = Buffer.from(`anna:${secret}`).toString('base64');
    await anna.ok('POST /connect/test', { body: { secret } });
    assert.deepEqual(
      hers.heard.filter(({ type }) => type === 'device-connected'),
      [],
      'the test of the connection is no device',
    );
    await world.ask('PROPFIND', '/dav/', {
      headers: { Authorization: `Basic ${basic}`, 'User-Agent': 'iOS/26 dataaccessd' },
    });
    const seen = await hers.until((one) => one.type === 'device-connected');
    assert.ok(seen.type === 'device-connected');
    assert.deepEqual(
      [seen.appPassword, seen.label, seen.program],
      [appPassword.id, 'iPhone', 'iOS/26 dataaccessd'],
    );
    assert.deepEqual(
      his.heard.filter(({ type }) => type !== 'calendars-changed'),
      [],
    );
    await anna.ok('POST /calendars/{id}/shares', {
      path: { id },
      body: { who: String(world.boris.id), level: 'read' },
    });
    await his.until((one) => one.type === 'calendar-changed' && one.calendar === id);
    const root = await world.signedIn('root');
    await root.ok('POST /admin/people/{person}/reset', { path: { person: String(world.boris.id) } });
    await his.until((one) => one.type === 'signed-out');
    await his.ended;
    hers.leave();
    const entries = await root.ok('GET /admin/audit', { query: { action: 'device.connect' } });
    assert.deepEqual(
      entries.entries.map(({ who, subject }) => [who, subject]),
      [
        ['anna', 'iPhone, iOS/26 dataaccessd'],
        ['anna', 'iPhone, portcal self-test'],
      ],
    );
  });

  it('ends the oldest of too many, and all when the server stops', async () => {
    const anna = await world.signedIn('anna');
    const all = [];
    for (let at = 0; at < 9; at++) {
      const one = await listen(world, anna);
      await one.ready;
      all.push(one);
    }
    await all[0]?.ended;
    const own = await openWorld();
    const last = await listen(own, await own.signedIn('anna'));
    await last.ready;
    await own.close();
    await last.ended;
    for (const one of all) one.leave();
  });
});

interface Listening {
  readonly heard: StreamEvent[];
  /** The first bytes are there. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly until: (wanted: (event: StreamEvent) => boolean) => Promise<StreamEvent>;
  readonly leave: () => void;
}

/** A page that listens. */
function listen(world: World, { cookie }: Browser): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${world.url}/api/v1/stream`,
      { headers: { Cookie: cookie }, agent: false },
      (answer) => {
        const heard: StreamEvent[] = [];
        const waiting: { wanted: (event: StreamEvent) => boolean; found: (event: StreamEvent) => void }[] =
          [];
        let text = '';
        const ended = new Promise<void>((done) => answer.once('close', done));
        const ready = new Promise<void>((done) => answer.once('data', () => done()));
        answer.on('error', () => undefined);
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8');
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            const [, type, data] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
            text = text.slice(end + 2);
            if (type === undefined || data === undefined) continue;
            const one = { type, ...JSON.parse(data) } as StreamEvent;
            heard.push(one);
            for (const { wanted, found } of waiting) if (wanted(one)) found(one);
          }
        });
        resolve({
          heard,
          ready,
          ended,
          until: (wanted) =>
            new Promise((found) => {
              const known = heard.find(wanted);
              if (known) found(known);
              else waiting.push({ wanted, found });
            }),
          leave: () => sent.destroy(),
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
