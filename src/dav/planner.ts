/** Requested properties, and the cheapest way to answer them. */
import { Refusal } from '../core/refusal.ts';
import { dav, type XmlName } from '../xml/name.ts';
import { childOf, type XmlElement } from '../xml/reader.ts';
import { XmlWriter } from '../xml/writer.ts';
import type { DavContext } from './engine.ts';
import type { XmlPart } from './multistatus.ts';
import type { AnyProperty } from './property.ts';
import { callableProperty, type Registry } from './registry.ts';
import type { Resource, World } from './resource.ts';

/** What a PROPFIND or a REPORT asks of each resource. */
export type PropertyRequest =
  | { readonly ask: 'prop'; readonly names: readonly RequestedProperty[] }
  | { readonly ask: 'allprop'; readonly include: readonly RequestedProperty[] }
  | { readonly ask: 'propname' };

export interface RequestedProperty {
  readonly name: XmlName;
  /** As it stands in the request, with what it holds. */
  readonly element: XmlElement;
  /** Instead of the hrefs in the value, the resources they lead to, with these properties (RFC 3253 §3.8). */
  readonly expand?: readonly RequestedProperty[];
}

/**
 * Text around the columns of one row: `head name tag etag tail`, with `data`: `head name tag etag data <bytes> tail`.
 * The same form as the storage port's.
 */
export interface RowTemplate {
  readonly head: string;
  readonly tag: string;
  readonly data?: string;
  readonly tail: string;
}

export interface Responder<W extends World> {
  /** Responses of a page of resources with the requested properties, each property in exactly one propstat. */
  readonly page: (resources: readonly Resource<W>[]) => Promise<XmlPart>;
  /** The same in parts that are as large as a slice of an answer, or one response: none has to be held for the next. */
  readonly parts: (resources: readonly Resource<W>[]) => AsyncIterable<XmlPart>;
  readonly one: (resource: Resource<W>) => Promise<XmlPart>;
  /**
   * The template by which the storage can write the same responses for all members of a collection, or `undefined`
   * when some requested property needs a look at the member itself.
   *
   * `collectionHref`: what stands before the names. `sample`: any member, real or made up, with what is the same for all.
   * `isMade`: the rows are written by a report that makes their data, so that `made` is a column as well.
   */
  readonly rowTemplate: (
    collectionHref: string,
    sample: Resource<W>,
    isMade?: boolean,
  ) => Promise<RowTemplate | undefined>;
}

/**
 * RFC 4918 §14.20, and the same elements inside reports. `undefined` when the element holds none of them.
 *
 * `joins`: several `prop` are one. Emacs puts each name of a PROPFIND into a `prop` of its own.
 */
export function parsePropertyRequest(
  body: XmlElement,
  { joins = false }: { readonly joins?: boolean } = {},
): PropertyRequest | undefined {
  const asked = body.children.filter(
    ({ name }) => name === dav('prop') || name === dav('allprop') || name === dav('propname'),
  );
  const areNames = asked.length > 0 && asked.every(({ name }) => name === dav('prop'));
  if (asked.length > 1 && !(joins && areNames))
    throw new Refusal('malformed-request', 'one of prop, allprop and propname is wanted, not several');
  const [form] = asked;
  if (form === undefined) return undefined;
  if (form.name === dav('propname')) return { ask: 'propname' };
  if (areNames) return { ask: 'prop', names: requestedIn(asked) };
  const include = childOf(body, dav('include'));
  return { ask: 'allprop', include: requestedIn(include ? [include] : []) };
}

/**
 * How many properties one request may name, to read or to change them. Clients ask for some fifty. Each name is written once
 * for each resource, so without a bound a short request could ask for an endless answer.
 */
export const maxRequestedProperties = 1000;

/** How many where each name costs a read of its own: names nested in others (expand-property), terms of a search. */
export const maxNestedProperties = 300;

export function tooManyProperties(most: number): Refusal {
  return new Refusal('malformed-request', `a request may name ${most} properties here`);
}

/** Each name once, in the order in which they are asked for. */
function requestedIn(props: readonly XmlElement[]): readonly RequestedProperty[] {
  const byName = new Map<XmlName, RequestedProperty>();
  for (const { children } of props) {
    for (const element of children) {
      if (!byName.has(element.name)) byName.set(element.name, { name: element.name, element });
      if (byName.size > maxRequestedProperties) throw tooManyProperties(maxRequestedProperties);
    }
  }
  return [...byName.values()];
}

