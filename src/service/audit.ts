/**
 * Who did what, when and from where: sign-ins, app passwords, links, shares, the export flag, deletions, and all that
 * administrators do (portal.md 13.2).
 *
 * The entries are read off the changes themselves, so each door is covered. They name things as `calendar 4711`; whoever
 * shows them to people puts names in.
 */
import { everyone } from '../core/acl.ts';
import type { Change, PolicyKey } from '../core/change-set.ts';
import type { AuditEntry } from '../core/portal.ts';
import type { Actor } from '../core/principal.ts';
import { instant } from '../icalendar/time.ts';
import type { AuditQuery } from '../storage/port.ts';
import { requireAdministrator } from './access.ts';
import type { Services } from './context.ts';

/** Entries of the audit, newest first. For administrators. */
export async function* listAudit(
  services: Services,
  actor: Actor,
  query: AuditQuery,
): AsyncIterable<readonly AuditEntry[]> {
  requireAdministrator(actor);
  yield* services.storage.audit(query);
}

/** Forgets what is older. */
export async function purgeAudit(services: Services, olderThanMs: number): Promise<void> {
  const before = instant(services.clock.now() - olderThanMs);
  await services.storage.commit({ actor: null, changes: [{ do: 'purge-audit', before }] });
}

/** A sign-in, a connection of a device: what changes nothing else. */
export async function record(
  services: Services,
  actor: Actor,
  { action, subject }: Pick<AuditEntry, 'action' | 'subject'>,
): Promise<void> {
  const { via, address = '' } = actor;
  await services.storage.commit({
    actor: actor.principal.id,
    changes: [{ do: 'audit', via, address, action, subject }],
  });
}

/** The entries that belong to some changes. */
export function auditOf({ via, address = '' }: Actor, changes: readonly Change[]): readonly Change[] {
  const found: Change[] = [];
  for (const change of changes) {
    const entry = entryOf(change);
    if (entry) found.push({ do: 'audit', via, address, action: entry[0], subject: entry[1] });
  }
  return found;
}

type Entry = readonly [action: string, subject: string];

/** What the audit says of a change; kinds without a row are not its business. */
type Tellers = {
  readonly [Kind in Change['do']]?: (change: Extract<Change, { readonly do: Kind }>) => Entry | undefined;
};

const tellers: Tellers = {
  'delete-calendar': ({ calendar }) => ['calendar.delete', `calendar ${calendar}`],
  'patch-calendar': patched,
  grant({ calendar, grantee, level }) {
    const who = `calendar ${calendar}, ${grantee === everyone ? everyone : `person ${grantee}`}`;
    return level === null ? ['share.remove', who] : ['share.set', `${who}, ${level}`];
  },
  'add-link': ({ target }) => ['link.create', target === 'favourites' ? target : `calendar ${target}`],
  'patch-link': ({ id, patch }) => (patch.hash ? ['link.reset', `link ${id}`] : undefined),
  'delete-link': ({ id }) => ['link.delete', `link ${id}`],
  'add-app-password': ({ principal, label }) => ['app-password.create', `person ${principal}, ${label}`],
  'revoke-app-password': ({ id }) => ['app-password.revoke', `app password ${id}`],
  'create-principal': ({ principal }) => ['person.create', `${principal.kind} ${principal.name}`],
  'patch-principal': personChanged,
  'delete-principal': ({ principal }) => ['person.delete', `person ${principal}`],
  'set-password': ({ principal }) => ['password.set', `person ${principal}`],
  member: ({ group, member, present }) => [
    present ? 'group.add' : 'group.remove',
    `person ${group}, person ${member}`,
  ],
  'set-policy': ({ key, value }) => ['policy.set', policyWords(key, value)],
  'add-connector-account': ({ account }) => [`${account.provider}.sign-in`, account.mailbox],
  'patch-connector-account': ({ id, patch }) =>
    patch.secret === undefined ? undefined : ['exchange.credentials', `account ${id}`],
  'delete-connector-account': ({ id }) => ['exchange.sign-out', `account ${id}`],
  'add-connector-link': ({ link }) => [`${link.provider}.link`, `calendar ${link.calendar}`],
  'patch-connector-link': linkChanged,
  // Never the value: it may be a secret. What the connector notes for itself is no setting.
  'set-connector-setting': ({ provider, key }) =>
    key.startsWith('#') ? undefined : [`${provider}.setting`, key],
};

function entryOf(change: Change): Entry | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table gives each kind a teller of that kind
  const tell = tellers[change.do] as ((change: Change) => Entry | undefined) | undefined;
  return tell?.(change);
}

function personChanged({
  principal,
  patch,
}: Extract<Change, { readonly do: 'patch-principal' }>): Entry | undefined {
  const { isAdmin, disabled, addresses } = patch;
  const what = [
    isAdmin === undefined ? [] : isAdmin ? 'administrator' : 'no administrator',
    disabled === undefined ? [] : disabled ? 'disabled' : 'enabled',
    addresses === undefined ? [] : 'addresses',
  ].flat();
  return what.length === 0 ? undefined : ['person.change', [`person ${principal}`, ...what].join(', ')];
}

function linkChanged({
  id,
  patch,
}: Extract<Change, { readonly do: 'patch-connector-link' }>): Entry | undefined {
  const subject = `exchange link ${id}`;
  if (patch.removed !== undefined)
    return [patch.removed === null ? 'exchange.link' : 'exchange.unlink', subject];
  if (patch.guardLifted === true) return ['exchange.guard', subject];
  if (patch.stopped === 'administrator') return ['exchange.pause', subject];
  if (patch.direction !== undefined) return ['exchange.mode', `${subject}, ${patch.direction}`];
  return undefined;
}

function patched({ calendar, patch }: Extract<Change, { do: 'patch-calendar' }>): Entry | undefined {
  if (patch.owner !== undefined) return ['calendar.transfer', `calendar ${calendar}, person ${patch.owner}`];
  if (patch.exportAllowed !== undefined) {
    return ['calendar.export', `calendar ${calendar}, ${patch.exportAllowed ? 'allowed' : 'not allowed'}`];
  }
  return undefined;
}

function policyWords(key: PolicyKey, value: string | null): string {
  // A picture is no text for a list.
  return key === 'portal.logo' ? key : `${key}${value === null ? '' : ` ${value}`}`;
}
