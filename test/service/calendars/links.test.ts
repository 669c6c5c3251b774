import assert from 'node:assert/strict';
import { id, type LinkId } from '../../../src/core/ids.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { instant } from '../../../src/icalendar/time.ts';
import {
  grant,
  setExportAllowed,
  setFavourite,
  trashCalendar,
} from '../../../src/service/calendars/calendars.ts';
import { toldToken } from '../../../src/service/calendars/link-tokens.ts';
import {
  createLink,
  deleteLink,
  exportLink,
  listLinks,
  openLink,
  patchLink,
  resetLink,
} from '../../../src/service/calendars/links.ts';
import { setShareFurther, tickedFor } from '../../../src/service/calendars/share-further.ts';
import { patchPerson } from '../../../src/service/people/people.ts';
import { setExportPolicy, setPolicies } from '../../../src/service/people/policies.ts';
import { actor, days, event, gathered, type Office, office, put, refuses, seen, share } from '../office.ts';

describe('links', () => {
  let at: Office;
  let alice: Actor;
  let bob: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    bob = await actor(at, at.bob);
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a' }));
  });
  afterEach(() => at.close());

  const link = async (values: Partial<Parameters<typeof createLink>[3]> = {}) =>
    createLink(at.services, alice, at.alice, {
      target: (await seen(at)).calendar.id,
      label: 'phone',
      ...values,
    });

  /** Readers make links only where the owner has said that they may (portal.md 3.7). */
  const shareFurther = async (): Promise<void> => {
    await share(at, at.bob, 'read');
    await setShareFurther(at.services, alice, await seen(at), at.bob.id, true);
  };

  const kept = async (services = at.services): Promise<readonly (string | undefined)[]> =>
    await Promise.all((await listLinks(services, alice, at.alice)).map((one) => toldToken(services, one)));

  it('can be told again, by who has the key of the server alone', async () => {
    const made = await link();
    assert.deepEqual(await kept(), [made.token]);
    const { token } = await resetLink(at.services, alice, at.alice, made.id);
    assert.deepEqual(await kept(), [token]);
    const stolen = JSON.stringify(await at.services.storage.links({}));
    assert.ok(!stolen.includes(token) && !stolen.includes(made.token));
    assert.deepEqual(await kept({ ...at.services, secret: Buffer.alloc(32, 99) }), [undefined]);
  });

  it('are known no longer once they are to be shown once', async () => {
    const made = await link();
    const root = await actor(at, at.root);
    await setPolicies(at.services, root, { 'links.hashed': 'yes' });
    const other = await link();
    assert.deepEqual(await kept(), [undefined, undefined]);
    await setPolicies(at.services, root, { 'links.hashed': null });
    assert.deepEqual(await kept(), [undefined, undefined]);
    for (const { token } of [made, other]) await openLink(at.services, token);
  });

  it('may be shared further by each whom two have ticked at once', async () => {
    const mine = await seen(at);
    await Promise.all([
      setShareFurther(at.services, alice, mine, at.bob.id, true),
      setShareFurther(at.services, alice, mine, at.team.id, true),
      setShareFurther(at.services, alice, mine, at.root.id, true),
    ]);
    assert.deepEqual(
      await tickedFor(at.services, mine.calendar),
      new Set([at.bob.id, at.team.id, at.root.id]),
    );
    await Promise.all([
      setShareFurther(at.services, alice, mine, at.bob.id, false),
      grant(at.services, alice, mine, at.root.id, null),
    ]);
    assert.deepEqual(await tickedFor(at.services, mine.calendar), new Set([at.team.id]));
  });

  it('are not for readers to make, unless the owner lets them share further', async () => {
    await share(at, at.bob, 'read');
    const target = (await seen(at)).calendar.id;
    const made = async () => await createLink(at.services, bob, at.bob, { target, label: 'x' });
    await refuses(made(), 'export-forbidden');
    await shareFurther();
    const { token } = await made();
    await openLink(at.services, token);
    await refuses(
      setShareFurther(at.services, bob, await seen(at, at.bob), at.bob.id, true),
      'need-privileges',
    );
    await setShareFurther(at.services, alice, await seen(at), at.bob.id, false);
    await refuses(openLink(at.services, token), 'export-forbidden');
    // Access that was taken away and given again begins without.
    await shareFurther();
    await share(at, at.bob, null);
    await share(at, at.bob, 'read');
    await refuses(openLink(at.services, token), 'export-forbidden');
  });

  it('open what they were made for, with at least 128 random bits', async () => {
    const { token } = await link();
    assert.ok(Buffer.from(token, 'base64url').length >= 16);
    const open = await openLink(at.services, token);
    assert.deepEqual([open.link.label, open.principal.id, open.calendars.length], ['phone', at.alice.id, 1]);
    const { chunks } = await exportLink(at.services, open, 'Favourites');
    const text = await gathered(chunks);
    assert.match(text, /UID:a/);
    assert.match(text, /X-WR-CALNAME:Personal/);
  });

  it('are known by their hash only', async () => {
    const { token, id: made } = await link();
    const [stored] = await listLinks(at.services, alice, at.alice);
    assert.equal(stored?.id, made);
    assert.ok(!JSON.stringify(stored).includes(token));
  });

  it('answer not-found for anything else', async () => {
    for (const token of ['', 'x', 'A'.repeat(27)]) await refuses(openLink(at.services, token), 'not-found');
  });

  it('are dead at once when reset, and for good when deleted', async () => {
    const first = await link();
    const second = await resetLink(at.services, alice, at.alice, first.id);
    assert.notEqual(second.token, first.token);
    await refuses(openLink(at.services, first.token), 'not-found');
    await openLink(at.services, second.token);
    await deleteLink(at.services, alice, at.alice, first.id);
    await refuses(openLink(at.services, second.token), 'not-found');
    assert.deepEqual(await listLinks(at.services, alice, at.alice), []);
  });

  it('end when they expire, and live on when that is changed', async () => {
    const { token, id: made } = await link({ expires: instant(at.clock.now() + days(1)) });
    await openLink(at.services, token);
    at.clock.advance(days(1));
    await refuses(openLink(at.services, token), 'gone');
    await patchLink(at.services, alice, at.alice, made, { expires: null, label: 'tablet', detail: 'busy' });
    const open = await openLink(at.services, token);
    assert.deepEqual([open.link.label, open.link.detail], ['tablet', 'busy']);
  });

  it('are closed while export is off, and open again without a new address', async () => {
    const { token } = await link();
    await setExportAllowed(at.services, alice, await seen(at), false);
    await refuses(openLink(at.services, token), 'export-forbidden');
    await setExportAllowed(at.services, alice, await seen(at), true);
    await openLink(at.services, token);
    await setExportPolicy(at.services, at.system, 'user', 'forbidden');
    const refusal = await refuses(openLink(at.services, token), 'export-forbidden');
    assert.match(refusal.message, /administrator/);
  });

  it('end with the calendar, with the maker’s right to read it, and with the maker', async () => {
    await shareFurther();
    const target = (await seen(at)).calendar.id;
    const { token } = await createLink(at.services, bob, at.bob, { target, label: 'x' });
    await openLink(at.services, token);
    await share(at, at.bob, null);
    await refuses(openLink(at.services, token), 'not-found');
    await shareFurther();
    await share(at, at.bob, 'busy');
    const { chunks } = await exportLink(at.services, await openLink(at.services, token));
    assert.doesNotMatch(await gathered(chunks), /Secret plan/);
    await patchPerson(at.services, at.system, at.bob, { disabled: true });
    await refuses(openLink(at.services, token), 'not-found');
    const mine = await link();
    await trashCalendar(at.services, alice, await seen(at));
    await refuses(openLink(at.services, mine.token), 'gone');
  });

  it('can show all favourites that allow export now', async () => {
    await shareFurther();
    const { token } = await createLink(at.services, bob, at.bob, { target: 'favourites', label: 'all' });
    const shown = async () =>
      (await openLink(at.services, token)).calendars.map(({ calendar }) => calendar.ownerName);
    assert.deepEqual(await shown(), []);
    await setFavourite(at.services, bob, await seen(at, at.bob), true);
    assert.deepEqual(await shown(), ['alice']);
    await setExportAllowed(at.services, alice, await seen(at), false);
    assert.deepEqual(await shown(), []);
    await setExportAllowed(at.services, alice, await seen(at), true);
    const { chunks } = await exportLink(at.services, await openLink(at.services, token), 'Favourites');
    assert.match(await gathered(chunks), /X-WR-CALNAME:Favourites/);
  });

  it('belong to those who made them', async () => {
    const made = await link();
    const { services } = at;
    await refuses(listLinks(services, bob, at.alice), 'need-privileges');
    await refuses(deleteLink(services, bob, at.alice, made.id), 'need-privileges');
    await refuses(deleteLink(services, bob, at.bob, made.id), 'not-found');
    await refuses(resetLink(services, alice, at.alice, id<LinkId>(1)), 'not-found');
    await refuses(
      createLink(services, bob, at.bob, { target: (await seen(at)).calendar.id, label: 'x' }),
      'not-found',
    );
    await refuses(
      createLink(services, await actor(at, at.alice, 'read'), at.alice, { target: 'favourites', label: 'x' }),
      'need-privileges',
    );
    assert.equal((await listLinks(services, at.system, at.alice)).length, 1);
    const tasks = (await seen(at, at.alice, at.alice, 'tasks')).calendar.id;
    assert.deepEqual(await listLinks(services, alice, at.alice, tasks), []);
  });

  it('count their uses', async () => {
    const { token } = await link();
    await openLink(at.services, token, { program: 'Poller/1.0' });
    await new Promise((resolve) => setImmediate(resolve));
    const [counted] = await listLinks(at.services, alice, at.alice);
    assert.ok(counted);
  });
});