export interface ResponderOptions {
  readonly requested: PropertyRequest;
  /** RFC 8144 §2.1: properties that are not there are left out. */
  readonly minimal: boolean;
  /** Whether properties that exist in reports only (`Property.inReportsOnly`) may be asked for. */
  readonly inReport: boolean;
  /** How many resources `expand` may still write; groups within groups would multiply without end. */
  readonly budget?: { left: number };
}

/** What is asked of resources of one kind, and in whose request. */
export interface Task<W extends World> {
  readonly plan: Plan;
  readonly options: ResponderOptions;
  readonly context: DavContext<W>;
}

/** What is asked of resources of one kind. */
export interface Plan {
  readonly asked: readonly AskedProperty[];
  /** Names that are live properties of other kinds only, and so never exist on this one. */
  readonly absent: readonly XmlName[];
  /** Names that only a dead property can have. */
  readonly perhapsDead: readonly XmlName[];
  /** `absent` and `perhapsDead` written as empty elements, once for all resources that have none of them. */
  readonly absentXml: string;
  readonly perhapsDeadXml: string;
  /** The names in `perhapsDead` whose hrefs are to be expanded. */
  readonly expandedDead: readonly Pick<RequestedProperty, 'name' | 'expand'>[];
  /** `all`: allprop lists every dead property; `names`: propname does. */
  readonly listDead: 'none' | 'all' | 'names';
  readonly readsDead: boolean;
  readonly namesOnly: boolean;
}

export interface AskedProperty {
  readonly property: AnyProperty;
  readonly asked: unknown;
  readonly expand: readonly RequestedProperty[] | undefined;
  /** Asked for by allprop or propname, which do not mention properties that a resource does not have. */
  readonly silentWhenAbsent: boolean;
}

/** Whether resources of that kind can have dead properties. */
export function takesDead<W extends World>(context: DavContext<W>, kind: string): boolean {
  const on = context.dav.options.deadProperties?.on;
  return on === 'every' || (on?.some((taking) => taking === kind) ?? false);
}

function emptyElements(names: readonly XmlName[]): string {
  const writer = new XmlWriter();
  for (const name of names) writer.empty(name);
  return writer.takeText();
}

export function planOf(
  { requested, inReport }: ResponderOptions,
  registry: Registry,
  kind: string,
  dead: boolean,
): Plan {
  const live = registry.propertiesOn(kind);
  const asked: AskedProperty[] = [];
  const absent: XmlName[] = [];
  const perhapsDead: XmlName[] = [];
  const expandedDead: Plan['expandedDead'][number][] = [];
  const named =
    requested.ask === 'prop' ? requested.names : requested.ask === 'allprop' ? requested.include : [];

  if (requested.ask !== 'prop') {
    for (const property of live.values()) {
      const wanted = requested.ask === 'propname' ? property.inReportsOnly !== true : property.inAllprop;
      if (wanted) asked.push({ property, asked: undefined, expand: undefined, silentWhenAbsent: true });
    }
  }
  for (const { name, element, expand } of named) {
    const property = live.get(name);
    if (property !== undefined && (inReport || property.inReportsOnly !== true)) {
      if (asked.some((other) => other.property === property)) continue;
      const parsed = callableProperty(property).parse?.(element);
      asked.push({ property, asked: parsed, expand, silentWhenAbsent: false });
    } else if (dead && !registry.isLive(name)) {
      // allprop lists all dead properties, those that `include` names among them.
      if (requested.ask === 'prop') perhapsDead.push(name);
      if (expand !== undefined) expandedDead.push({ name, expand });
    } else absent.push(name);
  }
  const listDead = !dead || requested.ask === 'prop' ? 'none' : requested.ask === 'allprop' ? 'all' : 'names';
  return {
    asked,
    absent,
    perhapsDead,
    absentXml: emptyElements(absent),
    perhapsDeadXml: emptyElements(perhapsDead),
    expandedDead,
    listDead,
    readsDead: perhapsDead.length > 0 || listDead !== 'none',
    namesOnly: requested.ask === 'propname',
  };
}
