/** Who may use the Exchange connector, with which mailbox, and what it takes for them. */
import type { PrincipalId } from '../../core/ids.ts';
import { normalName, type Principal } from '../../core/principal.ts';
import { principalNamed } from '../access.ts';
import type { Services } from '../context.ts';
import type { LoadedSettings } from './setting-store.ts';
import type { ExchangeSettings } from './settings.ts';

/** Is the connector there for this person at all (exchange.md §3, `userFilter`)? */
export async function mayUse(
  services: Services,
  { enabled, userFilter }: ExchangeSettings,
  { id, kind, disabled }: Principal,
  groups: readonly PrincipalId[],
): Promise<boolean> {
  if (!enabled || disabled || kind !== 'user') return false;
  if (userFilter.length === 0) return true;
  for (const name of userFilter) {
    const group = await principalNamed(services, name);
    if (group && (group.id === id || groups.includes(group.id))) return true;
  }
  return false;
}

/** The mailbox that the settings give a person; undefined: they do not say. */
export function mailboxOf(
  { mailboxRule, mailboxTemplate, mailboxes }: ExchangeSettings,
  { name, addresses }: Pick<Principal, 'name' | 'addresses'>,
): string | undefined {
  switch (mailboxRule) {
    case 'loginTemplate':
      return mailboxTemplate.replaceAll('{login}', name).toLowerCase();
    case 'attribute': {
      const line = mailboxes.find((entry) => normalName(entry.slice(0, entry.indexOf('='))) === name);
      return line?.slice(line.indexOf('=') + 1);
    }
    case 'email':
    default:
      return addresses[0];
  }
}

/** Can a service account speak for people? */
export function hasServiceAccount({ values, serviceAccounts }: LoadedSettings): boolean {
  return values.accessMode !== 'perUser' && serviceAccounts.some(({ secret }) => secret !== null);
}

/** May a person sign in with a password of their own? */
export function allowsOwnLogin({ values }: LoadedSettings): boolean {
  return values.accessMode === 'perUser' || values.allowPerUserCredentials;
}

/** Is there a server to talk to, and a way to sign in? */
export function isSetUp(settings: LoadedSettings): boolean {
  const { host, autodiscover } = settings.values;
  return (host !== '' || autodiscover !== 'off') && (hasServiceAccount(settings) || allowsOwnLogin(settings));
}
