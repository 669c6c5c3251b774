/**
 * XML names as Clark notation strings, `{namespace}local`, and the namespaces this server speaks.
 *
 * A name is one string, so that it can be a Map key and be compared with `===`.
 */

export type XmlName = `{${string}}${string}`;

export const namespaces = {
  dav: 'DAV:',
  caldav: 'urn:ietf:params:xml:ns:caldav',
  calendarserver: 'http://calendarserver.org/ns/',
  apple: 'http://apple.com/ns/ical/',
  portcal: 'https://portcal.org/ns/',
} as const;

export const dav = <Local extends string>(local: Local): `{DAV:}${Local}` => `{DAV:}${local}`;
export const caldav = (local: string): XmlName => `{${namespaces.caldav}}${local}`;
export const calendarserver = (local: string): XmlName => `{${namespaces.calendarserver}}${local}`;
export const apple = (local: string): XmlName => `{${namespaces.apple}}${local}`;
/** Our own namespace: sentences for people inside `DAV:error`, which no client may take for a precondition. */
export const portcal = (local: string): XmlName => `{${namespaces.portcal}}${local}`;

export function xmlName(namespace: string, local: string): XmlName {
  return `{${namespace}}${local}`;
}

/** Whether a text can be the local part of a name (Namespaces in XML 1.0, NCName). */
export function isLocalName(text: string): boolean {
  return ncName.test(text);
}

const nameStart =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f' +
  '\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
/** Pattern of an NCName, for larger patterns with the flag `u`. */
export const ncNamePattern: string = `[${nameStart}][${nameStart}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*`;
const ncName = new RegExp(`^${ncNamePattern}$`, 'u');

/** For names that come back from where they were kept as plain text. */
export function isXmlName(text: string): text is XmlName {
  return /^\{.*\}[^{}]+$/s.test(text);
}

export function namespaceOf(name: XmlName): string {
  // The last brace: a namespace may hold one, a local name never does.
  return name.slice(1, name.lastIndexOf('}'));
}

export function localNameOf(name: XmlName): string {
  return name.slice(name.lastIndexOf('}') + 1);
}
