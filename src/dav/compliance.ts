/** The compliance list: every element that a door declares, with the section that demands it (ARCHITECTURE §1). */
import { localNameOf, namespaceOf } from '../xml/name.ts';
import type { Dav } from './engine.ts';
import { answers } from './error.ts';
import { ownDeclarations } from './own.ts';
import type { World } from './resource.ts';

export interface ComplianceRow {
  readonly element: 'method' | 'property' | 'report' | 'precondition';
  readonly name: string;
  readonly namespace: string;
  readonly spec: string;
}

/** Sorted by element and name. An element that several kinds declare is listed once for each RFC section. */
export function complianceOf<W extends World>({
  options,
}: Pick<Dav<W>, 'options'>): readonly ComplianceRow[] {
  const own = ownDeclarations(options);
  const rows: ComplianceRow[] = [];
  for (const { name, spec } of [...own.methods, ...options.methods]) {
    rows.push({ element: 'method', name, namespace: '', spec });
  }
  for (const { name, spec } of [...own.properties, ...options.properties])
    rows.push(named('property', name, spec));
  for (const { name, spec } of [...own.reports, ...options.reports]) rows.push(named('report', name, spec));
  for (const { precondition, spec } of Object.values(answers)) {
    if (precondition !== undefined) rows.push(named('precondition', precondition, spec));
  }
  const unique = new Map(rows.map((row) => [Object.values(row).join('\n'), row]));
  return [...unique].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

function named(
  element: ComplianceRow['element'],
  name: Parameters<typeof localNameOf>[0],
  spec: string,
): ComplianceRow {
  return { element, name: localNameOf(name), namespace: namespaceOf(name), spec };
}
