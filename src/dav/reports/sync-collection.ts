/** sync-collection (RFC 6578 §3.2): what changed since a token. On which kinds, the door's `sync` says. */
import { Refusal } from '../../core/refusal.ts';
import { dav } from '../../xml/name.ts';
import { childOf, type XmlElement } from '../../xml/reader.ts';
import type { SyncEntry, SyncLine } from '../engine.ts';
import { DavError } from '../error.ts';
import type { MultistatusPart } from '../multistatus.ts';
import type { Responder, RowTemplate } from '../planner.ts';
import { defineReport, type Report } from '../report.ts';
import type { DavRequest } from '../request.ts';
import type { World } from '../resource.ts';

export interface SyncQuery {
  /** Absent for a first synchronization. */
  readonly token: string | undefined;
  readonly depth: 1 | 'infinity';
  /** `DAV:nresults`; absent: as many as the server likes. */
  readonly limit: number | undefined;
}

export const syncCollection: Report<World, string, SyncQuery> = defineReport({
  name: dav('sync-collection'),
  on: 'every',
  spec: 'RFC 6578 §3.2',
  privilege: 'read',
  // Any Depth is taken: RFC 6578 wants 0, Thunderbird sends 1, and it means nothing beside the sync level (clients.md W31).
  defaultDepth: 0,

  parse(body, request) {
    const token = childOf(body, dav('sync-token'))?.text.trim();
    return {
      token: token === '' ? undefined : token,
      depth: syncLevel(childOf(body, dav('sync-level')), request),
      limit: resultLimit(childOf(body, dav('limit'))),
    };
  },

  async *run({ token, depth, limit }, collection, call) {
    const { sync, limits } = call.dav.options;
    if (sync === undefined) throw new Refusal('unsupported-report', 'nothing here keeps a log of changes');
    const most = Math.min(limit ?? limits.maxSyncResults, limits.maxSyncResults);
    const answer = await sync.changes(collection, token, { limit: most, depth }, call);
    const { rows, lines } = answer;
    const sample = (rows ?? lines)?.sample;
    const template = sample && (await call.responder.rowTemplate(collection.href, sample));
    if (rows !== undefined && template !== undefined) {
      for await (const bytes of rows.rows(template)) yield { is: 'rows', bytes };
    } else if (lines !== undefined && template !== undefined && template.data === undefined) {
      for await (const page of lines.pages) yield* rowsOf(page, template, collection.href);
    } else {
      for await (const page of answer.pages) yield* responses(page, call.responder);
    }
    if (answer.truncated) yield { is: 'status', href: collection.href, status: 507, error: overLimit };
    yield { is: 'sync-token', token: answer.token };
  },
});

const overLimit = { name: dav('number-of-matches-within-limits') } as const;

/** Members that are there run by run, so that each run is read as a page; those that are gone as 404 (RFC 6578 §3.5.2). */
async function* responses(
  entries: readonly SyncEntry<World>[],
  responder: Responder<World>,
): AsyncGenerator<MultistatusPart> {
  const present = entries.flatMap((entry) => (entry.is === 'changed' ? [entry.resource] : []));
  yield* responder.parts(present);
  for (const entry of entries) if (entry.is === 'gone') yield { is: 'status', href: entry.href, status: 404 };
}

/** `responses` for lines of the log alone: no member has to be read. */
function* rowsOf(
  lines: readonly SyncLine[],
  { head, tag, tail }: RowTemplate,
  collectionHref: string,
): Generator<MultistatusPart> {
  let rows = '';
  for (const line of lines) if (!line.gone) rows += `${head}${line.name}${tag}${line.etag}${tail}`;
  if (rows !== '') yield { is: 'xml', chunks: [rows] };
  for (const line of lines)
    if (line.gone) yield { is: 'status', href: collectionHref + line.name, status: 404 };
}

/** Before RFC 6578 was final the level was told by Depth; programs of that time are still about. */
function syncLevel(element: XmlElement | undefined, request: DavRequest): 1 | 'infinity' {
  switch (element?.text.trim()) {
    case '1':
      return 1;
    case 'infinite':
      return 'infinity';
    case undefined:
      return request.depth === 'infinity' ? 'infinity' : 1;
    default:
      throw new Refusal('malformed-request', 'DAV:sync-level is 1 or infinite');
  }
}

function resultLimit(element: XmlElement | undefined): number | undefined {
  if (element === undefined) return undefined;
  const text = childOf(element, dav('nresults'))?.text.trim() ?? '';
  if (!/^\d+$/.test(text)) throw new Refusal('malformed-request', 'DAV:nresults is a number');
  const count = Number(text);
  if (count > 0) return count;
  throw new DavError(507, 'an answer without results could never be continued', overLimit);
}
