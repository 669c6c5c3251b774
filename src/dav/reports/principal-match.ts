/** principal-match (RFC 3744 §9.3): members of a collection that are the current user, or that belong to them. */
import { Refusal } from '../../core/refusal.ts';
import { dav, type XmlName } from '../../xml/name.ts';
import { childOf } from '../../xml/reader.ts';
import type { DavContext } from '../engine.ts';
import { DavError } from '../error.ts';
import { hrefsInDead } from '../expansion.ts';
import { callableProperty } from '../registry.ts';
import { defineReport, type Report } from '../report.ts';
import type { DavResource, World } from '../resource.ts';

/** `self`, or the property whose hrefs must name the current user. */
export type PrincipalMatch =
  | { readonly by: 'self' }
  | { readonly by: 'property'; readonly property: XmlName };

export const principalMatch: Report<World, string, PrincipalMatch> = defineReport({
  name: dav('principal-match'),
  on: 'every',
  spec: 'RFC 3744 §9.3',
  privilege: 'read',
  defaultDepth: 0,

  parse(body, request) {
    refuseDepth(request.depth);
    const self = childOf(body, dav('self'));
    const property = childOf(body, dav('principal-property'))?.children[0]?.name;
    if (self === undefined && property !== undefined) return { by: 'property', property };
    if (self !== undefined && property === undefined) return { by: 'self' };
    throw new Refusal('malformed-request', 'principal-match needs either DAV:self or DAV:principal-property');
  },

  async *run(match, collection, call) {
    const { principals } = call.dav.options;
    const me = new Set([principals.currentUser(call), ...(await principals.groups(call))]);
    if (match.by === 'self') {
      for (const href of me) {
        const principal = href.startsWith(collection.href)
          ? await call.dav.resolveHref(href, call)
          : undefined;
        if (principal !== undefined) yield await call.responder.one(principal);
      }
      return;
    }
    for await (const page of membersAtAnyDepth(collection, call)) {
      const dead = await deadValues(page, match.property, call);
      const mine: DavResource[] = [];
      for (const [index, member] of page.entries()) {
        const xml = dead[index];
        const names =
          xml === undefined ? liveNames(member, match.property, me, call) : deadNames(xml, me, call);
        if (await names) mine.push(member);
      }
      yield* call.responder.parts(mine);
    }
  },
});

/** These reports are defined for Depth 0 only, which is also what a missing header means (RFC 3744 §9). */
export function refuseDepth(depth: DavContext<World>['request']['depth']): void {
  if (depth !== undefined && depth !== 0)
    throw new Refusal('malformed-request', 'this report is for Depth: 0');
}

/** Collections are entered after their own page; the count is bounded like that of a synchronization. */
async function* membersAtAnyDepth(
  collection: DavResource,
  context: DavContext<World>,
): AsyncGenerator<readonly DavResource[]> {
  const { members, limits } = context.dav.options;
  const waiting = [collection];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for await (const page of members(next, context)) {
      count += page.length;
      if (count > limits.maxSyncResults) {
        throw new DavError(507, 'too many members to look at', {
          name: dav('number-of-matches-within-limits'),
        });
      }
      yield page;
      waiting.push(...page.filter(({ isCollection }) => isCollection));
    }
  }
}

async function liveNames(
  resource: DavResource,
  name: XmlName,
  me: ReadonlySet<string>,
  context: DavContext<World>,
): Promise<boolean> {
  const property = context.dav.registry.propertiesOn(resource.kind).get(name);
  if (property?.hrefs === undefined) return false;
  const { read, hrefs } = callableProperty<World>(property);
  const value = await read(resource, context, undefined);
  return value !== undefined && (hrefs?.(value) ?? []).some((href) => me.has(href));
}

/** The values of the members of a page for a dead property. */
async function deadValues(
  page: readonly DavResource[],
  name: XmlName,
  context: DavContext<World>,
): Promise<readonly (string | undefined)[]> {
  const { registry, options } = context.dav;
  if (registry.isLive(name)) return [];
  return ((await options.deadProperties?.read(page, context)) ?? []).map((dead) => dead.get(name));
}

/** Hrefs of one dead property that are looked at: each may cost a look-up, and the value is somebody else's to choose. */
const maxDeadHrefs = 100;

/** Whether the hrefs in a dead property name the current user. A client may have spelled the href in any way. */
async function deadNames(xml: string, me: ReadonlySet<string>, context: DavContext<World>): Promise<boolean> {
  for (const href of hrefsInDead(xml, context.dav.options.limits).slice(0, maxDeadHrefs)) {
    if (me.has((await context.dav.resolveHref(href, context))?.href ?? href)) return true;
  }
  return false;
}
