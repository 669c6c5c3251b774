/** How an item has come to be: when, and whether as a copy of another (exchange.md 8.5). */
import type { XmlElement } from '../../../xml/reader.ts';
import type { Making } from '../../remote.ts';
import { attribute, child, isCalled, textOf } from '../wire/elements.ts';
import { readInstant } from './date-text.ts';

export function makingOf(item: XmlElement): Making {
  const made = readInstant(textOf(item, 'DateTimeCreated') ?? '');
  const lineage = searchKeyOf(item);
  return {
    ...(made !== undefined && { at: made }),
    ...(lineage !== undefined && { lineage }),
  };
}

/** The only property by its number that is asked for here; servers write the number as they like. */
function searchKeyOf(item: XmlElement): string | undefined {
  for (const property of item.children) {
    if (!isCalled(property, 'ExtendedProperty')) continue;
    const tag = attribute(child(property, 'ExtendedFieldURI'), 'PropertyTag');
    const value = child(property, 'Value')?.text.trim();
    if (tag !== undefined && Number(tag) === searchKey && value) return value;
  }
  return undefined;
}

const searchKey = 0x300b;
