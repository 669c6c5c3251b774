import assert from 'node:assert/strict';
import { gate } from '../../../src/connectors/exchange/connection/gate.ts';
import { readMemory, writeMemory } from '../../../src/connectors/exchange/connection/memory.ts';
import { skew } from '../../../src/connectors/exchange/connection/skew.ts';
import {
  budgetBrake,
  circuitBrake,
  loginBrake,
} from '../../../src/connectors/exchange/connection/throttle.ts';
import { schemaOf, stepDown } from '../../../src/connectors/exchange/connection/versions.ts';
import { RemoteFailure } from '../../../src/connectors/failure.ts';
import { failing, never } from './scripted.ts';

const busy = (retryAfterMs?: number): RemoteFailure =>
  new RemoteFailure('throttle', 'ErrorServerBusy', 'busy', { retryAfterMs });
const broken = new RemoteFailure('transient', 'http-502', 'broken');

describe('a budget', () => {
  const clock = { at: 1_000_000 };
  const options = { now: () => clock.at, random: () => 0.5 };

  it('is left alone for as long as the server said', () => {
    const brake = budgetBrake(options);
    brake.check();
    brake.note(busy(12_000));
    assert.throws(
      () => brake.check(),
      (error) => error instanceof RemoteFailure && error.retryAfterMs === 12_000,
    );
    clock.at += 11_999;
    assert.throws(() => brake.check(), failing('throttle', 'paused-by-server'));
    clock.at += 1;
    brake.check();
    assert.equal(brake.until(), undefined);
  });

  it('is left alone for 30 s, doubling to 15 min, where the server says nothing', () => {
    const brake = budgetBrake(options);
    const pauses: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      brake.note(busy());
      const wait = (brake.until() ?? 0) - clock.at;
      pauses.push(wait / 1000);
      clock.at += wait;
    }
    assert.deepEqual(pauses, [30, 60, 120, 240, 480, 900, 900]);
    brake.note('ok');
    brake.note(busy());
    assert.equal((brake.until() ?? 0) - clock.at, 30_000);
  });

  it('is not asked again by all at the same moment: each pause of our own choice is a little longer or shorter', () => {
    const pauseAt = (chance: number): number => {
      const brake = budgetBrake({ ...options, random: () => chance });
      brake.note(busy());
      return (brake.until() ?? 0) - clock.at;
    };
    const pauses = [0, 0.25, 0.5, 0.75, 0.999].map(pauseAt);
    assert.equal(new Set(pauses).size, pauses.length, pauses.join());
    for (const pause of pauses) assert.ok(pause >= 15_000 && pause <= 45_000, String(pause));
  });

  it('never gets shorter by a second answer', () => {
    const brake = budgetBrake(options);
    brake.note(busy(60_000));
    brake.note(busy(5000));
    assert.equal((brake.until() ?? 0) - clock.at, 60_000);
  });
});

describe('a circuit', () => {
  it('opens after five failures in a row, and closes with the first answer', () => {
    const clock = { at: 0 };
    const brake = circuitBrake({ now: () => clock.at, random: () => 0.5 });
    for (let count = 0; count < 4; count += 1) brake.note(broken);
    brake.check();
    brake.note(busy(1000));
    for (let count = 0; count < 4; count += 1) brake.note(broken);
    brake.check();
    brake.note(broken);
    assert.throws(() => brake.check(), failing('transient', 'server-unreachable'));
    clock.at += 30_000;
    brake.check();
    brake.note(broken);
    assert.equal((brake.until() ?? 0) - clock.at, 60_000);
    brake.note('ok');
    brake.check();
  });
});

describe('a refused password', () => {
  it('is tried again after half an hour, and never a fourth time', () => {
    const clock = { at: 0 };
    const brake = loginBrake('auth', () => clock.at);
    brake.check();
    for (const refusal of [1, 2]) {
      brake.refused();
      assert.throws(() => brake.check(), failing('auth', 'login-refused'), `refusal ${refusal}`);
      clock.at += 29 * 60_000;
      assert.throws(() => brake.check(), failing('auth'));
      clock.at += 60_000;
      brake.check();
    }
    brake.refused();
    clock.at += 24 * 3_600_000;
    assert.throws(
      () => brake.check(),
      (error) => error instanceof RemoteFailure && error.retryAfterMs === undefined,
    );
  });

  it('is forgotten once one was accepted', () => {
    const brake = loginBrake('auth-global', () => 0);
    brake.refused();
    brake.accepted();
    brake.check();
  });
});

