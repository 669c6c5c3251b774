/**
 * How a property is declared (STYLE §4). One declaration says everything: `supported-live-property-set`, allprop, what
 * is protected, what may be listed by template and the compliance table are computed from it.
 */
import type { XmlName } from '../xml/name.ts';
import type { XmlElement } from '../xml/reader.ts';
import type { XmlAttributes, XmlWriter } from '../xml/writer.ts';
import type { DavContext } from './engine.ts';
import type { Kind, ResourceOf, World } from './resource.ts';

/** `head`: what the resolved resource holds; `bytes`: the content; `query`: a read of its own. */
export type Cost = 'head' | 'bytes' | 'query';

/** What a PROPPATCH, MKCALENDAR or MKCOL asks of a property. */
export type PropertyChange = XmlElement | 'remove';

/**
 * A column of a row in a listing by template, or what is equal for all members of one collection. `made`: stands in the
 * place of `data`, but is made from it, so that only a report which does that can fill it in.
 */
export type InRow = 'etag' | 'data' | 'made' | 'same';

export interface Property<W extends World, K extends Kind<W>, Value, Asked = undefined> {
  readonly name: XmlName;
  readonly on: readonly K[] | 'every';
  /** `RFC 4918 §15.6`, for the compliance list. */
  readonly spec: string;
  readonly cost: Cost;
  readonly inAllprop: boolean;
  /**
   * For listings by template: `etag` and `data` are columns of the row; `same` is equal for all members of one
   * collection, so that a sample member tells it. Absent, or `undefined` for what is asked: rows must be rendered one
   * by one.
   */
  readonly inRow?: InRow | ((asked: Asked | undefined) => InRow | undefined);
  /** Where `inRow` says that members are the same: whether they differ after all, judged by any of them. */
  readonly differs?: (sample: ResourceOf<W, K>, context: DavContext<W>) => boolean;
  /** Treated as a property inside reports only (`CALDAV:calendar-data`, RFC 4791 §9.6). */
  readonly inReportsOnly?: true;
  /** The element in the request as a value, computed once a request; `read` gets it. */
  readonly parse?: (requested: XmlElement) => Asked;
  /**
   * The value, `undefined` when this resource has none (404 in its propstat). A thrown Refusal becomes the status of
   * this property alone.
   */
  readonly read: (
    resource: ResourceOf<W, K>,
    context: DavContext<W>,
    asked: Asked | undefined,
    // NoInfer: `write` and the annotation say what the value is; what `read` happens to make may be narrower.
  ) => NoInfer<Value> | undefined | Promise<NoInfer<Value> | undefined>;
  /** Values for a page of resources in one go, for cost `query`; `read` serves single resources. */
  readonly readPage?: (
    resources: readonly ResourceOf<W, K>[],
    context: DavContext<W>,
    asked: Asked | undefined,
  ) => Promise<readonly (NoInfer<Value> | undefined)[]>;
  /** Writes what stands inside the property's element. */
  readonly write: (writer: XmlWriter, value: Value) => void;
  /** The attributes of the property's own element. */
  readonly attributes?: (value: NoInfer<Value>) => XmlAttributes;
  /** The hrefs in the value, for `expand-property` and `principal-match`. */
  readonly hrefs?: (value: Value) => readonly string[];
  /**
   * Checks a change and says it in the door's words; all answers of one request are merged for `applyPatch`.
   * Absent: the property is protected. Throws a Refusal for a value that cannot be.
   */
  readonly patch?: (change: PropertyChange, target: PatchTarget<W, K>) => Partial<W['patch']>;
}

/** `resource` is absent while MKCOL or MKCALENDAR makes it. */
export interface PatchTarget<W extends World, K extends string> {
  readonly kind: K;
  readonly resource: ResourceOf<W, K> | undefined;
  readonly context: DavContext<W>;
}

/**
 * Any property of a world, as the registry holds it. Parameters are `never`, so that every declaration fits; the
 * registry calls one only with the kinds that stand in its `on`.
 */
export interface AnyProperty {
  readonly name: XmlName;
  readonly on: readonly string[] | 'every';
  readonly spec: string;
  readonly cost: Cost;
  readonly inAllprop: boolean;
  readonly inRow?: InRow | ((asked: never) => InRow | undefined);
  readonly differs?: (sample: never, context: never) => boolean;
  readonly inReportsOnly?: true;
  readonly parse?: (requested: XmlElement) => unknown;
  readonly read: (resource: never, context: never, asked: never) => unknown;
  readonly readPage?: (resources: never, context: never, asked: never) => Promise<readonly unknown[]>;
  readonly write: (writer: XmlWriter, value: never) => void;
  readonly attributes?: (value: never) => XmlAttributes;
  readonly hrefs?: (value: never) => readonly string[];
  readonly patch?: (change: PropertyChange, target: never) => object;
}

/** Lets the compiler infer the value's type from `read`. */
export function defineProperty<W extends World, K extends Kind<W>, Value, Asked = undefined>(
  property: Property<W, K, Value, Asked>,
): Property<W, K, Value, Asked> {
  return property;
}

export function writeText(writer: XmlWriter, value: string): void {
  writer.text(value);
}

/** Writes each path as a `DAV:href`. */
export function writeHrefs(writer: XmlWriter, hrefs: readonly string[]): void {
  for (const href of hrefs) writer.textElement('{DAV:}href', href);
}
