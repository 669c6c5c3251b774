/** The privileges of RFC 3744 §3 and RFC 4791 §6.1, and which of them contain which. */
import { caldav, dav, type XmlName } from '../xml/name.ts';

export const privileges = [
  'all',
  'read',
  'read-free-busy',
  'read-acl',
  'read-current-user-privilege-set',
  'write',
  'write-properties',
  'write-content',
  'bind',
  'unbind',
  'unlock',
  'write-acl',
] as const;

export type Privilege = (typeof privileges)[number];

export interface PrivilegeNode {
  readonly privilege: Privilege;
  readonly description: string;
  readonly contains: readonly PrivilegeNode[];
}

const leaf = (privilege: Privilege, description: string): PrivilegeNode => ({
  privilege,
  description,
  contains: [],
});

/** RFC 3744 §5.3; `read-free-busy` is part of `read` (RFC 4791 §6.1.1). */
export const privilegeTree: PrivilegeNode = {
  privilege: 'all',
  description: 'Any operation',
  contains: [
    {
      privilege: 'read',
      description: 'Read content and properties',
      contains: [
        leaf('read-free-busy', 'Read busy times'),
        leaf('read-current-user-privilege-set', "Read one's own privileges"),
      ],
    },
    {
      privilege: 'write',
      description: 'Write content and properties',
      contains: [
        leaf('write-content', 'Write content'),
        leaf('write-properties', 'Write properties'),
        leaf('bind', 'Add members'),
        leaf('unbind', 'Remove members'),
      ],
    },
    leaf('unlock', 'Remove a lock of somebody else'),
    leaf('read-acl', 'Read the access control list'),
    leaf('write-acl', 'Write the access control list'),
  ],
};

export function privilegeName(privilege: Privilege): XmlName {
  return privilege === 'read-free-busy' ? caldav(privilege) : dav(privilege);
}

/** The privilege and everything it contains. */
export function expandPrivilege(privilege: Privilege): readonly Privilege[] {
  const node = findNode(privilegeTree, privilege);
  return node === undefined ? [privilege] : flatten(node);
}

function findNode(node: PrivilegeNode, wanted: Privilege): PrivilegeNode | undefined {
  if (node.privilege === wanted) return node;
  for (const inner of node.contains) {
    const found = findNode(inner, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function flatten(node: PrivilegeNode): Privilege[] {
  return [node.privilege, ...node.contains.flatMap(flatten)];
}
