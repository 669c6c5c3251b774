import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createRefusals } from '../../src/http/refusals.ts';

class Wire extends Duplex {
  said = '';

  override _read(): void {
    // Says nothing.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.said += chunk.toString('latin1');
    done();
  }
}

const late = Object.assign(new Error('too late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

describe('connections that are refused', () => {
  it('get 408 in turns when thousands are late at once, so that others are served in between', async () => {
    const refuse = createRefusals(new Map());
    const wires = Array.from({ length: 3_000 }, () => new Wire());
    for (const wire of wires) refuse(late, wire);
    const ended = (): number => wires.filter(({ writableEnded }) => writableEnded).length;
    assert.equal(ended(), 0);
    let turns = 0;
    for (let before = 0; before < wires.length; turns++) {
      await setImmediate();
      const now = ended();
      assert.ok(now > before && now - before <= 100, `${now - before} in one turn`);
      before = now;
    }
    assert.ok(turns >= 30);
    await setImmediate();
    for (const { said, destroyed } of wires) {
      assert.match(said, /^HTTP\/1\.1 408 .*\r\nConnection: close\r\n/);
      assert.ok(destroyed, 'nothing is left of it, whether the client listens or not');
    }
  });

  it('are only cut when they have gone meanwhile, or are in the middle of an answer', async () => {
    const refuse = createRefusals(new Map());
    const gone = new Wire();
    refuse(late, gone);
    gone.destroy();
    const malformed = new Wire();
    refuse(Object.assign(new Error('x'), { code: 'HPE_INVALID_HEADER_TOKEN' }), malformed);
    assert.match(malformed.said, /^HTTP\/1\.1 400 /);
    await setImmediate();
    await setImmediate();
    assert.equal(gone.said, '');
  });
});
