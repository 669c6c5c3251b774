import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Change } from '../../../src/core/change-set.ts';
import type { ConnectorLink, ConnectorPair, ConnectorRun } from '../../../src/core/connector.ts';
import { type CalendarId, etag, id, type PairId, uid } from '../../../src/core/ids.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { instant } from '../../../src/icalendar/time.ts';
import {
  accountOf,
  accountPassword,
  checkedSignIn,
  linkOfPerson,
  type SignIn,
  storeAccount,
} from '../../../src/service/connectors/accounts.ts';
import {
  linkState,
  listLinks,
  listQuarantine,
  pauseLink,
  resumeLink,
  retryAnyPair,
  runLink,
} from '../../../src/service/connectors/administration.ts';
import {
  answerGuard,
  endLink,
  type LinkRequest,
  linkCalendar,
  quarantinedPairs,
  retryPair,
} from '../../../src/service/connectors/links.ts';
import { cancelRun, ownRun, ownRuns, wishForRun } from '../../../src/service/connectors/runs.ts';
import { createVault, parseKeys } from '../../../src/service/connectors/secrets.ts';
import {
  type ConnectorContext,
  changeSettings,
  stopConnector,
} from '../../../src/service/connectors/setting-store.ts';
import { statusOf } from '../../../src/service/connectors/status.ts';
import { setMember } from '../../../src/service/people/people.ts';
import { actor, all, event, type Office, office, put, refuses, seen } from '../office.ts';

