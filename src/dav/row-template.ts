/** Listings by template: the storage writes the rows, nothing is rendered one by one (performance.md §3). */
import type { XmlName } from '../xml/name.ts';
import { escapeText, XmlWriter } from '../xml/writer.ts';
import { verdictOf } from './error.ts';
import { statusLine } from './multistatus.ts';
import type { RowTemplate, Task } from './planner.ts';
import { writePropstat } from './propstat.ts';
import { callableProperty } from './registry.ts';
import type { Resource, World } from './resource.ts';

/**
 * The template, filled with the sample's values; a member's name goes between `head` and `tag`. For `undefined` and
 * `isMade` see `Responder.rowTemplate`.
 */
export async function rowTemplate<W extends World>(
  { plan, options: { minimal }, context }: Task<W>,
  collectionHref: string,
  sample: Resource<W>,
  isMade: boolean,
): Promise<RowTemplate | undefined> {
  if (plan.readsDead || plan.namesOnly) return undefined;
  const same = new XmlWriter();
  const missing: XmlName[] = minimal ? [] : [...plan.absent];
  let etag: XmlName | undefined;
  let data: XmlName | undefined;
  for (const { property, asked, silentWhenAbsent } of plan.asked) {
    const callable = callableProperty<W>(property);
    switch (typeof callable.inRow === 'function' ? callable.inRow(asked) : callable.inRow) {
      case 'etag':
        etag = property.name;
        break;
      case 'made':
        if (!isMade) return undefined;
        data = property.name;
        break;
      case 'data':
        data = property.name;
        break;
      case 'same': {
        if (callable.differs?.(sample, context)) return undefined;
        const value = await valueOrRefused(() => callable.read(sample, context, asked));
        // A refused property needs a propstat of its own, for which the template has no place.
        if (value === refused) return undefined;
        if (value !== undefined) same.element(property.name, () => callable.write(same, value));
        else if (!minimal && !silentWhenAbsent) missing.push(property.name);
        break;
      }
      case undefined:
        return undefined;
    }
  }
  if (etag === undefined) return undefined;
  const end = new XmlWriter();
  end.raw(`</D:prop><D:status>${statusLine(200)}</D:status></D:propstat>`);
  if (missing.length > 0) writePropstat(end, missing, 404);
  end.raw('</D:response>');
  const [openEtag, closeEtag] = tagsOf(etag);
  const head = `<D:response><D:href>${escapeText(collectionHref)}`;
  const tag = `</D:href><D:propstat><D:prop>${same.takeText()}${openEtag}`;
  if (data === undefined) return { head, tag, tail: closeEtag + end.takeText() };
  const [openData, closeData] = tagsOf(data);
  return { head, tag, data: closeEtag + openData, tail: closeData + end.takeText() };
}

const refused = Symbol('refused');

async function valueOrRefused(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (verdictOf(error) === undefined) throw error;
    return refused;
  }
}

function tagsOf(name: XmlName): readonly [open: string, close: string] {
  const writer = new XmlWriter();
  writer.textElement(name, '|');
  const [open = '', close = ''] = writer.takeText().split('|');
  return [open, close];
}
