/** Principals as the API tells of them. */
import type { PrincipalId } from '../core/ids.ts';
import type { Principal } from '../core/principal.ts';
import { principalById } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import type { Person } from './api.ts';

export function personShape({ id, kind, name, displayName, addresses }: Principal): Person {
  return { id: String(id), kind, name, displayName, addresses };
}

/** A person by id; a deleted one still gets a line. */
export async function personById(services: Services, id: PrincipalId): Promise<Person> {
  const found = await principalById(services, id);
  return found
    ? personShape(found)
    : { id: String(id), kind: 'user', name: '', displayName: '', addresses: [] };
}
