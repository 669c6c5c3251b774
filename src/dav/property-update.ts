/** Bodies that set properties: PROPPATCH (RFC 4918 §9.2), MKCALENDAR (RFC 4791 §5.3.1) and extended MKCOL (RFC 5689). */
import { Refusal } from '../core/refusal.ts';
import { dav, type XmlName } from '../xml/name.ts';
import { childrenOf, type XmlElement } from '../xml/reader.ts';
import { serializeElement } from '../xml/serialize.ts';
import type { DavContext, ResourcePatch } from './engine.ts';
import { type Verdict, verdictOf } from './error.ts';
import { maxRequestedProperties, takesDead, tooManyProperties } from './planner.ts';
import type { PropertyChange } from './property.ts';
import { callableProperty, type Registry } from './registry.ts';
import type { Kind, Resource, World } from './resource.ts';

/** One `set` or `remove`, in document order. */
export interface PropertyUpdate {
  readonly name: XmlName;
  readonly change: PropertyChange;
}

/** Either everything can be set, or nothing is set, with a verdict for each property that cannot be. */
export type PlannedUpdate<W extends World> =
  | { readonly ok: true; readonly patch: ResourcePatch<W>; readonly names: readonly XmlName[] }
  | { readonly ok: false; readonly verdicts: ReadonlyMap<XmlName, Verdict> };

/** The instructions in a body. Refuses: `malformed-request` for another root than `root`, and for too many. */
export function parsePropertyUpdate(body: XmlElement, root: XmlName): readonly PropertyUpdate[] {
  if (body.name !== root)
    throw new Refusal('malformed-request', `the body begins with ${body.name}, not with ${root}`);
  const updates: PropertyUpdate[] = [];
  for (const instruction of body.children) {
    const isRemove = instruction.name === dav('remove') && root === dav('propertyupdate');
    if (instruction.name !== dav('set') && !isRemove) continue;
    for (const prop of childrenOf(instruction, dav('prop'))) {
      if (updates.length + prop.children.length > maxRequestedProperties)
        throw tooManyProperties(maxRequestedProperties);
      for (const element of prop.children)
        updates.push({ name: element.name, change: isRemove ? 'remove' : element });
    }
  }
  return updates;
}

/**
 * Checks every instruction, so that all faults are told at once.
 *
 * A name that is live on this kind goes to its declaration; one that is live elsewhere cannot be set here; all others
 * are dead properties, kept as they were sent.
 */
export function planUpdate<W extends World>(
  updates: readonly PropertyUpdate[],
  target: { readonly kind: Kind<W>; readonly resource: Resource<W> | undefined },
  registry: Registry,
  context: DavContext<W>,
): PlannedUpdate<W> {
  const live = {};
  const dead = new Map<XmlName, string | null>();
  const verdicts = new Map<XmlName, Verdict>();
  for (const { name, change } of updates) {
    try {
      const property = registry.propertiesOn(target.kind).get(name);
      if (property !== undefined) {
        const { patch } = callableProperty<W>(property);
        if (patch === undefined) throw protectedProperty(name);
        requireBounded(change, name, context.dav.options.limits.maxDeadPropertyBytes);
        Object.assign(live, patch(change, { ...target, context }));
      } else if (registry.isLive(name) || neverDead.has(name) || !takesDead(context, target.kind)) {
        throw protectedProperty(name);
      } else dead.set(name, change === 'remove' ? null : serializeElement(change));
    } catch (error) {
      const verdict = verdictOf(error);
      if (verdict === undefined) throw error;
      verdicts.set(name, verdict);
    }
  }
  if (verdicts.size === 0) return { ok: true, patch: { live, dead }, names: namesIn(updates) };
  for (const name of namesIn(updates)) if (!verdicts.has(name)) verdicts.set(name, dependent);
  return { ok: false, verdicts };
}

/** Live text is stored beside the dead properties and sent with every listing, so the same bound applies to it. */
function requireBounded(change: PropertyChange, name: XmlName, most: number): void {
  if (change === 'remove' || Buffer.byteLength(change.text) <= most) return;
  throw new Refusal('quota-exceeded', `${name} may have at most ${most} bytes`);
}

/** Each name once: a property stands in one propstat only. */
function namesIn(updates: readonly PropertyUpdate[]): readonly XmlName[] {
  return [...new Set(updates.map(({ name }) => name))];
}

/** 424 (RFC 4918 §11.4): this property would have been set if the others could be. */
export const dependent: Verdict = { status: 424, precondition: undefined, sentence: '', headers: {} };

/**
 * Protected wherever they are, so also where nothing can be locked and nothing takes new members: kept as dead
 * properties they would tell clients of locks that do not hold (RFC 4918 §15.8, §15.10; RFC 5995 §3.2).
 */
const neverDead: ReadonlySet<XmlName> = new Set([
  dav('lockdiscovery'),
  dav('supportedlock'),
  dav('add-member'),
]);

function protectedProperty(name: XmlName): Refusal {
  return new Refusal('protected-property', `${name} cannot be changed here`);
}
