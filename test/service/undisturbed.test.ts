import assert from 'node:assert/strict';
import type { Principal } from '../../src/core/principal.ts';
import { Refusal } from '../../src/core/refusal.ts';
import { patchCalendar } from '../../src/service/calendars/calendars.ts';
import { createPerson } from '../../src/service/people/people.ts';
import { preferencesOf, setPreferences } from '../../src/service/people/preferences.ts';
import { undisturbed } from '../../src/service/undisturbed.ts';
import { actor, type Office, office, refuses, seen } from './office.ts';

describe('decisions on what somebody has seen', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  const rename = async (from: string, to: string, between = async (): Promise<void> => {}): Promise<void> => {
    const alice = await actor(at, at.alice);
    await undisturbed(at.services, async (services) => {
      const calendar = await seen({ ...at, services });
      if (calendar.calendar.displayName !== from) throw new Refusal('stale', 'it has another name');
      await between();
      await patchCalendar(services, alice, calendar, { displayName: to });
      await patchCalendar(services, alice, calendar, { description: `not ${from}` });
    });
  };
  const somebody = (name: string): Promise<Principal> =>
    createPerson(at.services, at.system, { name, displayName: name });

  it('let one of two win who have seen the same', async () => {
    const { displayName } = (await seen(at)).calendar;
    const results = await Promise.allSettled([rename(displayName, 'one'), rename(displayName, 'two')]);
    const [won, lost] = results.map(({ status }) => status).toSorted();
    assert.deepEqual([won, lost], ['fulfilled', 'rejected']);
    const { calendar } = await seen(at);
    assert.equal(calendar.displayName, results[0].status === 'fulfilled' ? 'one' : 'two');
  });

  it('hold on to what a person has chosen', async () => {
    const alice = await actor(at, at.alice);
    const chosen = async (): Promise<unknown> =>
      (await preferencesOf(at.services, at.alice.id)).get('theme') ?? null;
    const choose = (from: unknown, to: string): Promise<void> =>
      undisturbed(
        at.services,
        async (services) => {
          if ((await chosen()) !== from) throw new Refusal('stale', 'it is another one');
          await setPreferences(services, alice, { theme: to });
        },
        at.alice.id,
      );
    const results = await Promise.allSettled([choose(null, 'dark'), choose(null, 'light')]);
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await choose(await chosen(), 'auto');
    assert.equal(await chosen(), 'auto');
  });

  it('are made anew when something else has changed, and given up when that never ends', async () => {
    let count = 0;
    const { displayName } = (await seen(at)).calendar;
    await rename(displayName, 'one', async () => {
      if (count++ === 0) await somebody('late');
    });
    assert.equal(count, 2);
    assert.deepEqual([(await seen(at)).calendar.displayName], ['one']);
    await refuses(
      rename('one', 'two', async () => void (await somebody(`late-${count++}`))),
      'busy',
    );
    assert.equal((await seen(at)).calendar.displayName, 'one');
  });
});
