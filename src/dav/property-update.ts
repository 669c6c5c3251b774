/** Bodies that set properties: PROPPATCH (RFC 4918 §9.2), MKCALENDAR (RFC 4791 §5.3.1) and extended MKCOL (RFC 5689). */
import type { XmlName } from '../xml/name.ts';
import type { ResourcePatch } from './engine.ts';
import type { PropertyChange } from './property.ts';
import type { World } from './resource.ts';

/** One `set` or `remove`, in document order. */
export interface PropertyUpdate {
  readonly name: XmlName;
  readonly change: PropertyChange;
}

/** All of it can be done, or nothing is, with a verdict for each property. */
export type PlannedUpdate<W extends World> =
  | { readonly ok: true; readonly patch: ResourcePatch<W>; readonly names: readonly XmlName[] }
  | { readonly ok: false; readonly verdicts: readonly PropertyVerdict[] };

export interface PropertyVerdict {
  readonly name: XmlName;
  readonly status: number;
  readonly precondition: XmlName | undefined;
  readonly sentence: string;
}
