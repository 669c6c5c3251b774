import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { id, type ObjectId } from '../../../src/core/ids.ts';
import { PieceLedger, renewed, type Whole } from '../../../src/service/export/export-pieces.ts';

describe('an export that was put together again', () => {
  const part = { zones: [], lines: () => '' };

  function first(): Whole {
    const ledger = new PieceLedger(1, 1);
    ledger.begin(0);
    ledger.page(() => ['a'], 1);
    ledger.wrote(id(1), 0, part, 0, 3);
    const pieces = ledger.pieces();
    assert.ok(pieces);
    return { bytes: Buffer.from('<aaa>'), pieces };
  }

  function next({ bytes, pieces }: Whole, lines: string): Whole {
    const fresh = [{ id: id<ObjectId>(2), name: 'b', part, lines }];
    const renewal = { changed: new Set(['b']), fresh, head: '<', tail: '>', modseq: pieces.modseq + 1 };
    const made = renewed({ bytes, pieces }, renewal);
    assert.ok(made.pieces);
    return { bytes: made.bytes, pieces: made.pieces };
  }

  it('holds nothing of those before it, however often that is done', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    let whole = first();
    const before: WeakRef<object>[] = [];
    for (let n = 0; n < 5; n++) {
      before.push(new WeakRef(whole.bytes), new WeakRef(whole.pieces));
      whole = next(whole, `b${n}`);
      await setImmediate();
    }
    assert.equal(Buffer.from(whole.bytes).toString(), '<aaab4>');
    assert.deepEqual(whole.pieces.names(), ['a', 'b']);
    collect();
    assert.equal(before.filter((ref) => ref.deref() !== undefined).length, 0);
  });
});
