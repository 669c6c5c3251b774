/** A person's mailbox: signing in, and what is known of it. One for each person and provider. */
import type { Change } from '../../core/change-set.ts';
import type { ConnectorAccount, ConnectorLink } from '../../core/connector.ts';
import type { ConnectorAccountId, PrincipalId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { isOperator, requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { allowsOwnLogin, hasServiceAccount, mailboxOf, mayUse } from './permission.ts';
import { type ConnectorContext, type LoadedSettings, loadSettings, personPlace } from './setting-store.ts';

export interface SignIn {
  readonly mailbox: string;
  /** Empty: the service account speaks for the person. */
  readonly login: string;
  readonly password: string;
}

/** What a sign-in that the provider has accepted amounts to. */
export interface Accepted {
  /** What the provider wants to remember of the server behind the mailbox. */
  readonly memory: string;
}

export async function accountOf(
  { storage }: Services,
  person: PrincipalId,
): Promise<ConnectorAccount | undefined> {
  const accounts = await storage.connectors.accountsOf(person);
  return accounts.find(({ provider }) => provider === 'exchange');
}

/** The link of a person that lives. */
export async function linkOfPerson(
  { storage }: Services,
  person: PrincipalId,
): Promise<ConnectorLink | undefined> {
  const links = await storage.connectors.linksOfPerson(person);
  return links.find(({ provider }) => provider === 'exchange');
}

/**
 * What a sign-in may be, before anybody is asked. The mailbox that a service account opens is the person's own by the
 * settings, whatever they say; with a password of their own Exchange decides what they may open.
 *
 * Refuses `not-found` where the connector is not there for them, `need-privileges`, `invalid-property`, `already-exists` for
 * a mailbox of somebody else, `quota-exceeded` above `maxAccounts`. To the mailbox that the settings give a person they have the
 * better right than whoever has connected it before.
 */
export async function checkedSignIn(
  services: Services,
  actor: Actor,
  { mailbox, login, password }: SignIn,
): Promise<SignIn & { readonly settings: LoadedSettings }> {
  requireWriting(actor);
  const settings = await loadSettings(services);
  await requireUse(services, settings, actor);
  const isOwn = login.trim() !== '';
  if (isOwn && !allowsOwnLogin(settings)) {
    throw new Refusal('need-privileges', 'the administrator lets only the service account open mailboxes');
  }
  if (isOwn && password === '') throw new Refusal('invalid-property', 'the password is missing');
  if (!isOwn && !hasServiceAccount(settings)) {
    throw new Refusal('invalid-property', 'user name and password are missing');
  }
  const proposed = mailboxOf(settings.values, actor.principal);
  const wanted = (isOwn && mailbox.trim() !== '' ? mailbox.trim() : (proposed ?? '')).toLowerCase();
  if (!/^[^\s@]+@[^\s@]+$/.test(wanted) || wanted.length > 320) {
    throw new Refusal('invalid-property', 'wanted the address of a mailbox');
  }
  if (wanted !== proposed) await requireFree(services, actor, wanted);
  await requireRoom(services, settings, actor, wanted);
  return { mailbox: wanted, login: login.trim(), password, settings };
}

/** A mailbox that is somebody else's by their address, or that somebody else has connected, is not to be had. */
async function requireFree({ storage }: Services, actor: Actor, mailbox: string): Promise<void> {
  const [owner, account] = await Promise.all([
    storage.principalByAddress(mailbox),
    storage.connectors.accountByMailbox('exchange', mailbox),
  ]);
  if ((owner?.id ?? account?.principal ?? actor.principal.id) === actor.principal.id) return;
  throw new Refusal('already-exists', 'this mailbox is somebody else’s');
}

/** Refuses `not-found` to whom the connector is not there for. */
export async function requireUse(
  services: Services,
  { values }: LoadedSettings,
  { principal, groups }: Actor,
): Promise<void> {
  if (await mayUse(services, values, principal, groups)) return;
  throw new Refusal('not-found', 'Exchange is not switched on for you');
}

/** `maxAccounts` counts people with a link; who has one, and mailboxes of `users`, are never refused `quota-exceeded`. */
export async function requireRoom(
  services: Services,
  { values: { maxAccounts, users } }: LoadedSettings,
  actor: Actor,
  mailbox: string,
): Promise<void> {
  if (maxAccounts === null || users.includes(mailbox)) return;
  if (await linkOfPerson(services, actor.principal.id)) return;
  if ((await services.storage.connectors.linkedAccountCount('exchange')) < maxAccounts) return;
  throw new Refusal('quota-exceeded', `the administrator lets ${maxAccounts} people use Exchange`);
}

/**
 * Keeps a sign-in that the provider has accepted. What had stopped for want of it goes on.
 *
 * Another mailbox than before takes the place of the old one, with all that was known of it; refuses `already-exists` while
 * the old one is linked.
 */
export async function storeAccount(
  { services, vault }: ConnectorContext,
  actor: Actor,
  { mailbox, login, password }: SignIn,
  { memory }: Accepted,
): Promise<ConnectorAccount> {
  const { storage, clock } = services;
  const before = await accountOf(services, actor.principal.id);
  const link = await linkOfPerson(services, actor.principal.id);
  if (before && before.mailbox !== mailbox && link) {
    throw new Refusal('already-exists', `${before.mailbox} is linked: end that first`);
  }
  const kept = before?.mailbox === mailbox ? before : undefined;
  const id = kept?.id ?? services.ids<ConnectorAccountId>();
  const secret = login === '' ? null : Buffer.from(await vault.seal(personPlace(id), password));
  const works = { login, secret, memory, stopped: null, authFailures: 0, notBefore: null } as const;
  const changes: Change[] = [];
  if (kept) changes.push({ do: 'patch-connector-account', id, patch: works });
  else {
    if (before) changes.push({ do: 'delete-connector-account', id: before.id });
    const other = await storage.connectors.accountByMailbox('exchange', mailbox);
    if (other && other.id !== before?.id) changes.push({ do: 'delete-connector-account', id: other.id });
    const account: ConnectorAccount = {
      id,
      provider: 'exchange',
      principal: actor.principal.id,
      mailbox,
      ...works,
      created: clock.now(),
    };
    changes.push({ do: 'add-connector-account', account });
  }
  // It runs at once, whether it had stopped itself or waited for another try; what others have stopped stays so.
  if (link && (link.stopped === null || link.stopped === 'credentials' || link.stopped === 'permission')) {
    const patch = { stopped: null, failures: 0, wanted: clock.now() } as const;
    changes.push({ do: 'patch-connector-link', id: link.id, patch });
  }
  await commit(services, actor, changes);
  const stored = await storage.connectors.account(id);
  if (!stored) throw new Refusal('busy', 'the account was removed meanwhile', { retryAfterSeconds: 1 });
  return stored;
}

/** The password of a person's own login; undefined where the service account speaks for them. */
export async function accountPassword(
  { vault }: ConnectorContext,
  { id, login, secret }: Pick<ConnectorAccount, 'id' | 'login' | 'secret'>,
): Promise<string | undefined> {
  if (login === '' || secret === null) return undefined;
  return await vault.open(personPlace(id), Buffer.from(secret).toString());
}

/** The actor's own account. Refuses `not-found`. */
export async function requireAccount(services: Services, actor: Actor): Promise<ConnectorAccount> {
  const account = isOperator(actor) ? undefined : await accountOf(services, actor.principal.id);
  if (!account) throw new Refusal('not-found', 'you are not signed in to Exchange');
  return account;
}

/** The actor's own link. Refuses `not-found`. */
export async function requireLink(services: Services, actor: Actor): Promise<ConnectorLink> {
  const link = await linkOfPerson(services, actor.principal.id);
  if (!link) throw new Refusal('not-found', 'no calendar of yours is linked with Exchange');
  return link;
}
