/** Signing in with what is stored here: app passwords and account passwords. */
import type { Services } from '../service/context.ts';
import { verifyAppPassword, verifyPassword } from '../service/people/passwords.ts';
import { limited } from './limited.ts';
import type { SignInMethod } from './method.ts';

/** One keyed hash and one look-up: microseconds. A hundred random bits cannot be guessed. */
export function appPasswordMethod(services: Services): SignInMethod {
  return {
    name: 'app-password',
    isGuessable: false,
    async attempt({ person, password }) {
      const appPassword = await verifyAppPassword(services, password);
      if (appPassword === undefined) return 'not-mine';
      if (person === undefined || appPassword.principal !== person.id) return 'no';
      const { scope, calendars } = appPassword;
      const reach = calendars && { calendars: new Set(calendars) };
      return { person, scope, via: 'app-password', appPassword, ...reach };
    },
  };
}

/** One scrypt in the thread pool, also for names that nobody has and for accounts without a password of their own. */
export function accountPasswordMethod(services: Services): SignInMethod {
  const slots = limited(maxConcurrentHashes, maxWaitingHashes);
  return {
    name: 'password',
    isGuessable: true,
    attempt: ({ person, password }) =>
      slots(async () => {
        const stored = person && (await services.storage.credential(person.id));
        const matches = await verifyPassword(services, person, password);
        if (person === undefined || stored?.hash == null) return 'not-mine';
        return matches ? { person, scope: 'write', via: 'password', passwordHash: stored.hash } : 'no';
      }, 'unavailable'),
    pretend: (password) =>
      slots(async (): Promise<'done'> => {
        await verifyPassword(services, undefined, password);
        return 'done';
      }, 'unavailable'),
  };
}

/** A hash takes 32 MB and a thread of four that files and compression need too. */
const maxConcurrentHashes = 2;
/** Some four seconds of work; whoever comes later is asked to come again. */
const maxWaitingHashes = 128;
