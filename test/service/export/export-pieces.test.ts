import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { id, type ObjectId } from '../../../src/core/ids.ts';
import type { ZonePart } from '../../../src/icalendar/feed/merge.ts';
import { chunkBytes } from '../../../src/icalendar/feed/merge.ts';
import {
  type NewPiece,
  objectCount,
  PieceLedger,
  type Pieces,
  renewed,
} from '../../../src/service/export/export-pieces.ts';

const part = { zones: [], lines: () => '' };

const text = ({ stretches }: Pieces): string =>
  Buffer.concat(stretches.map(({ bytes }) => bytes)).toString('latin1');

describe('an export that was put together again', () => {
  function first(): Pieces {
    const ledger = new PieceLedger(1);
    ledger.begin(0);
    ledger.page(() => ['a']);
    ledger.wrote(id(1), 0, part, 0, 3);
    ledger.chunk(Buffer.from('aaa'));
    return ledger.pieces() ?? assert.fail();
  }

  function next(pieces: Pieces, lines: string): Pieces {
    const fresh = [{ id: id<ObjectId>(2), name: 'b', zones: [], bytes: Buffer.from(lines) }];
    return renewed(pieces, { changed: new Set(['b']), fresh, modseq: pieces.modseq + 1 });
  }

  it('holds nothing of those before it, however often that is done', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    let pieces = first();
    const before: WeakRef<object>[] = [];
    for (let n = 0; n < 5; n++) {
      before.push(new WeakRef(pieces), ...pieces.stretches.map((stretch) => new WeakRef(stretch)));
      pieces = next(pieces, `b${n}`);
      await setImmediate();
    }
    assert.equal(text(pieces), 'aaab4');
    assert.deepEqual(
      pieces.stretches.map(({ names }) => names()),
      [['a', 'b']],
    );
    collect();
    assert.equal(before.filter((ref) => ref.deref() !== undefined).length, 0);
  });

  it('gives stretches again in which nothing has changed, and ends long ones', () => {
    const long = 'x'.repeat(chunkBytes / 4);
    const piece = (n: number): NewPiece => ({
      id: id<ObjectId>(n),
      name: `${n}`,
      zones: [],
      bytes: Buffer.from(`${long}${n}`),
    });
    const some = Array.from({ length: 16 }, (_, n) => piece(n));
    const changedBy = (pieces: readonly NewPiece[]) => new Set(pieces.map(({ name }) => name));
    const all = renewed(empty(), { changed: changedBy(some), fresh: some, modseq: 2 });
    assert.equal(text(all), some.map(({ bytes }) => Buffer.from(bytes).toString()).join(''));
    assert.equal(all.stretches.length, 4);
    const other = { ...piece(6), bytes: Buffer.from('other') };
    const again = renewed(all, { changed: changedBy([other]), fresh: [other], modseq: 3 });
    assert.equal(again.stretches.length, 4);
    assert.deepEqual(
      again.stretches.map((stretch, at) => stretch === all.stretches[at]),
      [true, false, true, true],
    );
    const last = piece(16);
    const longer = renewed(again, { changed: changedBy([last]), fresh: [last], modseq: 4 });
    assert.deepEqual(longer.stretches.slice(0, 3), again.stretches.slice(0, 3));
    assert.equal(objectCount(longer), 17);
    const second = longer.stretches[1] ?? assert.fail();
    const gone = renewed(longer, { changed: new Set(second.names()), fresh: [], modseq: 5 });
    assert.deepEqual(
      gone.stretches,
      longer.stretches.filter((stretch) => stretch !== second),
    );
  });

  const zoneNames = ['A', 'B', 'C'] as const;
  const zoneParts = (which: number): readonly ZonePart[] =>
    zoneNames
      .filter((_, bit) => (which >> bit) % 2 === 1)
      .map((tzid) => ({ tzid, text: () => `<${tzid}>`, custom: false }));

  /** What an export of all from the beginning gives. */
  const anew = (objects: ReadonlyMap<number, NewPiece>): string => {
    const told = new Set<string>();
    let all = '';
    for (const { zones, bytes } of [...objects.values()].sort((one, other) => one.id - other.id)) {
      for (const zone of zones) {
        if (!told.has(zone.tzid)) all += zone.text();
        told.add(zone.tzid);
      }
      all += Buffer.from(bytes).toString();
    }
    return all;
  };

  it('defines each zone in front of the first object that uses it, in whatever stretch', () => {
    const change = fc.record({
      at: fc.nat(11),
      // As often as not without zones, so that whole stretches have none; 8 is a deletion.
      zones: fc.constantFrom(0, 0, 0, 1, 2, 4, 5, 7, 8),
      size: fc.constantFrom(1, chunkBytes / 3, chunkBytes),
    });
    let given = 0;
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 12 }), (rounds) => {
        const objects = new Map<number, NewPiece>();
        let pieces = empty();
        for (const [round, changes] of rounds.entries()) {
          const changed = new Set<string>();
          for (const { at, zones, size } of changes) {
            const name = `${at}`;
            changed.add(name);
            if (zones === 8) {
              objects.delete(at);
              continue;
            }
            const bytes = Buffer.from(`${name}.${round}`.padEnd(size, '-'));
            objects.set(at, { id: id<ObjectId>(at), name, zones: zoneParts(zones), bytes });
          }
          const fresh = [...objects.values()].filter(({ name }) => changed.has(name));
          const old = new Set(pieces.stretches);
          pieces = renewed(pieces, { changed, fresh, modseq: round });
          given += pieces.stretches.filter((stretch) => old.has(stretch)).length;
          assert.ok(text(pieces) === anew(objects));
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(given > 100, `only ${given} stretches were given again`);
  });
});

function empty(): Pieces {
  const ledger = new PieceLedger(1);
  ledger.begin(0);
  return ledger.pieces() ?? assert.fail();
}
