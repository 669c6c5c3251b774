/** The Apple profile: an account that one tap sets up (portal.md 5). How it is signed: `signed.ts`. */
import { createHash } from 'node:crypto';
import type { Principal } from '../core/principal.ts';
import { type DocumentElement, xmlDocument } from '../xml/document.ts';
import { xmlName } from '../xml/name.ts';
import { places } from './addresses.ts';

export interface ProfileValues {
  readonly publicUrl: string;
  readonly person: Principal;
  readonly portalName: string;
  /** Absent: the device asks for one. */
  readonly password?: string;
}

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** The profile as a property list. */
export function profile({ publicUrl, person, portalName, password }: ProfileValues): string {
  const { host, port, secure } = places(publicUrl, person.name);
  const identifier = `${host.split('.').reverse().join('.')}.portcal.${createHash('sha256').update(person.name).digest('hex').slice(0, 12)}`;
  const { pathname } = new URL(places(publicUrl, person.name).principalUrl);
  const account: Value = {
    PayloadType: 'com.apple.caldav.account',
    PayloadVersion: 1,
    PayloadIdentifier: `${identifier}.caldav`,
    PayloadUUID: stableUuid(`${identifier}.caldav`),
    PayloadDisplayName: portalName,
    CalDAVAccountDescription: portalName,
    CalDAVHostName: host,
    CalDAVPort: port,
    CalDAVUseSSL: secure,
    CalDAVPrincipalURL: pathname,
    CalDAVUsername: person.name,
    ...(password !== undefined && { CalDAVPassword: password }),
  };
  return plist({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    // A second installation replaces the first.
    PayloadUUID: stableUuid(identifier),
    PayloadDisplayName: portalName,
    PayloadOrganization: portalName,
    PayloadRemovalDisallowed: false,
    PayloadContent: [account],
  });
}

function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  // The form of a version 8 UUID (RFC 9562 §5.8).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`.toUpperCase();
}

function plist(value: Value): string {
  return xmlDocument(
    { name: xmlName('', 'plist'), attributes: { version: '1.0' }, content: [element(value)] },
    { pretty: true },
  );
}

function element(value: Value): DocumentElement {
  const named = (name: string, content: readonly (DocumentElement | string)[] = []): DocumentElement => ({
    name: xmlName('', name),
    content,
  });
  if (typeof value === 'string') return named('string', [value]);
  if (typeof value === 'number') return named('integer', [String(value)]);
  if (typeof value === 'boolean') return named(value ? 'true' : 'false');
  if (isList(value)) return named('array', value.map(element));
  return named(
    'dict',
    Object.entries(value).flatMap(([key, inner]) => [named('key', [key]), element(inner)]),
  );
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
