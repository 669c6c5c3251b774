/** expand-property (RFC 3253 §3.8): properties, and in the place of their hrefs the properties of what they lead to. */
import { Refusal } from '../../core/refusal.ts';
import { dav, isLocalName, namespaces, xmlName } from '../../xml/name.ts';
import { childrenOf, type XmlElement } from '../../xml/reader.ts';
import { maxNestedProperties, type RequestedProperty, tooManyProperties } from '../planner.ts';
import { defineReport, type Report } from '../report.ts';
import type { World } from '../resource.ts';

export const expandProperty: Report<World, string, readonly RequestedProperty[]> = defineReport({
  name: dav('expand-property'),
  on: 'every',
  spec: 'RFC 3253 §3.8',
  privilege: 'read',
  defaultDepth: 0,

  parse: (body) => propertiesIn(body),

  async *run(names, resource, call) {
    const { dav: engine, request, depth } = call;
    const budget = { left: maxExpanded };
    const requested = { ask: 'prop', names } as const;
    const { minimal } = request.prefer;
    const responder = engine.responder({ requested, minimal, inReport: true, budget }, call);
    yield await responder.one(resource);
    if (depth === 0 || !resource.isCollection) return;
    for await (const page of engine.options.members(resource, call)) yield* responder.parts(page);
  },
});

/** Resources that may be written in the place of hrefs: their responses are gathered in memory. */
const maxExpanded = 2000;

/** `<D:property name="…" namespace="…">`, nested; `DAV:` is the default namespace. */
function propertiesIn(
  element: XmlElement,
  count = { left: maxNestedProperties },
): readonly RequestedProperty[] {
  return childrenOf(element, dav('property')).map((property) => {
    if (--count.left < 0) throw tooManyProperties(maxNestedProperties);
    const local = property.attributes.get('{}name') ?? '';
    if (!isLocalName(local))
      throw new Refusal('malformed-request', 'the name of a DAV:property is no XML name');
    const name = xmlName(property.attributes.get('{}namespace') ?? namespaces.dav, local);
    const inner = propertiesIn(property, count);
    return { name, element: property, ...(inner.length === 0 ? {} : { expand: inner }) };
  });
}
