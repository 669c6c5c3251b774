/** Restrictions of FindItem and FindFolder (MS-OXWSSRCH 2.2.4.18): which things match. */
import { EwsError } from './failure.ts';
import { extendedKey } from './ids.ts';
import { child, type Element, localName } from './markup.ts';
import type { Profile } from './profile.ts';

/** The value of a property by its FieldURI, or for extended ones by `extendedKey`; undefined if it is not set. */
export type Lookup = (name: string) => string | readonly string[] | undefined;

export function matches(restriction: Element, lookup: Lookup): boolean {
  const parts = restriction.children;
  switch (localName(restriction)) {
    case 'And':
      return parts.every((one) => matches(one, lookup));
    case 'Or':
      return parts.some((one) => matches(one, lookup));
    case 'Not':
      return !parts.some((one) => matches(one, lookup));
    case 'Exists':
      return valueOf(parts[0], lookup) !== undefined;
    case 'Contains':
      return contains(restriction, lookup);
    case 'Excludes':
      return true;
    default:
      return compares(restriction, lookup);
  }
}

/** Refuses what this server does not search by. */
export function demandSearchable(restriction: Element, profile: Profile): void {
  for (const part of restriction.children) demandSearchable(part, profile);
  if (localName(restriction) !== 'ExtendedFieldURI') return;
  const isBinary = restriction.attributes.get('PropertyType') === 'Binary';
  if (isBinary ? profile.searchesIds : profile.searchesNames) return;
  throw new EwsError('ErrorInvalidRestriction', 'The restriction is invalid.');
}

function compares(restriction: Element, lookup: Lookup): boolean {
  const found = single(valueOf(restriction.children[0], lookup));
  const other = child(restriction, 'FieldURIOrConstant')?.children[0];
  const wanted =
    other && localName(other) === 'Constant'
      ? (other.attributes.get('Value') ?? '')
      : single(valueOf(other, lookup));
  const name = localName(restriction);
  // base64 is compared octet by octet.
  if (restriction.children[0]?.attributes.get('PropertyType') === 'Binary')
    return name === 'IsEqualTo' && found === wanted;
  if (name === 'IsNotEqualTo')
    return found === undefined || wanted === undefined || order(found, wanted) !== 0;
  if (found === undefined || wanted === undefined) return false;
  const sign = order(found, wanted);
  switch (name) {
    case 'IsEqualTo':
      return sign === 0;
    case 'IsGreaterThan':
      return sign > 0;
    case 'IsGreaterThanOrEqualTo':
      return sign >= 0;
    case 'IsLessThan':
      return sign < 0;
    case 'IsLessThanOrEqualTo':
      return sign <= 0;
    default:
      throw new EwsError('ErrorUnsupportedPathForQuery', `The restriction ${name} is not supported.`);
  }
}

const time = /^\d{4}-\d\d-\d\dT/;

function order(one: string, other: string): number {
  if (time.test(one) && time.test(other)) return Date.parse(one) - Date.parse(other);
  if (/^-?\d+$/.test(one) && /^-?\d+$/.test(other)) return Number(one) - Number(other);
  return one.toLowerCase() < other.toLowerCase() ? -1 : one.toLowerCase() === other.toLowerCase() ? 0 : 1;
}

function contains(restriction: Element, lookup: Lookup): boolean {
  const constant = child(restriction, 'Constant')?.attributes.get('Value') ?? '';
  const caseless = /IgnoreCase|Loose/.test(restriction.attributes.get('ContainmentComparison') ?? '');
  const fold = (value: string): string => (caseless ? value.toLowerCase() : value);
  const wanted = fold(constant);
  const found = valueOf(restriction.children[0], lookup);
  return [found ?? []].flat().some((one) => {
    const value = fold(one);
    const mode = restriction.attributes.get('ContainmentMode');
    if (mode === 'FullString') return value === wanted;
    return mode === 'Prefixed' ? value.startsWith(wanted) : value.includes(wanted);
  });
}

function valueOf(path: Element | undefined, lookup: Lookup): string | readonly string[] | undefined {
  if (!path) return undefined;
  if (localName(path) === 'ExtendedFieldURI') return lookup(extendedKey(Object.fromEntries(path.attributes)));
  const uri = path.attributes.get('FieldURI') ?? '';
  // MS-OXWSSRCH: properties that are computed cannot be searched for.
  if (uri === 'calendar:UID')
    throw new EwsError(
      'ErrorUnsupportedPathForQuery',
      'The property can not be used with this type of restriction.',
    );
  return lookup(uri);
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
