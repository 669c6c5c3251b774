/** Item shapes (MS-OXWSCDATA 2.2.4.46): which properties an answer tells, and items written so. */
import type { Context } from './context.ts';
import { EwsError } from './failure.ts';
import { type Field, itemIdMarkup, type Reader } from './fields.ts';
import { extendedMarkup, fieldsByUri, kindOf } from './kinds.ts';
import { child, childText, type Element, localName, type Markup, nothing, tag } from './markup.ts';
import { atLeast } from './profile.ts';
import type { View } from './views.ts';

export interface Shape {
  readonly base: string;
  readonly bodyType: string;
  /** It is asked for by name. */
  readonly asksBest: boolean;
  readonly uris: ReadonlySet<string>;
  readonly extended: readonly Readonly<Record<string, string>>[];
  readonly mime: boolean;
}

export const idOnly: Shape = {
  base: 'IdOnly',
  bodyType: 'Best',
  asksBest: false,
  uris: new Set(),
  extended: [],
  mime: false,
};

export function readShape(element: Element | undefined): Shape {
  if (!element) return idOnly;
  const uris = new Set<string>();
  const extended: Record<string, string>[] = [];
  for (const path of child(element, 'AdditionalProperties')?.children ?? []) {
    if (localName(path) === 'FieldURI') uris.add(path.attributes.get('FieldURI') ?? '');
    else if (localName(path) === 'ExtendedFieldURI') extended.push(checkedPath(path));
  }
  const bodyType = childText(element, 'BodyType');
  return {
    base: childText(element, 'BaseShape') ?? 'IdOnly',
    bodyType: bodyType ?? 'Best',
    asksBest: bodyType === 'Best',
    uris,
    extended,
    mime: childText(element, 'IncludeMimeContent') === 'true',
  };
}

/** The attributes of an ExtendedFieldURI; refuses combinations that name no property. */
export function checkedPath(element: Element): Record<string, string> {
  const path = Object.fromEntries(element.attributes);
  const set = path['PropertySetId'] ?? path['DistinguishedPropertySetId'];
  const named = path['PropertyName'] ?? path['PropertyId'];
  const right =
    path['PropertyTag'] === undefined
      ? set !== undefined && named !== undefined
      : set === undefined && named === undefined;
  if (!right || path['PropertyType'] === undefined)
    throw new EwsError('ErrorInvalidExtendedProperty', 'Extended property is not valid.');
  return path;
}

/** One item as its element; `listing` leaves out what FindItem does not tell. */
export function itemMarkup(context: Context, view: View, shape: Shape, listing: boolean): Markup {
  const calendar = view.item.uid !== '' && view.item.message === undefined;
  const { element, fields } = kindOf(view.item.itemClass, calendar);
  if (shape.base === 'IdOnly' && shape.uris.size === 0 && shape.extended.length === 0 && !shape.mime)
    return tag(element, [itemIdMarkup(view)]);
  const reader: Reader = { context, bodyType: shape.bodyType };
  const children: Markup[] = [];
  const { profile } = context.backend;
  const isLaxInstance = profile.laxSeries && view.day !== undefined;
  let extended =
    shape.extended.length > 0 && profile.tidyItems
      ? extendedMarkup(view, shape.extended, listing, profile)
      : nothing;
  for (const field of fields) {
    if (extended !== nothing && afterExtended.has(field.uri)) {
      children.push(extended);
      extended = nothing;
    }
    const isTold = isLaxInstance && field.uri === 'calendar:RecurrenceId';
    if (isTold || wanted(context, field, shape, listing)) children.push(field.read(view, reader));
  }
  // Seen on Gromox: extended properties come last, and what stands first comes again.
  if (!profile.tidyItems)
    children.push(extendedMarkup(view, shape.extended, listing, profile), itemIdMarkup(view));
  return tag(element, children);
}

/** ExtendedProperty stands before this child of an item. */
const afterExtended: ReadonlySet<string> = new Set(['item:Culture']);

function wanted(context: Context, field: Field, shape: Shape, listing: boolean): boolean {
  if (field.uri === 'item:ItemId') return true;
  if (!atLeast(context.version, field.since)) return false;
  if (listing && field.fetchOnly) return false;
  if (field.uri === 'item:MimeContent')
    return (
      shape.mime || shape.uris.has(field.uri) || (shape.asksBest && context.backend.profile.mailsBestForm)
    );
  if (field.uri === 'item:UniqueBody' || field.uri === 'item:TextBody') return shape.uris.has(field.uri);
  if (shape.base === 'AllProperties' || shape.uris.has(field.uri)) return true;
  return shape.base === 'Default' && field.byDefault;
}

/** Refuses properties that no item has. */
export function checkUris({ uris }: Shape): void {
  for (const uri of uris)
    if (
      !fieldsByUri.has(uri) &&
      !/^(?:item|calendar|message|meeting|meetingRequest|folder|task|contacts|conversation|postitem|distributionlist):\w+$/.test(
        uri,
      )
    )
      throw new EwsError(
        'ErrorInvalidPropertyRequest',
        `The property ${uri} is not valid for this object type.`,
      );
}
