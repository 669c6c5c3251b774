/** Entries of the outbox on their way. */
import type { ConnectorItem, ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import type { Payload } from '../outbox.ts';
import type { Untold } from '../remote.ts';

/** One entry with all that its request needs. */
export interface Push {
  readonly entry: OutboxEntry;
  readonly pair: ConnectorPair;
  readonly payload: Payload;
  /** The event itself; absent while it has not been made there. */
  readonly main: ConnectorItem | undefined;
  /** Single items for instances of it. */
  readonly parts: readonly ConnectorItem[];
  /** How far it has come (`Update.noteUntold`); absent: it was not sent in pieces. */
  untold?: Untold | 'told';
}

/** Something of it is there of which guests have not heard. */
export function isUntold({ untold }: Push): boolean {
  return untold !== undefined && untold !== 'told';
}
