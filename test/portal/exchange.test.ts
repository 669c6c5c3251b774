import assert from 'node:assert/strict';
import { get } from 'node:http';
import type { Change } from '../../src/core/change-set.ts';
import { type ConflictId, id, type PairId, type RunId, uid } from '../../src/core/ids.ts';
import type { StreamEvent } from '../../src/portal/api.ts';
import { ExchangeFailure } from '../../src/portal/exchange/desk.ts';
import { linkOfPerson } from '../../src/service/connectors/accounts.ts';
import { type ExchangeThings, exchangeThings, fakeDesk, switchOn } from './exchange-desk.ts';
import { type Browser, invitation, openWorld, ownCalendar, passwordOf, type World } from './world.ts';

type Sync = Extract<StreamEvent, { type: 'sync' }>;

interface Heard {
  readonly opened: Promise<void>;
  readonly until: (isEnough: (told: readonly Sync[]) => boolean) => Promise<readonly Sync[]>;
}

describe('the page and Exchange', () => {
  const desk = fakeDesk();
  let world: World;
  let anna: Browser;
  let boris: Browser;
  let root: Browser;
  let things: ExchangeThings;
  before(async () => {
    world = await openWorld({}, desk);
    [anna, boris, root] = await Promise.all([
      world.signedIn('anna'),
      world.signedIn('boris'),
      world.signedIn('root'),
    ]);
  });
  after(() => world.close());

  const service = { mailbox: '', login: '', password: '' };

  /** What the stream of somebody's page tells of one kind, until it is enough. */
  function listenTo(browser: Browser, type: StreamEvent['type']): Heard {
    const told: Sync[] = [];
    let look = (): void => undefined;
    const opened = new Promise<void>((resolve, reject) => {
      get(`${world.url}/api/v1/stream`, { headers: { Cookie: browser.cookie }, agent: false }, (answer) => {
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          resolve();
          for (const [, data = ''] of text.matchAll(new RegExp(`event: ${type}\ndata: (.*)\n`, 'g')))
            told.push(JSON.parse(data));
          look();
        });
        answer.on('error', () => undefined);
      }).on('error', reject);
    });
    return {
      opened,
      until: (isEnough) =>
        new Promise((resolve) => {
          look = () => {
            if (isEnough(told)) resolve(told);
          };
          look();
        }),
    };
  }

  it('says nothing at all while the connector is off', async () => {
    const { state, proposal, link } = await anna.ok('GET /exchange/status');
    assert.deepEqual([state, proposal, link], ['absent', null, null]);
    assert.equal((await anna.refused('PUT /exchange/account', { body: service })).status, 404);
    assert.equal((await world.ask('GET', '/health/exchange')).status, 404);
  });

  it('lets administrators set it up, and tells no secret', async () => {
    assert.equal((await anna.refused('GET /admin/exchange/settings')).status, 403);
    const refused = await root.refused('PATCH /admin/exchange/settings', {
      body: { settings: { host: 'outlook.office365.com' } },
    });
    assert.equal(refused.status, 422);
    assert.match(refused.detail ?? '', /1 April 2027.*Graph/);
    await switchOn(root);
    const { text, body } = await root.call('GET /admin/exchange/settings');
    assert.ok(!text.includes('service secret') && !text.includes('enc:v1'));
    assert.ok(body.serviceAccounts[0]?.secretSet);
    assert.deepEqual(body.warnings, ['clockSkew']);
    assert.equal(body.settings.find(({ key }) => key === 'host')?.value, 'mail.corp.example');
    const stale = await root.call('PATCH /admin/exchange/settings', {
      body: { settings: { port: 444 } },
      ifMatch: '"other"',
    });
    assert.equal(stale.status, 412);
    const rivals = await Promise.all(
      [2, 3].map((periodMinutes) =>
        root.call('PATCH /admin/exchange/settings', {
          body: { settings: { periodMinutes } },
          ifMatch: body.etag,
        }),
      ),
    );
    assert.deepEqual(
      rivals.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 412],
    );
    assert.equal((await anna.ok('GET /exchange/status')).state, 'needs_authorisation');
  });

  it('tests the connection, and remembers a failure until the next test', async () => {
    const { steps } = await root.ok('POST /admin/exchange/test', { body: { mailbox: '', probe: false } });
    assert.equal(steps[0]?.ok, true);
    desk.failure = new ExchangeFailure('unreachable', 'connect-failed', 'nobody is there');
    const failed = await root.call('POST /admin/exchange/test', { body: { mailbox: '', probe: false } });
    assert.equal(failed.status, 503);
    assert.match(failed.text, /"E14".*"Exchange: server not reachable."/);
    desk.failure = new ExchangeFailure('not-set-up', 'host-missing', 'no host');
    const unset = await root.call('POST /admin/exchange/test', { body: { mailbox: '', probe: false } });
    assert.match(unset.text, /"E15"/);
  });

  it('signs in with the reason why not', async () => {
    const wrong = await anna.refused('PUT /exchange/account', {
      body: { mailbox: 'a@corp.example', login: 'a', password: 'wrong' },
    });
    assert.deepEqual([wrong.status, wrong.reason, wrong.error], [422, 'wrong-password', 'E13']);
    assert.equal((await anna.ok('GET /exchange/status')).account, null);
    const status = await anna.ok('PUT /exchange/account', {
      body: { ...service, mailbox: 'boris@example.com' },
    });
    // The service account opens one's own mailbox, whatever one says.
    assert.equal(status.account?.mailbox, 'anna@example.com');
    assert.equal((await anna.ok('GET /exchange/calendars')).calendars.length, 2);
  });

  it('shows what the first run would do, then links', async () => {
    const { id: calendar } = await ownCalendar(anna);
    const body = { calendar, remoteCalendar: 'AAMk=', direction: 'both', startDate: '2026-11-01' } as const;
    const preview = await anna.ok('POST /exchange/preview', { body });
    assert.deepEqual([preview.toImport, preview.toExport, preview.paired], [3, 2, 1]);
    const readOnly = await anna.refused('PUT /exchange/link', { body: { ...body, remoteCalendar: 'READ=' } });
    assert.equal(readOnly.status, 403);
    const unknown = await anna.refused('PUT /exchange/link', { body: { ...body, remoteCalendar: 'x' } });
    assert.equal(unknown.status, 404);
    desk.failure = new ExchangeFailure('throttled', 'ErrorServerBusy', 'busy');
    const { status, body: busy } = await anna.call('PUT /exchange/link', { body });
    assert.equal(status, 503);
    assert.match(JSON.stringify(busy), /throttled/);
    const { link, state, run } = await anna.ok('PUT /exchange/link', { body });
    assert.deepEqual([link?.remoteName, link?.startDate, state], ['Calendar', '2026-11-01', 'queued']);
    await anna.ok('DELETE /exchange/runs/{run}', { path: { run: run?.id ?? '' } });
    const theirs = await boris.refused('PUT /exchange/link', { body });
    assert.equal(theirs.status, 404);
    await boris.ok('PUT /exchange/account', { body: service });
    assert.equal((await boris.refused('PUT /exchange/link', { body })).status, 404);
  });

  it('is cheap to ask again', async () => {
    const { headers } = await anna.call('GET /exchange/status');
    const etag = headers['etag'] ?? '';
    const again = await anna.call('GET /exchange/status', { headers: { 'If-None-Match': etag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    const short = await world.ask('GET', '/api/exchange/status', { headers: { Cookie: anna.cookie } });
    assert.equal(short.headers['etag'], etag);
  });

  it('makes one run of many clicks', async () => {
    const first = await anna.call('POST /exchange/sync');
    assert.equal(first.status, 202);
    const second = await anna.call('POST /exchange/sync');
    assert.deepEqual([second.status, second.body.runId], [200, first.body.runId]);
    assert.equal(desk.asked.filter((line) => line === 'wake').length >= 1, true);
    const { state, run } = await anna.ok('GET /exchange/status');
    assert.deepEqual([state, run?.id], ['queued', first.body.runId]);
    await anna.ok('DELETE /exchange/runs/{run}', { path: { run: first.body.runId } });
    assert.ok(desk.asked.includes(`cancel ${first.body.runId}`));
    assert.equal((await anna.ok('GET /exchange/status')).state, 'ready');
  });

  it('tells the progress of a run as it comes, until its end', async () => {
    const { runId } = await anna.ok('POST /exchange/sync');
    const { storage, clock } = world.app.services;
    const told: string[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      const url = `${world.url}/api/v1/exchange/runs/${runId}/events`;
      get(url, { headers: { Cookie: anna.cookie }, agent: false }, (answer) => {
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          told.push(text);
          if (told.length === 1) void pulling();
          if (text.includes('"phase":"pulling"')) void finish();
        });
        answer.on('end', resolve);
        answer.on('error', reject);
      }).on('error', reject);
    });
    const stored = async () => {
      const run = await storage.connectors.run(id<RunId>(Number(runId)));
      assert.ok(run);
      return run;
    };
    const pulling = async (): Promise<void> => {
      await storage.commit({
        actor: null,
        changes: [{ do: 'put-run', run: { ...(await stored()), phase: 'pulling', done: 5 } }],
      });
    };
    const finish = async (): Promise<void> => {
      const run = { ...(await stored()), phase: 'done', outcome: 'ok', finished: clock.now() } as const;
      await storage.commit({ actor: null, changes: [{ do: 'put-run', run }] });
    };
    await ended;
    const events = [...told.join('').matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
    assert.deepEqual(
      events.map(({ phase, outcome }) => `${phase} ${outcome}`),
      ['waiting running', 'pulling running', 'done ok'],
    );
  });

  it('keeps everything of a link from others', async () => {
    things = await exchangeThings(world, anna, root);
    const path = { run: things.run };
    assert.equal((await boris.refused('GET /exchange/runs/{run}', { path })).status, 404);
    assert.equal((await boris.refused('DELETE /exchange/runs/{run}', { path })).status, 404);
    assert.equal((await boris.refused('GET /exchange/runs/{run}/events', { path })).status, 404);
    assert.equal(
      (await boris.refused('POST /exchange/issues/{issue}/retry', { path: { issue: things.issue } })).status,
      404,
    );
    assert.equal((await boris.refused('DELETE /exchange/link')).status, 404);
    assert.equal((await boris.refused('POST /exchange/sync')).status, 404);
    assert.deepEqual((await boris.ok('GET /exchange/runs')).runs, []);
    assert.deepEqual((await boris.ok('GET /exchange/issues')).issues, []);
    for (const route of ['pause', 'resume', 'run'] as const) {
      const call = `POST /admin/exchange/links/{link}/${route}` as const;
      assert.equal((await anna.refused(call, { path: { link: things.link } })).status, 403);
    }
    assert.equal((await anna.refused('GET /admin/exchange/quarantine')).status, 403);
    const anonymous = await world.browser().refused('GET /exchange/status');
    assert.equal(anonymous.status, 401);
  });

  it('takes writes from its own page only', async () => {
    const foreign = { 'X-Requested-With': undefined, Origin: 'https://evil.example' };
    for (const call of ['POST /exchange/sync', 'DELETE /exchange/link'] as const) {
      assert.equal((await anna.refused(call, { headers: foreign })).status, 403, call);
    }
    assert.ok(await linkOfPerson(world.app.services, world.anna.id));
  });

  it('lists what needs attention to its owner with titles, to administrators without', async () => {
    const { id: calendar } = await ownCalendar(anna);
    const dav = await world.dav('anna', 'PUT', `/dav/calendars/anna/personal/broken-1.ics`, {
      headers: { 'Content-Type': 'text/calendar' },
      body: [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:x',
        'BEGIN:VEVENT',
        'UID:broken-1',
        'DTSTAMP:20260101T000000Z',
        'DTSTART:20261124T230000Z',
        'SUMMARY:Secret lunch',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    });
    assert.ok(dav.status < 300 || dav.status === 404, String(dav.status));
    const { issues } = await anna.ok('GET /exchange/issues');
    assert.deepEqual(
      issues.map(({ code, text }) => `${code} ${text}`),
      [...Array(2).fill('ErrorItemCorrupt the item is broken'), 'note-changed '],
    );
    assert.ok(calendar);
    const quarantine = await root.call('GET /admin/exchange/quarantine');
    assert.equal(quarantine.body.items.length, 3);
    assert.ok(!quarantine.text.includes('lunch'));
    await anna.ok('POST /exchange/issues/{issue}/retry', { path: { issue: things.issue } });
    await root.ok('POST /admin/exchange/quarantine/{item}/retry', { path: { item: things.item } });
    const answer = { path: { issue: things.question }, body: { proceed: false } };
    assert.equal((await boris.refused('POST /exchange/issues/{issue}/answer', answer)).status, 404);
    await anna.ok('POST /exchange/issues/{issue}/answer', answer);
    assert.equal((await anna.refused('POST /exchange/issues/{issue}/answer', answer)).status, 404);
    assert.equal((await anna.ok('GET /exchange/issues')).issues.length, 1);
  });

  it('tells what both sides had changed, to whom it belongs and to nobody else', async () => {
    const link = await linkOfPerson(world.app.services, world.anna.id);
    assert.ok(link);
    const { storage, clock, ids } = world.app.services;
    const note = (field: string, ours: unknown, theirs: unknown, kept: 'ours' | 'theirs'): Change => ({
      do: 'add-conflict',
      conflict: {
        id: ids<ConflictId>(),
        link: link.id,
        uid: uid('gone'),
        at: clock.now(),
        field,
        ours: JSON.stringify(ours),
        theirs: JSON.stringify(theirs),
        kept,
      },
    });
    const when = (hour: string): unknown => ({
      start: { local: `2026-11-24T${hour}:00:00`, zone: 'Europe/Berlin' },
      end: { local: `2026-11-24T${hour}:30:00`, zone: 'Europe/Berlin' },
      recurrence: { rules: ['FREQ=DAILY'], dates: [] },
    });
    const result = await storage.commit({
      actor: null,
      changes: [
        note('title', 'Lunch', 'Dinner', 'theirs'),
        note('2026-11-24T09:00:00Z description', { text: 'a', html: null }, { text: 'b' }, 'ours'),
        note('when', when('09'), when('10'), 'theirs'),
        note('event', { content: { title: 'Mine' } }, null, 'ours'),
      ],
    });
    assert.ok(result.ok);
    const { conflicts } = await anna.ok('GET /exchange/conflicts');
    assert.deepEqual(
      conflicts.map(({ field, instance, here, there, kept }) => [field, instance, here, there, kept]),
      [
        ['event', null, 'Mine', null, 'here'],
        [
          'when',
          null,
          '2026-11-24 09:00 – 2026-11-24 09:30, FREQ=DAILY',
          '2026-11-24 10:00 – 2026-11-24 10:30, FREQ=DAILY',
          'there',
        ],
        ['description', '2026-11-24', 'a', 'b', 'here'],
        ['title', null, 'Lunch', 'Dinner', 'there'],
      ],
    );
    assert.equal(conflicts[0]?.title, 'Mine');
    const ofEvent = async (of: string): Promise<number> =>
      (await anna.ok('GET /exchange/conflicts', { query: { uid: of } })).conflicts.length;
    assert.deepEqual([await ofEvent('gone'), await ofEvent('other')], [4, 0]);
    assert.deepEqual((await boris.ok('GET /exchange/conflicts')).conflicts, []);
  });

  it('tells who is on a list that is invited to an event of the linked calendar, and to nobody else', async () => {
    const uid = 'team-meeting';
    const body = invitation(uid, ['ATTENDEE;CUTYPE=GROUP:mailto:List@corp.example']);
    const headers = { 'Content-Type': 'text/calendar' };
    assert.ok(
      (await world.dav('anna', 'PUT', `/dav/calendars/anna/personal/${uid}.ics`, { headers, body })).status <
        300,
    );
    const ask = (address: string, of = uid) => ({ query: { uid: of, address } });
    const members = [{ name: 'Bob', address: 'bob@corp.example' }];
    assert.deepEqual(await anna.ok('GET /exchange/members', ask('list@corp.example')), { members });
    assert.deepEqual(await anna.ok('GET /exchange/members', ask('carl@example.com')), { members: null });
    for (const asking of [ask('list@other.example'), ask('list@corp.example', 'other')])
      assert.equal((await anna.refused('GET /exchange/members', asking)).status, 404);
    assert.equal((await boris.refused('GET /exchange/members', ask('list@corp.example'))).status, 404);
    desk.failure = new ExchangeFailure('unreachable', 'connect-failed', 'nobody answers');
    assert.equal((await anna.call('GET /exchange/members', ask('list@corp.example'))).status, 503);
  });

  it('gives the word that lost as the change of the event that takes it after all', async () => {
    const link = await linkOfPerson(world.app.services, world.anna.id);
    assert.ok(link);
    const { storage, clock, ids } = world.app.services;
    const path = { id: String(link.calendar) };
    const made = await anna.ok('POST /calendars/{id}/events', {
      path,
      body: {
        title: 'Theirs',
        start: { dateTime: '2026-11-24T09:00:00', zone: 'Europe/Berlin' },
        end: { dateTime: '2026-11-24T10:00:00', zone: 'Europe/Berlin' },
        repeat: { rule: 'FREQ=DAILY;COUNT=3' },
      },
    });
    const note = (field: string, ours: unknown, theirs: unknown): Change => ({
      do: 'add-conflict',
      conflict: {
        id: ids<ConflictId>(),
        link: link.id,
        uid: uid(made.uid),
        at: clock.now(),
        field,
        ours: JSON.stringify(ours),
        theirs: JSON.stringify(theirs),
        kept: 'theirs',
      },
    });
    const result = await storage.commit({
      actor: null,
      changes: [
        note('title', 'Mine', 'Theirs'),
        note('2026-11-25T08:00:00Z location', 'Room 1', ''),
        note('people', { organizer: null, attendees: [] }, {}),
      ],
    });
    assert.ok(result.ok);
    const { conflicts } = await anna.ok('GET /exchange/conflicts', { query: { uid: made.uid } });
    assert.deepEqual(
      conflicts.map(({ field, recurrenceId, take }) => [field, recurrenceId, take]),
      [
        ['people', null, null],
        ['location', '20261125T080000Z', { location: 'Room 1' }],
        ['title', null, { title: 'Mine' }],
      ],
    );
    const event = { ...path, uid: made.uid };
    let ifMatch = made.etag ?? '';
    for (const { take, recurrenceId } of conflicts) {
      if (take === null) continue;
      const query = recurrenceId === null ? {} : { scope: 'one' as const, recurrenceId };
      const changed = await anna.ok('PATCH /calendars/{id}/events/{uid}', {
        path: event,
        query,
        body: take,
        ifMatch,
      });
      ifMatch = changed.etag ?? '';
    }
    const read = async (recurrenceId: string): Promise<readonly string[]> => {
      const { title, location } = await anna.ok('GET /calendars/{id}/events/{uid}', {
        path: event,
        query: { recurrenceId },
      });
      return [title, location];
    };
    assert.deepEqual(await read('20261125T080000Z'), ['Mine', 'Room 1']);
    assert.deepEqual(await read('20261126T080000Z'), ['Mine', '']);
  });

  it('says which meetings are somebody else’s to change', async () => {
    const link = await linkOfPerson(world.app.services, world.anna.id);
    assert.ok(link);
    const { storage } = world.app.services;
    const made = await anna.ok('POST /calendars/{id}/events', {
      path: { id: String(link.calendar) },
      body: {
        title: 'Their meeting',
        start: { dateTime: '2026-11-24T09:00:00', zone: 'Europe/Berlin' },
        end: { dateTime: '2026-11-24T10:00:00', zone: 'Europe/Berlin' },
      },
    });
    const path = { id: String(link.calendar), uid: made.uid };
    assert.equal((await anna.ok('GET /calendars/{id}/events/{uid}', { path })).isGuest, false);
    const select = { by: 'uids', uids: [made.uid] } as const;
    let name = '';
    for await (const page of storage.heads({ calendar: link.calendar, select })) name = page[0]?.name ?? '';
    const pair = await storage.connectors.pair(id<PairId>(Number(things.issue)));
    assert.ok(pair);
    const guest = {
      ...pair,
      id: id<PairId>(3),
      uid: uid(made.uid),
      objectName: name,
      role: 'guest',
    } as const;
    const result = await storage.commit({ actor: null, changes: [{ do: 'put-pair', pair: guest }] });
    assert.ok(result.ok);
    const detail = await anna.ok('GET /calendars/{id}/events/{uid}', { path });
    assert.equal(detail.isGuest, true);
    const change = { path, ifMatch: detail.etag };
    const refused = await anna.refused('PATCH /calendars/{id}/events/{uid}', {
      ...change,
      body: { title: 'My meeting' },
    });
    assert.deepEqual([refused.status, refused.reason], [403, 'not-organizer']);
    await anna.ok('PATCH /calendars/{id}/events/{uid}', { ...change, body: { privacy: 'private' } });
  });

  it('gives a log for support without titles and addresses', async () => {
    const { text, runs } = await anna.ok('GET /exchange/runs');
    assert.ok(runs.length >= 2);
    assert.match(
      text,
      /schedule {2}partial {2}10\.0 s {2}read=2 {2}created=1 {2}failed=2 {2}change-not-kept=1 title-cut=12/,
    );
    assert.deepEqual(
      runs.map(({ notes }) => notes).filter(({ length }) => length > 0),
      [
        [
          { code: 'change-not-kept', count: 1 },
          { code: 'title-cut', count: 12 },
        ],
      ],
    );
    assert.doesNotMatch(text, /@|lunch/i);
  });

  it('pauses, resumes and runs a link for an administrator', async () => {
    const path = { link: things.link };
    const paused = await root.ok('POST /admin/exchange/links/{link}/pause', { path });
    assert.deepEqual([paused.state, paused.reason, paused.person], ['paused', 'administrator', 'anna']);
    const { state, reason } = await anna.ok('GET /exchange/status');
    assert.deepEqual([state, reason], ['paused', 'administrator']);
    assert.equal((await anna.refused('POST /exchange/sync')).status, 423);
    assert.notEqual((await root.ok('POST /admin/exchange/links/{link}/resume', { path })).state, 'paused');
    assert.equal((await root.ok('POST /admin/exchange/links/{link}/run', { path })).state, 'queued');
    const { links } = await root.ok('GET /admin/exchange/links', { query: { text: 'anna' } });
    assert.deepEqual([links.length, links[0]?.mailbox], [1, 'anna@example.com']);
  });

  it('ends a link, and removes copies there when asked', async () => {
    await anna.ok('DELETE /exchange/link', { query: { keep: 'portal' } });
    assert.ok(desk.asked.some((line) => line.startsWith('clear ')));
    const { state, link, account } = await anna.ok('GET /exchange/status');
    assert.deepEqual([state, link, account?.mailbox], ['needs_authorisation', null, 'anna@example.com']);
    assert.equal((await anna.refused('DELETE /exchange/link')).status, 404);
  });

  it('is one of the connections, by the names of portal.md 11, and the stream tells of it as `sync`', async () => {
    const path = { provider: 'exchange' };
    const { id: calendar } = await ownCalendar(anna);
    const heard = listenTo(anna, 'sync');
    await heard.opened;
    const link = { calendar, remoteCalendar: 'AAMk=', direction: 'both', startDate: '2026-11-01' } as const;
    const linked = await anna.ok('PUT /connections/{provider}', { path, body: { account: service, link } });
    assert.deepEqual([linked.link?.remoteName, linked.state], ['Calendar', 'queued']);
    await heard.until((told) => told.at(-1)?.status.state === 'queued');
    const { connections } = await anna.ok('GET /connections');
    assert.deepEqual(connections, [{ provider: 'exchange', status: linked }]);
    const joined = await anna.call('POST /connections/{provider}/sync', { path });
    assert.deepEqual([joined.status, joined.body.runId], [200, linked.run?.id]);
    assert.equal((await anna.refused('PUT /connections/{provider}', { path, body: {} })).status, 400);
    await anna.ok('DELETE /exchange/runs/{run}', { path: { run: joined.body.runId } });
    const run = await anna.call('POST /connections/{provider}/sync', { path });
    assert.equal(run.status, 202);
    await anna.ok('DELETE /connections/{provider}', { path });
    const told = await heard.until((all) => all.at(-1)?.status.link === null);
    assert.ok(told.every(({ provider }) => provider === 'exchange'));
    for (const call of ['POST /connections/{provider}/sync', 'DELETE /connections/{provider}'] as const) {
      assert.equal((await anna.refused(call, { path: { provider: 'google' } })).status, 404, call);
      assert.equal((await boris.refused(call, { path })).status, 404, call);
      assert.equal((await world.browser().refused(call, { path })).status, 401, call);
    }
  });

  it('is in the audit', async () => {
    const { entries } = await root.ok('GET /admin/audit', { query: {} });
    const actions = new Set(entries.map(({ action }) => action));
    for (const action of [
      'exchange.setting',
      'exchange.sign-in',
      'exchange.link',
      'exchange.pause',
      'exchange.unlink',
    ])
      assert.ok(actions.has(action), action);
    assert.ok(passwordOf('anna').length > 0);
  });
});
