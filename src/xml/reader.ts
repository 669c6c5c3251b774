/**
 * Request bodies as trees of `XmlElement`: strict, bounded, namespaces resolved.
 *
 * A tree is immutable and may be shared between requests.
 */
import { Refusal } from '../core/refusal.ts';
import { decodeReferences } from './characters.ts';
import { type XmlName, xmlName } from './name.ts';
import { type DocumentListener, scanDocument, type WrittenAttributes, type XmlLimits } from './scan.ts';

export type { XmlLimits } from './scan.ts';

export interface XmlElement {
  readonly name: XmlName;
  /** Prefix as written, '' for the default namespace; kept for dead properties (RFC 4918 §4.3). */
  readonly prefix: string;
  /** Without namespace declarations. An attribute without prefix is in no namespace: `{}name`. */
  readonly attributes: ReadonlyMap<XmlName, string>;
  /** Child elements in order, without the text between them. */
  readonly children: readonly XmlElement[];
  /** The character data directly inside, joined, references decoded, line ends as XML 1.0 §2.11 says; never trimmed. */
  readonly text: string;
  /** Text and elements in order: mixed content. Empty texts do not occur. */
  readonly content: readonly (XmlElement | string)[];
  /** The `xml:lang` in scope, '' when none. */
  readonly language: string;
}

/**
 * Reads one document from the bytes of a request.
 *
 * Refuses: `malformed-request` for whatever is not well-formed or not namespace-well-formed, for a DOCTYPE, for
 * bytes that are neither UTF-8 nor UTF-16 with a byte order mark, and for bodies beyond `limits`.
 */
export function readXml(bytes: Uint8Array, limits: XmlLimits): XmlElement {
  if (bytes.length > limits.maxXmlBytes) {
    throw new Refusal('malformed-request', `the XML body is longer than ${limits.maxXmlBytes} bytes`);
  }
  const tree = new Tree();
  scanDocument(decode(bytes), limits, tree);
  if (tree.root === undefined) throw new Error('a document without a root has passed the scan');
  return tree.root;
}

/**
 * A reader that remembers the trees of small bodies: clients send the same few for ever, and a poll is so short that
 * reading its body again would be a fifth of it. Bounded; the body itself is the key, so nothing can be confused.
 */
export function xmlReader(limits: XmlLimits): (bytes: Uint8Array) => XmlElement {
  const remembered = new Map<string, XmlElement>();
  return (bytes) => {
    if (bytes.length > maxRememberedBytes) return readXml(bytes, limits);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const root = readXml(bytes, limits);
    const [oldest] = remembered.keys();
    if (remembered.size >= maxRememberedBodies && oldest !== undefined) remembered.delete(oldest);
    remembered.set(key, root);
    return root;
  };
}

const maxRememberedBytes = 4096;
const maxRememberedBodies = 256;

/** The first child of that name. */
export function childOf(element: XmlElement, name: XmlName): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** All children of that name, in order. */
export function childrenOf(element: XmlElement, name: XmlName): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/** An element while what is inside it is being read. */
interface Growing extends XmlElement {
  readonly children: Growing[];
  readonly content: (XmlElement | string)[];
  text: string;
}

interface Scope {
  /** Prefix to namespace; '' is the default one. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly language: string;
}

const topScope: Scope = {
  namespaces: new Map([
    ['', ''],
    ['xml', xmlNamespace],
  ]),
  language: '',
};
const noAttributes: ReadonlyMap<XmlName, string> = new Map();

/** Grows the tree of one document as the scan tells it. */
class Tree implements DocumentListener {
  root: XmlElement | undefined;
  /** From the root to the element that is open, and what is in scope inside each of them. */
  private readonly path: Growing[] = [];
  private readonly scopes: Scope[] = [topScope];

