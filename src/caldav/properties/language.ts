/** The language of a text that people give (RFC 4918 §4.3: what `xml:lang` said when a property was set is told with it). */
import type { XmlName } from '../../xml/name.ts';
import type { XmlElement } from '../../xml/reader.ts';
import type { XmlAttributes } from '../../xml/writer.ts';
import type { Context } from '../world.ts';
import { elementBeside, keptBeside } from './beside.ts';

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
  context: Context,
): Worded {
  return { text, language: elementBeside(name, text, kept, context)?.language ?? '' };
}

/** The form in which the language is kept; null where there is none to keep. */
export function languageElement(
  name: XmlName,
  worded: Worded | null,
): readonly [name: XmlName, xml: string | null] {
  return keptBeside(name, 'xml:lang', worded && { value: worded.text, text: worded.language });
}
