/**
 * Some servers take no notice of whom a request is made for, and answer with what belongs to the login itself: everybody would
 * be shown the calendar of the service account.
 */
import { RemoteFailure } from '../failure.ts';
import type { EwsClient } from './connection/client.ts';
import { failureFrom } from './connection/pool.ts';
import { resolveNames } from './operations/directory.ts';
import { type Folder, getFolder } from './operations/folders.ts';
import type { Operation } from './operations/operation.ts';

/** Throws where `calendar`, which was asked for as the mailbox, is that of the login. `own`: of the same mailbox, as the login itself. */
export async function requireImpersonation(
  own: EwsClient,
  calendar: Folder,
  signal: AbortSignal,
): Promise<void> {
  const { mailbox, identity } = own.access;
  const login = identity.credentials.login.toLowerCase();
  // Who opens their own mailbox, and who has none, is shown what they are to be shown.
  if (login === mailbox || login === mailbox.replace(/@.*$/, '')) return;
  const ask = async <Result>(operation: Operation<Result>): Promise<Result | undefined> => {
    try {
      return await own.call({ ...operation, repeatable: false }, signal);
    } catch (error) {
      if (failureFrom(error).class === 'cancelled') throw error;
      return undefined;
    }
  };
  const theirs = await ask(getFolder({ distinguished: 'calendar' }));
  if (theirs === undefined || theirs.id === '' || theirs.id !== calendar.id) return;
  const known = await ask(resolveNames(mailbox));
  const knownLogin = await ask(resolveNames(login));
  const isOther = known && knownLogin ? known.address !== knownLogin.address : login.includes('@');
  if (isOther)
    throw new RemoteFailure(
      'permission',
      'impersonation-ignored',
      'the server shows the calendar of the login instead of that of the mailbox',
    );
}
