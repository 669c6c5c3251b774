/** Requested properties, and the cheapest way to answer them. */
import type { XmlName } from '../xml/name.ts';
import type { XmlElement } from '../xml/reader.ts';
import type { MultistatusPart } from './multistatus.ts';
import type { Resource, World } from './resource.ts';

/** What a PROPFIND or a REPORT asks of each resource. */
export type PropertyRequest =
  | { readonly ask: 'prop'; readonly names: readonly RequestedProperty[] }
  | { readonly ask: 'allprop'; readonly include: readonly RequestedProperty[] }
  | { readonly ask: 'propname' };

export interface RequestedProperty {
  readonly name: XmlName;
  readonly element: XmlElement;
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
  readonly page: (resources: readonly Resource<W>[]) => Promise<MultistatusPart>;
  readonly one: (resource: Resource<W>) => Promise<MultistatusPart>;
  /**
   * The template by which the storage can write the same responses for all members of a collection, or `undefined`
   * when some requested property needs a look at the member itself.
   *
   * `collectionHref`: what stands before the names. `sample`: any member, real or made up, with what is the same for all.
   */
  readonly rowTemplate: (collectionHref: string, sample: Resource<W>) => Promise<RowTemplate | undefined>;
}
