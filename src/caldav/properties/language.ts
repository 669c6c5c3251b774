/**
 * The language of a text that people give (RFC 4918 §4.3: what `xml:lang` said when a property was set is told with it).
 *
 * Texts are the service's, and other doors change them too; their languages are kept beside, among the dead properties,
 * each with the tag of the very text that it was said of.
 */

import { etagOf } from '../../service/fingerprint.ts';
import { localNameOf, namespaceOf, type XmlName, xmlName } from '../../xml/name.ts';
import { readXml, type XmlElement } from '../../xml/reader.ts';
import type { XmlAttributes } from '../../xml/writer.ts';
import { escapeAttribute } from '../../xml/writer.ts';
import type { Context } from '../world.ts';

export interface Worded {
  readonly text: string;
  /** `xml:lang` as it was set, '' for none. */
  readonly language: string;
}

/** What a client has set, or null for a property that it has removed. */
export function wordedIn(change: XmlElement | 'remove'): Worded | null {
  return change === 'remove' ? null : { text: change.text, language: change.language };
}

export function languageAttribute({ language }: Worded): XmlAttributes {
  return language === '' ? {} : { 'xml:lang': language };
}

/** The text with the language that was kept for it; `kept` are the dead properties that stand beside it. */
export function worded(
  name: XmlName,
  text: string,
  kept: ReadonlyMap<string, string>,
  { services }: Context,
): Worded {
  const xml = kept.get(name);
  if (xml === undefined) return { text, language: '' };
  const { attributes, language } = readXml(Buffer.from(xml), services.limits);
  const of = attributes.get(textTag);
  return { text, language: of === undefined || of === tagOf(text) ? language : '' };
}

/** The form in which the language is kept; null where there is none to keep. */
export function languageElement(
  name: XmlName,
  value: Worded | null,
): readonly [name: XmlName, xml: string | null] {
  if (value === null || value.language === '') return [name, null];
  const tag = `P:${localNameOf(name)}`;
  const declared = `xmlns:P="${escapeAttribute(namespaceOf(name))}"`;
  return [
    name,
    `<${tag} ${declared} xml:lang="${escapeAttribute(value.language)}" of="${escapeAttribute(tagOf(value.text))}"/>`,
  ];
}

const textTag: XmlName = xmlName('', 'of');

function tagOf(text: string): string {
  return etagOf(Buffer.from(text)).slice(1, -1);
}
