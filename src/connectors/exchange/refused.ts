/** When a server takes no request of a kind, rather than this one. */
import type { RemoteFailure } from '../failure.ts';
import { clientFault } from './wire/response.ts';

/** Nothing of it has been done, and it would be refused again. */
export function isRefused({ code, class: kind }: RemoteFailure): boolean {
  return kind === 'ours' || code === clientFault;
}
