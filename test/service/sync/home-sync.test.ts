import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import type { Actor } from '../../../src/core/principal.ts';
import { homeName } from '../../../src/service/access.ts';
import {
  createCalendar,
  deleteCalendar,
  patchCalendar,
  setFavourite,
} from '../../../src/service/calendars/calendars.ts';
import { homeChangesSince, homeCtag, homeToken } from '../../../src/service/sync/home-sync.ts';
import { changesSince } from '../../../src/service/sync/sync.ts';
import { actor, all, event, type Office, office, put, refuses, seen, share } from '../office.ts';

describe('sync of a home', () => {
  let at: Office;
  let bob: Actor;
  beforeEach(async () => {
    at = await office();
    bob = await actor(at, at.bob);
    await share(at, at.bob, 'read');
  });
  afterEach(() => at.close());

  const ask = async (token?: string) => {
    const { calendars, token: next } = await homeChangesSince(at.services, bob, token);
    const changed = calendars.flatMap((one) => (one.gone ? [`-${one.name}`] : one.changed ? [one.name] : []));
    return { calendars, changed, token: next };
  };

  it('is new in every part without a token, and unchanged with its own', async () => {
    const first = await ask();
    assert.equal(first.changed.length, 4);
    assert.ok(first.calendars.every((one) => !one.gone && one.token === undefined));
    assert.equal(first.token, await homeToken(at.services, bob));
    const second = await ask(first.token);
    assert.deepEqual([second.changed, second.token], [[], first.token]);
  });

  it('tells which calendar has something new in it, and from where to read on', async () => {
    const first = await ask();
    const ctag = await homeCtag(at.services, bob);
    await put(at, await actor(at, at.alice), await seen(at), 'a.ics', event());
    const name = homeName(await seen(at, at.bob));
    const second = await ask(first.token);
    assert.deepEqual(second.changed, [name]);
    assert.notEqual(await homeCtag(at.services, bob), ctag);
    const shared = second.calendars.find((one) => one.name === name);
    assert.ok(shared && !shared.gone && shared.token !== undefined);
    const delta = await changesSince(at.services, bob, shared.seen, shared.token);
    assert.deepEqual(
      (await all(delta.pages)).map(({ name: object }) => object),
      ['a.ics'],
    );
  });

  it('tells of calendars that come, go, and look different', async () => {
    const first = await ask();
    const made = await createCalendar(at.services, bob, at.bob, { name: 'new' });
    const theirs = await seen(at, at.bob);
    await patchCalendar(at.services, bob, theirs, { color: '#112233FF' });
    const second = await ask(first.token);
    assert.deepEqual(second.changed.sort(), ['new', homeName(theirs)].sort());
    await deleteCalendar(at.services, bob, made);
    await deleteCalendar(at.services, bob, theirs);
    const third = await ask(second.token);
    assert.deepEqual(third.changed.sort(), ['-new', `-${homeName(theirs)}`].sort());
    await setFavourite(at.services, bob, await seen(at, at.bob), true);
    assert.deepEqual((await ask(third.token)).changed, [homeName(theirs)]);
  });

  it('lists a calendar anew when the rights on it have changed', async () => {
    const first = await ask();
    await share(at, at.bob, 'busy');
    const second = await ask(first.token);
    const shared = second.calendars.find((one) => !one.gone && one.changed);
    assert.ok(shared && !shared.gone);
    assert.equal(shared.token, undefined);
  });

  it('refuses what is none of its tokens', async () => {
    const { token } = await ask();
    const prefix = token.slice(0, token.lastIndexOf('/') + 1);
    const packed = (value: unknown) => prefix + deflateRawSync(JSON.stringify(value)).toString('base64url');
    const bomb = prefix + deflateRawSync(Buffer.alloc(8 * 1024 * 1024)).toString('base64url');
    const others = await homeToken(at.services, await actor(at, at.alice));
    for (const bad of [
      'x',
      prefix,
      `${prefix}AAAA`,
      packed({}),
      packed([[1, 2, 3]]),
      packed([['a']]),
      bomb,
      others,
    ]) {
      await refuses(ask(bad), 'bad-sync-token');
    }
  });
});
