/** acl-principal-prop-set (RFC 3744 §9.2): properties of the principals that an access control list names. */
import { dav } from '../../xml/name.ts';
import type { Ace, DavContext } from '../engine.ts';
import { callableProperty } from '../registry.ts';
import { defineReport, type Report } from '../report.ts';
import type { DavResource, World } from '../resource.ts';
import { refuseDepth } from './principal-match.ts';

export const aclPrincipalPropSet: Report<World, string, undefined> = defineReport({
  name: dav('acl-principal-prop-set'),
  on: 'every',
  spec: 'RFC 3744 §9.2',
  privilege: 'read-acl',
  defaultDepth: 0,

  parse(_body, request) {
    refuseDepth(request.depth);
    return undefined;
  },

  async *run(_query, resource, call) {
    const told = new Set<string>();
    for (const ace of await call.dav.options.access.acl(resource, call)) {
      for (const href of await hrefsOf(ace, resource, call)) {
        const principal = await call.dav.resolveHref(href, call);
        if (principal === undefined || told.has(principal.href)) continue;
        told.add(principal.href);
        yield await call.responder.one(principal);
      }
    }
  },
});

/**
 * The principals' hrefs: `DAV:all` and its like name nobody in particular; an entry by property names those whom that
 * property holds (RFC 3744 §5.5.1).
 */
async function hrefsOf(
  { principal }: Ace,
  resource: DavResource,
  context: DavContext<World>,
): Promise<readonly string[]> {
  if (principal.is === 'href') return [principal.href];
  if (principal.is !== 'property') return [];
  const property = context.dav.registry.propertiesOn(resource.kind).get(principal.property);
  if (property === undefined) return [];
  const { read, hrefs } = callableProperty<World>(property);
  const value = await read(resource, context, undefined);
  return value === undefined ? [] : (hrefs?.(value) ?? []);
}
