/** Names outside of `elements.ts`: envelopes and messages, and what lies deeper than one level. */
import type { DocumentElement } from '../../../xml/document.ts';
import { type XmlName, xmlName } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { child, isCalled, typesNamespace } from './elements.ts';

export const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
export const messagesNamespace = 'http://schemas.microsoft.com/exchange/services/2006/messages';

export const soap = (local: string): XmlName => xmlName(soapNamespace, local);
const m = (local: string): XmlName => xmlName(messagesNamespace, local);

/** Prefixes that every request declares. */
export const requestPrefixes: Readonly<Record<string, string>> = {
  [soapNamespace]: 's',
  [messagesNamespace]: 'm',
  [typesNamespace]: 't',
};

/** An element of messages; content that is undefined is left out. */
export function message(
  local: string,
  content: readonly (DocumentElement | string | undefined)[] = [],
  attributes?: Readonly<Record<string, string>>,
): DocumentElement {
  const present = content.filter((part) => part !== undefined);
  return {
    name: m(local),
    ...(attributes !== undefined && { attributes }),
    ...(present.length > 0 && { content: present }),
  };
}

/** The first child of the first child … of these names. */
export function inner(parent: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let at = parent;
  for (const local of path) at = child(at, local);
  return at;
}

export function innerAll(parent: XmlElement | undefined, local: string): readonly XmlElement[] {
  return parent?.children.filter((element) => isCalled(element, local)) ?? [];
}

export function innerText(parent: XmlElement | undefined, ...path: readonly string[]): string {
  return inner(parent, ...path)?.text.trim() ?? '';
}

/** The first below, however deep, in the order of the document. */
export function below(parent: XmlElement | undefined, local: string): XmlElement | undefined {
  for (const element of parent?.children ?? []) {
    if (isCalled(element, local)) return element;
    const found = below(element, local);
    if (found !== undefined) return found;
  }
  return undefined;
}
