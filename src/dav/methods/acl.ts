/** The ACL method (RFC 3744 §8.1): replaces the entries that are neither protected nor inherited. */
import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../../core/refusal.ts';
import { aclError, parseAcl } from '../acl.ts';
import type { Ace, DavContext } from '../engine.ts';
import { defineMethod, type Method } from '../method.ts';
import type { World } from '../resource.ts';

export const acl: Method<World, string> = defineMethod({
  name: 'ACL',
  spec: 'RFC 3744 §8.1',
  on: 'every',
  changesState: true,
  privilege: 'write-acl',
  async handle(resource, context) {
    const { access } = context.dav.options;
    const body = await context.dav.readXml(context.request);
    if (body === undefined) throw new Refusal('malformed-request', 'an ACL request needs a body');
    const wanted = parseAcl(body);
    const present = await access.acl(resource, context);
    // Clients send back the whole list they have read: fixed entries in it are fine as long as they are not new.
    const changeable = wanted.filter((ace) => !isFixed(ace, present));
    const abstract = access.abstract?.(resource);
    const part = changeable.flatMap(({ grant }) => grant).find((privilege) => abstract?.has(privilege));
    if (part !== undefined)
      throw aclError('no-abstract', `${part} is granted as part of a larger privilege only`);
    const aces: Ace[] = [];
    for (const ace of changeable) aces.push(await recognized(ace, context));
    await access.setAcl?.(resource, aces, context);
    return { status: 200, headers: {} };
  },
});

/**
 * Whether the entry is protected or inherited and is in the list already. Refuses a protected or inherited entry that
 * is not, with the precondition for its kind (RFC 3744 §8.1.1).
 */
function isFixed(ace: Ace, present: readonly Ace[]): boolean {
  if (!ace.isProtected && ace.inheritedFrom === undefined) return false;
  if (present.some((other) => isDeepStrictEqual(other, ace))) return true;
  const others = present.filter(({ principal }) => isDeepStrictEqual(principal, ace.principal));
  if (others.some(({ isProtected }) => isProtected)) {
    throw aclError('no-protected-ace-conflict', 'protected entries cannot be changed');
  }
  if (others.some(({ inheritedFrom }) => inheritedFrom !== undefined)) {
    throw aclError('no-inherited-ace-conflict', 'inherited entries cannot be changed here');
  }
  throw aclError('no-ace-conflict', 'protected and inherited entries are made by the server alone');
}

/** The entry with its principal's href in canonical form. Refuses principals that the actor may not know of. */
async function recognized(ace: Ace, context: DavContext<World>): Promise<Ace> {
  const { principal } = ace;
  if (principal.is !== 'href') return ace;
  const resource = await context.dav.resolveHref(principal.href, context);
  if (resource !== undefined && context.dav.options.principals.isPrincipal(resource)) {
    return { ...ace, principal: { is: 'href', href: resource.href } };
  }
  throw aclError('recognized-principal', `${principal.href} is no principal`);
}
