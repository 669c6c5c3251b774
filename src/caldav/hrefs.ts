/** Hrefs of places, in the canonical form and below the site's base path (clients.md W2). */
import type { Principal } from '../core/principal.ts';
import { Kept } from '../service/memory.ts';
import { type Place, pathOf } from './resources.ts';
import type { Context } from './world.ts';

export function hrefOf({ dav }: Pick<Context, 'dav'>, place: Exclude<Place, { at: 'alias' }>): string {
  const { segments, isCollection } = pathOf(place);
  return dav.href(segments, isCollection);
}

export function principalHref({ dav }: Pick<Context, 'dav'>, { name }: Pick<Principal, 'name'>): string {
  let hrefs = principals.get(dav);
  if (hrefs === undefined) principals.set(dav, (hrefs = new Kept(maxPrincipals)));
  let href = hrefs.known(name);
  if (href === undefined) hrefs.keep(name, (href = hrefOf({ dav }, { at: 'principal', name })));
  return href;
}

/** Hrefs of principals, remembered: every resource names its owner. */
const principals = new WeakMap<Context['dav'], Kept<string>>();
const maxPrincipals = 5000;

/** Nearly every request asks for that of its own person; the directory gives the same value for the same person. */
export function homeHref(context: Pick<Context, 'dav'>, owner: Pick<Principal, 'name'>): string {
  let hrefs = homes.get(context.dav);
  if (hrefs === undefined) homes.set(context.dav, (hrefs = new WeakMap()));
  let href = hrefs.get(owner);
  if (href === undefined) hrefs.set(owner, (href = hrefOf(context, { at: 'home', owner: owner.name })));
  return href;
}

const homes = new WeakMap<Context['dav'], WeakMap<Pick<Principal, 'name'>, string>>();
