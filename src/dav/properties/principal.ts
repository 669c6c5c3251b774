/** Who is who: RFC 5397, and the properties of principals (RFC 3744 §4). */
import { dav } from '../../xml/name.ts';
import { type AnyProperty, defineProperty, type Property, writeHrefs } from '../property.ts';
import type { World } from '../resource.ts';

type Hrefs = readonly string[];

const hrefs = (value: Hrefs): Hrefs => value;

const currentUserPrincipal: Property<World, string, Hrefs> = defineProperty({
  name: dav('current-user-principal'),
  on: 'every',
  spec: 'RFC 5397 §3',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: (_, context): Hrefs => [context.dav.options.principals.currentUser(context)],
  write: writeHrefs,
  hrefs,
});

const principalCollectionSet: Property<World, string, Hrefs> = defineProperty({
  name: dav('principal-collection-set'),
  on: 'every',
  spec: 'RFC 3744 §5.8',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: (_, context): Hrefs => context.dav.options.principals.collections,
  write: writeHrefs,
  hrefs,
});

/** On what is no principal that of whoever asks: programs that know no RFC 5397 look for it there (caldav.md, priority 1). */
const principalUrl: Property<World, string, Hrefs> = defineProperty({
  name: dav('principal-URL'),
  on: 'every',
  spec: 'RFC 3744 §4.2',
  cost: 'head',
  inAllprop: false,
  read(resource, context): Hrefs {
    const { isPrincipal, currentUser } = context.dav.options.principals;
    return [isPrincipal(resource) ? resource.href : currentUser(context)];
  },
  write: writeHrefs,
  hrefs,
});

const alternateUriSet: Property<World, string, Hrefs> = defineProperty({
  name: dav('alternate-URI-set'),
  on: 'every',
  spec: 'RFC 3744 §4.1',
  cost: 'head',
  inAllprop: false,
  read(resource, { dav: engine }): Hrefs | undefined {
    const { isPrincipal, alternateUris } = engine.options.principals;
    return isPrincipal(resource) ? (alternateUris?.(resource) ?? []) : undefined;
  },
  write: writeHrefs,
});

const groupMemberSet: Property<World, string, Hrefs> = defineProperty({
  name: dav('group-member-set'),
  on: 'every',
  spec: 'RFC 3744 §4.3',
  cost: 'query',
  inAllprop: false,
  async read(resource, context): Promise<Hrefs | undefined> {
    const { isPrincipal, members } = context.dav.options.principals;
    return isPrincipal(resource) ? ((await members?.(resource, context)) ?? []) : undefined;
  },
  write: writeHrefs,
  hrefs,
});

const groupMembership: Property<World, string, Hrefs> = defineProperty({
  name: dav('group-membership'),
  on: 'every',
  spec: 'RFC 3744 §4.4',
  cost: 'query',
  inAllprop: false,
  async read(resource, context): Promise<Hrefs | undefined> {
    const { isPrincipal, memberships } = context.dav.options.principals;
    return isPrincipal(resource) ? ((await memberships?.(resource, context)) ?? []) : undefined;
  },
  write: writeHrefs,
  hrefs,
});

export const principalProperties: readonly AnyProperty[] = [
  currentUserPrincipal,
  principalCollectionSet,
  principalUrl,
  alternateUriSet,
  groupMemberSet,
  groupMembership,
];
