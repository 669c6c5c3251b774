/** The store's refusals as RFC 4918 states them: which lock is in the way, and which status. */
import type { Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { dav, type XmlName } from '../../xml/name.ts';
import { DavError, hrefPrecondition } from '../error.ts';
import { multistatus, partsOf } from '../multistatus.ts';
import type { DavResponse } from '../response.ts';
import { hrefInHome } from './resources.ts';
import type { Context } from './world.ts';

/** 423: names the root of the lock that stands in the way. */
export class Locked extends DavError {
  readonly lockRoot: string;

  constructor(sentence: string, precondition: XmlName, lockRoot: string) {
    super(423, sentence, hrefPrecondition(precondition, [lockRoot]));
    this.name = 'Locked';
    this.lockRoot = lockRoot;
  }
}

/**
 * Waits for `work` and turns its refusals into `DavError`s. `whenLocked`: the precondition to name when a lock is in
 * the way.
 */
export async function withDavErrors<Result>(
  work: Promise<Result>,
  home: Principal,
  { services }: Context,
  whenLocked: XmlName = dav('lock-token-submitted'),
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, detail } = error;
    if (code === 'locked')
      throw new Locked(message, whenLocked, hrefInHome(home, detail.name ?? '', services));
    if (code === 'too-large') throw new DavError(413, message);
    // RFC 4918 §9.8.5, §9.9.4: source and destination are the same, or one lies in the other.
    if (code === 'location-not-ok') throw new DavError(403, message);
    throw error;
  }
}

/** The answer where a lock on a member stops the whole: RFC 4918 §9.6.1 wants it named in a response of its own. Throws any other error on. */
export function memberLocked(error: unknown, href: string): Promise<DavResponse> {
  const isBelow = error instanceof Locked && error.lockRoot !== href && error.lockRoot.startsWith(href);
  if (!isBelow || error.precondition === undefined) throw error;
  return multistatus(
    partsOf([{ is: 'status', href: error.lockRoot, status: 423, error: error.precondition }]),
  );
}
