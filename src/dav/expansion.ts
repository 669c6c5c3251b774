/** Replaces hrefs inside properties, live and dead, by the resources that they lead to (RFC 3253 §3.8). */
import { Refusal } from '../core/refusal.ts';
import { dav, type XmlName } from '../xml/name.ts';
import { readXml, type XmlElement, type XmlLimits } from '../xml/reader.ts';
import { XmlWriter } from '../xml/writer.ts';
import type { DavContext } from './engine.ts';
import { statusLine } from './multistatus.ts';
import type { Plan, RequestedProperty, ResponderOptions } from './planner.ts';
import type { World } from './resource.ts';

/** One response for each href, with the properties `names`. Refuses `too-many-results` beyond the budget of the request. */
export async function responsesFor<W extends World>(
  hrefs: readonly string[],
  names: readonly RequestedProperty[],
  options: ResponderOptions,
  context: DavContext<W>,
): Promise<string> {
  const responder = context.dav.responder({ ...options, requested: { ask: 'prop', names } }, context);
  const writer = new XmlWriter();
  for (const href of hrefs) {
    if (options.budget !== undefined && --options.budget.left < 0) {
      throw new Refusal('too-many-results', 'the properties lead to too many resources');
    }
    const resource = await context.dav.resolveHref(href, context);
    if (resource !== undefined) writer.chunks((await responder.one(resource)).chunks);
    else {
      writer.element(dav('response'), () => {
        writer.textElement(dav('href'), href);
        writer.textElement(dav('status'), statusLine(404));
      });
    }
  }
  return writer.takeText();
}

/** The dead properties of one resource, with those expanded that the plan says. */
export async function expandDead<W extends World>(
  { expandedDead }: Plan,
  dead: ReadonlyMap<XmlName, string>,
  options: ResponderOptions,
  context: DavContext<W>,
): Promise<ReadonlyMap<XmlName, string>> {
  const expanded = new Map(dead);
  for (const { name, expand } of expandedDead) {
    const xml = dead.get(name);
    const hrefs = xml === undefined ? [] : hrefsInDead(xml, context.dav.options.limits);
    if (expand === undefined || hrefs.length === 0) continue;
    const responses = await responsesFor(hrefs, expand, options, context);
    const writer = new XmlWriter();
    writer.element(name, () => writer.raw(responses));
    expanded.set(name, writer.takeText());
  }
  return expanded;
}

/** The hrefs that a client has put into a dead property, as it is kept, in document order. */
export function hrefsInDead(xml: string, limits: XmlLimits): readonly string[] {
  return hrefsBelow(readXml(Buffer.from(xml), limits));
}

function hrefsBelow(element: XmlElement): readonly string[] {
  if (element.name === dav('href')) return [element.text.trim()];
  return element.children.flatMap(hrefsBelow);
}
