/** PROPFIND (RFC 4918 §9.1) of a resource or of a collection and its members. */
import { Refusal } from '../../core/refusal.ts';
import { dav } from '../../xml/name.ts';
import type { XmlElement } from '../../xml/reader.ts';
import type { DavContext } from '../engine.ts';
import { defineMethod, type Method } from '../method.ts';
import { type MultistatusPart, multistatus, singleMultistatus } from '../multistatus.ts';
import { type PropertyRequest, parsePropertyRequest, type Responder } from '../planner.ts';
import type { DavResource, World } from '../resource.ts';
import { preferenceHeaders } from '../response.ts';

export const propfind: Method<World, string> = defineMethod({
  name: 'PROPFIND',
  spec: 'RFC 4918 §9.1',
  on: 'every',
  changesState: false,
  privilege: 'read',
  ignoresPreconditions: true,
  async handle(resource, context) {
    const { request, dav: engine } = context;
    // A principal has no members, so all of it is no more than Depth: 0; some clients say nothing there.
    const hasMembers = resource.isCollection && !engine.options.principals.isPrincipal(resource);
    if (hasMembers && (request.depth ?? 'infinity') === 'infinity') {
      throw new Refusal(
        'depth-not-finite',
        'a PROPFIND of a collection needs the header Depth: 0 or Depth: 1',
      );
    }
    const requested = parsePropfind(await engine.readXml(request));
    const { minimal, noRoot } = request.prefer;
    const responder = engine.responder({ requested, minimal, inReport: false }, context);
    const withMembers = resource.isCollection && request.depth === 1;
    const headers = preferenceHeaders({ minimal, noRoot: noRoot && withMembers });
    if (!withMembers) return singleMultistatus(await responder.one(resource), headers);
    return multistatus(listing(resource, responder, noRoot, context), headers);
  },
});

/** An absent body asks for all properties. Refuses: `malformed-request`. */
function parsePropfind(body: XmlElement | undefined): PropertyRequest {
  if (body === undefined) return { ask: 'allprop', include: [] };
  if (body.name !== dav('propfind')) {
    throw new Refusal(
      'malformed-request',
      `the body of a PROPFIND begins with ${body.name}, not with DAV:propfind`,
    );
  }
  const requested = parsePropertyRequest(body, { joins: true });
  if (requested === undefined) {
    throw new Refusal('malformed-request', 'the PROPFIND asks for none of prop, allprop and propname');
  }
  return requested;
}

/**
 * The storage writes the listing from a template if no property needs a look at single members; otherwise it is made
 * page by page.
 */
async function* listing(
  collection: DavResource,
  responder: Responder<World>,
  noRoot: boolean,
  context: DavContext<World>,
): AsyncGenerator<MultistatusPart> {
  const { members, memberRows } = context.dav.options;
  if (!noRoot) yield await responder.one(collection);
  const listed = await memberRows?.(collection, context);
  const template = listed && (await responder.rowTemplate(collection.href, listed.sample));
  if (listed !== undefined && template !== undefined) {
    for await (const bytes of listed.rows(template)) yield { is: 'rows', bytes };
    return;
  }
  for await (const page of members(collection, context)) yield* responder.parts(page);
}
