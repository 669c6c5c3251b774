/** One person's link and everybody else: every call about Exchange, with the ids of another's things (exchange.md 18.8). */
import assert from 'node:assert/strict';
import type { RouteName } from '../../../src/portal/api.ts';
import { routeTable } from '../../../src/portal/routes.ts';
import { linkOfPerson } from '../../../src/service/connectors/accounts.ts';
import { type ExchangeThings, exchangeThings, fakeDesk } from '../../portal/exchange-desk.ts';
import { type Browser, openWorld, ownCalendar, type Parts, type World } from '../../portal/world.ts';

const rows = routeTable.filter(({ path }) => /^(?:\/admin)?\/exchange\//.test(path));
/** The table's names are those of the API; its type has forgotten it. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
const nameOf = ({ name }: { readonly name: string }): RouteName => name as RouteName;

describe('the link of one person and everybody else', () => {
  let world: World;
  let boris: Browser;
  let things: ExchangeThings;
  let parts: (row: (typeof rows)[number]) => Parts<RouteName>;

  before(async () => {
    world = await openWorld({}, fakeDesk());
    const [anna, root] = await Promise.all([world.signedIn('anna'), world.signedIn('root')]);
    boris = await world.signedIn('boris');
    things = await exchangeThings(world, anna, root);
    const hers = (await ownCalendar(anna)).id;
    const link = { calendar: hers, remoteCalendar: 'AAMk=', direction: 'both', startDate: null } as const;
    const bodies: Readonly<Record<string, unknown>> = {
      'PUT /exchange/link': link,
      'POST /exchange/preview': link,
      'POST /exchange/guard': { proceed: true },
      'POST /exchange/issues/{issue}/answer': { proceed: true },
      'PUT /exchange/account': { mailbox: 'anna@example.com', login: '', password: '' },
      'PATCH /admin/exchange/settings': { settings: { enabled: false } },
      'POST /admin/exchange/test': { mailbox: 'anna@example.com', probe: true },
    };
    const ids: Readonly<Record<string, string>> = { ...things };
    parts = ({ name, names }) => ({
      path: Object.fromEntries(names.map((one) => [one, ids[one] ?? ''])),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the bodies above, by the name of their call
      ...(bodies[name] !== undefined && { body: bodies[name] as never }),
    });
  });
  after(() => world.close());

  /** Her link as it is stored; it changes with everything that one can do to it. */
  const hers = async (): Promise<string> => {
    const link = await linkOfPerson(world.app.services, world.anna.id);
    assert.ok(link);
    const { connectors } = world.app.services.storage;
    return JSON.stringify([link, await connectors.runs(link.id, 10), await connectors.account(link.account)]);
  };

  it('knows every call', () => {
    assert.ok(rows.length >= 20);
    const unknown = rows.flatMap(({ names }) => names).filter((name) => !(name in things));
    assert.deepEqual(unknown, []);
  });

  it('is closed to those who are not signed in', async () => {
    for (const row of rows) {
      const { status } = await world.browser().refused(nameOf(row), parts(row));
      assert.equal(status, 401, row.name);
    }
  });

  it('is closed to requests that another site has made', async () => {
    const before = await hers();
    const anna = await world.signedIn('anna');
    const headers = { 'X-Requested-With': undefined, Origin: 'https://evil.example' };
    for (const row of rows.filter(({ method }) => method !== 'GET')) {
      const { status } = await anna.refused(nameOf(row), { ...parts(row), headers });
      assert.equal(status, 403, row.name);
    }
    assert.equal(await hers(), before);
  });

  it('is closed to another person, who is told nothing of it and changes nothing in it', async () => {
    const before = await hers();
    const signIn = 'PUT /exchange/account';
    // Signing in comes last: before it there is nothing of his own that could answer.
    const ordered = [...rows.filter(({ name }) => name !== signIn), ...rows];
    for (const row of ordered) {
      const { status, text } = await boris.call(nameOf(row), parts(row));
      const isAdmin = row.path.startsWith('/admin');
      if (isAdmin) assert.equal(status, 403, row.name);
      else if (row.names.length > 0) assert.equal(status, 404, `${row.name} ${text}`);
      assert.doesNotMatch(text, /anna|broken-\d/i, row.name);
      assert.equal(await hers(), before, row.name);
    }
  });

  it('has not been touched by guesses at ids', async () => {
    for (const row of rows.filter(({ names }) => names.length > 0)) {
      for (const guess of ['0', '-1', '999999999', '1e3', '0x1', '1;2', '%00', '../status', 'null']) {
        const path = Object.fromEntries(row.names.map((name) => [name, guess]));
        const { status } = await boris.call(nameOf(row), { ...parts(row), path });
        assert.ok(status >= 400 && status < 500, `${row.name} ${guess}: ${status}`);
      }
    }
  });
});
