/** What one item, or one changed occurrence, says. */
import type { XmlElement } from '../../../xml/reader.ts';
import { type EventContent, emptyContent } from '../../event.ts';
import { readFields } from './fields.ts';
import type { Mapping } from './mapping.ts';
import type { ItemTimes } from './times.ts';
import { urlOf } from './url.ts';

export function contentOf(item: XmlElement, { start, end }: ItemTimes, mapping: Mapping): EventContent {
  const read: EventContent = { ...emptyContent, ...readFields(item, mapping), start, end };
  return { ...read, url: urlOf(item, read) };
}
