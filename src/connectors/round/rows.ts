/** What is noted of an item there, and what it tells. */
import type { ConnectorItem } from '../../core/connector.ts';
import type { PairId } from '../../core/ids.ts';
import { instant } from '../../icalendar/time.ts';
import type { RemoteItem } from '../remote.ts';
import type { Told } from './carry-out.ts';
import type { Round } from './round.ts';

/** The row of an item that has been read. */
export function itemRow(round: Round, item: RemoteItem, pair: PairId | null): ConnectorItem {
  return {
    link: round.link.id,
    remoteId: item.id,
    version: item.version,
    pair,
    recurrenceId: item.partOf?.recurrenceId ?? null,
    start: instant(item.extent.start),
    end: item.extent.end === null ? null : instant(item.extent.end),
    recurring: item.event.recurrence !== null,
    gone: false,
    echoed: true,
  };
}

export function toldBy({
  event,
  version,
  modified,
  role,
  veiled,
  note,
  invited,
  mailedFrom,
  attempt,
}: RemoteItem): Told {
  const more = {
    ...(veiled && { veiled }),
    ...(note && { note }),
    ...(invited !== undefined && { invited }),
    ...(mailedFrom !== undefined && { mailedFrom }),
    ...(attempt !== undefined && { attempt }),
  };
  return { event, version, modified, role, ...more };
}

/** Of an item of which nothing is known but its id. */
export function blankRow(round: Round, remoteId: string): ConnectorItem {
  return {
    link: round.link.id,
    remoteId,
    version: '',
    pair: null,
    recurrenceId: null,
    start: null,
    end: null,
    recurring: false,
    gone: false,
    echoed: true,
  };
}
