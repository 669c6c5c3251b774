/** A multistatus body as a client reads it (RFC 4918 §13). */
import { dav, type XmlName } from '../../xml/name.ts';
import { childOf, childrenOf, type XmlElement } from '../../xml/reader.ts';

export interface Member {
  readonly href: string;
  /** Properties of the propstat with a 2xx status. */
  readonly properties: ReadonlyMap<XmlName, XmlElement>;
}

export function membersOf(root: XmlElement): readonly Member[] {
  return childrenOf(root, dav('response')).map((response) => ({
    href: childOf(response, dav('href'))?.text.trim() ?? '',
    properties: new Map(
      childrenOf(response, dav('propstat'))
        .filter((propstat) => / 2\d\d /.test(` ${childOf(propstat, dav('status'))?.text ?? ''} `))
        .flatMap((propstat) => childOf(propstat, dav('prop'))?.children ?? [])
        .map((property) => [property.name, property]),
    ),
  }));
}

/** The hrefs inside a property, such as `DAV:current-user-principal`. */
export function hrefsIn(property: XmlElement | undefined): readonly string[] {
  return property ? childrenOf(property, dav('href')).map(({ text }) => text.trim()) : [];
}
