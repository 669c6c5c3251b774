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

/** For names that come back from where they were kept as plain text. */
export function isXmlName(text: string): text is XmlName {
  return /^\{[^}]*\}[^{}]+$/.test(text);
}

export function namespaceOf(name: XmlName): string {
  return name.slice(1, name.indexOf('}'));
}

export function localNameOf(name: XmlName): string {
  return name.slice(name.indexOf('}') + 1);
}
