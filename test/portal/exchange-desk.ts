/** An Exchange that is well, or fails as it is told, for the tests of the page's calls. */
import type { ConnectorPair } from '../../src/core/connector.ts';
import { id, type PairId, uid } from '../../src/core/ids.ts';
import { instant } from '../../src/icalendar/time.ts';
import { type ExchangeDesk, ExchangeFailure } from '../../src/portal/exchange/desk.ts';
import { linkOfPerson } from '../../src/service/connectors/accounts.ts';
import { type Browser, ownCalendar, type World } from './world.ts';

export interface FakeDesk extends ExchangeDesk {
  /** What was asked, in order. */
  readonly asked: string[];
  /** The next question fails with it. */
  failure: ExchangeFailure | undefined;
}

export function fakeDesk(): FakeDesk {
  const asked: string[] = [];
  const answer = async <Value>(question: string, value: Value): Promise<Value> => {
    asked.push(question);
    const { failure } = desk;
    desk.failure = undefined;
    if (failure) throw failure;
    return value;
  };
  const desk: FakeDesk = {
    asked,
    failure: undefined,
    signIn: ({ mailbox, login, password }) =>
      password === 'wrong'
        ? Promise.reject(new ExchangeFailure('wrong-password', 'login-refused', 'refused'))
        : answer(`sign in ${mailbox} ${login}`, { memory: '{}' }),
    calendars: ({ mailbox }) =>
      answer(`calendars ${mailbox}`, [
        { id: 'AAMk=', title: 'Calendar', isDefault: true, canWrite: true },
        { id: 'READ=', title: 'Shared', isDefault: false, canWrite: false },
      ]),
    members: ({ mailbox }, address) =>
      answer(
        `members ${mailbox} ${address}`,
        address.startsWith('list') ? [{ name: 'Bob', address: 'bob@corp.example' }] : null,
      ),
    preview: (_, { remoteCalendar }) =>
      answer(`preview ${remoteCalendar}`, {
        toImport: 3,
        toExport: 2,
        paired: 1,
        unclear: [{ title: 'Lunch', start: '2026-11-20' }],
      }),
    test: ({ mailbox }) =>
      answer(`test ${mailbox}`, [{ step: 'dns', ok: true, found: '192.0.2.1', advice: null }]),
    warnings: () => ['clockSkew'],
    wake: () => void asked.push('wake'),
    cancel: (run) => void asked.push(`cancel ${run}`),
    clear: ({ id }) => answer(`clear ${id}`, undefined),
  };
  return desk;
}

/** What there is to be called with. */
export interface ExchangeThings {
  readonly link: string;
  readonly run: string;
  readonly issue: string;
  /** One that asks. */
  readonly question: string;
  readonly item: string;
}

/** Switches Exchange on, with a service account. */
export async function switchOn(root: Browser): Promise<void> {
  await root.ok('PATCH /admin/exchange/settings', {
    body: {
      settings: { enabled: true, host: 'mail.corp.example' },
      serviceAccounts: [{ login: 'svc', domain: 'CORP', password: 'service secret' }],
    },
  });
}

/** Anna is linked, a run has been, two of her events are left alone, and one asks. */
export async function exchangeThings(world: World, anna: Browser, root: Browser): Promise<ExchangeThings> {
  await switchOn(root);
  await anna.ok('PUT /exchange/account', { body: { mailbox: '', login: '', password: '' } });
  const { id: calendar } = await ownCalendar(anna);
  await anna.ok('PUT /exchange/link', {
    body: { calendar, remoteCalendar: 'AAMk=', direction: 'both', startDate: null },
  });
  const { runs } = await anna.ok('GET /exchange/runs');
  await anna.ok('DELETE /exchange/runs/{run}', { path: { run: runs[0]?.id ?? '' } });
  const { storage, clock } = world.app.services;
  const link = await linkOfPerson(world.app.services, world.anna.id);
  if (!link) throw new Error('anna is not linked');
  const pair = (number: number): ConnectorPair => ({
    id: id<PairId>(number),
    link: link.id,
    uid: uid(`broken-${number}`),
    objectName: `broken-${number}.ics`,
    objectEtag: null,
    marker: String(number),
    role: 'owner',
    origin: 'local',
    agreed: null,
    failures: 3,
    quarantine: 'ErrorItemCorrupt',
    quarantineText: 'the item is broken',
    pushes: 0,
    pushedSince: null,
    reverts: 0,
    ended: null,
  });
  const run = world.app.services.ids<never>();
  await storage.commit({
    actor: null,
    changes: [
      { do: 'put-pair', pair: pair(1) },
      { do: 'put-pair', pair: pair(2) },
      { do: 'put-pair', pair: { ...pair(3), quarantine: 'note-changed', quarantineText: null } },
      {
        do: 'put-run',
        run: {
          id: run,
          link: link.id,
          cause: 'schedule',
          started: instant(clock.now() - 90_000),
          finished: instant(clock.now() - 80_000),
          outcome: 'partial',
          phase: 'done',
          done: 2,
          total: 2,
          counters: {
            read: 2,
            created: 1,
            updated: 0,
            deleted: 0,
            skipped: 0,
            failed: 2,
            conflicts: 0,
            repaired: 0,
          },
          failure: null,
          detail: 'change-not-kept=1 title-cut=12',
        },
      },
    ],
  });
  return { link: String(link.id), run: String(run), issue: '1', item: '2', question: '3' };
}
