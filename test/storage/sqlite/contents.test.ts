import assert from 'node:assert/strict';
import type { NewObject } from '../../../src/core/calendar.ts';
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

  it('tell of each object what is kept of it, of one kind or another', async () => {
    const world = await makeWorld(({ clock }) => assemble(openMemory(), { clock }));
    const { storage } = world;
    try {
      const more: readonly Partial<NewObject>[] = [
        {},
        { kind: 'VTODO' },
        { classification: 'private' },
        { plain: false },
        { kind: 'VJOURNAL', classification: 'confidential', plain: false, cuts: '[1]' },
        { cuts: '[2]' },
      ];
      for (const [n, own] of more.entries()) await world.done(put(work, object(`${n}.ics`, own)));
      for await (const page of storage.contents({ calendar: work, select: { by: 'all' } })) {
        assert.deepEqual(
          page
            .objects()
            .map(({ kind, classification, plain, cuts }) => ({ kind, classification, plain, cuts })),
          more.map(({ kind = 'VEVENT', classification = 'public', plain = true, cuts }) => ({
            kind,
            classification,
            plain,
            cuts,
          })),
        );
        assert.equal(page.isPublic, false);
      }
      const names = ['0.ics', '1.ics', '3.ics'];
      for await (const page of storage.contents({ calendar: work, select: { by: 'names', names } }))
        assert.equal(page.isPublic, true);
    } finally {
      await storage.close();
    }
  });
});
