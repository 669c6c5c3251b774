/**
 * Series read back after a write of ours. An exception there that says what its series says is told as none; where a server
 * keeps whole copies, such a one does not follow what the series says now, and is made to (exchange.md 10.2, 10.3).
 */
import { canonical, isSame } from '../agreed.ts';
import type { NeutralEvent, RecurrenceKey } from '../event.ts';
import { instanceContent } from '../series.ts';
import { toldOrSent } from './confirm.ts';
import { enqueue } from './enqueue.ts';
import { fetchAll } from './fetch.ts';
import type { Push } from './outgoing.ts';
import type { Round } from './round.ts';
import { itemRow } from './rows.ts';
import { withItsParts } from './tell.ts';
import { Work } from './work.ts';

/** Answers whether something is to be written once more. */
export async function readBack(round: Round, pushes: readonly Push[]): Promise<boolean> {
  const series = pushes.filter(changesSeries);
  if (series.length === 0) return false;
  const { items } = await fetchAll(
    round,
    series.flatMap(({ main }) => main?.remoteId ?? []),
  );
  const pushed = new Map(series.map((push) => [push.main?.remoteId, push]));
  let again = false;
  await round.commitDecided(async () => {
    const work = new Work();
    for (const item of items) {
      const push = pushed.get(item.id);
      const pair = push && (await round.services.storage.connectors.pair(push.pair.id));
      if (push?.payload.action !== 'update' || !pair || pair.agreed === null) continue;
      const { before, after: sent, local } = push.payload;
      const expected = toldOrSent(round, pair, sent);
      const told = canonical(await withItsParts(round, pair, item));
      const behind = leftBehind(told, expected, before);
      const after = canonical({ ...told, overrides: without(told.overrides, behind) });
      // Whatever else was changed there, the next pull tells of.
      if (behind.size === 0 || !isSame(after, expected)) continue;
      work.add({ do: 'put-item', item: { ...itemRow(round, item, pair.id), echoed: false } });
      enqueue(round, work, pair, {
        action: 'update',
        notify: 'none',
        before: told,
        after,
        local,
        reverts: false,
      });
    }
    again = work.changes.length > 0;
    return { work };
  });
  return again;
}

function changesSeries({ payload, main }: Push): boolean {
  if (payload.action !== 'update' || !main) return false;
  const { before, after } = payload;
  return before.recurrence !== null && after.recurrence !== null && !isSame(before.content, after.content);
}

/** Instances that say what the series said before, and that nobody knew to be exceptions. */
function leftBehind(
  told: NeutralEvent,
  expected: NeutralEvent,
  before: NeutralEvent,
): ReadonlySet<RecurrenceKey> {
  const keys = Object.entries(told.overrides)
    .filter(([key]) => expected.overrides[key] === undefined && before.overrides[key] === undefined)
    .filter(([key, content]) => isSame(content, instanceContent(before, key)))
    .map(([key]) => key);
  return new Set(keys);
}

function without(
  overrides: NeutralEvent['overrides'],
  keys: ReadonlySet<RecurrenceKey>,
): NeutralEvent['overrides'] {
  return Object.fromEntries(Object.entries(overrides).filter(([key]) => !keys.has(key)));
}
