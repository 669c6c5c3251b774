/** What has to be changed of an item so that it says something else: only that is sent (exchange.md 9.4, 14.3). */
import type { DocumentElement } from '../../../xml/document.ts';
import { isSame } from '../../agreed.ts';
import type { EventContent, NeutralEvent } from '../../event.ts';
import { make } from '../wire/elements.ts';
import { fields } from './fields.ts';
import type { Mapping } from './mapping.ts';
import { type ExchangeRecurrence, recurrenceElement } from './pattern.ts';
import { timeElements } from './times.ts';

export interface Told {
  readonly content: EventContent;
  readonly zones: NeutralEvent['zones'];
}

/**
 * Changes of the fields other than times. `master`: the item is an occurrence of a series that was changed so; what it had
 * in common with the series before follows it there, unless it says otherwise itself.
 */
export function fieldChanges(
  before: Told,
  after: Told,
  mapping: Mapping,
  scope: { readonly guest: boolean; readonly master?: { readonly before: Told; readonly after: Told } },
): readonly DocumentElement[] {
  const changes: DocumentElement[] = [];
  for (const { write, uri, guest, stays } of fields) {
    if (!write || (scope.guest && guest !== true)) continue;
    const say = ({ content }: Told): DocumentElement | undefined => write(content, mapping);
    const { master } = scope;
    const inherited = master !== undefined && isSame(say(before), say(master.before));
    const [from, to] = [say(inherited ? master.after : before), say(after)];
    if (isSame(from, to)) continue;
    if (to) changes.push(setField(uri, to));
    else if (stays !== true) changes.push(deleteField(uri));
  }
  return changes;
}

/** All of an item of which nothing is known. */
export function allFields(after: Told, mapping: Mapping): readonly DocumentElement[] {
  const written = fields.flatMap(({ write, uri }) => {
    const element = write?.(after.content, mapping);
    return element ? [setField(uri, element)] : [];
  });
  return [...written, ...setTimes(after, mapping)];
}

/** Start, End, zones and the all-day flag always go together: each means something else without the others. */
export function timeChanges(before: Told, after: Told, mapping: Mapping): readonly DocumentElement[] {
  const [from, to] = [before, after].map(({ content, zones }) => timeElements(content, zones, mapping));
  return isSame(from, to) ? [] : setTimes(after, mapping);
}

export function setTimes({ content, zones }: Told, mapping: Mapping): readonly DocumentElement[] {
  return timeElements(content, zones, mapping).map(({ uri, element }) => setField(uri, element));
}

/** With its times, as its first occurrence has to be the start; null: it recurs no more. */
export function setRecurrence(recurrence: ExchangeRecurrence | null, mapping: Mapping): DocumentElement {
  const uri = 'calendar:Recurrence';
  return recurrence ? setField(uri, recurrenceElement(recurrence, mapping.version)) : deleteField(uri);
}

function setField(uri: string, element: DocumentElement): DocumentElement {
  return make('SetItemField', [fieldUri(uri), make('CalendarItem', [element])]);
}

function deleteField(uri: string): DocumentElement {
  return make('DeleteItemField', [fieldUri(uri)]);
}

export function fieldUri(uri: string): DocumentElement {
  return make('FieldURI', [], { FieldURI: uri });
}
