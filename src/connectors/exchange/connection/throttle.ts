/**
 * When nothing may be sent: the server has asked for a pause (per login, whose budget it is), or it does not work at all
 * (per server). What is asked meanwhile fails at once and says when to come again; asking early would prolong the pause.
 */
import { longestPauseMs } from '../../../core/connector.ts';
import { RemoteFailure } from '../../failure.ts';

export interface Brake {
  /** Throws while the brake is on. */
  readonly check: () => void;
  readonly note: (outcome: RemoteFailure | 'ok') => void;
  /** Epoch milliseconds; undefined: it is off. */
  readonly until: () => number | undefined;
}

export interface BrakeOptions {
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

const firstPauseMs = 30_000;
const maxPauseMs = 15 * 60_000;

/** For one budget: `BackOffMilliseconds`, else `Retry-After`, else 30 s doubling to 15 min with jitter (exchange.md 17.1). */
export function budgetBrake({ now, random }: BrakeOptions): Brake {
  let until = 0;
  let pauses = 0;
  return {
    check() {
      const left = leftOf(until, now());
      if (left > 0)
        throw new RemoteFailure('throttle', 'paused-by-server', 'the server has asked for a pause', {
          retryAfterMs: left,
        });
    },
    note(outcome) {
      if (outcome === 'ok') pauses = 0;
      else if (outcome.class === 'throttle' && outcome.code !== 'paused-by-server') {
        const asked = outcome.retryAfterMs ?? ownPause(pauses, random);
        until = now() + Math.max(leftOf(until, now()), asked);
        pauses += 1;
      }
    },
    until: () => (leftOf(until, now()) > 0 ? until : undefined),
  };
}

/** No pause is longer than the longest one: what seems to be was begun by a clock that was set back since. */
function leftOf(until: number, now: number): number {
  const left = until - now;
  return left > longestPauseMs ? 0 : left;
}

const maxFailures = 5;

/** For one server: opens after five failures in a row, lets one request try when the pause is over, then doubles it. */
export function circuitBrake({ now, random }: BrakeOptions): Brake {
  let until = 0;
  let failures = 0;
  return {
    check() {
      const left = leftOf(until, now());
      if (left > 0)
        throw new RemoteFailure(
          'transient',
          'server-unreachable',
          'the server has failed several times in a row',
          {
            retryAfterMs: left,
          },
        );
    },
    note(outcome) {
      if (outcome === 'ok' || answersFor(outcome)) {
        failures = 0;
        until = 0;
        return;
      }
      if (outcome.class !== 'transient' || outcome.code === 'server-unreachable') return;
      failures += 1;
      if (failures >= maxFailures) until = now() + ownPause(failures - maxFailures, random);
    },
    until: () => (leftOf(until, now()) > 0 ? until : undefined),
  };
}

/** A server that refuses or asks to wait is there. */
function answersFor({ class: failureClass }: RemoteFailure): boolean {
  return failureClass !== 'transient' && failureClass !== 'cancelled' && failureClass !== 'configuration';
}

function ownPause(pauses: number, random: () => number): number {
  const full = Math.min(firstPauseMs * 2 ** Math.min(pauses, 10), maxPauseMs);
  return Math.round(full * (0.9 + random() * 0.2));
}

/** Pauses of at least half an hour after a refused password, and no fourth attempt with the same one (exchange.md 17.1). */
export interface LoginBrake {
  readonly check: () => void;
  readonly refused: () => void;
  readonly accepted: () => void;
}

const loginPauseMs = 30 * 60_000;
const maxRefusals = 3;

export function loginBrake(refusedAs: 'auth' | 'auth-global', now: () => number): LoginBrake {
  let refusals = 0;
  let last = 0;
  return {
    check() {
      // Set back, the clock begins the pause anew.
      last = Math.min(last, now());
      const isOver = refusals < maxRefusals && now() - last >= loginPauseMs;
      if (refusals > 0 && !isOver)
        throw new RemoteFailure(
          refusedAs,
          'login-refused',
          'this password was refused before and is not sent again',
          {
            ...(refusals < maxRefusals && { retryAfterMs: loginPauseMs - (now() - last) }),
          },
        );
    },
    refused() {
      refusals += 1;
      last = now();
    },
    accepted() {
      refusals = 0;
    },
  };
}
