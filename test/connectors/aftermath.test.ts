import assert from 'node:assert/strict';
import type { RunFailure } from '../../src/connectors/engine.ts';
import { type Aftermath, type AftermathFacts, aftermath } from '../../src/connectors/schedule/aftermath.ts';
import { instant, minuteMs, secondMs } from '../../src/icalendar/time.ts';

const now = instant(1_000_000_000);

function after(failure: Partial<RunFailure> | undefined, more: Partial<AftermathFacts> = {}): Aftermath {
  return aftermath({
    failure: failure && { class: 'transient', code: 'x', ...failure },
    link: { failures: 1, stopped: null },
    account: { authFailures: 0, stopped: null },
    periodMinutes: 15,
    now,
    random: 0.5,
    ...more,
  });
}

/** How long until the next run. */
const pause = (found: Aftermath): number => (found.link.nextRun ?? Number.NaN) - now;

describe('after a run', () => {
  it('comes the next one after the period, a tenth sooner or later', () => {
    assert.equal(pause(after(undefined)), 15 * minuteMs);
    assert.equal(pause(after(undefined, { random: 0 })), 13.5 * minuteMs);
    assert.equal(pause(after(undefined, { random: 1 })), 16.5 * minuteMs);
  });

  it('that failed on the way, comes one soon, then later and later, then by the period', () => {
    const pauses = [1, 2, 3, 4, 5, 6].map((failures) =>
      pause(after({}, { link: { failures, stopped: null } })),
    );
    assert.deepEqual(
      pauses,
      [30, 60, 120, 240, 480, 900].map((seconds) => seconds * secondMs),
    );
  });

  it('that failed on the way, comes none later than the period', () => {
    assert.equal(pause(after({ retryAfterMs: 60 * minuteMs })), 15 * minuteMs);
  });

  it('whose link was changed meanwhile, comes one at once; that was cancelled, one after the period', () => {
    assert.equal(pause(after({ class: 'cancelled', code: 'link-changed' })), 0);
    assert.equal(pause(after({ class: 'cancelled', code: 'cancelled' })), 15 * minuteMs);
  });

  it('that was refused by the person’s login, nothing comes for half an hour', () => {
    const { account } = after({ class: 'auth' }, { account: { authFailures: 1, stopped: 'credentials' } });
    assert.deepEqual(account, { stopped: 'credentials', authFailures: 2, notBefore: now + 30 * minuteMs });
  });

  it('that worked again, the login counts as good', () => {
    const { account } = after(undefined, { account: { authFailures: 2, stopped: 'credentials' } });
    assert.deepEqual(account, { stopped: null, authFailures: 0, notBefore: null });
  });

  it('that was refused by the service account’s login, everything stops', () => {
    assert.equal(after({ class: 'auth-global' }).halt, true);
    assert.equal(after({ class: 'auth-global' }).account, undefined);
  });

  it('that the provider has slowed down, nothing is asked before its pause is over', () => {
    const found = after({ class: 'throttle', retryAfterMs: 7 * minuteMs });
    assert.deepEqual([pause(found), found.account?.notBefore], [7 * minuteMs, now + 7 * minuteMs]);
    assert.equal(
      pause(after({ class: 'throttle', retryAfterMs: 0 })),
      5 * secondMs,
      'a pause of nothing is one',
    );
    const many = { link: { failures: 9, stopped: null } };
    assert.equal(pause(after({ class: 'throttle' }, { ...many, random: 0 })), 15 * minuteMs);
    assert.equal(pause(after({ class: 'throttle' }, { ...many, random: 1 })), 16.5 * minuteMs);
  });

  it('that stopped the link, none comes by itself', () => {
    const found = after({ class: 'guard' }, { link: { failures: 1, stopped: 'guard' } });
    assert.equal(found.link.nextRun, null);
  });

  it('of a mailbox that is being moved, one comes in a quarter of an hour', () => {
    assert.equal(after({ class: 'move' }).account?.notBefore, now + 15 * minuteMs);
  });
});
