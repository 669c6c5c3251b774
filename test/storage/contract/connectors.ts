import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import {
  type ConnectorAccount,
  type ConnectorItem,
  type ConnectorLink,
  type ConnectorPair,
  type ConnectorRun,
  longestPauseMs,
  type OutboxEntry,
} from '../../../src/core/connector.ts';
import { etag, id, uid } from '../../../src/core/ids.ts';
import { instant } from '../../../src/icalendar/time.ts';
import {
  anna,
  at,
  boris,
  flat,
  home,
  nobody,
  noon,
  nowhere,
  object,
  put,
  range,
  remove,
  type StorageFactory,
  teamPlan,
  useWorld,
  work,
} from './fixture.ts';

const account = (more: Partial<ConnectorAccount> = {}): ConnectorAccount => ({
  id: id(701),
  provider: 'exchange',
  principal: anna,
  mailbox: 'anna@corp.example',
  login: 'CORP\\anna',
  secret: new Uint8Array([1, 2, 3]),
  stopped: null,
  authFailures: 0,
  notBefore: null,
  memory: '{}',
  created: instant(noon),
  ...more,
});

const link = (more: Partial<ConnectorLink> = {}): ConnectorLink => ({
  id: id(801),
  account: id(701),
  provider: 'exchange',
  principal: anna,
  calendar: work,
  remoteCalendar: 'AAMkcalendar=',
  remoteName: 'Calendar',
  direction: 'both',
  startDate: '2026-01-04',
  cursor: null,
  reconciling: false,
  initialised: false,
  localCursor: 0,
  stopped: null,
  guardLifted: false,
  lastRun: null,
  lastOk: null,
  nextRun: null,
  failures: 0,
  lastFailure: null,
  deepChecked: null,
  wanted: null,
  removed: null,
  created: instant(noon),
  ...more,
});

const item = (remoteId: string, more: Partial<ConnectorItem> = {}): ConnectorItem => ({
  link: id(801),
  remoteId,
  version: 'v1',
  pair: null,
  recurrenceId: null,
  start: at(0),
  end: at(1),
  recurring: false,
  gone: false,
  echoed: true,
  ...more,
});

const pair = (number: number, more: Partial<ConnectorPair> = {}): ConnectorPair => ({
  id: id(number),
  link: id(801),
  uid: uid(`uid-${number}`),
  objectName: `${number}.ics`,
  objectEtag: etag('"1"'),
  marker: `marker-${number}`,
  role: 'owner',
  origin: 'local',
  agreed: '{"local":{}}',
  failures: 0,
  quarantine: null,
  quarantineText: null,
  pushes: 0,
  pushedSince: null,
  reverts: 0,
  ended: null,
  ...more,
});

const entry = (number: number, more: Partial<OutboxEntry> = {}): OutboxEntry => ({
  id: id(number),
  link: id(801),
  pair: id(901),
  action: 'create',
  payload: '{}',
  sent: false,
  attempts: 0,
  notBefore: null,
  created: instant(noon),
  ...more,
});

const run = (number: number, more: Partial<ConnectorRun> = {}): ConnectorRun => ({
  id: id(number),
  link: id(801),
  cause: 'manual',
  started: instant(noon),
  finished: null,
  outcome: 'running',
  phase: 'pulling',
  done: 1,
  total: null,
  counters: {
    read: 1,
    created: 2,
    updated: 3,
    deleted: 4,
    skipped: 5,
    failed: 6,
    conflicts: 7,
    repaired: 8,
  },
  failure: null,
  detail: null,
  ...more,
});

