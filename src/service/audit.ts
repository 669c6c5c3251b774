/**
 * Who did what, when and from where: sign-ins, app passwords, links, shares, the export flag, deletions, and all that
 * administrators do (portal.md 13.2).
 *
 * The entries are read off the changes themselves, so each door is covered. They name things as `calendar 4711`; whoever
 * shows them to people puts names in.
 */
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

function entryOf(change: Change): Entry | undefined {
  switch (change.do) {
    case 'delete-calendar':
      return ['calendar.delete', `calendar ${change.calendar}`];
    case 'patch-calendar':
      return patched(change);
    case 'grant':
      return [
        change.level === null ? 'share.remove' : 'share.set',
        `calendar ${change.calendar}, ${change.grantee === 'everyone' ? 'everyone' : `person ${change.grantee}`}${change.level === null ? '' : `, ${change.level}`}`,
      ];
    case 'add-link':
      return ['link.create', change.target === 'favourites' ? 'favourites' : `calendar ${change.target}`];
    case 'patch-link':
      return change.patch.hash === undefined ? undefined : ['link.reset', `link ${change.id}`];
    case 'delete-link':
      return ['link.delete', `link ${change.id}`];
    case 'add-app-password':
      return ['app-password.create', `person ${change.principal}, ${change.label}`];
    case 'revoke-app-password':
      return ['app-password.revoke', `app password ${change.id}`];
    case 'create-principal':
      return ['person.create', `${change.principal.kind} ${change.principal.name}`];
    case 'patch-principal': {
      const { isAdmin, disabled, addresses } = change.patch;
      const what = [
        isAdmin === undefined ? [] : isAdmin ? 'administrator' : 'no administrator',
        disabled === undefined ? [] : disabled ? 'disabled' : 'enabled',
        addresses === undefined ? [] : 'addresses',
      ].flat();
      return what.length === 0
        ? undefined
        : ['person.change', [`person ${change.principal}`, ...what].join(', ')];
    }
    case 'delete-principal':
      return ['person.delete', `person ${change.principal}`];
    case 'set-password':
      return ['password.set', `person ${change.principal}`];
    case 'member':
      return [
        change.present ? 'group.add' : 'group.remove',
        `person ${change.group}, person ${change.member}`,
      ];
    case 'set-policy':
      return ['policy.set', policyWords(change.key, change.value)];
    default:
      return undefined;
  }
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
