/** expand-property (RFC 3253 §3.8): properties, and in the place of their hrefs the properties of what they lead to. */
import { Refusal } from '../../core/refusal.ts';
import { dav, namespaces, xmlName } from '../../xml/name.ts';
import { childrenOf, type XmlElement } from '../../xml/reader.ts';
import type { RequestedProperty } from '../planner.ts';
import { defineReport, type Report } from '../report.ts';
import type { World } from '../resource.ts';

export const expandProperty: Report<World, string, readonly RequestedProperty[]> = defineReport({
  name: dav('expand-property'),
  on: 'every',
  spec: 'RFC 3253 §3.8',
  privilege: 'read',
  defaultDepth: 0,

  parse: propertiesIn,

  async *run(names, resource, call) {
    const { dav: engine, request, depth } = call;
    const budget = { left: engine.options.limits.maxMultigetHrefs };
    const requested = { ask: 'prop', names } as const;
    const { minimal } = request.prefer;
    const responder = engine.responder({ requested, minimal, inReport: true, budget }, call);
    yield await responder.one(resource);
    if (depth === 0 || !resource.isCollection) return;
    for await (const page of engine.options.members(resource, call)) yield await responder.page(page);
  },
});

/** `<D:property name="…" namespace="…">`, nested; `DAV:` is the default namespace. */
function propertiesIn(element: XmlElement): readonly RequestedProperty[] {
  return childrenOf(element, dav('property')).map((property) => {
    const local = property.attributes.get('{}name');
    if (local === undefined || local === '')
      throw new Refusal('malformed-request', 'a DAV:property has no name');
    const name = xmlName(property.attributes.get('{}namespace') ?? namespaces.dav, local);
    const inner = propertiesIn(property);
    return { name, element: property, ...(inner.length === 0 ? {} : { expand: inner }) };
  });
}
