/** The name of a time zone that an object defines, in the form in which TZID parameters say it (RFC 5545 §3.8.3.1). */
import type { Component } from './component.ts';
import { decodeText } from './value.ts';

/** Of a VTIMEZONE; `undefined` without a TZID. Of several, the first that is not empty, as imports take it. */
export function tzidOf(component: Component): string | undefined {
  const names = component.all('TZID').map(({ rawValue }) => tzidOfText(rawValue));
  return names.find((name) => name !== '') ?? names[0];
}

/** Its TZID is a TEXT with backslashes, where a parameter has quotes; and some write the quotes in both places. */
export function tzidOfText(rawValue: string): string {
  const name = decodeText(rawValue).trim();
  return name.length > 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name;
}
