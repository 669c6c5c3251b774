/**
 * The URL space: path <-> place, both directions, in one table.
 *
 * A place is what a path says, before anybody has asked whether there is such a thing; `resolve.ts` asks. Paths come as
 * decoded segments below the site's base path (clients.md W1), a collection is found without its slash as well (W3).
 */

export type Place =
  /** Where clients begin that know only the host name. */
  | { readonly at: 'root' }
  /** RFC 6764 §5. */
  | { readonly at: 'well-known' }
  /** Paths of other servers that clients try when discovery failed elsewhere (W8): they answer as the person's principal. */
  | { readonly at: 'alias'; readonly rest: readonly string[] }
  | { readonly at: 'context' }
  | { readonly at: 'principals' }
  | { readonly at: 'principal'; readonly name: string }
  | { readonly at: 'homes' }
  | { readonly at: 'home'; readonly owner: string }
  | { readonly at: 'calendar'; readonly owner: string; readonly calendar: string }
  | { readonly at: 'object'; readonly owner: string; readonly calendar: string; readonly object: string }
  /** `rest` is empty for the collection that holds all, and of one segment for the top collection of a person. */
  | { readonly at: 'files'; readonly rest: readonly string[] };

export type PlaceKind = Place['at'];

/**
 * `:x` captures one segment as the field `x` of the place, a final `*` all that is left as `rest`. A final slash says that
 * the place is a collection. The first row that fits counts; the first of a kind makes the hrefs.
 */
const table: readonly (readonly [at: PlaceKind, pattern: string])[] = [
  ['root', '/'],
  ['well-known', '/.well-known/caldav'],
  ['context', '/dav/'],
  ['principals', '/dav/principals/'],
  ['principal', '/dav/principals/:name/'],
  ['homes', '/dav/calendars/'],
  ['home', '/dav/calendars/:owner/'],
  ['calendar', '/dav/calendars/:owner/:calendar/'],
  ['object', '/dav/calendars/:owner/:calendar/:object'],
  ['files', '/dav/files/*'],
  ['alias', '/principals/*'],
  ['alias', '/caldav/*'],
  ['alias', '/calendar/dav/*'],
];

/** The place that these segments name; `undefined` for paths outside of the table. */
export function placeOf(segments: readonly string[]): Place | undefined {
  let place = places.get(segments);
  if (place === undefined) {
    place = matchedPlace(segments) ?? 'none';
    places.set(segments, place);
  }
  return place === 'none' ? undefined : place;
}

/** One request asks for its own place several times, and `pathBelow` gives the same segments for the same path. */
const places = new WeakMap<readonly string[], Place | 'none'>();

function matchedPlace(segments: readonly string[]): Place | undefined {
  if (segments.includes('')) return undefined;
  for (const row of rows) {
    const captured = match(row, segments);
    // The patterns capture just the fields of their kind of place; a test walks the table in both directions.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as said
    if (captured) return { at: row.at, ...captured } as unknown as Place;
  }
  return undefined;
}

/** A place as `Dav.href` wants it. */
export interface PlacePath {
  readonly segments: readonly string[];
  readonly isCollection: boolean;
}

/** The other direction: the one path of a place. */
export function pathOf(place: Exclude<Place, { at: 'alias' }>): PlacePath {
  // See `placeOf`: each place has the fields that its pattern names.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as said
  const fields = place as unknown as Readonly<Record<string, string | readonly string[] | undefined>>;
  const row = rows.find(({ at }) => at === place.at);
  const segments: string[] = [];
  for (const part of row?.parts ?? []) {
    const field = part === '*' ? fields['rest'] : part.startsWith(':') ? fields[part.slice(1)] : part;
    if (typeof field === 'string') segments.push(field);
    else segments.push(...(field ?? []));
  }
  return { segments, isCollection: row?.isCollection ?? false };
}

interface Row {
  readonly at: PlaceKind;
  readonly parts: readonly string[];
  readonly isCollection: boolean;
}

const rows: readonly Row[] = table.map(([at, pattern]) => ({
  at,
  parts: pattern.split('/').filter((part) => part !== ''),
  isCollection: pattern.endsWith('/'),
}));

function match(
  row: Row,
  segments: readonly string[],
): Record<string, string | readonly string[]> | undefined {
  const takesRest = row.parts.at(-1) === '*';
  const fixed = takesRest ? row.parts.length - 1 : row.parts.length;
  if (takesRest ? segments.length < fixed : segments.length !== fixed) return undefined;
  const captured: Record<string, string | readonly string[]> = {};
  for (let i = 0; i < fixed; i++) {
    const part = row.parts[i] ?? '';
    const segment = segments[i] ?? '';
    if (part.startsWith(':')) captured[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  if (takesRest) captured['rest'] = segments.slice(fixed);
  return captured;
}
