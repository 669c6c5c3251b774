/** Entries of the outbox on their way. */
import type { ConnectorItem, ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import type { Payload } from '../outbox.ts';

/** One entry with all that its request needs. */
export interface Push {
  readonly entry: OutboxEntry;
  readonly pair: ConnectorPair;
  readonly payload: Payload;
  /** The event itself; absent while it has not been made there. */
  readonly main: ConnectorItem | undefined;
  /** Single items for instances of it. */
  readonly parts: readonly ConnectorItem[];
}
