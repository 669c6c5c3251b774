/**
 * Request bodies as trees of `XmlElement`: strict, bounded, namespaces resolved.
 *
 * A tree is immutable and may be shared between requests.
 */
import { Refusal } from '../core/refusal.ts';
import type { XmlName } from './name.ts';

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
  throw new Refusal(
    'malformed-request',
    `not read yet: ${bytes.length} bytes, ${limits.maxXmlBytes} allowed`,
  );
}

/** The first child of that name. */
export function childOf(element: XmlElement, name: XmlName): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** All children of that name, in order. */
export function childrenOf(element: XmlElement, name: XmlName): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
