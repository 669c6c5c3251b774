/** A name that stays with a resource wherever it is moved (RFC 5842 §3.1). */
import { createHmac } from 'node:crypto';
import { defineProperty, writeHrefs } from '../../dav/property.ts';
import type { Services } from '../../service/context.ts';
import { Kept } from '../../service/memory.ts';
import { dav } from '../../xml/name.ts';
import type { Property } from '../world.ts';

type Named = 'principal' | 'home' | 'other-home' | 'calendar';

export const resourceId: Property<Named, readonly string[]> = defineProperty({
  name: dav('resource-id'),
  on: ['principal', 'home', 'other-home', 'calendar'],
  spec: 'RFC 5842 §3.1',
  cost: 'head',
  inAllprop: false,
  read(resource, { services }): readonly string[] {
    if (resource.kind === 'principal') return [stableUrn(services, 'principal', resource.principal.id)];
    if (resource.kind === 'calendar') return [stableUrn(services, 'calendar', resource.seen.calendar.id)];
    return [stableUrn(services, 'home', resource.owner.id)];
  },
  write: writeHrefs,
});

/**
 * A URN for a stored thing, remembered because listings of homes ask for the same ones again and again. It is a keyed
 * hash, so that it reveals neither ids nor their order (RFC 9562 §5.8).
 */
export function stableUrn(
  { secret }: Pick<Services, 'secret'>,
  kind: 'principal' | 'home' | 'calendar',
  id: number,
): string {
  let known = urns.get(secret);
  if (!known) urns.set(secret, (known = new Kept(maxUrns)));
  const name = `${kind} ${id}`;
  let urn = known.known(name);
  if (urn === undefined) known.keep(name, (urn = urnOf(secret, name)));
  return urn;
}

const urns = new WeakMap<Services['secret'], Kept<string>>();
const maxUrns = 4000;

function urnOf(secret: Services['secret'], name: string): string {
  const hash = createHmac('sha256', secret).update(name).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return `urn:uuid:${[8, 12, 16, 20, 32].map((end, at) => hex.slice([0, 8, 12, 16, 20][at], end)).join('-')}`;
}
