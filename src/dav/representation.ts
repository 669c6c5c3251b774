/**
 * `Prefer: return=representation` (RFC 8144 §3): the answer to a change carries what GET would now give, and so does
 * the 412 of a change that came too late, which spares the client a request before it can merge.
 */
import type { DavContext } from './engine.ts';
import { verdictOf } from './error.ts';
import type { AnyMethod } from './method.ts';
import { callableMethod } from './registry.ts';
import type { World } from './resource.ts';
import { type DavResponse, preferenceHeaders } from './response.ts';

/** The answer to a successful PUT with what is stored now; any other answer as it is. */
export async function withRepresentation<W extends World>(
  response: DavResponse,
  context: DavContext<W>,
): Promise<DavResponse> {
  const { method, prefer } = context.request;
  const wanted =
    prefer.representation && method === 'PUT' && (response.status === 201 || response.status === 204);
  const shown = wanted ? await current(context) : undefined;
  if (shown === undefined) return response;
  return merged(response.status === 204 ? 200 : 201, response.headers, shown);
}

/** A 412 with what is there instead, where the client wishes it; `undefined` for any other error. */
export async function staleWithRepresentation<W extends World>(
  error: unknown,
  method: AnyMethod,
  context: DavContext<W>,
): Promise<DavResponse | undefined> {
  const verdict = verdictOf(error);
  if (verdict?.status !== 412 || !method.changesState || !context.request.prefer.representation)
    return undefined;
  const shown = await current(context);
  return shown === undefined ? undefined : merged(412, verdict.headers, shown);
}

async function current<W extends World>(context: DavContext<W>): Promise<DavResponse | undefined> {
  const { dav, request } = context;
  const resource = request.path && (await dav.options.resolve(request.path.segments, context));
  const get = resource && dav.registry.methodOn('GET', resource.kind);
  if (resource === undefined || get === undefined) return undefined;
  if (get.privilege !== undefined) await dav.require(resource, get.privilege, context);
  const shown = await callableMethod<W>(get).handle(resource, context);
  return { ...shown, headers: { ...shown.headers, 'Content-Location': resource.href } };
}

function merged(status: number, headers: DavResponse['headers'], shown: DavResponse): DavResponse {
  return {
    ...shown,
    status,
    headers: { ...headers, ...shown.headers, ...preferenceHeaders({ representation: true }) },
  };
}
