/** What every door gets from the engine. A door's own declaration of the same name stands in for it. */
import type { DavOptions } from './engine.ts';
import { acl } from './methods/acl.ts';
import { options } from './methods/options.ts';
import { propfind } from './methods/propfind.ts';
import { proppatch } from './methods/proppatch.ts';
import { report } from './methods/report.ts';
import { aclProperties } from './properties/acl.ts';
import { principalProperties } from './properties/principal.ts';
import { quotaProperties } from './properties/quota.ts';
import { registryProperties } from './properties/registry.ts';
import { resourceProperties } from './properties/resource.ts';
import { syncToken } from './properties/sync-token.ts';
import type { Declarations } from './registry.ts';
import { aclPrincipalPropSet } from './reports/acl-principal-prop-set.ts';
import { expandProperty } from './reports/expand-property.ts';
import { principalMatch } from './reports/principal-match.ts';
import { principalPropertySearch } from './reports/principal-property-search.ts';
import { principalSearchPropertySet } from './reports/principal-search-property-set.ts';
import { syncCollection } from './reports/sync-collection.ts';
import type { World } from './resource.ts';

export function ownDeclarations<W extends World>({
  access,
  quota,
  sync,
  withoutProperties = [],
}: DavOptions<W>): Declarations {
  return {
    methods: [
      options,
      propfind,
      proppatch,
      report,
      ...(access.setAcl === undefined ? [] : [{ ...acl, on: access.setAclOn ?? [] }]),
    ],
    properties: [
      ...resourceProperties,
      ...registryProperties,
      ...principalProperties,
      ...aclProperties,
      ...(quota === undefined ? [] : quotaProperties),
      ...(sync === undefined ? [] : [{ ...syncToken, on: sync.on }]),
    ].filter(({ name }) => !withoutProperties.includes(name)),
    reports: [
      expandProperty,
      principalMatch,
      principalPropertySearch,
      principalSearchPropertySet,
      aclPrincipalPropSet,
      ...(sync === undefined ? [] : [{ ...syncCollection, on: sync.on }]),
    ],
  };
}
