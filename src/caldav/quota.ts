/** How much a home holds, and how much more it may (RFC 4331). */
import type { PrincipalId } from '../core/ids.ts';
import type { Quota } from '../dav/engine.ts';
import type { CaldavResource, Context } from './world.ts';

/** For the owner only: to others it would reveal how busy somebody is. */
export async function quota(
  resource: CaldavResource,
  { services, actor }: Context,
): Promise<Quota | undefined> {
  const owner = ownerOf(resource);
  if (owner === undefined || owner !== actor.principal.id) return undefined;
  const usedBytes = await services.storage.usedBytes(owner);
  return { usedBytes, availableBytes: Math.max(0, services.limits.maxHomeBytes - usedBytes) };
}

function ownerOf(resource: CaldavResource): PrincipalId | undefined {
  if (resource.kind === 'home') return resource.owner.id;
  return 'seen' in resource ? resource.seen.calendar.owner : undefined;
}
