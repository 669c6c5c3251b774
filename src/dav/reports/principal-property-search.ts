/** principal-property-search (RFC 3744 §9.4): principals whose properties contain some text. */
import { Refusal } from '../../core/refusal.ts';
import { dav } from '../../xml/name.ts';
import { childOf, childrenOf } from '../../xml/reader.ts';
import type { PrincipalSearch } from '../engine.ts';
import { maxNestedProperties, tooManyProperties } from '../planner.ts';
import { defineReport, type Report } from '../report.ts';
import type { World } from '../resource.ts';
import { refuseDepth } from './principal-match.ts';

export interface PrincipalPropertySearch extends PrincipalSearch {
  /** Whether all principal collections are searched, whichever resource was asked. */
  readonly everywhere: boolean;
}

export const principalPropertySearch: Report<World, string, PrincipalPropertySearch> = defineReport({
  name: dav('principal-property-search'),
  on: 'every',
  spec: 'RFC 3744 §9.4',
  defaultDepth: 0,

  parse(body, request) {
    refuseDepth(request.depth);
    const terms = childrenOf(body, dav('property-search')).flatMap((search) => {
      const match = childOf(search, dav('match'))?.text;
      const properties = childOf(search, dav('prop'))?.children ?? [];
      if (match === undefined || properties.length === 0) {
        throw new Refusal('malformed-request', 'a property-search needs prop and match');
      }
      return properties.map(({ name }) => ({ property: name, match }));
    });
    if (terms.length > maxNestedProperties) throw tooManyProperties(maxNestedProperties);
    if (terms.length === 0)
      throw new Refusal('malformed-request', 'principal-property-search without property-search');
    return {
      // The attribute is of calendarserver.org; RFC 3744 joins the searches by "and".
      test: body.attributes.get('{}test') === 'anyof' ? 'anyof' : 'allof',
      terms,
      everywhere: childOf(body, dav('apply-to-principal-collection-set')) !== undefined,
    };
  },

  async *run({ everywhere, ...query }, { href }, call) {
    for await (const page of call.dav.options.principals.search(query, call)) {
      const found = everywhere ? page : page.filter((principal) => principal.href.startsWith(href));
      yield* call.responder.parts(found);
    }
  },
});
