/** What `current-user-privilege-set` tells, and the three answers that it has. */
import { dav, localNameOf } from '../../src/xml/name.ts';
import { type Client, property, type RequestParts } from './client.ts';

export async function privileges(
  at: Client,
  path: string,
  parts: RequestParts = {},
): Promise<readonly string[]> {
  const set = await property(at, path, dav('current-user-privilege-set'), parts);
  return set.children.map(({ children }) => localNameOf(children[0]?.name ?? dav('none'))).sort();
}

export const reading: readonly string[] = ['read', 'read-current-user-privilege-set', 'read-free-busy'];

export const writing: readonly string[] = [
  ...reading,
  'bind',
  'unbind',
  'write',
  'write-content',
  'write-properties',
].sort();

/** Of a calendar where one may add, and what others have added is not one's own to change, or to remove. */
export const contributing: readonly string[] = [...reading, 'bind', 'unbind', 'write-content'].sort();

/** Of what others have added, where it may be changed and not removed. */
export const revising: readonly string[] = [...reading, 'write-content', 'write-properties'].sort();

export const all: readonly string[] = [...writing, 'all', 'read-acl', 'unlock', 'write-acl'].sort();