describe('a gate', () => {
  it('lets so many in and the others wait in order', async () => {
    const two = gate(2);
    const order: string[] = [];
    const leave = await two.enter(never);
    const leaveOther = await two.enter(never);
    const waiting = ['c', 'd'].map((name) =>
      two.enter(never).then((go) => {
        order.push(name);
        go();
      }),
    );
    assert.deepEqual(order, []);
    leave();
    leave();
    await Promise.all(waiting);
    assert.deepEqual(order, ['c', 'd']);
    leaveOther();
    assert.equal(two.isIdle(), true);
  });

  it('forgets who has stopped waiting', async () => {
    const one = gate(1);
    const leave = await one.enter(never);
    const abort = new AbortController();
    const waiting = one.enter(abort.signal);
    abort.abort();
    await assert.rejects(waiting, failing('cancelled'));
    await assert.rejects(one.enter(abort.signal), failing('cancelled'));
    leave();
    assert.equal(one.isIdle(), true);
  });
});

describe('the clock of the server', () => {
  it('is ahead or behind by the median of what it says', () => {
    const clock = skew();
    assert.equal(clock.ms(), 0);
    const now = Date.UTC(2026, 10, 21, 12);
    for (const ahead of [300_000, 301_000, 0, 299_000, 300_000])
      clock.note(new Headers({ date: new Date(now + ahead).toUTCString() }), now);
    assert.equal(clock.ms(), 300_500);
    clock.note(new Headers({ date: 'no date' }), now);
    clock.note(new Headers(), now);
    assert.equal(clock.ms(), 300_500);
  });

  it('does not differ where only the rest of a second does', () => {
    const clock = skew();
    const now = Date.UTC(2026, 10, 21, 12) + 900;
    clock.note(new Headers({ date: new Date(now).toUTCString() }), now);
    assert.equal(clock.ms(), 0);
  });
});

describe('versions', () => {
  it('go down one by one, or to what the server says it knows', () => {
    assert.equal(stepDown('Exchange2013_SP1', undefined), 'Exchange2013');
    assert.equal(
      stepDown('Exchange2013_SP1', { build: '14.3.1.0', schema: 'Exchange2010_SP2' }),
      'Exchange2010_SP2',
    );
    assert.equal(stepDown('Exchange2013_SP1', { build: '15.0.1.0', schema: 'V2_23' }), 'Exchange2013');
    assert.equal(stepDown('Exchange2013_SP1', { build: '8.3.1.0', schema: '' }), 'Exchange2007_SP1');
    assert.equal(stepDown('Exchange2007_SP1', undefined), undefined);
    assert.equal(schemaOf({ build: '14.0.1.0', schema: '' }), 'Exchange2010');
  });
});

describe('the memory of a mailbox', () => {
  it('comes back as it was kept', () => {
    const memory = {
      base: 'b',
      url: 'https://x/EWS',
      urlFound: 5,
      group: 'g',
      version: 'Exchange2013',
      build: '15.0',
      quirks: { noStreaming: true },
    } as const;
    assert.deepEqual(readMemory(writeMemory(memory), 'b'), memory);
  });

  it('is empty under other settings', () => {
    assert.deepEqual(readMemory('{"base":"b","url":"https://x/"}', 'c'), { base: 'c' });
  });

  it('is empty where it cannot be read', () => {
    for (const json of [
      '',
      'null',
      '[]',
      '{"base":"b","url":5,"version":"Exchange1999","quirks":{"noStreaming":"yes","evil":true}}',
    ]) {
      const { url, version, quirks } = readMemory(json, 'b');
      assert.deepEqual(
        [url, version, quirks],
        [undefined, undefined, json.includes('quirks') ? {} : undefined],
        json,
      );
    }
  });
});
