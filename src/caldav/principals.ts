/** Principals for the engine: who asks, who belongs to whom, who can be found (RFC 3744 §4, §9, RFC 5397). */
import type { Principal } from '../core/principal.ts';
import type { PrincipalDirectory, PrincipalSearch } from '../dav/engine.ts';
import { directGroupsOf, groupsOf, membersOf, searchPeople } from '../service/people/people.ts';
import { caldav, calendarserver, dav, type XmlName } from '../xml/name.ts';
import { principalHref } from './hrefs.ts';
import { principalResource } from './make.ts';
import { calendarUserAddresses, userTypes } from './properties/principal.ts';
import { stableUrn } from './properties/resource-id.ts';
import type { CaldavServices, CaldavWorld, Context, PrincipalResource } from './world.ts';

export function principalDirectory(
  services: CaldavServices,
  principalsHref: string,
): PrincipalDirectory<CaldavWorld> {
  return {
    currentUser: (context) => principalHref(context, context.actor.principal),
    collections: [principalsHref],
    isPrincipal: ({ kind }) => kind === 'principal',
    alternateUris: (resource) =>
      resource.kind === 'principal'
        ? [...mailAddresses(resource.principal), stableUrn(services, 'principal', resource.principal.id)]
        : [],
    async members(resource, context) {
      if (resource.kind !== 'principal' || resource.principal.kind !== 'group') return undefined;
      return hrefs(await membersOf(services, context.actor, resource.principal), context);
    },
    async memberships(resource, context) {
      if (resource.kind !== 'principal') return [];
      return hrefs(await directGroupsOf(services, context.actor, resource.principal), context);
    },
    groups: async (context) =>
      hrefs(await groupsOf(services, context.actor, context.actor.principal), context),
    searchable,
    search,
  };
}

function mailAddresses({ addresses }: Principal): readonly string[] {
  return addresses.map((address) => `mailto:${address}`);
}

function hrefs(principals: readonly Principal[], context: Context): readonly string[] {
  return principals.map((principal) => principalHref(context, principal));
}

const searchable: PrincipalDirectory<CaldavWorld>['searchable'] = [
  { property: dav('displayname'), description: 'Name' },
  { property: calendarserver('email-address-set'), description: 'E-mail address' },
  { property: caldav('calendar-user-address-set'), description: 'Calendar address' },
  { property: caldav('calendar-user-type'), description: 'Person, group, room or resource' },
];

/** The texts that a search term is compared with, by property. */
const texts: ReadonlyMap<XmlName, (resource: PrincipalResource, context: Context) => readonly string[]> =
  new Map([
    [dav('displayname'), ({ principal }) => [principal.displayName]],
    [calendarserver('email-address-set'), ({ principal }) => principal.addresses],
    [
      caldav('calendar-user-address-set'),
      ({ principal }, context) => calendarUserAddresses(principal, context),
    ],
    [caldav('calendar-user-type'), ({ principal }) => [userTypes[principal.kind]]],
  ]);

/** The most results of one search. */
const maxFound = 500;

async function* search(
  { test, terms }: PrincipalSearch,
  context: Context,
): AsyncGenerator<readonly PrincipalResource[]> {
  const found: PrincipalResource[] = [];
  for (const principal of await searchPeople(context.services, context.actor, {}, maxSearched)) {
    const resource = principalResource(context, principal);
    const holds = ({ property, match }: PrincipalSearch['terms'][number]): boolean =>
      texts
        .get(property)?.(resource, context)
        .some((text) => contains(text, match)) ?? false;
    if (test === 'anyof' ? terms.some(holds) : terms.every(holds)) found.push(resource);
    if (found.length === maxFound) break;
  }
  yield found;
}

/** The most principals that one search looks at. */
const maxSearched = 50_000;

function contains(text: string, match: string): boolean {
  return text.normalize('NFC').toLowerCase().includes(match.normalize('NFC').toLowerCase());
}
