/**
 * Small documents built as trees, where clarity counts and size does not: SOAP envelopes, mobile configuration.
 * CR LF inside texts becomes LF, as readers would make of it; what XML cannot carry becomes U+FFFD. Answers that grow with the data go
 * through `XmlWriter`.
 */
import { create } from 'xmlbuilder2';
import { printable } from './characters.ts';
import { localNameOf, namespaceOf, type XmlName } from './name.ts';

export interface DocumentElement {
  readonly name: XmlName;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Elements and texts in order. */
  readonly content?: readonly (DocumentElement | string)[];
}

export interface DocumentStyle {
  /** Prefixes to declare on the root, by namespace; '' makes a namespace the default one. */
  readonly prefixes?: Readonly<Record<string, string>>;
  readonly pretty?: boolean;
}

/** The document with its XML declaration. A namespace without prefix becomes the default one where it begins. */
export function xmlDocument(root: DocumentElement, style: DocumentStyle = {}): string {
  const prefixes = new Map(Object.entries(style.prefixes ?? {}));
  const document = create({ version: '1.0', encoding: 'utf-8' });
  append(document, root, prefixes, prefixes);
  return document.end({ prettyPrint: style.pretty ?? false });
}

type Builder = ReturnType<typeof create>;

function append(
  parent: Builder,
  element: DocumentElement,
  prefixes: ReadonlyMap<string, string>,
  declare?: ReadonlyMap<string, string>,
): void {
  const namespace = namespaceOf(element.name);
  const prefix = prefixes.get(namespace) ?? '';
  const qualified = prefix === '' ? localNameOf(element.name) : `${prefix}:${localNameOf(element.name)}`;
  const node = parent.ele(namespace === '' ? null : namespace, qualified);
  for (const [declared, as] of declare ?? []) {
    node.att(xmlnsNamespace, as === '' ? 'xmlns' : `xmlns:${as}`, declared);
  }
  for (const [name, value] of Object.entries(element.attributes ?? {})) node.att(name, ampersands(value));
  for (const part of element.content ?? []) {
    if (typeof part === 'string') node.txt(ampersands(printable(part.replace(/\r\n?/g, '\n'))));
    else append(node, part, prefixes);
  }
}

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/** The library takes what looks like a reference for one: a text that says `&lt;` would arrive as `<`, and `&x;` breaks all. */
function ampersands(text: string): string {
  return text.replaceAll('&', '&amp;');
}
