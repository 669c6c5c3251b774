/** How requests to a provider fail, and what follows from it (exchange.md 17.1). */

export type FailureClass =
  /** The person's login was refused: no repeat with the same password. */
  | 'auth'
  /** The service account was refused: the whole connector stops. */
  | 'auth-global'
  /** A right is missing. */
  | 'permission'
  /** The provider wants a pause; nothing of this budget is sent before it ends. */
  | 'throttle'
  /** Network, TLS, 5xx: again a little later. */
  | 'transient'
  /** The cursor is not honoured: pull from the beginning without deleting. */
  | 'state'
  /** The calendar there is gone. */
  | 'folder-gone'
  | 'subscription'
  /** The item is gone. */
  | 'gone'
  /** The item is there, and nobody may be told of it. */
  | 'withheld'
  /** The item has another version than expected. */
  | 'conflict'
  /** The item is broken, or cannot be stored there. */
  | 'poison'
  /** We asked wrongly. */
  | 'ours'
  /** The mailbox is full: go on pulling. */
  | 'quota'
  /** The batch was stopped before this item: send it alone. */
  | 'batch'
  /** The mailbox is being moved: later, and perhaps elsewhere. */
  | 'move'
  /** It must not be reached from here: certificate, allow list, settings. */
  | 'configuration'
  | 'cancelled';

/** A request that failed as a whole. */
export class RemoteFailure extends Error {
  readonly class: FailureClass;
  /** Stable, for logs, administrators and the page's words: the provider's response code, or ours in kebab case. */
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(
    failureClass: FailureClass,
    code: string,
    message: string,
    detail: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'RemoteFailure';
    this.class = failureClass;
    this.code = code;
    this.retryAfterMs = detail.retryAfterMs;
  }
}
