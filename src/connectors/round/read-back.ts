/** Series read back after a write of ours: what it has left behind there is to follow it. */
import type { ConnectorPair } from '../../core/connector.ts';
import { canonical, isSame } from '../agreed.ts';
import { leftBehind, mayLeaveBehind, withoutThem } from '../left-behind.ts';
import { withParts } from '../parts.ts';
import type { RemoteItem, Written } from '../remote.ts';
import { toldOrSent } from './confirm.ts';
import { enqueue } from './enqueue.ts';
import { fetchAll } from './fetch.ts';
import type { Push } from './outgoing.ts';
import type { Round } from './round.ts';
import { itemRow } from './rows.ts';
import type { Work } from './work.ts';

/**
 * What series say after these writes, by the ids of their pairs. Before the writes are noted: a process that dies here finds
 * them unanswered, and reads them as well (`settle.ts`).
 */
export async function readBack(
  round: Round,
  arrived: readonly { readonly push: Push; readonly written: Written }[],
): Promise<ReadonlyMap<ConnectorPair['id'], RemoteItem>> {
  const pairs = new Map(
    arrived.flatMap(({ push: { payload, pair }, written }) =>
      payload.action === 'update' && mayLeaveBehind(payload.before, payload.after)
        ? [[written.id, pair.id] as const]
        : [],
    ),
  );
  const { items } = await fetchAll(round, [...pairs.keys()]);
  return new Map(
    items.flatMap((item) => {
      const pair = pairs.get(item.id);
      return pair === undefined ? [] : [[pair, item] as const];
    }),
  );
}

/** Answers whether something is to be written once more. */
export function followUp(
  round: Round,
  work: Work,
  { pair, payload, parts }: Push,
  written: Written,
  item: RemoteItem | undefined,
): boolean {
  if (payload.action !== 'update' || !item) return false;
  const { before, after: sent, local } = payload;
  const expected = toldOrSent(round, pair, sent);
  const keys = (written.parts ?? parts).flatMap(({ recurrenceId }) => recurrenceId ?? []);
  const told = canonical(item.event.recurrence === null ? item.event : withParts(item.event, expected, keys));
  const behind = leftBehind(told, expected, before);
  const after = withoutThem(told, behind);
  // Whatever else was changed there, the next pull tells of.
  if (behind.size === 0 || !isSame(after, expected)) return false;
  work.add({ do: 'put-item', item: { ...itemRow(round, item, pair.id), echoed: false } });
  enqueue(round, work, pair, {
    action: 'update',
    notify: 'none',
    before: told,
    after,
    local,
    reverts: false,
  });
  return true;
}
