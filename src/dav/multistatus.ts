/** Parts of a 207 body and how they become bytes (RFC 4918 §13). */
import type { Precondition } from './error.ts';

export type MultistatusPart =
  /** Whole `D:response` elements, written by the planner (`Responder`). */
  | { readonly is: 'xml'; readonly chunks: readonly (string | Uint8Array)[] }
  /** Whole `D:response` elements as the storage wrote them from a template. */
  | { readonly is: 'rows'; readonly bytes: Uint8Array }
  /** A response without properties: 404 of multiget and sync, 507 of a truncated answer, 423 of a DELETE. */
  | {
      readonly is: 'status';
      readonly href: string;
      readonly status: number;
      readonly error?: Precondition;
    }
  /** `DAV:sync-token` after the last response (RFC 6578 §6.4). */
  | { readonly is: 'sync-token'; readonly token: string };
