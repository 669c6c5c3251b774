/** Which person a typed login name means. */
import { normalName, type Principal } from '../core/principal.ts';
import { principalNamed } from '../service/access.ts';
import type { Services } from '../service/context.ts';

/**
 * The person called so, or with this e-mail address. Only people sign in: groups and rooms are not found.
 * Disabled people are not found either, so that nothing tells them from absent ones.
 */
export async function personCalled(services: Services, typed: string): Promise<Principal | undefined> {
  for (const name of readings(typed)) {
    const found =
      (await principalNamed(services, name)) ??
      (name.includes('@') ? await services.storage.principalByAddress(name) : undefined);
    if (found?.kind === 'user') return found.disabled ? undefined : found;
  }
  return undefined;
}

/**
 * What a typed name may mean, the likeliest first: the name itself; decoded, because iOS may send `%40`; without the
 * Windows domain before a backslash (clients.md W16).
 */
export function readings(typed: string): readonly string[] {
  const written = [typed, decoded(typed)];
  const names = [...written, ...written.map((name) => name.slice(name.lastIndexOf('\\') + 1))];
  return [...new Set(names.map(normalName))].filter((name) => name !== '');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Not percent-encoded after all: it stands for itself.
  }
}
