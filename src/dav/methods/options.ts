/** OPTIONS: the same `DAV` header everywhere, and what may be done here (clients.md W9). */
import type { Method } from '../method.ts';
import { defineMethod } from '../method.ts';
import type { World } from '../resource.ts';
import type { DavResponse } from '../response.ts';

export const options: Method<World, string, string> = defineMethod({
  name: 'OPTIONS',
  spec: 'RFC 9110 §9.3.7, RFC 4918 §10.1',
  on: 'every',
  changesState: false,
  ignoresPreconditions: true,
  handle: async ({ kind }, { dav }) => allowed(dav.registry.methodNamesOn(kind), dav.options.features),
  below: 'every',
  create: async ({ parent }, { dav }) =>
    allowed(dav.registry.methodNamesBelow(parent.kind), dav.options.features),
});

/** `1` comes first: Thunderbird throws the first token away. Without `MS-Author-Via` Office opens files only to read. */
function allowed(methods: readonly string[], features: readonly string[]): DavResponse {
  const headers = { Allow: methods.join(', '), DAV: ['1', ...features].join(', '), 'MS-Author-Via': 'DAV' };
  return { status: 200, headers };
}
