/** What COPY and MOVE have in common, whatever is copied (RFC 4918 §9.8, §9.9). */
import { Refusal } from '../core/refusal.ts';
import { DavError } from './error.ts';
import type { DavPath, DavRequest } from './request.ts';
import type { DavResponse } from './response.ts';

/** The `Destination` header. Refuses: `malformed-request` without it; 502 for another server (§9.8.5). */
export function destinationOf({ destination }: DavRequest): DavPath {
  if (destination === undefined) throw new Refusal('malformed-request', 'a COPY or MOVE needs a Destination');
  if (destination !== 'elsewhere') return destination;
  throw new DavError(502, 'the Destination is on another server, and nothing is sent there');
}

/** COPY takes 0 or infinity (§9.8.3), MOVE of a collection infinity only (§9.9.2); a missing Depth is infinity. */
export function transferDepth({ method, depth }: DavRequest, isCollection: boolean): 0 | 'infinity' {
  const isBad = depth === 1 || (method === 'MOVE' && depth === 0 && isCollection);
  if (isBad) throw new Refusal('malformed-request', `${method} is not done with Depth: ${depth}`);
  return depth === 0 ? 0 : 'infinity';
}

/** 201 for something new, 204 for something replaced. */
export function transferred(created: boolean, href: string): DavResponse {
  return created ? { status: 201, headers: { Location: href } } : { status: 204, headers: {} };
}
