/**
 * The properties of ours in an item: which event, or which instance of which series, it stands for (exchange.md 8.5, 10.4),
 * which request has made it, and whether its guests were invited from here.
 */
import { createHash } from 'node:crypto';
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { RecurrenceKey } from '../../event.ts';
import { attribute, child, isCalled, make, makeText } from '../wire/elements.ts';

const markerPropertySet = '8f6c1f0e-3c1a-4c43-9d2f-5f0a6f0d7b11';
const markerPropertyName = 'PortalEventId';
/** Holds the whole of a marker that is too long to be searched for. */
const wholePropertyName = 'PortalEventIdWhole';
/** `Creation.attempt`. */
export const attemptName = 'PortalAttempt';
/** `false` in a meeting that we have made, `true` once we have had its guests mailed. */
export const invitedName = 'PortalInvited';

/** Listings tell 255 characters of a text, and some servers as many bytes (exchange.md 14.2). */
const maxSearchedBytes = 255;

export function ownField(name: string): DocumentElement {
  return make('ExtendedFieldURI', [], {
    PropertySetId: markerPropertySet,
    PropertyName: name,
    PropertyType: 'String',
  });
}

/** `t:ExtendedFieldURI` of the marker: for shapes, restrictions and writes. */
export function markerField(): DocumentElement {
  return ownField(markerPropertyName);
}

/** All that we write into items. */
export function ownFields(): readonly DocumentElement[] {
  return [markerField(), ...[wholePropertyName, attemptName, invitedName].map(ownField)];
}

export function ownProperty(name: string, value: string): DocumentElement {
  return make('ExtendedProperty', [ownField(name), makeText('Value', value)]);
}

/** A marker as it is searched for, and as a listing tells it. */
export function searchedMarker(marker: string): string {
  if (Buffer.byteLength(marker) <= maxSearchedBytes) return marker;
  return `sha256:${createHash('sha256').update(marker).digest('hex')}`;
}

export function markerProperties(marker: string): readonly DocumentElement[] {
  const searched = searchedMarker(marker);
  const whole = searched === marker ? [] : [ownProperty(wholePropertyName, marker)];
  return [ownProperty(markerPropertyName, searched), ...whole];
}

/** The marker that an item carries, null for none; of a long one in a listing, what is searched for. */
export function markerOf(item: XmlElement): string | null {
  const searched = ownValueOf(item, markerPropertyName);
  const whole = searched?.startsWith('sha256:') === true ? ownValueOf(item, wholePropertyName) : undefined;
  return whole !== undefined && searchedMarker(whole) === searched ? whole : (searched ?? null);
}

export function ownValueOf(item: XmlElement, name: string): string | undefined {
  for (const property of item.children) {
    if (!isCalled(property, 'ExtendedProperty')) continue;
    const field = child(property, 'ExtendedFieldURI');
    const isOurs =
      attribute(field, 'PropertySetId')?.replaceAll(/[{}]/g, '').toLowerCase() === markerPropertySet &&
      attribute(field, 'PropertyName') === name;
    const value = child(property, 'Value')?.text.trim();
    if (isOurs && value !== undefined && value !== '') return value;
  }
  return undefined;
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
