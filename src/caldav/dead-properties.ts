/**
 * Dead properties: what clients set although it means nothing to this server, and where it is kept (RFC 4918 §4,
 * clients.md W25).
 */
import type { PropertyHolder } from '../core/change-set.ts';
import type { DeadProperties } from '../dav/engine.ts';
import { calendarProperties, properties } from '../service/properties.ts';
import { isXmlName, type XmlName } from '../xml/name.ts';
import type { CaldavResource, CaldavWorld, Context } from './world.ts';

export const deadProperties: DeadProperties<CaldavWorld> = {
  on: ['principal', 'home', 'calendar', 'object'],
  async read(resources, context) {
    const found: ReadonlyMap<XmlName, string>[] = [];
    for (const resource of resources) found.push(deadOnes(await propertiesOf(resource, context), context));
    return found;
  },
};

/** The holder of everything but calendars, whose properties are the person's own where the calendar is not. */
export function holderOf(resource: CaldavResource): PropertyHolder | undefined {
  if (resource.kind === 'object') return { on: 'object', id: resource.head.id };
  if (resource.kind === 'principal') return { on: 'principal', id: resource.principal.id };
  return resource.kind === 'home' ? { on: 'home', id: resource.owner.id } : undefined;
}

async function propertiesOf(
  resource: CaldavResource,
  context: Context,
): Promise<ReadonlyMap<string, string>> {
  const { services, actor } = context;
  if (resource.kind === 'calendar') return await calendarProperties(services, actor, resource.seen);
  const holder = holderOf(resource);
  // Everybody sees a principal, but only the principal itself sees the properties it has set there.
  if (!holder || (holder.on === 'principal' && holder.id !== actor.principal.id)) return new Map();
  return await properties(services, holder);
}

/** Without those that are live properties here: their declarations answer for them. */
function deadOnes(kept: ReadonlyMap<string, string>, { dav }: Context): ReadonlyMap<XmlName, string> {
  const dead = new Map<XmlName, string>();
  for (const [name, xml] of kept) if (isXmlName(name) && !dav.registry.isLive(name)) dead.set(name, xml);
  return dead;
}