const addAccount = (more?: Partial<ConnectorAccount>): Change => ({
  do: 'add-connector-account',
  account: account(more),
});
const addLink = (more?: Partial<ConnectorLink>): Change => ({ do: 'add-connector-link', link: link(more) });
const patchLink = (
  patch: Extract<Change, { do: 'patch-connector-link' }>['patch'],
  expect?: Extract<Change, { do: 'patch-connector-link' }>['expect'],
): Change => ({ do: 'patch-connector-link', id: id(801), patch, ...(expect && { expect }) });
const lease = (kind: 'take-lease' | 'renew-lease', holder: string, seconds: number, from = noon): Change => ({
  do: kind,
  link: id(801),
  holder,
  until: instant(from + seconds * 1000),
});
const putItem = (remoteId: string, more?: Partial<ConnectorItem>): Change => ({
  do: 'put-item',
  item: item(remoteId, more),
});
const putPair = (number: number, more?: Partial<ConnectorPair>): Change => ({
  do: 'put-pair',
  pair: pair(number, more),
});

export function connectorContract(factory: StorageFactory): void {
  describe('what connectors keep', () => {
    const world = useWorld(factory);
    const read = (): typeof world.storage.connectors => world.storage.connectors;
    const refused = async (...changes: Change[]): Promise<string> => {
      const result = await world.attempt(...changes);
      return result.ok ? 'done' : result.reason;
    };
    const due = async (
      more: Partial<Parameters<ReturnType<typeof read>['dueLinks']>[0]> = {},
    ): Promise<string[]> => {
      const found = await read().dueLinks({
        provider: 'exchange',
        now: world.clock.now(),
        hinted: [],
        settledBefore: world.clock.now(),
        latest: instant(world.clock.now() + 100 * 86_400_000),
        priority: [],
        limit: 10,
        ...more,
      });
      return found.map(({ link, because }) => `${link.id} ${because}`);
    };

    it('keeps one account for each mailbox', async () => {
      await world.done(
        addAccount(),
        addAccount({ id: id(702), principal: boris, mailbox: 'b@corp.example' }),
      );
      assert.deepEqual(plain(await read().account(id(701))), plain(account()));
      assert.equal((await read().accountByMailbox('exchange', 'b@corp.example'))?.id, 702);
      assert.deepEqual(
        (await read().accountsOf(anna)).map(({ id }) => id),
        [701],
      );
      assert.deepEqual(
        (await flat(read().accounts('exchange'))).map(({ id }) => id),
        [701, 702],
      );
      assert.equal(await refused(addAccount({ id: id(703) })), 'name-in-use');
      assert.equal(await refused(addAccount({ id: id(703), mailbox: 'x', principal: nobody })), 'missing');
      const patch = { mailbox: 'b@corp.example' };
      assert.equal(await refused({ do: 'patch-connector-account', id: id(701), patch }), 'name-in-use');
      await world.done({
        do: 'patch-connector-account',
        id: id(701),
        patch: { stopped: 'credentials', authFailures: 1, secret: null, notBefore: at(1) },
      });
      const changed = account({ stopped: 'credentials', authFailures: 1, secret: null, notBefore: at(1) });
      assert.deepEqual(await read().account(id(701)), changed);
      assert.equal(await refused({ do: 'patch-connector-account', id: id(799), patch: {} }), 'missing');
      assert.equal(await refused({ do: 'delete-connector-account', id: id(799) }), 'missing');
    });

    it('lets one link live for a calendar here, and one for a calendar there', async () => {
      await world.done(addAccount(), addLink());
      assert.deepEqual(await read().link(id(801)), link());
      assert.deepEqual(await read().linkOf(work), link());
      assert.equal(await read().linkOf(home), undefined);
      assert.equal(await refused(addLink({ id: id(802), remoteCalendar: 'other' })), 'name-in-use');
      assert.equal(await refused(addLink({ id: id(802), calendar: home })), 'name-in-use');
      assert.equal(await refused(addLink({ id: id(802), calendar: nowhere })), 'missing');
      assert.equal(await refused(addLink({ id: id(802), account: id(799), calendar: home })), 'missing');
      await world.done(addLink({ id: id(802), calendar: home, remoteCalendar: 'other' }));
      assert.deepEqual(
        (await read().linksOfPerson(anna)).map(({ id }) => id),
        [801, 802],
      );
      assert.deepEqual(await read().linkedCalendars(), [work, home]);
      assert.equal(await read().linkedAccountCount('exchange'), 1);
      const [first] = await flat(read().links({ provider: 'exchange', text: 'CORP' }));
      assert.equal(first?.person, 'anna');
      assert.equal(first?.calendarName, 'work');
      assert.deepEqual(await flat(read().links({ provider: 'exchange', text: 'no such' })), []);
      assert.equal((await flat(read().links({ provider: 'exchange', after: id(801) }))).length, 1);
    });

    it('keeps a removed link for the next one, and brings it back where nothing stands in the way', async () => {
      await world.done(addAccount(), addLink(), patchLink({ removed: at(0) }));
      assert.equal(await read().linkOf(work), undefined);
      assert.deepEqual(await read().linkedCalendars(), []);
      assert.deepEqual(
        (await read().linksOfAccount(id(701))).map(({ id }) => id),
        [801],
      );
      await world.done(addLink({ id: id(802) }));
      assert.equal(await refused(patchLink({ removed: null })), 'name-in-use');
      await world.done({ do: 'delete-connector-link', id: id(802) }, patchLink({ removed: null }));
      assert.equal((await read().linkOf(work))?.id, 801);
      assert.equal(await refused({ do: 'delete-connector-link', id: id(802) }), 'missing');
    });

    it('changes a link only as long as it is what somebody has seen', async () => {
      await world.done(
        addAccount(),
        addLink({ direction: 'both', startDate: null, cursor: 'a', localCursor: 7 }),
      );
      const seen = {
        direction: 'both',
        startDate: null,
        cursor: 'a',
        reconciling: false,
        localCursor: 7,
      } as const;
      await world.done(patchLink({ cursor: 'b' }, seen));
      for (const other of [
        { direction: 'to-remote' },
        { startDate: '2026-03-01' },
        { cursor: null },
        { cursor: 'a' },
        { reconciling: true },
        { localCursor: 8 },
        { deepChecked: at(1) },
        { stopped: 'guard' },
      ] as const)
        assert.equal(await refused(patchLink({ cursor: 'c' }, { ...seen, cursor: 'b', ...other })), 'stale');
      assert.equal((await read().link(id(801)))?.cursor, 'b');
    });

    it('ends what it knew of a link together with it, and keeps the pairs for the next time', async () => {
      await world.done(addAccount(), addLink(), putPair(901), putItem('A', { pair: id(901) }));
      await world.done({ do: 'put-outbox', entry: entry(1) }, lease('take-lease', 'one', 90));
      world.clock.advance(1);
      await world.done(patchLink({ removed: instant(noon) }));
      assert.deepEqual(await read().pair(id(901)), pair(901, { ended: instant(noon) }));
      assert.equal((await read().linkCounts(id(801))).items, 0);
      assert.equal((await read().linkCounts(id(801))).outbox, 0);
      assert.equal(await refused({ do: 'check-lease', link: id(801), holder: 'one' }), 'stale');
    });

    it('answers what a person saw only while it is so', async () => {
      await world.done(addAccount(), addLink({ stopped: 'guard' }));
      assert.equal(await refused(patchLink({ stopped: null }, { stopped: 'quota' })), 'stale');
      await world.done(patchLink({ stopped: null, guardLifted: true }, { stopped: 'guard' }));
      assert.deepEqual(await read().linkOf(work), link({ guardLifted: true }));
      await world.done(patchLink({ wanted: at(0) }, { wanted: null }));
      assert.equal(await refused(patchLink({ wanted: at(1) }, { wanted: null })), 'stale');
    });

    it('moves the version of the directory when a calendar gets or loses a link, and not for a run', async () => {
      const version = (): Promise<number> => world.storage.directoryVersion();
      await world.done(addAccount());
      const before = await version();
      await world.done(addLink());
      const linked = await version();
      assert.notEqual(linked, before);
      await world.done(patchLink({ cursor: 'c', lastRun: at(0) }), { do: 'put-run', run: run(1) });
      assert.equal(await version(), linked);
      await world.done(patchLink({ removed: at(0) }));
      assert.notEqual(await version(), linked);
    });

    it('lets one holder run a link until its lease expires', async () => {
      await world.done(addAccount(), addLink(), lease('take-lease', 'one', 90));
      assert.deepEqual(await read().lease(id(801)), { link: 801, holder: 'one', until: noon + 90_000 });
      assert.equal(await refused(lease('take-lease', 'two', 90)), 'stale');
      assert.equal(await refused(lease('renew-lease', 'two', 90)), 'stale');
      await world.done(lease('take-lease', 'one', 100), lease('renew-lease', 'one', 120));
      world.clock.advance(119_999);
      assert.equal(await refused(lease('take-lease', 'two', 200)), 'stale');
      world.clock.advance(1);
      await world.done(lease('renew-lease', 'one', 121));
      world.clock.advance(1_000);
      await world.done(lease('take-lease', 'two', 300));
      assert.equal(await refused(lease('renew-lease', 'one', 400)), 'stale');
      await world.done({ do: 'release-lease', link: id(801), holder: 'one' });
      assert.equal((await read().lease(id(801)))?.holder, 'two');
      await world.done({ do: 'release-lease', link: id(801), holder: 'two' });
      assert.equal(await read().lease(id(801)), undefined);
      assert.equal(await refused({ do: 'take-lease', link: id(899), holder: 'x', until: at(1) }), 'missing');
    });

    it('writes events and what is known of them together, or nothing when the lease was lost', async () => {
      await world.done(addAccount(), addLink(), lease('take-lease', 'one', 90));
      const work3: Change[] = [
        put(work, object('901.ics')),
        putPair(901),
        putItem('A', { pair: id(901) }),
        { do: 'put-outbox', entry: entry(1) },
        patchLink({ cursor: 'page 1', localCursor: 3 }),
      ];
      const lost: Change = { do: 'check-lease', link: id(801), holder: 'two' };
      assert.equal(await refused(...work3, lost), 'stale');
      assert.equal(await world.storage.head(work, '901.ics'), undefined);
      assert.deepEqual(await flat(read().pairs(id(801))), []);
      assert.deepEqual(await read().linkOf(work), link());
      const absent = put(work, object('901.ics'), { etag: etag('"gone"') });
      assert.equal(await refused(...work3.slice(1), absent), 'stale');
      assert.deepEqual(await flat(read().items({ link: id(801) })), []);
      await world.done({ do: 'check-lease', link: id(801), holder: 'one' }, ...work3);
      assert.equal((await world.storage.head(work, '901.ics'))?.name, '901.ics');
      assert.deepEqual(await flat(read().items({ link: id(801) })), [item('A', { pair: id(901) })]);
      assert.deepEqual(await read().linkCounts(id(801)), {
        items: 1,
        gone: 0,
        pairs: 1,
        quarantined: 0,
        outbox: 1,
      });
    });

    it('finds items by id octet by octet, by pair, and by where they lie', async () => {
      await world.done(
        addAccount(),
        addLink(),
        putPair(901),
        putPair(902),
        putItem('AAa', { pair: id(901), recurrenceId: '20260106T100000Z' }),
        putItem('AAA', { pair: id(901), version: 'v7' }),
        putItem('before', { start: at(-9), end: at(-8) }),
        putItem('after', { start: at(9), end: at(10) }),
        putItem('endless', { start: at(-9), end: null, recurring: true }),
        putItem('unknown', { start: null, end: null, pair: id(902), gone: true }),
        putItem('point', { start: at(0), end: at(0), echoed: false }),
      );
      const found = await read().itemsById(id(801), ['AAA', 'aaa', "it's"]);
      assert.deepEqual(found, [item('AAA', { pair: id(901), version: 'v7' })]);
      const ids = async (pages: ReturnType<ReturnType<typeof read>['items']>): Promise<string[]> =>
        (await flat(pages)).map(({ remoteId }) => remoteId);
      const paired = await read().itemsOfPairs([id(901), id(903)]);
      assert.deepEqual(
        paired.map(({ remoteId }) => remoteId),
        ['AAA', 'AAa'],
      );
      const within = range(0, 2);
      const query = { link: link().id };
      assert.deepEqual(await ids(read().items({ ...query, within })), [
        'AAA',
        'AAa',
        'endless',
        'point',
        'unknown',
      ]);
      assert.deepEqual(await ids(read().items({ ...query, outside: within })), ['after', 'before']);
      assert.deepEqual(await ids(read().items({ ...query, within, paired: false })), ['endless', 'point']);
      assert.deepEqual(await ids(read().items({ ...query, within: range(1, 2), paired: true })), ['unknown']);
      assert.deepEqual(await ids(read().items({ ...query, gone: true })), ['unknown']);
      assert.equal((await ids(read().items({ ...query, gone: false }))).length, 6);
      assert.deepEqual(await ids(read().items({ ...query, echoed: false })), ['point']);
      await world.done({ do: 'drop-item', link: id(801), remoteId: 'AAa' });
      await world.done({ do: 'drop-item', link: id(801), remoteId: 'AAa' });
      assert.equal((await ids(read().items(query))).length, 6);
      assert.equal(await refused(putItem('x', { pair: id(999) })), 'missing');
      assert.equal(await refused(putItem('x', { link: id(899) })), 'missing');
    });

    it('pages through more items than a page holds', async () => {
      await world.done(addAccount(), addLink());
      const names = Array.from({ length: 600 }, (_, number) => String(number).padStart(4, '0'));
      await world.done(...names.map((name) => putItem(name)));
      const pages = [];
      for await (const page of read().items({ link: id(801) })) pages.push(page.length);
      assert.ok(pages.length > 1);
      const found = await flat(read().items({ link: id(801) }));
      assert.deepEqual(
        found.map(({ remoteId }) => remoteId),
        names,
      );
    });

    it('lets one pair live for a UID, and keeps those that ended', async () => {
      await world.done(addAccount(), addLink(), putPair(901, { uid: uid('u') }));
      assert.deepEqual(await read().pair(id(901)), pair(901, { uid: uid('u') }));
      assert.equal(await refused(putPair(902, { uid: uid('u') })), 'uid-in-use');
      await world.done({ do: 'patch-pair', id: id(901), patch: { ended: at(0), agreed: null } });
      await world.done(putPair(902, { uid: uid('u'), role: 'guest' }));
      const ids = async (...args: Parameters<ReturnType<typeof read>['pairsBy']>): Promise<number[]> =>
        (await read().pairsBy(...args)).map(({ id }) => id);
      assert.deepEqual(await ids(id(801), 'uid', ['u', 'v']), [902, 901]);
      assert.deepEqual(await ids(id(801), 'uid', ['u'], 'live'), [902]);
      assert.deepEqual(await ids(id(801), 'marker', ['marker-901']), [901]);
      assert.deepEqual(await ids(id(801), 'objectName', ['902.ics'], 'live'), [902]);
      assert.deepEqual(await ids(id(801), 'id', [901, 902], 'ended'), [901]);
      assert.deepEqual(await ids(id(802), 'id', [901, 902]), []);
      const revive: Change = { do: 'patch-pair', id: id(901), patch: { ended: null } };
      assert.equal(await refused(revive), 'uid-in-use');
      assert.equal(await refused({ do: 'patch-pair', id: id(999), patch: {} }), 'missing');
      assert.equal((await flat(read().pairs(id(801)))).length, 1);
      assert.equal((await flat(read().pairs(id(801), { life: 'any' }))).length, 2);
      assert.equal((await flat(read().pairs(id(801), { life: 'ended' })))[0]?.id, 901);
      assert.equal(await read().roleOf(work, '902.ics'), 'guest');
      assert.equal(await read().roleOf(work, '901.ics'), undefined);
      assert.equal(await read().roleOf(home, '902.ics'), undefined);
      await world.done({ do: 'patch-pair', id: id(902), patch: { quarantine: 'loop', quarantineText: 'x' } });
      const quarantined = await flat(read().pairs(id(801), { quarantined: true }));
      assert.deepEqual(
        quarantined.map(({ id, quarantine }) => [id, quarantine]),
        [[902, 'loop']],
      );
      assert.equal((await read().linkCounts(id(801))).quarantined, 1);
    });

    it('keeps items without their pair when that is dropped, and drops its outbox', async () => {
      const dropped: Change = { do: 'drop-pair', id: id(901) };
      await world.done(addAccount(), addLink(), putPair(901), putItem('A', { pair: id(901) }));
      await world.done({ do: 'put-outbox', entry: entry(1) }, dropped, dropped);
      assert.deepEqual(await flat(read().items({ link: id(801) })), [item('A')]);
      assert.deepEqual(await flat(read().outbox(id(801))), []);
    });

    it('keeps one notice of a pair, as long as the pair lives', async () => {
      const notice = (number: number, text: string | null): Change => ({
        do: 'put-notice',
        pair: id(number),
        notice: text === null ? null : { code: 'zone-guessed', text },
      });
      const texts = async (limit = 9): Promise<readonly string[]> =>
        (await read().notices(id(801), limit)).map(({ pair, text }) => `${pair} ${text}`);
      await world.done(addAccount(), addLink(), putPair(901), putPair(902), putPair(903));
      await world.done(
        notice(901, 'first'),
        notice(902, 'other'),
        notice(903, 'third'),
        notice(904, 'of none'),
      );
      await world.done(notice(901, 'second'), notice(903, null), putPair(902, { failures: 1 }));
      assert.deepEqual(await texts(), ['901 second', '902 other']);
      assert.deepEqual(await texts(1), ['901 second']);
      await world.done({ do: 'patch-pair', id: id(901), patch: { ended: at(0) } });
      assert.deepEqual(await texts(), ['902 other']);
      await world.done({ do: 'drop-pair', id: id(902) });
      assert.deepEqual(await texts(), []);
    });

    it('hands out the outbox in the order in which it was made', async () => {
      await world.done(addAccount(), addLink(), putPair(901), putPair(902));
      await world.done(
        { do: 'put-outbox', entry: entry(2, { pair: id(902), action: 'update' }) },
        { do: 'put-outbox', entry: entry(1) },
        { do: 'put-outbox', entry: entry(2, { pair: id(902), action: 'update', sent: true, attempts: 1 }) },
      );
      assert.deepEqual(await flat(read().outbox(id(801))), [
        entry(1),
        entry(2, { pair: id(902), action: 'update', sent: true, attempts: 1 }),
      ]);
      assert.deepEqual(await read().outboxOfPair(id(901)), [entry(1)]);
      const dropped: Change = { do: 'drop-outbox', id: id(1) };
      await world.done(dropped, dropped);
      assert.equal((await read().linkCounts(id(801))).outbox, 1);
      assert.equal(await refused({ do: 'put-outbox', entry: entry(3, { pair: id(999) }) }), 'missing');
    });

    it('keeps the newest runs and conflicts of a link', async () => {
      await world.done(
        addAccount(),
        addLink(),
        addLink({ id: id(802), calendar: home, remoteCalendar: 'b' }),
      );
      await world.done({ do: 'put-run', run: run(5, { link: id(802) }) });
      for (let number = 10; number < 220; number++) await world.done({ do: 'put-run', run: run(number) });
      const finished = run(219, { finished: at(0), outcome: 'ok', phase: 'done', total: 9 });
      await world.done({ do: 'put-run', run: finished });
      assert.deepEqual(await read().run(id(219)), finished);
      const runs = await read().runs(id(801), 1000);
      assert.deepEqual([runs.length, runs[0]?.id, runs.at(-1)?.id], [200, 219, 20]);
      assert.equal((await read().runs(id(801), 3)).length, 3);
      assert.equal((await read().runs(id(802), 3)).length, 1);
      const conflict = {
        link: link().id,
        uid: uid('u'),
        at: at(0),
        field: 'title',
        ours: '"a"',
        theirs: '"b"',
      };
      for (const number of [1, 2, 3]) {
        const kept = number === 2 ? 'ours' : 'theirs';
        const uidOf = number === 3 ? uid('v') : conflict.uid;
        await world.done({
          do: 'add-conflict',
          conflict: { ...conflict, id: id(number), uid: uidOf, kept },
        });
      }
      const ofUid = await read().conflicts(id(801), { uid: 'u', limit: 9 });
      assert.deepEqual(ofUid[0], { ...conflict, id: 2, kept: 'ours' });
      assert.equal(ofUid.length, 2);
      assert.equal((await read().conflicts(id(801), { limit: 2 })).length, 2);
    });

    it('keeps settings with the moment of their change', async () => {
      const set = (key: string, value: string | null): Change => ({
        do: 'set-connector-setting',
        provider: 'exchange',
        key,
        value,
      });
      await world.done(set('host', '"a"'), set('port', '443'));
      world.clock.advance(1000);
      await world.done(set('host', '"b"'), set('port', null));
      const settings = await read().settings('exchange');
      assert.deepEqual([...settings], [['host', { value: '"b"', changed: noon + 1000 }]]);
    });

    it('says which links are next: wishes, hints, priority, time', async () => {
      const mailbox = (number: number): Partial<ConnectorAccount> => ({
        id: id(700 + number),
        mailbox: `${number}@corp.example`,
      });
      const calendars = [work, home, teamPlan];
      for (const number of [1, 2, 3]) {
        await world.done(
          addAccount(mailbox(number)),
          addLink({
            id: id(800 + number),
            account: id(700 + number),
            calendar: calendars[number - 1] ?? work,
            nextRun: at(1),
            localCursor: 1000,
            initialised: true,
          }),
        );
      }
      assert.deepEqual(await due(), []);
      assert.equal(await read().nextDue('exchange'), at(1));
      assert.deepEqual(await due({ hinted: [id(803)] }), ['803 hint']);
      assert.deepEqual(await due({ now: at(1), priority: ['2@corp.example'] }), [
        '802 time',
        '801 time',
        '803 time',
      ]);
      await world.done(patchLink({ wanted: at(0) }));
      assert.deepEqual(await due({ hinted: [id(803)], now: at(1) }), ['801 wanted', '803 hint', '802 time']);
      assert.deepEqual(await due({ hinted: [id(803)], now: at(1), limit: 1 }), ['801 wanted']);
      await world.done(patchLink({ wanted: null, failures: 1 }));
      assert.deepEqual(await due({ hinted: [id(801)] }), []);
      await world.done(patchLink({ failures: 0 }), lease('take-lease', 'one', 90));
      assert.deepEqual(await due({ hinted: [id(801)] }), []);
      await world.done(
        { do: 'release-lease', link: id(801), holder: 'one' },
        patchLink({ stopped: 'quota' }),
      );
      assert.deepEqual(await due({ hinted: [id(801)] }), ['801 hint']);
      await world.done(patchLink({ stopped: 'guard' }));
      assert.deepEqual(await due({ hinted: [id(801)] }), []);
      await world.done(patchLink({ stopped: null }), {
        do: 'patch-connector-account',
        id: id(701),
        patch: { notBefore: instant(noon + longestPauseMs) },
      });
      assert.deepEqual(await due({ hinted: [id(801)] }), []);
      await world.done({
        do: 'patch-connector-account',
        id: id(701),
        patch: { notBefore: instant(noon + longestPauseMs + 1) },
      });
      assert.deepEqual(await due({ hinted: [id(801)] }), ['801 hint']);
      await world.done({
        do: 'patch-connector-account',
        id: id(701),
        patch: { notBefore: null, stopped: 'credentials' },
      });
      assert.deepEqual(await due({ hinted: [id(801)], now: at(2) }), ['802 time', '803 time']);
    });

    it('lets nothing wait for a moment or a lease that only a clock which was wrong can have set', async () => {
      const later = instant(noon + 2 * 86_400_000);
      await world.done(addAccount(), addLink({ nextRun: later }));
      assert.deepEqual(await due(), []);
      assert.deepEqual(await due({ latest: later }), []);
      assert.deepEqual(await due({ latest: instant(later - 1) }), ['801 time']);
      await world.done(lease('take-lease', 'one', 1_800));
      assert.deepEqual(await due({ latest: instant(later - 1) }), []);
      assert.equal(await refused(lease('take-lease', 'two', 90)), 'stale');
      await world.done(lease('take-lease', 'one', 1_801));
      assert.deepEqual(await due({ latest: instant(later - 1) }), ['801 time']);
      await world.done(lease('take-lease', 'two', 90));
      assert.equal((await read().lease(id(801)))?.holder, 'two');
    });

    it('takes a change here for a hint when the burst has ended', async () => {
      const localCursor = (await world.storage.calendar(work))?.modseq ?? 0;
      await world.done(addAccount(), addLink({ initialised: true, nextRun: at(1), localCursor }));
      assert.deepEqual(await due(), []);
      world.clock.advance(1000);
      await world.done(put(work, object('a.ics')));
      assert.deepEqual(await due({ settledBefore: instant(noon) }), []);
      assert.deepEqual(await due(), ['801 hint']);
      await world.done(patchLink({ direction: 'from-remote' }));
      assert.deepEqual(await due(), []);
    });

    it('ends the link of a calendar that is deleted or given away', async () => {
      await world.done(
        addAccount(),
        addLink(),
        addLink({ id: id(802), calendar: home, remoteCalendar: 'b' }),
      );
      await world.done({ do: 'delete-calendar', calendar: work });
      assert.equal(await read().linkOf(work), undefined);
      assert.equal((await read().link(id(801)))?.removed, noon);
      await world.done({ do: 'patch-calendar', calendar: home, patch: { owner: boris } });
      assert.equal(await read().linkOf(home), undefined);
      assert.deepEqual(await read().linkedCalendars(), []);
    });

    it('forgets everything of an account, a purged calendar and a removed person', async () => {
      await world.done(addAccount(), addLink(), putPair(901), putItem('A', { pair: id(901) }));
      await world.done({ do: 'put-run', run: run(1) }, lease('take-lease', 'one', 90));
      await world.done({ do: 'delete-connector-account', id: id(701) });
      assert.equal(await read().link(id(801)), undefined);
      assert.equal(await read().pair(id(901)), undefined);
      assert.equal(await read().run(id(1)), undefined);
      assert.equal(await read().lease(id(801)), undefined);
      await world.done(addAccount(), addLink(), putPair(901), putItem('A', { pair: id(901) }));
      await world.done(put(work, object('901.ics')), remove(work, '901.ics'));
      await world.done({ do: 'delete-calendar', calendar: work });
      await world.done({ do: 'purge-trash', before: at(1) });
      await world.storage.tidy({ before: at(1), keepChanges: 0 });
      assert.equal(await read().link(id(801)), undefined);
      await world.done(addLink({ calendar: home }), { do: 'delete-principal', principal: anna });
      assert.equal(await read().account(id(701)), undefined);
      assert.equal(await read().link(id(801)), undefined);
    });
  });
}

/** The driver answers bytes as a Buffer. */
const plain = (found: ConnectorAccount | undefined): unknown =>
  found && { ...found, secret: found.secret && [...found.secret] };
