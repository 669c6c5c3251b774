/** What a person has chosen in the page, one value for each key, as JSON. */
import type { Change } from '../../core/change-set.ts';
import type { PrincipalId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';

/** Bytes of one value, and keys of one person: a row for each hidden calendar among them. */
const maxValueBytes = 4_096;
const maxKeys = 2_000;

/** What the actor has chosen. A value that cannot be read counts as none. */
export async function preferencesOf(
  services: Services,
  principal: PrincipalId,
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const [key, text] of await services.storage.preferences(principal)) {
    try {
      found.set(key, JSON.parse(text));
    } catch {
      // Written by another version: the default stands.
    }
  }
  return found;
}

/** Sets the actor's own choices; null and undefined go back to the default. */
export async function setPreferences(
  services: Services,
  actor: Actor,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const principal = actor.principal.id;
  const changes = Object.entries(values).map(([key, value]): Change => {
    const text = value === null || value === undefined ? null : JSON.stringify(value);
    if (key.length > 100 || (text !== null && Buffer.byteLength(text) > maxValueBytes))
      throw new Refusal('too-large', 'this is more than a preference may be');
    return { do: 'set-preference', principal, key, value: text };
  });
  if (changes.length === 0) return;
  const known = await services.storage.preferences(principal);
  if (known.size + changes.length > maxKeys) throw new Refusal('quota-exceeded', 'too many preferences');
  await commit(services, actor, changes);
}
