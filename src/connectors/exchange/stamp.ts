/**
 * What an item that we make says of its making: which request it was that made it, and whether its guests know of it. Two items
 * of different requests were both made by us, while a copy that somebody has made of an item says what the item says
 * (exchange.md 8.5, 17.2).
 */
import type { DocumentElement } from '../../xml/document.ts';
import { attemptName, invitedName, ownProperty } from './mapping/marker.ts';
import { t } from './wire/elements.ts';

const people = new Set([t('RequiredAttendees'), t('OptionalAttendees'), t('Resources')]);

/** `t:CalendarItem` for the request of this name. */
export function stamped(element: DocumentElement, attempt: string): DocumentElement {
  const content = element.content ?? [];
  const isOf = (part: DocumentElement | string, names: ReadonlySet<unknown>): boolean =>
    typeof part === 'object' && names.has(part.name);
  const last = content.findLastIndex((part) => isOf(part, new Set([t('ExtendedProperty')])));
  const isMeeting = content.some((part) => isOf(part, people));
  const stamp = [
    ownProperty(attemptName, attempt),
    ...(isMeeting ? [ownProperty(invitedName, 'false')] : []),
  ];
  return { ...element, content: content.toSpliced(last + 1, 0, ...stamp) };
}
