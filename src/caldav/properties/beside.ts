/**
 * What clients say in the tag of a property whose value is the service's: `xml:lang`, `symbolic-color`.
 *
 * Values are changed by other doors too, which know nothing of it. It is kept beside, among the dead properties, with the
 * tag of the very value that it was said of, and is silent where there is another.
 */
import { etagOf } from '../../service/fingerprint.ts';
import { localNameOf, namespaceOf, type XmlName, xmlName } from '../../xml/name.ts';
import { readXml, type XmlElement } from '../../xml/reader.ts';
import { escapeAttribute } from '../../xml/writer.ts';
import type { Context } from '../world.ts';

/** What was kept of the property for this value; `kept` are the dead properties that stand beside it. */
export function elementBeside(
  name: XmlName,
  value: string,
  kept: ReadonlyMap<string, string>,
  { services }: Context,
): XmlElement | undefined {
  const xml = kept.get(name);
  if (xml === undefined) return undefined;
  const element = readXml(Buffer.from(xml), services.limits);
  const of = element.attributes.get(valueTag);
  return of === undefined || of === tagOf(value) ? element : undefined;
}

/** The form in which an attribute of a value is kept; null where there is none to keep. */
export function keptBeside(
  name: XmlName,
  attribute: string,
  said: { readonly value: string; readonly text: string } | null,
): readonly [name: XmlName, xml: string | null] {
  if (said === null || said.text === '') return [name, null];
  const tag = `P:${localNameOf(name)}`;
  const declared = `xmlns:P="${escapeAttribute(namespaceOf(name))}"`;
  const text = `${attribute}="${escapeAttribute(said.text)}"`;
  return [name, `<${tag} ${declared} ${text} of="${escapeAttribute(tagOf(said.value))}"/>`];
}

const valueTag: XmlName = xmlName('', 'of');

function tagOf(value: string): string {
  return etagOf(Buffer.from(value)).slice(1, -1);
}
