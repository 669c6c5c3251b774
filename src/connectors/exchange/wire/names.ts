/** Names outside of `elements.ts`: envelopes and messages, and a reader that looks at local names only. */
import type { DocumentElement } from '../../../xml/document.ts';
import { localNameOf, type XmlName, xmlName } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { typesNamespace } from './elements.ts';

export const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
export const messagesNamespace = 'http://schemas.microsoft.com/exchange/services/2006/messages';

export const soap = (local: string): XmlName => xmlName(soapNamespace, local);
export const m = (local: string): XmlName => xmlName(messagesNamespace, local);

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

/*
 * Answers are read by local name: servers other than Microsoft's put some elements into the wrong one of the two
 * namespaces (exchange.md 19.4), and no two elements of the protocol differ by it alone.
 */

export function inner(parent: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let at = parent;
  for (const local of path) at = at?.children.find((child) => localNameOf(child.name) === local);
  return at;
}

export function innerAll(parent: XmlElement | undefined, local: string): readonly XmlElement[] {
  return parent?.children.filter((child) => localNameOf(child.name) === local) ?? [];
}

export function innerText(parent: XmlElement | undefined, ...path: readonly string[]): string {
  return inner(parent, ...path)?.text.trim() ?? '';
}

/** The first below, however deep, in the order of the document. */
export function below(parent: XmlElement | undefined, local: string): XmlElement | undefined {
  for (const child of parent?.children ?? []) {
    if (localNameOf(child.name) === local) return child;
    const found = below(child, local);
    if (found !== undefined) return found;
  }
  return undefined;
}
