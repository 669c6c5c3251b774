/** How a REPORT is declared (STYLE §5): `parse` turns XML into a value, `run` turns the value into responses. */
import type { XmlName } from '../xml/name.ts';
import type { XmlElement } from '../xml/reader.ts';
import type { DavContext } from './engine.ts';
import type { MultistatusPart } from './multistatus.ts';
import type { PropertyRequest, Responder } from './planner.ts';
import type { Privilege } from './privilege.ts';
import type { DavRequest, Depth } from './request.ts';
import type { Kind, ResourceOf, World } from './resource.ts';
import type { DavResponse } from './response.ts';

export interface ReportCall<W extends World> extends DavContext<W> {
  /** `Depth` as sent, or the report's default. */
  readonly depth: Depth;
  /** What the body asks of each resource; `prop` with no names when it asks nothing. */
  readonly requested: PropertyRequest;
  /** Writes resources as responses with the requested properties, minimal where the client prefers that. */
  readonly responder: Responder<W>;
}

export interface Report<W extends World, K extends Kind<W>, Query> {
  readonly name: XmlName;
  readonly on: readonly K[] | 'every';
  readonly spec: string;
  /** Checked on the request's resource before `parse`. Absent: the report checks what it answers itself. */
  readonly privilege?: Privilege;
  /** What a missing `Depth` means: 0 by RFC 3253 §3.6, 1 where clients leave it out and mean the members (caldav.md §2.1). */
  readonly defaultDepth: Depth;
  /** Sees no storage. Throws `malformed-request`, `invalid-filter`… */
  readonly parse: (body: XmlElement, request: DavRequest) => NoInfer<Query>;
  /** Sees no XML. Parts are written as a multistatus; a promise is an answer of another form (free-busy-query). */
  readonly run: (
    query: Query,
    resource: ResourceOf<W, K>,
    call: ReportCall<W>,
  ) => AsyncIterable<MultistatusPart> | Promise<DavResponse>;
}

/** Any report of a world, as the registry holds it; see `AnyProperty`. */
export interface AnyReport {
  readonly name: XmlName;
  readonly on: readonly string[] | 'every';
  readonly spec: string;
  readonly privilege?: Privilege;
  readonly defaultDepth: Depth;
  readonly parse: (body: XmlElement, request: DavRequest) => unknown;
  readonly run: (
    query: never,
    resource: never,
    call: never,
  ) => AsyncIterable<MultistatusPart> | Promise<DavResponse>;
}

/** Lets the compiler infer the query's type from `parse`. */
export function defineReport<W extends World, K extends Kind<W>, Query>(
  report: Report<W, K, Query>,
): Report<W, K, Query> {
  return report;
}
