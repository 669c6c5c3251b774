/** PROPPATCH (RFC 4918 §9.2): all instructions or none. */
import { Refusal } from '../../core/refusal.ts';
import { dav, type XmlName } from '../../xml/name.ts';
import { childrenOf, type XmlElement } from '../../xml/reader.ts';
import { escapeText, XmlWriter } from '../../xml/writer.ts';
import { type Verdict, verdictOf } from '../error.ts';
import { defineMethod, type Method } from '../method.ts';
import { multistatus, partsOf } from '../multistatus.ts';
import { parsePropertyUpdate, planUpdate } from '../property-update.ts';
import { writePropstat, writeVerdicts } from '../propstat.ts';
import type { World } from '../resource.ts';
import { type DavResponse, preferenceHeaders } from '../response.ts';

export const proppatch: Method<World, string> = defineMethod({
  name: 'PROPPATCH',
  spec: 'RFC 4918 §9.2',
  on: 'every',
  changesState: true,
  async handle(resource, context) {
    const { request, dav: engine } = context;
    const body = await engine.readXml(request);
    if (body === undefined) throw new Refusal('malformed-request', 'a PROPPATCH needs a body');
    const updates = parsePropertyUpdate(body, dav('propertyupdate'));
    if (updates.length === 0 && !asksForNothing(body))
      throw new Refusal('malformed-request', 'the PROPPATCH sets and removes nothing');
    const planned = planUpdate(updates, { kind: resource.kind, resource }, engine.registry, context);
    const { minimal } = request.prefer;
    if (!planned.ok) return verdicts(resource.href, [], planned.verdicts);
    try {
      if (updates.length > 0) await engine.options.applyPatch(resource, planned.patch, context);
    } catch (error) {
      const verdict = verdictOf(error);
      if (verdict?.status !== 507) throw error;
      // RFC 4918 §9.2.1: a full quota is reported on each property, as 507.
      return verdicts(resource.href, [], new Map(planned.names.map((name) => [name, verdict])));
    }
    // RFC 8144 §2.2: when all went well, there is nothing to tell.
    if (minimal) return { status: 200, headers: preferenceHeaders({ minimal }) };
    return verdicts(resource.href, planned.names, new Map());
  },
});

/**
 * Every `set` and `remove` holds an empty `prop`, as programs send that copy the properties of a file without any. Any
 * other body that names no property is a mistake.
 */
function asksForNothing(body: XmlElement): boolean {
  return body.children.every((instruction) => childrenOf(instruction, dav('prop')).length > 0);
}

function verdicts(
  href: string,
  done: readonly XmlName[],
  failed: ReadonlyMap<XmlName, Verdict>,
): Promise<DavResponse> {
  const writer = new XmlWriter();
  writer.raw(`<D:response><D:href>${escapeText(href)}</D:href>`);
  if (done.length === 0 && failed.size === 0) writePropstat(writer, [], 200);
  else writeVerdicts(writer, done, failed);
  writer.raw('</D:response>');
  return multistatus(partsOf([{ is: 'xml', chunks: writer.take() }]), preferenceHeaders({}));
}
