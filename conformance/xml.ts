/**
 * A small namespace-aware XML reader for answers of the server under test.
 *
 * The suites must not judge the server with the server's own reader, so this one shares nothing with `src/xml`. It
 * answers undefined for text that is not well-formed, but does not look for every rule of XML 1.0.
 */
export interface Element {
  /** `{namespace}local` */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Character data directly inside, references decoded. */
  readonly text: string;
}

interface OpenElement {
  name: string;
  attributes: Map<string, string>;
  children: OpenElement[];
  text: string;
  namespaces: ReadonlyMap<string, string>;
  tag: string;
}

const token =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)|(<)/g;
const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

export function readXml(source: string): Element | undefined {
  const root: OpenElement = {
    name: '',
    attributes: new Map(),
    children: [],
    text: '',
    namespaces: new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]),
    tag: '',
  };
  const open: OpenElement[] = [root];
  for (const match of source.matchAll(token)) {
    const [, cdata, closing, opening, attributes = '', selfClosing, characters, stray] = match;
    const top = open.at(-1);
    if (top === undefined || stray !== undefined) return undefined;
    if (cdata !== undefined) top.text += cdata;
    else if (characters !== undefined) top.text += decode(characters);
    else if (closing !== undefined) {
      if (top.tag !== closing) return undefined;
      open.pop();
    } else if (opening !== undefined) {
      const element = start(opening, attributes, top.namespaces);
      top.children.push(element);
      if (!selfClosing) open.push(element);
    }
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : undefined;
}

function start(tag: string, source: string, outer: ReadonlyMap<string, string>): OpenElement {
  const namespaces = new Map(outer);
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of source.matchAll(attribute)) {
    const value = decode(double ?? single ?? '');
    if (name === 'xmlns') namespaces.set('', value);
    else if (name.startsWith('xmlns:')) namespaces.set(name.slice(6), value);
    else attributes.set(name, value);
  }
  const colon = tag.indexOf(':');
  const namespace = namespaces.get(colon < 0 ? '' : tag.slice(0, colon)) ?? '';
  const name = `{${namespace}}${tag.slice(colon + 1)}`;
  return { name, attributes, children: [], text: '', namespaces, tag };
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decode(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return named[name ?? ''] ?? whole;
    },
  );
}

/** Every descendant called `name`, in document order. */
export function descendants(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ]);
}

/** All character data inside `element`, trimmed. */
export function textOf(element: Element): string {
  const inner = (one: Element): string => one.text + one.children.map(inner).join('');
  return inner(element).trim();
}
