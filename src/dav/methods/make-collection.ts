/**
 * MKCOL with and without body (RFC 4918 §9.3, RFC 5689) and MKCALENDAR (RFC 4791 §5.3.1): the form of both is one, what
 * comes to be is the door's business. All properties are set or nothing is made.
 */
import { Refusal } from '../../core/refusal.ts';
import { caldav, dav, type XmlName, xmlName } from '../../xml/name.ts';
import type { XmlElement } from '../../xml/reader.ts';
import { escapeText, smallDocument, XmlWriter } from '../../xml/writer.ts';
import type { DavContext, ResourcePatch } from '../engine.ts';
import { DavError, errorResponse, type Verdict, verdictOf } from '../error.ts';
import type { Method } from '../method.ts';
import { singleMultistatus } from '../multistatus.ts';
import { dependent, type PropertyUpdate, parsePropertyUpdate, planUpdate } from '../property-update.ts';
import { writeVerdicts } from '../propstat.ts';
import type { DavResource, Kind, Place, ResourceOf, World } from '../resource.ts';
import { type DavResponse, preferenceHeaders, xmlContentType } from '../response.ts';

export interface CollectionMaker<W extends World, ParentKind extends Kind<W>> {
  readonly name: 'MKCOL' | 'MKCALENDAR';
  readonly spec: string;
  /** Root of the body. */
  readonly root: XmlName;
  readonly below: readonly ParentKind[] | 'every';
  readonly createPrivilege?: Method<W, Kind<W>, ParentKind>['createPrivilege'];
  /** The error if something exists at that path; absent: 405 (RFC 4918 §9.3.1). */
  readonly occupied?: () => Error;
  /**
   * The kind for the wanted `DAV:resourcetype`, empty when the body names none; its properties are what may be set.
   * Throws `invalidResourceType()` for types it does not make, and refuses what may not lie at this place.
   */
  readonly kindOf: (
    types: ReadonlySet<XmlName>,
    place: Place<ResourceOf<W, ParentKind>>,
    context: DavContext<W>,
  ) => Kind<W>;
  /** Makes it with all of the patch, or throws and makes nothing. `types` as in `kindOf`. */
  readonly make: (
    place: Place<ResourceOf<W, ParentKind>>,
    wanted: NewCollection<W>,
    context: DavContext<W>,
  ) => Promise<void>;
}

export interface NewCollection<W extends World> {
  readonly kind: Kind<W>;
  readonly types: ReadonlySet<XmlName>;
  readonly patch: ResourcePatch<W>;
}

/** RFC 5689 §3.3. */
export function invalidResourceType(sentence: string): DavError {
  return new DavError(403, sentence, { name: dav('valid-resourcetype') });
}

export function collectionMethod<W extends World, ParentKind extends Kind<W>>(
  maker: CollectionMaker<W, ParentKind>,
): Method<W, Kind<W>, ParentKind> {
  return {
    name: maker.name,
    spec: maker.spec,
    on: maker.occupied === undefined ? [] : 'every',
    changesState: true,
    refusesExisting: true,
    handle: () =>
      Promise.reject(maker.occupied?.() ?? new Refusal('method-not-allowed', 'there is something already')),
    below: maker.below,
    ...(maker.createPrivilege === undefined ? {} : { createPrivilege: maker.createPrivilege }),
    create: (place, context) => create(maker, place, context),
  };
}

async function create<W extends World, ParentKind extends Kind<W>>(
  maker: CollectionMaker<W, ParentKind>,
  place: Place<ResourceOf<W, ParentKind>>,
  context: DavContext<W>,
): Promise<DavResponse> {
  const body = await understoodBody(maker, context);
  const updates = body === undefined ? [] : parsePropertyUpdate(body, body.name);
  const types = wantedTypes(updates);
  const settable = updates.filter(({ name }) => name !== resourcetype);
  // RFC 5689 §3.5: a wrong resource type is reported like any other property that could not be set.
  let kind: Kind<W>;
  try {
    kind = maker.kindOf(types, place, context);
  } catch (error) {
    const verdict = error instanceof DavError ? verdictOf(error) : undefined;
    if (verdict === undefined || !updates.some(({ name }) => name === resourcetype)) throw error;
    return failed(maker, place, updates, new Map([[resourcetype, verdict]]));
  }
  const planned = planUpdate(settable, { kind, resource: undefined }, context.dav.registry, context);
  if (!planned.ok) return failed(maker, place, updates, planned.verdicts);
  await maker.make(place, { kind, types, patch: planned.patch }, context);
  return {
    status: 201,
    headers: {
      Location: `${place.href}/`,
      ...uncached,
      ...preferenceHeaders({ minimal: context.request.prefer.minimal }),
    },
  };
}