describe('links of the Exchange connector', () => {
  let at: Office;
  let context: ConnectorContext;
  let alice: Actor;
  let bob: Actor;
  let root: Actor;
  let calendar: CalendarId;

  beforeEach(async () => {
    at = await office();
    const vault = createVault(async () => parseKeys('a1'.repeat(32)), randomBytes);
    context = { services: at.services, vault };
    alice = await actor(at, at.alice);
    bob = await actor(at, at.bob);
    root = await actor(at, at.root);
    calendar = (await seen(at)).calendar.id;
    await set({ enabled: true, host: 'mail.corp.example' });
    await changeSettings(context, at.system, {
      serviceAccounts: [{ login: 'svc', domain: '', password: 'service' }],
    });
  });
  afterEach(() => at.close());

  const set = (settings: Readonly<Record<string, unknown>>) =>
    changeSettings(context, at.system, { settings });
  const done = async (...changes: Change[]): Promise<void> => {
    const result = await at.services.storage.commit({ actor: null, changes });
    assert.ok(result.ok, JSON.stringify(result));
  };
  const signIn = async (who: Actor, more: Partial<SignIn> = {}) => {
    const given = { mailbox: '', login: '', password: '', ...more };
    const checked = await checkedSignIn(at.services, who, given);
    return await storeAccount(context, who, checked, { memory: '{}' });
  };
  /** Links, and takes the first run's place. */
  const link = async (who: Actor = alice, more: Partial<LinkRequest> = {}): Promise<ConnectorLink> => {
    const made = await linkCalendar(at.services, who, {
      calendar,
      remoteCalendar: 'AAMk=',
      remoteName: 'Calendar',
      direction: 'both',
      startDate: null,
      ...more,
    });
    const [run] = await ownRuns(at.services, who, 1);
    if (run) await cancelRun(at.services, who, run.id, undefined);
    return made;
  };
  const own = (): Promise<ConnectorLink | undefined> => linkOfPerson(at.services, at.alice.id);
  const pair = (number: number, more: Partial<ConnectorPair> = {}): Change => ({
    do: 'put-pair',
    pair: {
      id: id(number),
      link: id(0),
      uid: uid(`u${number}`),
      objectName: `u${number}.ics`,
      objectEtag: null,
      marker: `m${number}`,
      role: 'owner',
      origin: 'local',
      agreed: null,
      failures: 3,
      quarantine: 'poison',
      quarantineText: 'ErrorItemCorrupt',
      pushes: 0,
      pushedSince: null,
      reverts: 0,
      ended: null,
      ...more,
    },
  });
  const state = async (who: Actor = alice): Promise<string> => (await statusOf(at.services, who)).state;

  it('show nothing to those whom the connector is not there for', async () => {
    assert.equal(await state(), 'needs_authorisation');
    await set({ userFilter: ['Team'] });
    assert.equal(await state(), 'absent');
    assert.equal(await state(bob), 'needs_authorisation');
    await refuses(signIn(alice), 'not-found');
    await setMember(at.services, at.system, at.team, at.alice, true);
    assert.equal(await state(await actor(at, at.alice)), 'needs_authorisation');
    await set({ enabled: false });
    assert.equal(await state(bob), 'absent');
  });

  it('let the service account open the mailbox that the settings give a person, and no other', async () => {
    const account = await signIn(alice, { mailbox: 'bob@example.com' });
    assert.equal(account.mailbox, 'alice@example.com');
    assert.equal(account.secret, null);
    assert.equal(await accountPassword(context, account), undefined);
    await set({ mailboxRule: 'loginTemplate', mailboxTemplate: '{login}@corp.example' });
    assert.equal((await signIn(bob)).mailbox, 'bob@corp.example');
    await set({ mailboxRule: 'attribute', mailboxes: ['root=boss@corp.example'] });
    assert.equal((await signIn(root)).mailbox, 'boss@corp.example');
    await refuses(
      checkedSignIn(at.services, alice, { mailbox: 'x@y.z', login: '', password: '' }),
      'invalid-property',
    );
  });

  it('keep a password of one’s own sealed', async () => {
    const account = await signIn(alice, { mailbox: 'A@corp.example', login: 'CORP\\a', password: 'horse' });
    assert.equal(account.mailbox, 'a@corp.example');
    assert.ok(account.secret && !Buffer.from(account.secret).includes('horse'));
    assert.equal(await accountPassword(context, account), 'horse');
    await refuses(signIn(bob, { mailbox: 'a@corp.example', login: 'x', password: 'y' }), 'already-exists');
    await refuses(signIn(bob, { mailbox: 'root@example.com', login: 'x', password: 'y' }), 'already-exists');
    await set({ allowPerUserCredentials: false });
    await refuses(signIn(bob, { mailbox: 'b@corp.example', login: 'x', password: 'y' }), 'need-privileges');
    await set({ accessMode: 'perUser' });
    await refuses(signIn(bob), 'invalid-property');
    await refuses(signIn(bob, { login: 'x' }), 'invalid-property');
  });

  it('give a mailbox back to the person whom the settings give it to', async () => {
    await set({ mailboxRule: 'loginTemplate', mailboxTemplate: '{login}@corp.example' });
    await signIn(bob, { mailbox: 'alice@corp.example', login: 'x', password: 'y' });
    const account = await signIn(alice);
    assert.equal(account.mailbox, 'alice@corp.example');
    assert.equal(await accountOf(at.services, at.bob.id), undefined);
  });

  it('take another mailbox instead, but not below a link', async () => {
    await signIn(alice, { mailbox: 'one@corp.example', login: 'x', password: 'y' });
    const two = await signIn(alice, { mailbox: 'two@corp.example', login: 'x', password: 'y' });
    assert.equal((await accountOf(at.services, at.alice.id))?.id, two.id);
    await link();
    await refuses(
      signIn(alice, { mailbox: 'one@corp.example', login: 'x', password: 'y' }),
      'already-exists',
    );
  });

  it('are refused above maxAccounts, but not to those of the list of users', async () => {
    await set({ maxAccounts: 1 });
    await signIn(alice);
    await link();
    await signIn(alice);
    await refuses(signIn(bob), 'quota-exceeded');
    await set({ users: ['bob@example.com'] });
    await signIn(bob);
  });

  it('are refused above maxAccounts also to those who had signed in before it was reached', async () => {
    await set({ maxAccounts: 1 });
    await signIn(alice);
    await signIn(bob);
    const [own] = await at.services.storage.calendarsOf(at.bob.id);
    assert.ok(own);
    await link(bob, { calendar: own.id });
    await refuses(link(), 'quota-exceeded');
    // Whoever has a link may change it.
    await link(bob, { calendar: own.id, startDate: '2026-03-01' });
  });

  it('join a calendar of one’s own with one there, and ask for a run at once', async () => {
    await refuses(link(), 'not-found');
    await signIn(alice);
    await refuses(link(bob), 'not-found');
    await signIn(bob);
    await refuses(link(bob), 'not-found');
    await refuses(link(alice, { startDate: '2026-13-01' }), 'invalid-property');
    await refuses(link(alice, { remoteCalendar: '' }), 'invalid-property');
    const made = await link(alice, { startDate: '2026-03-01' });
    assert.deepEqual(
      [made.calendar, made.startDate, made.wanted, made.initialised, made.localCursor],
      [calendar, '2026-03-01', at.clock.now(), false, 0],
    );
    const status = await statusOf(at.services, alice);
    assert.equal(status.state, 'ready');
    assert.equal(status.link?.id, made.id);
  });

  it('begin anew for an earlier first day, and leave all as it is for a later one', async () => {
    await signIn(alice);
    const { id: made } = await link(alice, { startDate: '2026-03-01' });
    await done({ do: 'patch-connector-link', id: made, patch: { cursor: 'c', localCursor: 9 } });
    assert.equal((await link(alice, { startDate: '2026-04-01' })).cursor, 'c');
    const earlier = await link(alice, { startDate: '2026-02-01' });
    assert.deepEqual(
      [earlier.id, earlier.cursor, earlier.reconciling, earlier.localCursor],
      [made, null, true, 0],
    );
    await done({ do: 'patch-connector-link', id: made, patch: { cursor: 'c' } });
    assert.equal((await link(alice, { startDate: null })).cursor, null);
  });

  it('end without removing anything, and begin again with the same row', async () => {
    await signIn(alice);
    const first = await link();
    await done(pair(901, { link: first.id }));
    await endLink(at.services, alice, 'both', undefined);
    assert.equal(await own(), undefined);
    assert.equal(await state(), 'needs_authorisation');
    const again = await link(alice, { startDate: '2026-01-01' });
    assert.deepEqual(
      [again.id, again.removed, again.initialised, again.startDate],
      [first.id, null, false, '2026-01-01'],
    );
    assert.equal((await at.services.storage.connectors.pair(id(901)))?.uid, 'u901');
    const other = await link(alice, { remoteCalendar: 'other' });
    assert.notEqual(other.id, first.id);
    assert.equal((await own())?.id, other.id);
    assert.equal((await link()).id, first.id);
  });

  it('remove copies here when asked: of what was made there and not changed here, into the trash', async () => {
    await signIn(alice);
    const made = await link();
    const home = await seen(at);
    const a = await put(at, alice, home, 'u1.ics', event({ uid: 'u1' }));
    await put(at, alice, home, 'u2.ics', event({ uid: 'u2' }));
    await put(at, alice, home, 'u3.ics', event({ uid: 'u3' }));
    const d = await put(at, alice, home, 'u4.ics', event({ uid: 'u4' }));
    const e = await put(at, alice, home, 'u5.ics', event({ uid: 'u5' }));
    await done(
      pair(1, { link: made.id, origin: 'remote', objectEtag: a.head.etag }),
      pair(2, { link: made.id, origin: 'remote', objectEtag: etag('"older"') }),
      pair(4, { link: made.id, origin: 'local', objectEtag: d.head.etag }),
      pair(5, { link: made.id, origin: 'both', objectEtag: e.head.etag }),
    );
    await endLink(at.services, alice, 'exchange', undefined);
    const left: string[] = [];
    for await (const page of at.services.storage.heads({ calendar, select: { by: 'all' } }))
      left.push(...page.map(({ name }) => name));
    assert.deepEqual(left.sort(), ['u2.ics', 'u3.ics', 'u4.ics', 'u5.ics']);
    const trash = await all(at.services.storage.trash(at.alice.id));
    assert.equal(trash.length, 1);
  });

  it('remove copies there before they end, and stay when that fails', async () => {
    await signIn(alice);
    const made = await link();
    await refuses(endLink(at.services, alice, 'portal', undefined), 'busy');
    await assert.rejects(
      endLink(at.services, alice, 'portal', () => Promise.reject(new Error('down'))),
      /down/,
    );
    assert.equal((await own())?.id, made.id);
    const cleared: number[] = [];
    await endLink(at.services, alice, 'portal', async (link) => void cleared.push(link.id));
    assert.deepEqual(cleared, [made.id]);
    assert.equal(await own(), undefined);
  });

  it('make one run of two clicks, and of clicks shortly after', async () => {
    await signIn(alice);
    const made = await link();
    const [one, two] = await Promise.all([wishForRun(at.services, alice), wishForRun(at.services, alice)]);
    assert.equal(one.run, two.run);
    assert.notEqual(one.isNew, two.isNew);
    assert.equal(await state(), 'queued');
    const run = await ownRun(at.services, alice, one.run);
    await done(
      { do: 'take-lease', link: made.id, holder: 'h', until: instant(at.clock.now() + 90_000) },
      { do: 'put-run', run: { ...run, phase: 'pulling' } },
      { do: 'patch-connector-link', id: made.id, patch: { wanted: null } },
    );
    assert.equal(await state(), 'running');
    assert.deepEqual(await wishForRun(at.services, alice), { run: one.run, isNew: false });
    await done(
      { do: 'release-lease', link: made.id, holder: 'h' },
      { do: 'put-run', run: { ...run, phase: 'done', outcome: 'ok', finished: at.clock.now() } },
    );
    at.clock.advance(29_000);
    assert.deepEqual(await wishForRun(at.services, alice), { run: one.run, isNew: false });
    at.clock.advance(1_000);
    assert.equal((await wishForRun(at.services, alice)).isNew, true);
    assert.equal((await ownRuns(at.services, alice, 10)).length, 3);
  });

  it('make one run of clicks shortly after, also where single events are left alone; after a failure another', async () => {
    await signIn(alice);
    const made = await link();
    const after = async (outcome: ConnectorRun['outcome'], failure: string | null): Promise<boolean> => {
      const { run } = await wishForRun(at.services, alice);
      const stored = await ownRun(at.services, alice, run);
      await done(
        { do: 'put-run', run: { ...stored, phase: 'done', outcome, failure, finished: at.clock.now() } },
        { do: 'patch-connector-link', id: made.id, patch: { wanted: null } },
      );
      at.clock.advance(2_000);
      const { isNew } = await wishForRun(at.services, alice);
      await done({ do: 'patch-connector-link', id: made.id, patch: { wanted: null } });
      at.clock.advance(60_000);
      return isNew;
    };
    assert.equal(await after('partial', null), false);
    assert.equal(await after('failed', 'http-500'), true);
    // Who has made room in a full mailbox need not wait.
    assert.equal(await after('partial', 'ErrorQuotaExceeded'), true);
  });

  it('do not wait for a run whose process has died', async () => {
    await signIn(alice);
    const made = await link();
    const { run } = await wishForRun(at.services, alice);
    const stored = await ownRun(at.services, alice, run);
    await done(
      { do: 'put-run', run: { ...stored, phase: 'pulling' } },
      { do: 'patch-connector-link', id: made.id, patch: { wanted: null } },
    );
    assert.equal(await state(), 'ready');
    assert.equal((await wishForRun(at.services, alice)).isNew, true);
  });

  it('cancel a run that waits at once, and tell whoever runs one that works', async () => {
    await signIn(alice);
    const made = await link();
    const { run } = await wishForRun(at.services, alice);
    await refuses(cancelRun(at.services, bob, run, undefined), 'not-found');
    await cancelRun(at.services, alice, run, undefined);
    assert.equal((await ownRun(at.services, alice, run)).outcome, 'cancelled');
    assert.equal((await own())?.wanted, null);
    const second = await wishForRun(at.services, alice);
    await done({ do: 'take-lease', link: made.id, holder: 'h', until: instant(at.clock.now() + 90_000) });
    const told: number[] = [];
    await cancelRun(at.services, alice, second.run, (which) => told.push(which));
    assert.deepEqual(told, [second.run]);
    assert.equal((await ownRun(at.services, alice, second.run)).outcome, 'running');
  });

  it('stop for the guard until the person has decided', async () => {
    await signIn(alice);
    const made = await link();
    await refuses(answerGuard(at.services, alice, true), 'stale');
    await done({ do: 'patch-connector-link', id: made.id, patch: { stopped: 'guard', wanted: null } });
    assert.equal(await state(), 'paused');
    await refuses(wishForRun(at.services, alice), 'locked');
    await answerGuard(at.services, alice, false);
    assert.equal(await state(), 'paused');
    await answerGuard(at.services, alice, true);
    const lifted = await own();
    assert.deepEqual([lifted?.stopped, lifted?.guardLifted, lifted?.wanted], [null, true, at.clock.now()]);
  });

  it('go on after a new password where the old one had stopped them', async () => {
    const login = { mailbox: 'a@corp.example', login: 'a', password: 'old' };
    const account = await signIn(alice, login);
    const made = await link();
    await done(
      {
        do: 'patch-connector-account',
        id: account.id,
        patch: { stopped: 'credentials', authFailures: 3, notBefore: instant(at.clock.now() + 1) },
      },
      { do: 'patch-connector-link', id: made.id, patch: { stopped: 'credentials' } },
    );
    assert.equal((await statusOf(at.services, alice)).reason, 'credentials');
    const again = await signIn(alice, { ...login, password: 'new' });
    assert.deepEqual(
      [again.id, again.stopped, again.authFailures, again.notBefore],
      [account.id, null, 0, null],
    );
    assert.equal(await accountPassword(context, again), 'new');
    assert.equal((await own())?.stopped, null);
  });

  it('run at once after a new password, where they only waited for the next try', async () => {
    const login = { mailbox: 'a@corp.example', login: 'a', password: 'old' };
    await signIn(alice, login);
    const made = await link();
    const later = instant(at.clock.now() + 1_000_000);
    await done({
      do: 'patch-connector-link',
      id: made.id,
      patch: { wanted: null, failures: 2, lastFailure: 'login-refused', nextRun: later },
    });
    await signIn(alice, { ...login, password: 'new' });
    const after = await own();
    assert.deepEqual([after?.wanted, after?.failures], [at.clock.now(), 0]);
  });

  it('stay as an administrator has left them, whatever the password', async () => {
    const login = { mailbox: 'a@corp.example', login: 'a', password: 'old' };
    await signIn(alice, login);
    const made = await link();
    await done({
      do: 'patch-connector-link',
      id: made.id,
      patch: { wanted: null, stopped: 'administrator' },
    });
    await signIn(alice, { ...login, password: 'new' });
    const after = await own();
    assert.deepEqual([after?.wanted, after?.stopped], [null, 'administrator']);
  });

  it('try a quarantined event again for its owner and for administrators, and for nobody else', async () => {
    await signIn(alice);
    const made = await link();
    await done(pair(901, { link: made.id }));
    const poisoned: PairId = id(901);
    assert.equal(await state(), 'partial');
    assert.equal((await quarantinedPairs(at.services, made.id, 10)).length, 1);
    await signIn(bob);
    await refuses(retryPair(at.services, bob, poisoned), 'not-found');
    await refuses(retryAnyPair(at.services, alice, poisoned), 'need-privileges');
    await refuses(listQuarantine(at.services, alice, 10), 'need-privileges');
    const [listed] = await listQuarantine(at.services, root, 10);
    assert.equal(listed?.mailbox, 'alice@example.com');
    await retryPair(at.services, alice, poisoned);
    await refuses(retryPair(at.services, alice, poisoned), 'not-found');
    assert.deepEqual(await listQuarantine(at.services, root, 10), []);
    const after = await own();
    assert.deepEqual([after?.deepChecked, after?.wanted], [null, at.clock.now()]);
    await done({ do: 'patch-pair', id: poisoned, patch: { quarantine: 'loop' } });
    await retryAnyPair(at.services, root, poisoned);
  });

  it('are listed, paused, resumed and run by administrators', async () => {
    await signIn(alice);
    const made = await link();
    await refuses(listLinks(at.services, alice, { limit: 10 }), 'need-privileges');
    await refuses(pauseLink(at.services, alice, made.id), 'need-privileges');
    const { links, truncated } = await listLinks(at.services, root, { limit: 10 });
    assert.deepEqual(
      [links.map(({ person, state }) => [person, state]), truncated],
      [[['alice', 'ready']], false],
    );
    assert.deepEqual((await listLinks(at.services, root, { limit: 10, text: 'bob' })).links, []);
    await pauseLink(at.services, root, made.id);
    const { state: shown, reason } = await linkState(at.services, root, made.id);
    assert.deepEqual([shown, reason], ['paused', 'administrator']);
    await refuses(runLink(at.services, root, made.id, 'manual'), 'locked');
    await resumeLink(at.services, root, made.id);
    assert.equal((await runLink(at.services, root, made.id, 'command')).isNew, true);
    assert.equal((await linkState(at.services, root, made.id)).state, 'queued');
    await refuses(resumeLink(at.services, root, id(1)), 'not-found');
    await stopConnector(at.services, 'auth-global');
    assert.equal((await statusOf(at.services, alice)).reason, 'service-account');
  });

  it('leave their trace in the audit', async () => {
    await signIn(alice, { mailbox: 'a@corp.example', login: 'a', password: 'horse' });
    const made = await link();
    await done({ do: 'patch-connector-link', id: made.id, patch: { stopped: 'guard' } });
    await answerGuard(at.services, alice, true);
    await pauseLink(at.services, root, made.id);
    await endLink(at.services, alice, 'both', undefined);
    const found: string[] = [];
    for await (const page of at.services.storage.audit({}))
      found.push(...page.map(({ action, subject }) => `${action} ${subject}`));
    const told = found.filter((line) => line.startsWith('exchange.') && !line.includes('setting')).reverse();
    assert.deepEqual(told, [
      'exchange.sign-in a@corp.example',
      `exchange.link calendar ${calendar}`,
      `exchange.guard exchange link ${made.id}`,
      `exchange.pause exchange link ${made.id}`,
      `exchange.unlink exchange link ${made.id}`,
    ]);
    assert.ok(!found.join().includes('horse'));
  });
});
