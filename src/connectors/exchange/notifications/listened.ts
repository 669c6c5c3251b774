/** Who is listened to, and how. */
import type { RemoteFailure } from '../../failure.ts';
import type { EwsClient } from '../connection/client.ts';
import type { Pool } from '../connection/pool.ts';
import type { Subscription } from '../operations/subscriptions.ts';

/** A mailbox with the folders that somebody wants to hear of. */
export interface Listened {
  readonly client: EwsClient;
  readonly folders: readonly string[];
  readonly onHint: (folder: string) => void;
}

export interface StreamOptions {
  readonly pool: Pool;
  readonly userAgent: string;
  readonly now: () => number;
  readonly random: () => number;
  /** Told when a stream stands or has ended, for health. */
  readonly onState?: (open: boolean) => void;
  /** A mailbox that is listened to no longer, and why. */
  readonly onLost?: (mailbox: string, failure: RemoteFailure) => void;
  /** The first pause after a failure; it doubles. */
  readonly pauseMs?: number;
  /** When a connection is followed by the next one, although it still stands. */
  readonly renewMs?: number;
  /** Without a byte for so long a connection is dead, however it looks. */
  readonly quietMs?: number;
}

export interface Subscribed extends Subscription {
  readonly member: Listened;
}
