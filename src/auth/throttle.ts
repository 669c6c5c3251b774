/**
 * Slows guessing down without locking anybody's phone out (clients.md demand 33).
 *
 * Different wrong credentials count, once each: a device that repeats an old password all day has made one mistake. They
 * count for the account and for the address. A pair of account and address that has signed in before has a count of
 * its own, so that strangers who guess at an account do not shut its owner out, nor one office machine the others.
 */
import { createRequire } from 'node:module';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { BoundedMap } from './bounded-map.ts';

export interface ThrottleOptions {
  readonly maxFailuresPerAccount: number;
  readonly maxFailuresPerAddress: number;
  readonly windowSeconds: number;
  /** Hexadecimal digits for a text, which outsiders cannot predict. */
  readonly fingerprint: (text: string) => string;
}

export interface Throttle {
  /**
   * Seconds to wait before the next attempt, or 0: it may be made, and counts as failed from now on. It is counted before it is
   * made, or a thousand guesses at the same moment would all find the count at zero.
   */
  readonly admit: (account: string, address: string) => Promise<number>;
  /** The attempt that was admitted was no failure: it succeeded, or could not be judged. */
  readonly forgive: (account: string, address: string) => Promise<void>;
  /** From now on this pair has a count of its own. */
  readonly succeeded: (account: string, address: string) => void;
  /**
   * Whether so many attempts at this account were turned away at this address that not even the right password is let in: being
   * let in would tell the guesser that it is the right one.
   */
  readonly isSealed: (account: string, address: string) => boolean;
}

/** Accounts, existing or not, share this many counts: memory is bounded whatever names are tried. */
const accountBuckets = 65_536;
const maxKnownPairs = 20_000;
/** A pair is sealed after this many times as many attempts turned away as may fail. */
const turnedAwayFactor = 10;

export function createThrottle(options: ThrottleOptions): Throttle {
  const { windowSeconds, fingerprint } = options;
  const knownPairs = new BoundedMap<string, true>(maxKnownPairs);
  const turnedAway = new BoundedMap<string, TurnedAway>(maxKnownPairs);
  const maxTurnedAway = options.maxFailuresPerAccount * turnedAwayFactor;
  // Loaded at the first attempt that counts: phones with app passwords make none.
  let limiters: Limiters | undefined;

  const accountKey = (account: string): string =>
    String(Number.parseInt(fingerprint(account).slice(0, 8), 16) % accountBuckets);
  const pairKey = (account: string, address: string): string =>
    fingerprint(`${account}\n${network(address)}`);

  /** The counts that an attempt belongs to. */
  const counted = (account: string, address: string): readonly Counted[] => {
    limiters ??= loadLimiters(options);
    const { accounts, addresses, pairs } = limiters;
    const pair = pairKey(account, address);
    if (knownPairs.get(pair)) return [{ limiter: pairs, key: pair }];
    const byAccount = { limiter: accounts, key: accountKey(account) };
    // Without an address (a Unix socket whose proxy names nobody) everybody would share one count.
    return address === '' ? [byAccount] : [byAccount, { limiter: addresses, key: network(address) }];
  };

  return {
    async admit(account, address) {
      const all = counted(account, address);
      let waitMs = 0;
      for (const { limiter, key } of all) {
        // Counts and answers in one step, so that no other attempt comes in between.
        const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
        if (consumedPoints > limiter.points) waitMs = Math.max(waitMs, msBeforeNext, 1);
      }
      if (waitMs === 0) return 0;
      for (const { limiter, key } of all) await limiter.reward(key);
      noteTurnedAway(pairKey(account, address));
      return Math.min(Math.ceil(waitMs / 1000), windowSeconds);
    },
    async forgive(account, address) {
      for (const { limiter, key } of counted(account, address)) await limiter.reward(key);
    },
    succeeded(account, address) {
      knownPairs.set(pairKey(account, address), true);
    },
    isSealed(account, address) {
      if (turnedAway.size === 0) return false;
      const known = turnedAway.get(pairKey(account, address));
      return known !== undefined && known.count > maxTurnedAway && performance.now() < known.untilMs;
    },
  };

  /** Counts an attempt that was turned away, for pairs that have signed in before: only those could be let in from memory. */
  function noteTurnedAway(pair: string): void {
    if (!knownPairs.get(pair)) return;
    const known = turnedAway.get(pair);
    if (known && performance.now() < known.untilMs) known.count += 1;
    else turnedAway.set(pair, { count: 1, untilMs: performance.now() + windowSeconds * 1000 });
  }
}

interface TurnedAway {
  count: number;
  readonly untilMs: number;
}

interface Limiters {
  readonly accounts: RateLimiterMemory;
  readonly addresses: RateLimiterMemory;
  readonly pairs: RateLimiterMemory;
}

interface Counted {
  readonly limiter: RateLimiterMemory;
  readonly key: string;
}

function loadLimiters(options: ThrottleOptions): Limiters {
  // The package's main file would load limiters for some ten databases too.
  const RateLimiterMemory: typeof import('rate-limiter-flexible').RateLimiterMemory = createRequire(
    import.meta.url,
  )('rate-limiter-flexible/lib/RateLimiterMemory.js');
  const limiter = (keyPrefix: string, points: number): RateLimiterMemory =>
    new RateLimiterMemory({ keyPrefix, points, duration: options.windowSeconds });
  return {
    accounts: limiter('account', options.maxFailuresPerAccount),
    addresses: limiter('address', options.maxFailuresPerAddress),
    pairs: limiter('pair', options.maxFailuresPerAccount),
  };
}

/** An IPv4 address as it is, an IPv6 address as its /64: that is what one customer has, and a guesser can use all of it. */
export function network(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  const groups = tail === undefined ? first : [...first, ...zeros, ...last];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
