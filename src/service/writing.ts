/** Hands decided changes to the storage: adds who made them, and turns a failed expectation into a refusal. */
import type { Change, ChangeSet, CommitFailure } from '../core/change-set.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal, type RefusalCode } from '../core/refusal.ts';
import { isOperator } from './access.ts';
import { auditOf } from './audit.ts';
import type { Services } from './context.ts';

/**
 * A change set in the actor's name; the command line and background work have none. What the audit wants to know is in the
 * same transaction, so nobody can forget it.
 */
export function changeSet(actor: Actor, changes: readonly Change[]): ChangeSet {
  return {
    actor: isOperator(actor) ? null : actor.principal.id,
    changes: [...changes, ...auditOf(actor, changes)],
  };
}

/** Commits, or refuses with the reason. Answers for each change whether it made something new. */
export async function commit(
  services: Services,
  actor: Actor,
  changes: readonly Change[],
): Promise<readonly boolean[]> {
  const result = await services.storage.commit(changeSet(actor, changes));
  if (!result.ok) throw commitRefusal(result);
  return result.created;
}

/** How often a use case decides again after its own read was overtaken. */
export const maxAttempts = 3;

/** The refusal after `maxAttempts`: the client may try again. */
export function overtaken(): Refusal {
  return new Refusal('busy', 'others keep changing what this request changes', { retryAfterSeconds: 1 });
}

/** The refusal that a failed commit amounts to. */
export function commitRefusal(failure: CommitFailure): Refusal {
  const { code, message } = refusals[failure.reason];
  return new Refusal(code, message, failure.reason === 'uid-in-use' ? { name: failure.name } : {});
}

const refusals: Readonly<
  Record<CommitFailure['reason'], { readonly code: RefusalCode; readonly message: string }>
> = {
  stale: { code: 'stale', message: 'what is to be changed was changed by somebody else meanwhile' },
  'moved-on': { code: 'stale', message: 'the calendar has been changed meanwhile' },
  'uid-in-use': {
    code: 'uid-in-use',
    message: 'another object of this calendar has the same UID, or the one that is replaced has another',
  },
  'name-in-use': { code: 'already-exists', message: 'the name is taken' },
  missing: { code: 'not-found', message: 'what is to be changed is not there any more' },
  'quota-exceeded': { code: 'quota-exceeded', message: 'the home is full' },
};
