import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import type { FeedCuts } from '../../../src/icalendar/feed/feed-cuts.ts';
import { parseObject } from '../../../src/icalendar/object.ts';
import { renewCuts } from '../../../src/service/export/renew-cuts.ts';
import { newObject } from '../../../src/service/objects/indexing.ts';
import { changeSet } from '../../../src/service/writing.ts';
import { benchEvent } from '../../bench/events.ts';
import { actor, all, type Office, office, put, seen } from '../office.ts';

describe('the cuts of events after an upgrade', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  const cutsNow = async (): Promise<Readonly<Record<string, FeedCuts | undefined>>> => {
    const { calendar } = await seen(at);
    const found: Record<string, FeedCuts | undefined> = {};
    for await (const { objects } of at.services.storage.contents({
      calendar: calendar.id,
      select: { by: 'all' },
    }))
      for (const { name, cuts } of objects()) found[name] = cuts;
    return found;
  };

  /** As another version has stored them: by another rule, or without. */
  const age = async (): Promise<void> => {
    const alice = await actor(at, at.alice);
    const { calendar } = await seen(at);
    let n = 0;
    const changes: Change[] = [];
    for (const stored of await all(
      at.services.storage.objects({ calendar: calendar.id, select: { by: 'all' } }),
    )) {
      const object = parseObject(stored.bytes) ?? assert.fail();
      const made = await newObject(at.services, calendar, stored.name, object, stored.bytes);
      const cuts = n++ % 2 ? undefined : made.cuts?.replace(/^\[\d+/, '[1');
      changes.push({ do: 'put', calendar: calendar.id, object: { ...made, cuts }, expect: 'present' });
    }
    assert.equal((await at.services.storage.commit(changeSet(alice, changes))).ok, true);
  };

  it('are made anew once, and nothing else changes', async () => {
    const alice = await actor(at, at.alice);
    const mine = await seen(at);
    for (let n = 0; n < 280; n++)
      await put(at, alice, mine, `bench-${n}.ics`, Buffer.from(benchEvent(n).ics));
    const fresh = await cutsNow();
    await age();
    const before = (await seen(at)).calendar.modseq;
    assert.notDeepEqual(await cutsNow(), fresh);
    await renewCuts(at.services);
    assert.deepEqual(await cutsNow(), fresh);
    assert.equal((await seen(at)).calendar.modseq, before);
    assert.ok(at.events.some((one) => one.event === 'cuts-renewed' && one.objects === 280));
    await age();
    await renewCuts(at.services);
    assert.notDeepEqual(await cutsNow(), fresh, 'a process does it once');
  });

  it('are left for the next time when the server is to end', async () => {
    const alice = await actor(at, at.alice);
    const mine = await seen(at);
    for (let n = 0; n < 280; n++)
      await put(at, alice, mine, `bench-${n}.ics`, Buffer.from(benchEvent(n).ics));
    const fresh = await cutsNow();
    await age();
    let asked = 0;
    await renewCuts(at.services, () => ++asked === 1);
    const partly = Object.entries(await cutsNow()).filter(([name, cuts]) => cuts === fresh[name]);
    assert.ok(partly.length > 0 && partly.length < 280, `${partly.length} objects`);
    await renewCuts(at.services);
    assert.deepEqual(await cutsNow(), fresh);
  });
});