  readonly open = (qualified: string, written: WrittenAttributes | undefined): void => {
    const outer = this.scopes.at(-1) ?? topScope;
    const scope = written === undefined ? outer : scopeOf(written, outer);
    const [prefix, local] = splitName(qualified);
    const element: Growing = {
      name: xmlName(namespaceFor(prefix, scope), local),
      prefix,
      attributes: written === undefined ? noAttributes : attributesOf(written, scope),
      children: [],
      text: '',
      content: [],
      language: scope.language,
    };
    const parent = this.path.at(-1);
    if (parent === undefined) this.root = element;
    else {
      parent.children.push(element);
      parent.content.push(element);
    }
    this.path.push(element);
    this.scopes.push(scope);
  };

  readonly text = (written: string): void => this.cdata(decodeReferences(written));

  readonly cdata = (text: string): void => {
    const element = this.path.at(-1);
    if (element === undefined || text === '') return;
    element.text += text;
    const { content } = element;
    const before = content.at(-1);
    // What a comment or the edge of a section parts is one text.
    if (typeof before === 'string') content[content.length - 1] = before + text;
    else content.push(text);
  };

  readonly close = (): void => {
    this.path.pop();
    this.scopes.pop();
  };
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xfe && second === 0xff ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Refusal('malformed-request', `the XML body is not ${encoding.toUpperCase()} text`, {}, error);
  }
}

function splitName(qualified: string): readonly [prefix: string, local: string] {
  const colon = qualified.indexOf(':');
  return colon === -1 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

function namespaceFor(prefix: string, scope: Scope): string {
  const namespace = scope.namespaces.get(prefix);
  if (namespace !== undefined) return namespace;
  throw new Refusal('malformed-request', `the XML body uses the prefix ${prefix} without declaring it`);
}

function scopeOf(written: WrittenAttributes, outer: Scope): Scope {
  let namespaces: Map<string, string> | undefined;
  let language = outer.language;
  for (const [name, value] of written) {
    if (name === 'xml:lang') language = attributeValue(value);
    else if (name === 'xmlns' || name.startsWith('xmlns:')) {
      namespaces ??= new Map(outer.namespaces);
      const prefix = name.slice('xmlns:'.length);
      const namespace = attributeValue(value);
      checkDeclaration(prefix, namespace);
      namespaces.set(prefix, namespace);
      // Each declaration copies those around it.
      if (namespaces.size > maxNamespaces)
        throw new Refusal('malformed-request', `the XML body declares more than ${maxNamespaces} prefixes`);
    }
  }
  return namespaces === undefined && language === outer.language
    ? outer
    : { namespaces: namespaces ?? outer.namespaces, language };
}

const maxNamespaces = 100;

/** Namespaces in XML 1.0 §3: the reserved names stay what they are, and a prefix cannot be undeclared. */
function checkDeclaration(prefix: string, namespace: string): void {
  const reserved =
    prefix === 'xmlns' || namespace === xmlnsNamespace || (prefix === 'xml') !== (namespace === xmlNamespace);
  if (reserved) throw new Refusal('malformed-request', 'the XML body redefines a reserved namespace');
  if (prefix !== '' && namespace === '') {
    throw new Refusal('malformed-request', `the XML body declares the prefix ${prefix} for no namespace`);
  }
}

function attributesOf(written: WrittenAttributes, scope: Scope): ReadonlyMap<XmlName, string> {
  const attributes = new Map<XmlName, string>();
  for (const [qualified, value] of written) {
    if (qualified === 'xmlns' || qualified.startsWith('xmlns:')) continue;
    const [prefix, local] = splitName(qualified);
    const name = xmlName(prefix === '' ? '' : namespaceFor(prefix, scope), local);
    if (attributes.has(name)) {
      throw new Refusal('malformed-request', `the XML body has the attribute ${name} twice in one tag`);
    }
    attributes.set(name, attributeValue(value));
  }
  return attributes;
}

/** XML 1.0 §3.3.3: literal white space becomes blanks, references are taken as they are. */
function attributeValue(written: string): string {
  return decodeReferences(written.replace(/[\t\n]/g, ' '));
}
