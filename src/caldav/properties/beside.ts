/**
 * Attributes that clients set on the element of a property whose value the service keeps: `xml:lang`, `symbolic-color`.
 *
 * Other doors change the value and know nothing of the attribute. So it is kept among the dead properties together with a hash
 * of the value it belongs to, and counts only while the value is still that one.
 */
import { etagOf } from '../../service/fingerprint.ts';
import { localNameOf, namespaceOf, type XmlName, xmlName } from '../../xml/name.ts';
import { readXml, type XmlElement } from '../../xml/reader.ts';
import { escapeAttribute } from '../../xml/writer.ts';
import type { Context } from '../world.ts';

/** The element kept for this property and this value, if any; `kept` are the resource's dead properties. */
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

/** The dead property in which the attribute of a value is kept; with null where there is none to keep. */
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
