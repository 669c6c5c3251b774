/**
 * All declarations of a door, by kind. The only place where a declaration is called through its erased form: it is
 * looked up by the kind of the resource it is then given, so the parameters are what it was declared for.
 */
import type { XmlName } from '../xml/name.ts';
import type { XmlElement } from '../xml/reader.ts';
import type { XmlAttributes, XmlWriter } from '../xml/writer.ts';
import type { DavContext } from './engine.ts';
import type { AnyMethod } from './method.ts';
import type { MultistatusPart } from './multistatus.ts';
import type { AnyProperty, InRow, PropertyChange } from './property.ts';
import type { AnyReport, ReportCall } from './report.ts';
import type { DavResource, Place, World } from './resource.ts';
import type { DavResponse } from './response.ts';

export interface Registry {
  readonly methodOn: (name: string, kind: string) => AnyMethod | undefined;
  /** The method that may make something below a collection of that kind. */
  readonly methodBelow: (name: string, parentKind: string) => AnyMethod | undefined;
  readonly isMethod: (name: string) => boolean;
  /** Whether any entry of that name makes something new. */
  readonly creates: (name: string) => boolean;
  readonly methodNamesOn: (kind: string) => readonly string[];
  readonly methodNamesBelow: (parentKind: string) => readonly string[];
  readonly propertiesOn: (kind: string) => ReadonlyMap<XmlName, AnyProperty>;
  /** Live on some kind; such a name is never kept as a dead property of another one. */
  readonly isLive: (name: XmlName) => boolean;
  readonly reportsOn: (kind: string) => readonly AnyReport[];
}

/**
 * `own` are the engine's declarations, which those of the door stand in for, kind by kind.
 * Throws when two entries of one list claim the same name on the same kind.
 */
export function createRegistry(own: Declarations, door: Declarations): Registry {
  const methods = [...own.methods, ...door.methods];
  const properties = [...own.properties, ...door.properties];
  refuseTwins(door.methods);
  refuseTwins(door.properties);
  refuseTwins(door.reports);
  const liveNames = new Set(properties.map((property) => property.name));
  const methodNames = new Set(methods.map((method) => method.name));
  const byKind = new Map<string, ReadonlyMap<XmlName, AnyProperty>>();
  // Later entries, those of the door, replace earlier ones of the same name; the place in the list stays.
  const propertiesOn = remember(byKind, (kind) => {
    return new Map(
      properties.filter((property) => isOn(property, kind)).map((property) => [property.name, property]),
    );
  });
  const methodsOn = remember(new Map<string, ReadonlyMap<string, AnyMethod>>(), (kind) => {
    return new Map(methods.filter((method) => isOn(method, kind)).map((method) => [method.name, method]));
  });
  const reportsOn = remember(new Map(), (kind) => {
    const reports = [...own.reports, ...door.reports].filter((report) => isOn(report, kind));
    return [...new Map(reports.map((report) => [report.name, report])).values()];
  });

  return {
    methodOn: (name, kind) => methodsOn(kind).get(name),
    methodBelow: (name, kind) =>
      methods.findLast((method) => method.name === name && makesBelow(method, kind)),
    isMethod: (name) => methodNames.has(name),
    creates: (name) => methods.some((method) => method.name === name && method.create !== undefined),
    methodNamesOn: remember(new Map(), (kind) =>
      namesOf(methods.filter((method) => isOn(method, kind) && method.refusesExisting !== true)),
    ),
    methodNamesBelow: remember(new Map(), (kind) =>
      namesOf(methods.filter((method) => makesBelow(method, kind))),
    ),
    propertiesOn,
    isLive: (name) => liveNames.has(name),
    reportsOn,
  };
}

export interface Declarations {
  readonly methods: readonly AnyMethod[];
  readonly properties: readonly AnyProperty[];
  readonly reports: readonly AnyReport[];
}

/** A property as the engine calls it, with a context of any world: the registry has matched it with the resource. */
export interface CallableProperty<W extends World> {
  readonly read: (resource: DavResource, context: DavContext<W>, asked: unknown) => unknown;
  readonly readPage?: (
    resources: readonly DavResource[],
    context: DavContext<W>,
    asked: unknown,
  ) => Promise<readonly unknown[]>;
  readonly write: (writer: XmlWriter, value: unknown) => void;
  readonly attributes?: (value: unknown) => XmlAttributes;
  readonly hrefs?: (value: unknown) => readonly string[];
  readonly patch?: (change: PropertyChange, target: unknown) => object;
  readonly parse?: (requested: XmlElement) => unknown;
  readonly inRow?: InRow | ((asked: unknown) => InRow | undefined);
  readonly differs?: (sample: DavResource, context: DavContext<W>) => boolean;
}

export interface CallableMethod<W extends World> {
  readonly handle: (resource: DavResource, context: DavContext<W>) => Promise<DavResponse>;
  readonly create?: (place: Place<DavResource>, context: DavContext<W>) => Promise<DavResponse>;
}

export interface CallableReport<W extends World> {
  readonly run: (
    query: unknown,
    resource: DavResource,
    call: ReportCall<W>,
  ) => AsyncIterable<MultistatusPart> | Promise<DavResponse>;
}

// The parameters of the erased forms are `never`; what is passed has been matched by kind, as the file's comment says.
/* oxlint-disable typescript/no-unsafe-type-assertion */
export const callableProperty = <W extends World>(property: AnyProperty): CallableProperty<W> =>
  property as unknown as CallableProperty<W>;
export const callableMethod = <W extends World>(method: AnyMethod): CallableMethod<W> =>
  method as unknown as CallableMethod<W>;
export const callableReport = <W extends World>(report: AnyReport): CallableReport<W> =>
  report as unknown as CallableReport<W>;
/* oxlint-enable typescript/no-unsafe-type-assertion */

interface Entry {
  readonly name: string;
  readonly on: readonly string[] | 'every';
}

function isOn(entry: Entry, kind: string): boolean {
  return entry.on === 'every' || entry.on.includes(kind);
}

function makesBelow(method: AnyMethod, parentKind: string): boolean {
  if (method.create === undefined || method.below === undefined) return false;
  return method.below === 'every' || method.below.includes(parentKind);
}

/** HEAD stands where GET stands, and needs no entry. */
function namesOf(methods: readonly AnyMethod[]): readonly string[] {
  return [...new Set(methods.flatMap(({ name }) => (name === 'GET' ? ['GET', 'HEAD'] : [name])))];
}

function refuseTwins(entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { name, on } of entries) {
    for (const kind of on === 'every' ? ['every kind'] : on) {
      const key = `${name} on ${kind}`;
      if (seen.has(key)) throw new Error(`two declarations of ${key}`);
      seen.add(key);
    }
  }
}

function remember<Value>(known: Map<string, Value>, make: (kind: string) => Value): (kind: string) => Value {
  return (kind) => {
    let value = known.get(kind);
    if (value === undefined) {
      value = make(kind);
      known.set(kind, value);
    }
    return value;
  };
}
