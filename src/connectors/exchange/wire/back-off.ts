/** How long a server wants to be left alone, in whichever way it says so. */

import { localNameOf } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { attribute } from './elements.ts';

/** Of a value that a server gives: zero is no invitation to try at once, and no server needs a day. */
const minWaitMs = 5000;
const maxWaitMs = 3_600_000;

/** `MessageXml/Value[@Name="BackOffMilliseconds"]` below this element; undefined when it is absent or no number. */
export function backOffMs(element: XmlElement | undefined): number | undefined {
  const value = valueNamed(element, 'backoffmilliseconds');
  return value === undefined ? undefined : bounded(millisecondsIn(value));
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds, or a date. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return bounded(Number(text) * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : bounded(at - now);
}

/** Also `297.5`, `1 500`, and durations such as `PT5S`: none of them is in the protocol, all of them mean well. */
function millisecondsIn(text: string): number | undefined {
  const plain = text.replaceAll(/[\s_']/g, '');
  if (/^-?\d{1,12}(?:[.,]\d{1,9})?$/.test(plain)) return Number(plain.replace(',', '.'));
  const duration = /^PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?$/i.exec(plain);
  if (duration === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = duration;
  return (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
}

function bounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.min(Math.max(Math.ceil(ms), minWaitMs), maxWaitMs);
}

function valueNamed(element: XmlElement | undefined, name: string): string | undefined {
  for (const child of element?.children ?? []) {
    if (localNameOf(child.name) === 'MessageXml') {
      const value = child.children.find(
        (each) => localNameOf(each.name) === 'Value' && attribute(each, 'Name')?.toLowerCase() === name,
      );
      if (value !== undefined) return value.text;
    }
  }
  return undefined;
}
