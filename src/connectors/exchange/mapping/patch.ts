/** What has to be changed of an item so that it says something else: only that is sent (exchange.md 9.4, 14.3). */

import type { Instant } from '../../../icalendar/time.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import { isSame } from '../../agreed.ts';
import type { EventContent, NeutralEvent } from '../../event.ts';
import { make, t } from '../wire/elements.ts';
import { inPlaceOfHtml } from './body.ts';
import { readTime, utcText } from './date-text.ts';
import { type Field, fields } from './fields.ts';
import type { Mapping } from './mapping.ts';
import { type ExchangeRecurrence, recurrenceElement } from './pattern.ts';
import { type NamedProperty, propertyElement, propertyPath, recurringProperty } from './properties.ts';
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
  const { master } = scope;
  const isPeculiar = mapping.isPeculiar === true;
  const changes: { readonly field: Field; readonly to: DocumentElement | undefined; changed: boolean }[] = [];
  for (const field of fields) {
    const { write, guest } = field;
    if (!write || (scope.guest && guest !== true)) continue;
    const say = ({ content }: Told): DocumentElement | undefined => write(content, mapping);
    const inherited = master !== undefined && isSame(say(before), say(master.before));
    const [from, to] = [say(inherited ? master.after : before), say(after)];
    const changed = !isSame(from, to);
    changes.push({ field, to: isPeculiar && changed ? asKept(field, from, to) : to, changed });
  }
  // Such a server forgets all lists of people when it is told one of them.
  if (isPeculiar && changes.some(({ field, changed }) => changed && field.part === 'people'))
    for (const change of changes)
      change.changed ||= change.field.part === 'people' && change.to !== undefined;
  return changes.flatMap(({ field, to, changed }) => (changed ? fieldChange(field, to, isPeculiar) : []));
}

function asKept(
  { element }: Field,
  from: DocumentElement | undefined,
  to: DocumentElement | undefined,
): DocumentElement | undefined {
  return element === 'Body' ? inPlaceOfHtml(from, to) : to;
}

/** What is told of one field: nothing where it cannot be deleted. */
function fieldChange(
  field: Field,
  to: DocumentElement | undefined,
  isPeculiar: boolean,
): readonly DocumentElement[] {
  if (to) return told(field, to, isPeculiar);
  if (field.stays === true) return [];
  // Where a deletion may be overlooked, an empty text is none.
  if (isPeculiar && field.element === 'Body') return [setField(field.uri, emptyBody)];
  return [deleteField(field.uri)];
}

const emptyBody = make('Body', [], { BodyType: 'HTML' });

function told(
  { uri, also }: Field,
  element: DocumentElement,
  isPeculiar: boolean,
): readonly DocumentElement[] {
  const own = setField(uri, element);
  const [text] = element.content ?? [];
  if (!isPeculiar || also === undefined || typeof text !== 'string') return [own];
  return [own, setProperty(also.property, propertyElement(also.property, also.value(text)))];
}

/** All of an item of which nothing is known. */
export function allFields(after: Told, mapping: Mapping): readonly DocumentElement[] {
  const written = fields.flatMap((field) => {
    const element = field.write?.(after.content, mapping);
    return element ? told(field, element, mapping.isPeculiar === true) : [];
  });
  return [...written, ...setTimes(after, mapping)];
}

/** Start, End, zones and the all-day flag always go together: each means something else without the others. */
export function timeChanges(before: Told, after: Told, mapping: Mapping): readonly DocumentElement[] {
  const [from, to] = [before, after].map(({ content, zones }) => timeElements(content, zones, mapping));
  return isSame(from, to) ? [] : setTimes(after, mapping);
}

export function setTimes({ content, zones }: Told, mapping: Mapping): readonly DocumentElement[] {
  return timeElements(content, zones, mapping).map(({ uri, element, property }) =>
    property === undefined ? setField(uri, element) : setProperty(property, element),
  );
}

/** The same with other times as Start and End. */
export function movedTimes(
  changes: readonly DocumentElement[],
  move: (at: Instant) => Instant,
): readonly DocumentElement[] {
  return changes.map((change) => movedTime(change, move));
}

function movedTime(element: DocumentElement, move: (at: Instant) => Instant): DocumentElement {
  const { content = [] } = element;
  const [text] = content;
  const isTime = element.name === t('Start') || element.name === t('End');
  const time = isTime && typeof text === 'string' ? readTime(text) : undefined;
  if (time && 'at' in time) return { ...element, content: [utcText(move(time.at))] };
  return {
    ...element,
    content: content.map((part) => (typeof part === 'string' ? part : movedTime(part, move))),
  };
}

/** With its times, as its first occurrence has to be the start; null: it recurs no more. */
export function setRecurrence(
  recurrence: ExchangeRecurrence | null,
  { version, isPeculiar }: Mapping,
): readonly DocumentElement[] {
  const uri = 'calendar:Recurrence';
  if (recurrence) return [setField(uri, recurrenceElement(recurrence, version))];
  // Such a server may delete the pattern and leave the mark that there is one.
  const unmarked = setProperty(recurringProperty, propertyElement(recurringProperty, 'false'));
  return isPeculiar === true ? [deleteField(uri), unmarked] : [deleteField(uri)];
}

export function setField(uri: string, element: DocumentElement): DocumentElement {
  return make('SetItemField', [fieldUri(uri), make('CalendarItem', [element])]);
}

function setProperty(property: NamedProperty, element: DocumentElement): DocumentElement {
  return make('SetItemField', [propertyPath(property), make('CalendarItem', [element])]);
}

function deleteField(uri: string): DocumentElement {
  return make('DeleteItemField', [fieldUri(uri)]);
}

function fieldUri(uri: string): DocumentElement {
  return make('FieldURI', [], { FieldURI: uri });
}
