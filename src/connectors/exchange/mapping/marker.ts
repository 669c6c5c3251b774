/** The one property of ours in an item: which event, or which instance of which series, it stands for (exchange.md 8.5, 10.4). */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { RecurrenceKey } from '../../event.ts';
import { attribute, child, make, makeText, t } from '../wire/elements.ts';

export const markerPropertySet = '8f6c1f0e-3c1a-4c43-9d2f-5f0a6f0d7b11';
export const markerPropertyName = 'PortalEventId';

/** `t:ExtendedFieldURI` of the marker: for shapes, restrictions and writes. */
export function markerField(): DocumentElement {
  return make('ExtendedFieldURI', [], {
    PropertySetId: markerPropertySet,
    PropertyName: markerPropertyName,
    PropertyType: 'String',
  });
}

export function markerProperty(marker: string): DocumentElement {
  return make('ExtendedProperty', [markerField(), makeText('Value', marker)]);
}

/** The marker that an item carries, null for none. */
export function markerOf(item: XmlElement): string | null {
  for (const property of item.children) {
    if (property.name !== t('ExtendedProperty')) continue;
    const field = child(property, 'ExtendedFieldURI');
    const isOurs =
      attribute(field, 'PropertySetId')?.toLowerCase() === markerPropertySet &&
      attribute(field, 'PropertyName') === markerPropertyName;
    const value = child(property, 'Value')?.text.trim();
    if (isOurs && value !== undefined && value !== '') return value;
  }
  return null;
}

/** `series`: an instance that no pattern says. `override`: one that Exchange did not let move past its neighbours. */
export type PartKind = 'series' | 'override';

export interface Part {
  readonly kind: PartKind;
  readonly uid: string;
  readonly recurrenceId: RecurrenceKey;
}

export function partMarker({ kind, uid, recurrenceId }: Part): string {
  return `${kind}:${uid}:${recurrenceId}`;
}

/** The UID may hold colons; the key at the end has one of two forms. */
export function readPartMarker(marker: string | null): Part | undefined {
  const match = /^(series|override):(.+):(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?)$/s.exec(marker ?? '');
  const [, kind, uid, recurrenceId] = match ?? [];
  if (uid === undefined || recurrenceId === undefined) return undefined;
  return { kind: kind === 'series' ? 'series' : 'override', uid, recurrenceId };
}
