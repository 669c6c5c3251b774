/** Items there that go without their pair, which goes on, or has ended. */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import type { PairId } from '../../core/ids.ts';
import { agreedText, type Faces } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import type { Notify } from '../remote.ts';
import { asideName } from './aside.ts';
import { enqueue } from './enqueue.ts';
import { newMarker } from './failing.ts';
import type { Round } from './round.ts';
import { Work } from './work.ts';

/** Items of a pair that go without it; `told`: what they say, where one of them is a whole event. */
export function removal(
  round: Round,
  pair: ConnectorPair,
  items: readonly ConnectorItem[],
  told: NeutralEvent | undefined,
  notify: Notify,
): Work {
  const work = new Work();
  const aside = asideOf(round, pair, told);
  work.add({ do: 'put-pair', pair: aside });
  for (const item of items) work.add({ do: 'put-item', item: { ...item, pair: aside.id } });
  enqueue(round, work, aside, { action: 'delete', notify });
  return work;
}

/** A pair like this one without an object here. */
export function asideOf(round: Round, pair: ConnectorPair, told: Faces['remote'] | undefined): ConnectorPair {
  const marker = newMarker(round);
  return {
    ...pair,
    ...asideName(marker),
    id: round.services.ids<PairId>(),
    marker,
    objectEtag: null,
    agreed: told ? agreedText({ local: told, remote: told }) : null,
    quarantine: null,
    failures: 0,
    ended: null,
  };
}
