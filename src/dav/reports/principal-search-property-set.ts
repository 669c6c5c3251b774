/** principal-search-property-set (RFC 3744 §9.5): by what principals can be searched, for the forms of clients. */
import { dav } from '../../xml/name.ts';
import { smallDocument, XmlWriter } from '../../xml/writer.ts';
import { defineReport, type Report } from '../report.ts';
import type { World } from '../resource.ts';
import { xmlContentType } from '../response.ts';
import { refuseDepth } from './principal-match.ts';

export const principalSearchPropertySet: Report<World, string, undefined> = defineReport({
  name: dav('principal-search-property-set'),
  on: 'every',
  spec: 'RFC 3744 §9.5',
  defaultDepth: 0,

  parse(_body, request) {
    refuseDepth(request.depth);
    return undefined;
  },

  async run(_query, _resource, { dav: engine }) {
    const writer = new XmlWriter();
    for (const { property, description } of engine.options.principals.searchable) {
      writer.element(dav('principal-search-property'), () => {
        writer.element(dav('prop'), () => writer.empty(property));
        writer.element(dav('description'), () => writer.text(description), { 'xml:lang': 'en' });
      });
    }
    const body = smallDocument(dav('principal-search-property-set'), writer.takeText());
    return { status: 200, headers: { 'Content-Type': xmlContentType }, body };
  },
});
