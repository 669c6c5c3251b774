/** Streaming XML output: one escaping function, elements opened and closed by nesting functions. */
import { printable } from './characters.ts';
import { localNameOf, namespaceOf, namespaces, type XmlName } from './name.ts';

/** Prefixes every answer declares once, on its root element. */
export const prefixes: ReadonlyMap<string, string> = new Map([
  [namespaces.dav, 'D'],
  [namespaces.caldav, 'C'],
  [namespaces.calendarserver, 'CS'],
  [namespaces.apple, 'A'],
]);

export type XmlAttributes = Readonly<Record<string, string>>;

export const xmlDeclaration = '<?xml version="1.0" encoding="utf-8"?>\n';

/**
 * Text for character data: `&`, `<`, `>` and CR as references; what XML 1.0 cannot carry becomes U+FFFD.
 *
 * CR is written as a reference because a bare one would reach the client as LF (XML 1.0 §2.11).
 */
export function escapeText(text: string): string {
  if (!suspicious.test(text)) return text;
  return printable(text).replace(/[&<>\r]/g, (character) => references[character] ?? character);
}

/** Text for attribute values in double quotes. */
export function escapeAttribute(text: string): string {
  const escaped = escapeText(text);
  if (!/["\n\t]/.test(escaped)) return escaped;
  return escaped.replace(/["\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * A whole document around content that is XML already, with those of `prefixes` declared that the content uses: some
 * clients compare small answers as text (clients.md W32).
 */
export function smallDocument(root: XmlName, content: string): string {
  const tag = tagOf(root);
  let declarations = '';
  for (const [namespace, prefix] of prefixes) {
    // Inside character data and attribute values every < is written as a reference, so this finds tags only.
    if (namespace === namespaceOf(root) || content.includes(`<${prefix}:`)) {
      declarations += ` xmlns:${prefix}="${namespace}"`;
    }
  }
  return `${xmlDeclaration}${tag.open}${declarations}>${content}${tag.close}`;
}

/** Writes elements into a growing text. Take what has grown with `take`, at any moment, also inside elements. */
export class XmlWriter {
  #text = '';
  readonly #chunks: (string | Uint8Array)[] = [];

  /** Characters and bytes waiting to be taken; an estimate of their size. */
  get size(): number {
    let size = this.#text.length;
    for (const chunk of this.#chunks) size += chunk.length;
    return size;
  }

  /** `<name attributes>content</name>`; without content, or when it writes nothing, `<name/>`. */
  element(name: XmlName, content?: () => void, attributes?: XmlAttributes): void {
    const tag = knownTag(name);
    this.#text += attributes === undefined ? tag.open : tag.open + attributeText(attributes);
    if (content === undefined) {
      this.#text += '/>';
      return;
    }
    this.#text += '>';
    const before = this.#text.length;
    const chunksBefore = this.#chunks.length;
    content();
    if (this.#text.length === before && this.#chunks.length === chunksBefore) {
      this.#text = `${this.#text.slice(0, -1)}/>`;
    } else this.#text += tag.close;
  }

  /** `<name>text</name>`, escaped. */
  textElement(name: XmlName, text: string): void {
    const tag = knownTag(name);
    this.#text += text === '' ? `${tag.open}/>` : `${tag.open}>${escapeText(text)}${tag.close}`;
  }

  /** `<name/>` */
  empty(name: XmlName): void {
    this.#text += `${knownTag(name).open}/>`;
  }

  text(text: string): void {
    this.#text += escapeText(text);
  }

  /** Text that is XML already: a serialized dead property, an escaped href. */
  raw(xml: string): void {
    this.#text += xml;
  }

  /** UTF-8 that is XML already, such as the bytes of a `plain` object; not copied until it is sent. */
  rawBytes(xml: Uint8Array): void {
    if (this.#text !== '') this.#chunks.push(this.#text);
    this.#text = '';
    this.#chunks.push(xml);
  }

  /** What another writer has handed over. */
  chunks(chunks: readonly (string | Uint8Array)[]): void {
    for (const chunk of chunks) {
      if (typeof chunk === 'string') this.raw(chunk);
      else this.rawBytes(chunk);
    }
  }

  /** Hands over what has been written since the last call, and forgets it. */
  take(): (string | Uint8Array)[] {
    if (this.#text !== '') this.#chunks.push(this.#text);
    this.#text = '';
    return this.#chunks.splice(0);
  }

  /** The same as one text. */
  takeText(): string {
    return this.take()
      .map((chunk) => (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()))
      .join('');
  }
}

interface Tag {
  /** `<D:name`, with a declaration where the root has none. */
  readonly open: string;
  readonly close: string;
}

function knownTag(name: XmlName): Tag {
  const known = tags.get(name);
  if (known !== undefined) return known;
  const tag = tagOf(name);
  // Clients may ask for any name.
  if (name.length <= maxKnownName) {
    if (tags.size >= maxTags) tags.clear();
    tags.set(name, tag);
  }
  return tag;
}

const tags = new Map<XmlName, Tag>();
const maxTags = 1000;
const maxKnownName = 100;

function tagOf(name: XmlName): Tag {
  const namespace = namespaceOf(name);
  const local = localNameOf(name);
  if (namespace === '') return { open: `<${local}`, close: `</${local}>` };
  const prefix = prefixes.get(namespace);
  if (prefix !== undefined) return { open: `<${prefix}:${local}`, close: `</${prefix}:${local}>` };
  return { open: `<X:${local} xmlns:X="${escapeAttribute(namespace)}"`, close: `</X:${local}>` };
}

function attributeText(attributes: XmlAttributes): string {
  let text = '';
  for (const name in attributes) text += ` ${name}="${escapeAttribute(attributes[name] ?? '')}"`;
  return text;
}

// oxlint-disable-next-line no-control-regex -- what XML 1.0 §2.2 forbids, and surrogates, which may be lone
const suspicious = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
};
