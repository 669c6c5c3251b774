/** Events that cannot be brought in step: counted, and after three runs left alone until one side changes (exchange.md 17.3). */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { type PairId, uid } from '../../core/ids.ts';
import { RemoteFailure } from '../failure.ts';
import type { ItemFailure } from '../remote.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

const maxFailures = 3;

/** Leaves the pair alone at once: trying again would come to the same. */
export function quarantine(work: Work, pair: ConnectorPair, code: string, text: string | null = null): void {
  work.add({
    do: 'patch-pair',
    id: pair.id,
    patch: { quarantine: code, quarantineText: text, failures: maxFailures },
  });
  work.count('failed');
}

/** Counts a failure of one event. A request of ours that was wrong is not repeated. */
export function failed(round: Round, work: Work, pair: ConnectorPair, failure: ItemFailure): void {
  const failures = pair.failures + 1;
  if (failure.class === 'ours' || failures >= maxFailures) {
    return quarantine(work, pair, failure.code, failure.text);
  }
  round.incomplete = true;
  work.add({ do: 'patch-pair', id: pair.id, patch: { failures, quarantineText: failure.text } });
  work.count('failed');
}

/** A failure that is about more than one event ends the run: the class says what follows. */
export function raise(failure: ItemFailure): never {
  throw new RemoteFailure(failure.class, failure.code, failure.text, {
    retryAfterMs: failure.retryAfterMs,
  });
}

/** Is it about this one event, whatever the others do? */
export function isOfOneItem({ class: kind }: ItemFailure): boolean {
  return kind === 'poison' || kind === 'ours';
}

/**
 * A pair for something there that nobody can read, so that it is listed and tried again. It has no object here.
 */
export function unreadable(round: Round, work: Work, item: ConnectorItem, failure: ItemFailure): void {
  const pair: ConnectorPair = {
    id: round.services.ids<PairId>(),
    link: round.link.id,
    uid: uid(`unreadable:${item.remoteId}`),
    objectName: '',
    objectEtag: null,
    marker: newMarker(round),
    role: 'owner',
    origin: 'remote',
    agreed: null,
    failures: 0,
    quarantine: null,
    quarantineText: null,
    pushes: 0,
    pushedSince: null,
    reverts: 0,
    ended: null,
  };
  work.add({ do: 'put-pair', pair }, { do: 'put-item', item: { ...item, pair: pair.id } });
  failed(round, work, pair, failure);
}

export function isUnreadable({ objectName }: Pick<ConnectorPair, 'objectName'>): boolean {
  return objectName === '';
}

export function newMarker({ services }: Round): string {
  return Buffer.from(services.random(16)).toString('hex');
}
