/** Long objects that come from there: others have their turn while one is judged. */
import assert from 'node:assert/strict';
import { instanceContent } from '../../src/connectors/series.ts';
import type { Services } from '../../src/service/context.ts';
import { daily } from './events.ts';
import { Linked } from './linked.ts';

/** The services, of which `note` hears when a limit is looked up. */
function watched(services: Services, note: (limit: string) => void): Services {
  const limits = new Proxy(services.limits, {
    get: (target, name) => {
      if (typeof name === 'string') note(name);
      return Reflect.get(target, name);
    },
  });
  return { ...services, limits };
}

describe('a long object from there', () => {
  it('is judged with turns for others', async () => {
    const linked = await Linked.make();
    const series = daily({ title: 'Series' }, { uid: 'series' });
    const keys = Array.from({ length: 9 }, (_, day) => `2026-03-${24 + (day % 8)}T09:00:00Z`);
    const description = 'words '.repeat(10_000);
    const overrides = keys.map((key) => [key, { ...instanceContent(series, key), description }] as const);
    linked.remote.put({ ...series, overrides: Object.fromEntries(overrides) });
    let turns = 0;
    let isOver = false;
    const other = (): void => {
      turns++;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    const seen: Record<string, number> = {};
    // The first that is asked of an object, and the last.
    await linked.run(
      'schedule',
      watched(linked.services, (limit) => (seen[limit] = turns)),
    );
    isOver = true;
    assert.equal((await linked.events()).length, 1);
    const { maxObjectBytes = 0, maxUidBytes = 0 } = seen;
    assert.ok(maxUidBytes > maxObjectBytes, `${maxUidBytes} - ${maxObjectBytes} turns`);
    await linked.office.close();
  });
});
