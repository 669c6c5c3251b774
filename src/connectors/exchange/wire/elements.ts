/** The elements of EWS: their names, how ours are made, how theirs are read. */
import type { DocumentElement } from '../../../xml/document.ts';
import { localNameOf, type XmlName, xmlName } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';

export const typesNamespace = 'http://schemas.microsoft.com/exchange/services/2006/types';

/** A name in the namespace of types, which is that of all that an item consists of. */
export const t = (local: string): XmlName => xmlName(typesNamespace, local);

type Content = DocumentElement | string | undefined;

/** Content that is undefined is left out. */
export function make(
  local: string,
  content: readonly Content[] = [],
  attributes?: Readonly<Record<string, string>>,
): DocumentElement {
  const present = content.filter(
    (part): part is DocumentElement | string => part !== undefined && part !== '',
  );
  return {
    name: t(local),
    ...(attributes === undefined ? {} : { attributes }),
    ...(present.length === 0 ? {} : { content: present }),
  };
}

export const makeText = (local: string, text: string | number | boolean): DocumentElement =>
  make(local, [String(text)]);

/*
 * Answers are read by local name: servers other than Microsoft's put some elements into the wrong one of the two
 * namespaces (exchange.md 19.4), and no two elements of the protocol differ by it alone.
 */

export function isCalled(element: XmlElement, local: string): boolean {
  return element.name.endsWith(`}${local}`);
}

/** The first child of that name. */
export function child(parent: XmlElement | undefined, local: string): XmlElement | undefined {
  return parent?.children.find((element) => isCalled(element, local));
}

/** The children inside of a list element: `list(item, 'RequiredAttendees', 'Attendee')`. */
export function list(parent: XmlElement, outer: string, inner: string): readonly XmlElement[] {
  return child(parent, outer)?.children.filter((element) => isCalled(element, inner)) ?? [];
}

/** The text of the first child of that name; undefined where there is none. */
export function textOf(parent: XmlElement | undefined, local: string): string | undefined {
  return child(parent, local)?.text;
}

/** An xs:boolean: `true` or `1`. Undefined where the element is absent or says something else. */
export function flagOf(parent: XmlElement, local: string): boolean | undefined {
  const text = textOf(parent, local)?.trim().toLowerCase();
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}

export function numberOf(parent: XmlElement | undefined, local: string): number | undefined {
  const text = textOf(parent, local)?.trim() ?? '';
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** An attribute without namespace. */
export function attribute(element: XmlElement | undefined, local: string): string | undefined {
  return element?.attributes.get(xmlName('', local));
}

export const localName = (element: XmlElement): string => localNameOf(element.name);

/** What the server would read of an element of ours: so that what was written can be read without a server. */
export function asRead(element: DocumentElement): XmlElement {
  const content = (element.content ?? []).map((part) => (typeof part === 'string' ? part : asRead(part)));
  return {
    name: element.name,
    prefix: 't',
    attributes: new Map(
      Object.entries(element.attributes ?? {}).map(([name, value]) => [xmlName('', name), value]),
    ),
    children: content.filter((part) => typeof part !== 'string'),
    text: content.filter((part) => typeof part === 'string').join(''),
    content,
    language: '',
  };
}
