/**
 * Request bodies as trees of `XmlElement`: strict, bounded, namespaces resolved.
 *
 * A tree is immutable and may be shared between requests.
 */
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { Refusal } from '../core/refusal.ts';
import { decodeReferences } from './characters.ts';
import { type XmlName, xmlName } from './name.ts';
import { shaped, withTexts, writtenFor } from './shapes.ts';
import { type Cut, wellFormed } from './well-formed.ts';

// In its one-file form: as modules it is forty files, a tenth of the time that a start takes.
const { XMLParser }: typeof import('fast-xml-parser') = createRequire(import.meta.url)('fast-xml-parser');

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

export interface XmlLimits {
  readonly maxXmlBytes: number;
  readonly maxXmlDepth: number;
  readonly maxXmlElements: number;
}

/**
 * Reads one document from the bytes of a request.
 *
 * Refuses: `malformed-request` for whatever is not well-formed or not namespace-well-formed, for a DOCTYPE, for
 * bytes that are neither UTF-8 nor UTF-16 with a byte order mark, and for bodies beyond `limits`.
 */
export function readXml(bytes: Uint8Array, limits: XmlLimits): XmlElement {
  for (const steps = readSteps(bytes, limits); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, with turns for others where the body is long. */
export async function readXmlInTurns(bytes: Uint8Array, limits: XmlLimits): Promise<XmlElement> {
  for (const steps = readSteps(bytes, limits); ; await setImmediate()) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * The scan, the parser and what is made of its nodes are a step each; of very many elements the parser is given some at a time.
 * It never sees texts: it takes them character by character, and ten times as long as putting them into the tree of the shape.
 */
function* readSteps(bytes: Uint8Array, limits: XmlLimits): Generator<undefined, XmlElement, undefined> {
  if (bytes.length > limits.maxXmlBytes) {
    throw new Refusal('malformed-request', `the XML body is longer than ${limits.maxXmlBytes} bytes`);
  }
  const cuts: Cut[] = [];
  const text = wellFormed(decode(bytes), limits, cuts);
  yield;
  if (cuts.length > 0) return treeOf(yield* parsedInPieces(text, cuts));
  const split = bytes.length > maxRememberedLength ? shaped(text) : undefined;
  const nodes = parse(split?.shape ?? text);
  yield;
  const tree = treeOf(nodes);
  if (split === undefined) return tree;
  yield;
  return withTexts(tree, split.texts);
}

/**
 * What the parser makes of a text that is cut: each piece is a document of its own, in which nameless elements stand for those
 * that are open where it begins, and all that are open at its end are closed. The parser looks for no name in an end tag.
 */
function* parsedInPieces(
  text: string,
  cuts: readonly Cut[],
): Generator<undefined, readonly ParsedNode[], undefined> {
  const whole: ParsedNode[] = [];
  let from: Cut = { at: 0, depth: 0 };
  for (const to of [...cuts, { at: text.length, depth: 0 }]) {
    const inside = text.slice(from.at, to.at);
    const piece = `${'<_>'.repeat(from.depth)}${inside}${'</_>'.repeat(to.depth)}`;
    const split = shaped(piece);
    let nodes = split === undefined ? parse(piece) : filled(parse(split.shape), split.texts);
    let place = whole;
    for (let depth = 0; depth < from.depth; depth++) {
      // The first stands for what is open here, and the others stand behind it.
      const [open, ...behind] = nodes;
      const inner = nodesIn(place.at(-1));
      place.push(...behind);
      place = inner;
      nodes = nodesIn(open);
    }
    for (const node of nodes) place.push(node);
    from = to;
    yield;
  }
  return whole;
}

function nodesIn(node: ParsedNode | undefined): ParsedNode[] {
  const inside = node?.[nameOf(node)];
  return Array.isArray(inside) ? inside : [];
}

/** The nodes of a shape with the texts in the place of their numbers. */
function filled(nodes: ParsedNode[], texts: readonly string[]): ParsedNode[] {
  for (const node of nodes) {
    const name = nameOf(node);
    if (name !== textNode) filled(nodesIn(node), texts);
    else node[textNode] = writtenFor(textIn(node), texts) ?? textIn(node);
  }
  return nodes;
}

function treeOf(nodes: readonly ParsedNode[]): XmlElement {
  const root = nodes.find((node) => !nameOf(node).startsWith('#'));
  if (root === undefined) throw new Refusal('malformed-request', 'the XML body has no root element');
  return elementOf(root, { namespaces: topNamespaces, language: '' });
}

/**
 * A reader that remembers the trees of small bodies: clients send the same few for ever, and a poll is so short that
 * reading its body again would be a fifth of it. Of others it remembers the shape (shapes.ts): putting texts into one takes
 * a fifth of the time of the parser. Bounded; body and shape are the keys, so nothing can be confused.
 */
export function xmlReader(limits: XmlLimits): (bytes: Uint8Array) => XmlElement {
  const bodies = new Remembered();
  const shapes = new Remembered();
  const read = (bytes: Uint8Array): XmlElement => {
    if (bytes.length > Math.min(maxShapedBytes, limits.maxXmlBytes)) return readXml(bytes, limits);
    const text = decode(bytes);
    const parsable = wellFormed(text, limits);
    const split = parsable === text ? shaped(text) : undefined;
    if (split === undefined) return treeOf(parse(parsable));
    return withTexts(
      shapes.get(split.shape, () => treeOf(parse(split.shape))),
      split.texts,
    );
  };
  return (bytes) => {
    if (bytes.length > maxRememberedLength) return read(bytes);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    return bodies.get(key, () => read(bytes));
  };
}

/** Trees by text, those that came last. A tree is some fifty times as large as a text of nothing but tags. */
class Remembered {
  private readonly trees = new Map<string, XmlElement>();
  private length = 0;

  get(text: string, make: () => XmlElement): XmlElement {
    const known = this.trees.get(text);
    if (known !== undefined) return known;
    const made = make();
    if (text.length > maxRememberedLength) return made;
    this.length += text.length;
    for (const oldest of this.trees.keys()) {
      if (this.length <= maxRememberedInAll) break;
      this.trees.delete(oldest);
      this.length -= oldest.length;
    }
    this.trees.set(text, made);
    return made;
  }
}

/** Characters of one text, and of all in one place. */
const maxRememberedLength = 4096;
const maxRememberedInAll: number = 256 * 1024;
/** The shape of a longer body is too long itself. */
const maxShapedBytes: number = 64 * 1024;

/** The first child of that name. */
export function childOf(element: XmlElement, name: XmlName): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** All children of that name, in order. */
export function childrenOf(element: XmlElement, name: XmlName): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/**
 * The name of the one child that an element has out of a choice; `undefined` if there is none or more than one. Others are
 * passed over (RFC 4918 §17).
 */
export function choiceOf<Name extends XmlName>(
  element: XmlElement | undefined,
  choice: readonly Name[],
): Name | undefined {
  const [one, another] = (element?.children ?? []).flatMap(
    ({ name }) => choice.find((wanted) => wanted === name) ?? [],
  );
  return another === undefined ? one : undefined;
}

export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/**
 * One node as fast-xml-parser gives it: its name as the only key beside `:@`, which holds the attributes. Under the
 * name of an element lies the list of what is inside, under that of a text the text.
 */
interface ParsedNode {
  [name: string]: ParsedNode[] | string | Attributes;
}

type Attributes = Readonly<Record<string, string>>;

interface Scope {
  /** Prefix to namespace; '' is the default one. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly language: string;
}

const topNamespaces: ReadonlyMap<string, string> = new Map([
  ['', ''],
  ['xml', xmlNamespace],
]);
const noAttributes: ReadonlyMap<XmlName, string> = new Map();
const textNode = '#text';
const cdataNode = '#cdata';
const attributesKey = ':@';

/** Forgiving by nature; `wellFormed` has refused what it would forgive, and bounded what it would nest. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  cdataPropName: cdataNode,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: Number.MAX_SAFE_INTEGER,
  jPath: false,
  // Names stay as they are: they never become keys of anything but the parser's one-key nodes.
  onDangerousProperty: (name) => name,
});

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

function parse(text: string): ParsedNode[] {
  try {
    return nodesOf(parser.parse(text));
  } catch (error) {
    throw new Refusal('malformed-request', `the XML body cannot be read: ${String(error)}`, {}, error);
  }
}

function nameOf(node: ParsedNode): string {
  for (const key in node) if (key !== attributesKey) return key;
  return textNode;
}

function nodesOf(value: unknown): ParsedNode[] {
  return Array.isArray(value) ? value : [];
}

function textIn(node: ParsedNode): string {
  const text = node[textNode];
  return typeof text === 'string' ? text : '';
}

function attributesIn(node: ParsedNode): Attributes | undefined {
  const attributes = node[attributesKey];
  return typeof attributes === 'object' && !Array.isArray(attributes) ? attributes : undefined;
}

function elementOf(node: ParsedNode, outer: Scope): XmlElement {
  const qualified = nameOf(node);
  const written = attributesIn(node);
  const scope = written === undefined ? outer : scopeOf(written, outer);
  const [prefix, local] = splitName(qualified);
  const content = contentOf(nodesOf(node[qualified]), scope);
  const namespace = namespaceFor(prefix, scope);
  return {
    name: xmlName(namespace, local),
    prefix,
    attributes: written === undefined ? noAttributes : attributesOf(written, scope),
    children: content.filter((part) => typeof part !== 'string'),
    text: content.filter((part) => typeof part === 'string').join(''),
    content,
    language: scope.language,
  };
}

function contentOf(nodes: readonly ParsedNode[], scope: Scope): readonly (XmlElement | string)[] {
  const content: (XmlElement | string)[] = [];
  let text = '';
  for (const node of nodes) {
    const name = nameOf(node);
    if (name === textNode) text += decodeReferences(textIn(node));
    else if (name === cdataNode) text += nodesOf(node[cdataNode]).map(textIn).join('');
    else {
      if (text !== '') content.push(text);
      text = '';
      content.push(elementOf(node, scope));
    }
  }
  if (text !== '') content.push(text);
  return content;
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

function scopeOf(written: Attributes, outer: Scope): Scope {
  let namespaces: Map<string, string> | undefined;
  let language = outer.language;
  for (const name in written) {
    if (name === 'xml:lang') language = attributeValue(written[name] ?? '');
    else if (name === 'xmlns' || name.startsWith('xmlns:')) {
      namespaces ??= new Map(outer.namespaces);
      const prefix = name.slice('xmlns:'.length);
      const namespace = attributeValue(written[name] ?? '');
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

function attributesOf(written: Attributes, scope: Scope): ReadonlyMap<XmlName, string> {
  const attributes = new Map<XmlName, string>();
  for (const qualified in written) {
    if (qualified === 'xmlns' || qualified.startsWith('xmlns:')) continue;
    const [prefix, local] = splitName(qualified);
    const name = xmlName(prefix === '' ? '' : namespaceFor(prefix, scope), local);
    if (attributes.has(name)) {
      throw new Refusal('malformed-request', `the XML body has the attribute ${name} twice in one tag`);
    }
    attributes.set(name, attributeValue(written[qualified] ?? ''));
  }
  return attributes;
}

/** XML 1.0 §3.3.3: literal white space becomes blanks, references are taken as they are. */
function attributeValue(written: string): string {
  return decodeReferences(written.replace(/\r\n|[\t\n\r]/g, ' '));
}