const resourcetype = dav('resourcetype');

/**
 * What is no XML, or XML with another root, is a body of another kind than we understand: 415 (RFC 4918 §9.3). Broken
 * XML that calls itself XML stays 400.
 */
async function understoodBody<W extends World>(
  { name, root }: { readonly name: 'MKCOL' | 'MKCALENDAR'; readonly root: XmlName },
  { dav: engine, request }: DavContext<W>,
): Promise<XmlElement | undefined> {
  const type = request.header('content-type');
  try {
    const body = await engine.readXml(request);
    if (body === undefined || body.name === root) return body;
    if (name === 'MKCOL' && habitualRoots.has(body.name)) return body;
  } catch (error) {
    const isXml = type === undefined || /\bxml\b/i.test(type);
    if (isXml || !(error instanceof Refusal) || error.code !== 'malformed-request') throw error;
  }
  throw new Refusal('unsupported-media-type', `a body here is an XML document with the root ${root}`);
}

/** Roots that are accepted instead of `DAV:mkcol`: the one in Radicale's manual, and the one that Errands makes of it. */
const habitualRoots: ReadonlySet<XmlName> = new Set([dav('create'), xmlName('', 'create')]);

function wantedTypes(updates: readonly PropertyUpdate[]): ReadonlySet<XmlName> {
  const types = new Set<XmlName>();
  for (const { name, change } of updates) {
    if (name !== resourcetype || change === 'remove') continue;
    for (const type of change.children) types.add(type.name);
  }
  return types;
}

/**
 * Nothing has been made. MKCOL answers with `DAV:mkcol-response` (RFC 5689 §3.4), MKCALENDAR with a multistatus
 * (RFC 4791 §5.3.1.1), unless what failed is a precondition of the method itself.
 */
function failed(
  { name: method }: { readonly name: CollectionMaker<World, string>['name'] },
  { href }: Pick<Place<DavResource>, 'href'>,
  updates: readonly PropertyUpdate[],
  verdicts: ReadonlyMap<XmlName, Verdict>,
): DavResponse {
  const culprits = [...verdicts.values()].filter(({ status }) => status !== 424);
  const own = culprits.find(({ precondition }) => precondition && ofMkcalendar.has(precondition.name));
  if (method === 'MKCALENDAR' && own !== undefined) return errorResponse(own);
  const all = new Map(verdicts);
  for (const { name } of updates) if (!all.has(name)) all.set(name, dependent);
  const writer = new XmlWriter();
  if (method === 'MKCALENDAR') {
    writer.raw(`<D:response><D:href>${escapeText(href)}/</D:href>`);
    writeVerdicts(writer, [], all);
    writer.raw('</D:response>');
    return singleMultistatus({ is: 'xml', chunks: writer.take() }, uncached);
  }
  writeVerdicts(writer, [], all);
  return {
    status: culprits[0]?.status ?? 403,
    headers: { 'Content-Type': xmlContentType, ...uncached },
    body: smallDocument(dav('mkcol-response'), writer.takeText()),
  };
}

/** RFC 4791 §5.3.1.2, RFC 7809 §5.2. */
const ofMkcalendar: ReadonlySet<XmlName> = new Set([caldav('valid-calendar-data'), caldav('valid-timezone')]);

/** RFC 4791 §5.3.1, RFC 5689 §3: answers must not be kept. */
const uncached: Readonly<Record<string, string>> = { 'Cache-Control': 'no-cache' };
