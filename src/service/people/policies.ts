/** The administrator's rules for the whole portal. */
import type { Calendar } from '../../core/calendar.ts';
import type { Change, PolicyKey } from '../../core/change-set.ts';
import type { Actor } from '../../core/principal.ts';
import { policiesOf, requireAdministrator } from '../access.ts';
import { allTokensDropped } from '../calendars/link-tokens.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';

/** Who decides about export of calendars of one kind of owner. */
export type ExportPolicy = 'allowed' | 'owner' | 'forbidden';

/** A rule as it is stored; anything else leaves it to the owners. */
export function exportPolicy(stored: string | undefined): ExportPolicy {
  return stored === 'forbidden' || stored === 'allowed' ? stored : 'owner';
}

export const ownerKinds: readonly Calendar['ownerKind'][] = ['user', 'group', 'room', 'resource', 'company'];

/** The export rule of each kind of owner. */
export async function exportPolicies(
  services: Services,
): Promise<ReadonlyMap<Calendar['ownerKind'], ExportPolicy>> {
  const stored = await policiesOf(services);
  return new Map(ownerKinds.map((kind) => [kind, exportPolicy(stored.get(`export.${kind}`))]));
}

/** Forbids or allows export of all calendars of one kind of owner, or leaves it to their owners again. For administrators. */
export async function setExportPolicy(
  services: Services,
  actor: Actor,
  kind: Calendar['ownerKind'],
  policy: ExportPolicy,
): Promise<void> {
  requireAdministrator(actor);
  const key: PolicyKey = `export.${kind}`;
  const value = policy === 'owner' ? null : policy;
  await commit(services, actor, [{ do: 'set-policy', key, value }]);
}

/** Sets rules of the portal, all at once; null goes back to the default. For administrators. */
export async function setPolicies(
  services: Services,
  actor: Actor,
  values: Readonly<Partial<Record<PolicyKey, string | null>>>,
): Promise<void> {
  requireAdministrator(actor);
  const changes: Change[] = [];
  for (const key of policyKeys) {
    const value = values[key];
    if (value !== undefined) changes.push({ do: 'set-policy', key, value });
  }
  if (values['links.hashed'] === 'yes') changes.push(...(await allTokensDropped(services)));
  if (changes.length > 0) await commit(services, actor, changes);
}

const policyKeys: readonly PolicyKey[] = [
  'export.user',
  'export.group',
  'export.company',
  'export.room',
  'export.resource',
  'links.detail',
  'links.days',
  'links.hashed',
  'app-passwords.required',
  'profile.password',
  'portal.name',
  'portal.color',
  'portal.logo',
  'portal.language',
  'portal.address',
];
