import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { exportCalendar } from '../../../src/service/export/export.ts';
import { ExportMemory } from '../../../src/service/export/export-memory.ts';
import { Memory } from '../../../src/service/memory.ts';
import { actor, event, office, put, seen } from '../office.ts';

const maxEntryBytes = 400_000;

class SmallMemory extends Memory {
  override readonly exports: ExportMemory = new ExportMemory(maxEntryBytes, maxEntryBytes);
}

describe('an export on its way', () => {
  it('holds nothing that was sent once it is too large to be kept', async () => {
    const at = await office();
    try {
      const alice = await actor(at, at.alice);
      for (let n = 0; n < 4; n++) {
        const more = [`DESCRIPTION:${'d'.repeat(300_000)}`];
        await put(at, alice, await seen(at), `${n}.ics`, event({ uid: `uid-${n}`, more }));
      }
      setFlagsFromString('--expose-gc');
      const collect: () => void = runInNewContext('gc');
      const services = { ...at.services, memory: new SmallMemory() };
      const options = { window: 'all', alarms: false, reducePrivate: false, language: 'en' } as const;
      const { chunks } = await exportCalendar(services, alice, [await seen(at)], {
        ...options,
        detail: 'full',
      });
      const sent: WeakRef<Uint8Array>[] = [];
      let sizeBytes = 0;
      for await (const chunk of chunks) {
        sent.push(new WeakRef(chunk));
        sizeBytes += chunk.length;
        await setImmediate();
        collect();
        const held = sent.slice(0, -1).filter((ref) => ref.deref() !== undefined).length;
        if (sizeBytes > maxEntryBytes) assert.equal(held, 0, `${held} chunks after ${sizeBytes} bytes`);
        else assert.equal(held, sent.length - 1);
      }
      assert.ok(sizeBytes > 2 * maxEntryBytes);
    } finally {
      await at.close();
    }
  });
});
