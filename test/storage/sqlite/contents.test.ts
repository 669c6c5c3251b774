import assert from 'node:assert/strict';
import { assemble } from '../../../src/storage/sqlite/open.ts';
import { flat, makeWorld, object, put, work } from '../contract/fixture.ts';
import { openMemory } from './fixture.ts';

describe('sqlite contents', () => {
  it('come in pages of bounded size', async () => {
    const world = await makeWorld(({ clock }) =>
      assemble(openMemory(), { clock, maxHomeBytes: 100_000_000 }),
    );
    const { storage } = world;
    try {
      const sizes = [700_000, 700_000, 3_000_000, ...Array.from({ length: 300 }, () => 9)];
      for (const [n, size] of sizes.entries()) {
        await world.done(put(work, object(`${n}.ics`, { bytes: Buffer.alloc(size, n) })));
      }
      const names = sizes.map((_, n) => `${n}.ics`);
      for (const select of [{ by: 'all' }, { by: 'names', names }] as const) {
        const found: string[] = [];
        let most = 0;
        for await (const { bytes, objects } of storage.contents({ calendar: work, select })) {
          most = Math.max(most, bytes.length);
          for (const { name, from, to } of objects()) found.push(`${name} ${bytes[from]} ${to - from}`);
        }
        const all = await flat(storage.objects({ calendar: work, select }));
        assert.deepEqual(
          found,
          all.map(({ name, bytes }) => `${name} ${bytes[0]} ${bytes.length}`),
        );
        assert.equal(most, 3_000_000);
      }
    } finally {
      await storage.close();
    }
  });
});
