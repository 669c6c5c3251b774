import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Actor } from '../../../src/core/principal.ts';
import { type ExportOptions, exportCalendar } from '../../../src/service/export/export.ts';
import { ExportMemory } from '../../../src/service/export/export-memory.ts';
import { Memory } from '../../../src/service/memory.ts';
import { deleteObject } from '../../../src/service/objects/objects.ts';
import { actor, event, type Office, office, put, seen } from '../office.ts';

const maxEntryBytes = 400_000;

class SmallMemory extends Memory {
  override readonly exports: ExportMemory = new ExportMemory(maxEntryBytes, maxEntryBytes);
}

const options: ExportOptions = {
  detail: 'full',
  window: 'all',
  alarms: false,
  reducePrivate: false,
  language: 'en',
};

describe('an export on its way', () => {
  let at: Office;
  let alice: Actor;
  let memory: Memory;
  let collect: () => void;
  before(() => {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  });
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    memory = new SmallMemory();
    for (let n = 0; n < 4; n++) {
      const more = [`DESCRIPTION:${'d'.repeat(300_000)}`];
      await put(at, alice, await seen(at), `${n}.ics`, event({ uid: `uid-${n}`, more }));
    }
  });
  afterEach(() => at.close());

  const exported = async (): ReturnType<typeof exportCalendar> =>
    await exportCalendar({ ...at.services, memory }, alice, [await seen(at)], options);

  /** Behind each chunk: how many bytes came so far, and how many chunks before it are still held by somebody. */
  const watched = async (): Promise<{ readonly sizeBytes: number; readonly heldCount: number }[]> => {
    const sent: WeakRef<Uint8Array>[] = [];
    const found: { sizeBytes: number; heldCount: number }[] = [];
    let sizeBytes = 0;
    for await (const chunk of (await exported()).chunks) {
      sizeBytes += chunk.length;
      await setImmediate();
      collect();
      found.push({ sizeBytes, heldCount: sent.filter((ref) => ref.deref() !== undefined).length });
      sent.push(new WeakRef(chunk));
    }
    return found;
  };

  it('holds what it may keep, and nothing of it once it is too large', async () => {
    const found = await watched();
    assert.ok((found.at(-1)?.sizeBytes ?? 0) > 2 * maxEntryBytes);
    for (const [at, { sizeBytes, heldCount }] of found.entries())
      assert.equal(heldCount, sizeBytes > maxEntryBytes ? 0 : at);
    assert.equal(await (await exported()).whole(), undefined);
  });

  it('holds nothing where the last one was too large, until one is not', async () => {
    await watched();
    assert.ok((await watched()).every(({ heldCount }) => heldCount === 0));
    for (const name of ['0.ics', '1.ics', '2.ics'])
      await deleteObject(at.services, alice, await seen(at), name);
    await watched();
    assert.equal(await (await exported()).whole(), undefined);
    await watched();
    assert.ok(await (await exported()).whole());
  });
});
