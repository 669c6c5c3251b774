/** The access control properties of RFC 3744 §5, as the door's `access` tells them. */
import { dav, type XmlName } from '../../xml/name.ts';
import type { XmlWriter } from '../../xml/writer.ts';
import { writeAce } from '../acl.ts';
import type { Ace } from '../engine.ts';
import { type Privilege, type PrivilegeNode, privilegeName, privilegeTree } from '../privilege.ts';
import { type AnyProperty, defineProperty, type Property, writeHrefs } from '../property.ts';
import type { World } from '../resource.ts';

type Hrefs = readonly string[];

const hrefs = (value: Hrefs): Hrefs => value;
const asHrefs = (href: string | undefined): Hrefs | undefined => (href === undefined ? undefined : [href]);

const owner: Property<World, string, Hrefs> = defineProperty({
  name: dav('owner'),
  on: 'every',
  spec: 'RFC 3744 §5.1',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: (resource, context) => asHrefs(context.dav.options.access.owner(resource, context)),
  write: writeHrefs,
  hrefs,
});

const group: Property<World, string, Hrefs> = defineProperty({
  name: dav('group'),
  on: 'every',
  spec: 'RFC 3744 §5.2',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: (resource, context) => asHrefs(context.dav.options.access.group?.(resource, context)),
  write: writeHrefs,
  hrefs,
});

interface Supported {
  readonly tree: PrivilegeNode;
  readonly abstract: ReadonlySet<Privilege> | undefined;
}

const supportedPrivilegeSet: Property<World, string, Supported> = defineProperty({
  name: dav('supported-privilege-set'),
  on: 'every',
  spec: 'RFC 3744 §5.3',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: (resource, { dav: engine }): Supported => ({
    tree: privilegeTree,
    abstract: engine.options.access.abstract?.(resource),
  }),
  write: writeSupported,
});

const currentUserPrivilegeSet: Property<World, string, readonly Privilege[]> = defineProperty({
  name: dav('current-user-privilege-set'),
  on: 'every',
  spec: 'RFC 3744 §5.4',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  differs: (resource, context) => context.dav.options.access.privilegesDiffer?.(resource) ?? false,
  async read(resource, context): Promise<readonly Privilege[]> {
    await context.dav.require(resource, 'read-current-user-privilege-set', context);
    return [...(await context.dav.options.access.privileges(resource, context))];
  },
  write(writer, privileges) {
    for (const privilege of privileges) {
      writer.element(dav('privilege'), () => writer.empty(privilegeName(privilege)));
    }
  },
});

const aclProperty: Property<World, string, readonly Ace[]> = defineProperty({
  name: dav('acl'),
  on: 'every',
  spec: 'RFC 3744 §5.5',
  cost: 'query',
  inAllprop: false,
  inRow: 'same',
  async read(resource, context): Promise<readonly Ace[]> {
    await context.dav.require(resource, 'read-acl', context);
    return context.dav.options.access.acl(resource, context);
  },
  write(writer, aces) {
    for (const ace of aces) writeAce(writer, ace);
  },
});

const restrictions: readonly XmlName[] = [dav('grant-only'), dav('no-invert')];

const aclRestrictions: Property<World, string, readonly XmlName[]> = defineProperty({
  name: dav('acl-restrictions'),
  on: 'every',
  spec: 'RFC 3744 §5.6',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: () => restrictions,
  write(writer, names) {
    for (const name of names) writer.empty(name);
  },
});

const inheritedAclSet: Property<World, string, Hrefs> = defineProperty({
  name: dav('inherited-acl-set'),
  on: 'every',
  spec: 'RFC 3744 §5.7',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: (resource, context): Hrefs => context.dav.options.access.inheritedFrom?.(resource, context) ?? [],
  write: writeHrefs,
  hrefs,
});

export const aclProperties: readonly AnyProperty[] = [
  owner,
  group,
  supportedPrivilegeSet,
  currentUserPrivilegeSet,
  aclProperty,
  aclRestrictions,
  inheritedAclSet,
];

function writeSupported(writer: XmlWriter, { tree, abstract }: Supported): void {
  const { privilege, description, contains } = tree;
  writer.element(dav('supported-privilege'), () => {
    writer.element(dav('privilege'), () => writer.empty(privilegeName(privilege)));
    if (abstract?.has(privilege)) writer.empty(dav('abstract'));
    writer.element(dav('description'), () => writer.text(description), { 'xml:lang': 'en' });
    for (const inner of contains) writeSupported(writer, { tree: inner, abstract });
  });
}
