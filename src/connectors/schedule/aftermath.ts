/**
 * What follows from a run: when the next one is, and what of an account or of the whole connector stops (exchange.md 17.1). A
 * pure function, so that the rule against locked accounts can be read in one place.
 */
import type { ConnectorAccount, ConnectorLink } from '../../core/connector.ts';
import type { ConnectorAccountPatch, ConnectorLinkPatch } from '../../core/connector-change.ts';
import { type Instant, instant, minuteMs, secondMs } from '../../icalendar/time.ts';
import { linkChanged, type RunFailure } from '../engine.ts';

export interface Aftermath {
  readonly link: ConnectorLinkPatch;
  readonly account?: ConnectorAccountPatch;
  /** The service account was refused: nobody is served before an administrator has looked at it. */
  readonly halt?: true;
}

export interface AftermathFacts {
  readonly failure: RunFailure | undefined;
  /** As it is after the run. */
  readonly link: Pick<ConnectorLink, 'failures' | 'stopped'>;
  readonly account: Pick<ConnectorAccount, 'authFailures' | 'stopped'>;
  readonly periodMinutes: number;
  readonly now: Instant;
  /** 0 to 1. */
  readonly random: number;
}

/** A refused login is tried again after this time at the earliest, and never a fourth time. */
const loginPauseMs: number = 30 * minuteMs;
export const maxLoginFailures = 3;

const firstPauseMs: number = 30 * secondMs;
const longestPauseMs: number = 15 * minuteMs;
const shortestThrottleMs: number = 5 * secondMs;
const movePauseMs: number = 15 * minuteMs;
const quickTries = 5;

export function aftermath(facts: AftermathFacts): Aftermath {
  const { failure, link, account, now } = facts;
  const period = later(facts, facts.periodMinutes * minuteMs);
  if (!failure) {
    const healed = account.authFailures > 0 || account.stopped === 'credentials';
    const works = { stopped: null, authFailures: 0, notBefore: null } as const;
    return { link: { nextRun: period }, ...(healed && { account: works }) };
  }
  switch (failure.class) {
    case 'auth': {
      const authFailures = account.authFailures + 1;
      const notBefore = instant(now + loginPauseMs);
      return { link: { nextRun: period }, account: { stopped: 'credentials', authFailures, notBefore } };
    }
    case 'auth-global':
      return { link: { nextRun: period }, halt: true };
    case 'throttle': {
      // Where the server names no time, the links must not all come again in the same moment.
      const asked = failure.retryAfterMs ?? doubled(link.failures) * (1 + facts.random / 10);
      // A pause of 0 still means some seconds: whoever asks early prolongs it (exchange.md 17.1).
      const notBefore = instant(Math.round(now + Math.max(asked, shortestThrottleMs)));
      return { link: { nextRun: notBefore }, account: { notBefore } };
    }
    case 'move': {
      const notBefore = instant(now + movePauseMs);
      return { link: { nextRun: notBefore }, account: { notBefore } };
    }
    case 'transient':
    case 'internal':
    case 'lease-lost': {
      if (link.failures > quickTries) return { link: { nextRun: period } };
      const pause = failure.retryAfterMs ?? doubled(link.failures);
      return { link: { nextRun: instant(Math.min(later(facts, pause), Math.max(period, now))) } };
    }
    case 'permission':
    case 'folder-gone':
    case 'guard':
      return { link: { nextRun: link.stopped === null ? period : null } };
    case 'state':
    case 'subscription':
    case 'gone':
    case 'withheld':
    case 'conflict':
    case 'poison':
    case 'ours':
    case 'quota':
    case 'batch':
    case 'configuration':
      return { link: { nextRun: period } };
    case 'cancelled':
      return { link: { nextRun: failure.code === linkChanged ? now : period } };
    default:
      return failure.class satisfies never;
  }
}

function doubled(failures: number): number {
  return Math.min(firstPauseMs * 2 ** Math.min(Math.max(failures - 1, 0), 10), longestPauseMs);
}

/** With a tenth more or less, so that links do not march in step. */
function later({ now, random }: AftermathFacts, ms: number): Instant {
  return instant(Math.round(now + ms * (0.9 + 0.2 * random)));
}
