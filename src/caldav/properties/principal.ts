/** Where a principal's calendars are, and under which addresses it is known (RFC 4791 §6.2, RFC 6638 §2.4). */
import type { Principal, PrincipalKind } from '../../core/principal.ts';
import { defineProperty, writeHrefs, writeText } from '../../dav/property.ts';
import { caldav, calendarserver } from '../../xml/name.ts';
import { homeHref, principalHref } from '../hrefs.ts';
import type { CaldavResource, Context, Property } from '../world.ts';
import { stableUrn } from './resource-id.ts';

/**
 * One href, whatever is shared: clients take one of several by chance, or the first (clients.md W10). On what is no
 * principal the home of whoever asks: clients look for it at the address that they were given (caldav.md, priority 1).
 */
export const calendarHomeSet: Property<CaldavResource['kind'], readonly string[]> = defineProperty({
  name: caldav('calendar-home-set'),
  on: 'every',
  spec: 'RFC 4791 §6.2.1',
  cost: 'head',
  inAllprop: false,
  read: (resource, context): readonly string[] => [
    homeHref(context, resource.kind === 'principal' ? resource.principal : context.actor.principal),
  ],
  write: writeHrefs,
  hrefs: (hrefs) => hrefs,
});

/** The preferred mail address first: clients take it as the organizer's (clients.md W12). */
export const calendarUserAddressSet: Property<'principal', readonly string[]> = defineProperty({
  name: caldav('calendar-user-address-set'),
  on: ['principal'],
  spec: 'RFC 6638 §2.4.1',
  cost: 'head',
  inAllprop: false,
  read: ({ principal }, context) => calendarUserAddresses(principal, context),
  write: writeHrefs,
  hrefs: (hrefs) => hrefs,
});

export const calendarUserType: Property<'principal', string> = defineProperty({
  name: caldav('calendar-user-type'),
  on: ['principal'],
  spec: 'RFC 6638 §2.4.2',
  cost: 'head',
  inAllprop: false,
  read: ({ principal }) => userTypes[principal.kind],
  write: writeText,
});

export const emailAddressSet: Property<'principal', readonly string[]> = defineProperty({
  name: calendarserver('email-address-set'),
  on: ['principal'],
  spec: 'calendarserver.org extension, no RFC',
  cost: 'head',
  inAllprop: false,
  read: ({ principal }) => (principal.addresses.length > 0 ? principal.addresses : undefined),
  write: (writer, addresses) => {
    for (const address of addresses) writer.textElement(calendarserver('email-address'), address);
  },
});

export function calendarUserAddresses(principal: Principal, context: Context): readonly string[] {
  return [
    ...principal.addresses.map((address) => `mailto:${address}`),
    stableUrn(context.services, 'principal', principal.id),
    principalHref(context, principal),
  ];
}

/** RFC 5545 §3.2.3. */
export const userTypes: Readonly<Record<PrincipalKind, string>> = {
  user: 'INDIVIDUAL',
  group: 'GROUP',
  company: 'GROUP',
  room: 'ROOM',
  resource: 'RESOURCE',
};
