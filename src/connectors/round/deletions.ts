/**
 * What was removed there is removed here: after everything else has been read, and only if it is not so much that a
 * mistake is likelier than a wish (exchange.md 9.5).
 */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { isTooMany, liesIn } from '../rules.ts';
import { isUnreadable } from './failing.ts';
import { batches } from './fetch.ts';
import { pairsById } from './pairs.ts';
import type { Round } from './round.ts';
import { settle } from './settle.ts';
import { settleLostParts } from './tell.ts';
import { Work } from './work.ts';

/** The run ends, and a person is asked. */
export class GuardTripped extends Error {
  readonly deletions: number;

  constructor(deletions: number) {
    super(`${deletions} events would be deleted at once`);
    this.deletions = deletions;
  }
}

const deletionsAtOnce = 100;

export async function applyRemovals(round: Round): Promise<void> {
  const { connectors } = round.services.storage;
  const gone: ConnectorItem[] = [];
  for await (const page of connectors.items({ link: round.link.id, gone: true })) gone.push(...page);
  if (gone.length === 0) return;
  await requireFew(round, await wholeEvents(round, gone));
  for (const batch of batches(gone, deletionsAtOnce)) {
    round.checkpoint();
    await round.commitDecided(async () => ({ work: await removed(round, batch) }));
  }
}

async function removed(round: Round, items: readonly ConnectorItem[]): Promise<Work> {
  const work = new Work();
  const pairs = new Map<ConnectorPair['id'], ConnectorItem[]>();
  for (const item of items) {
    work.add({ do: 'drop-item', link: round.link.id, remoteId: item.remoteId });
    if (item.pair !== null) pairs.set(item.pair, [...(pairs.get(item.pair) ?? []), item]);
  }
  for (const pair of await pairsById(round, [...pairs.keys()])) {
    const lost = pairs.get(pair.id) ?? [];
    if (isUnreadable(pair) || lost.some((item) => isHistory(round, item)))
      work.add({ do: 'drop-pair', id: pair.id });
    else if (lost.every(({ recurrenceId }) => recurrenceId !== null))
      await settleLostParts(round, work, pair, lost);
    else await settle(round, work, pair, 'gone');
  }
  return work;
}

/**
 * Is it an event that had left the window before it was removed there? Servers move such events to archives; here they
 * stay, as history is never deleted by time passing (exchange.md 8.3).
 */
function isHistory(round: Round, { recurrenceId, start, end }: ConnectorItem): boolean {
  if (recurrenceId !== null || start === null || start >= round.window.start) return false;
  return !liesIn({ start, end }, round.window);
}

/** How many of them are whole events with an object here, which would go. */
async function wholeEvents(round: Round, gone: readonly ConnectorItem[]): Promise<number> {
  if (round.link.direction === 'to-remote') return 0;
  const ids = gone
    .filter((item) => item.recurrenceId === null && !isHistory(round, item))
    .flatMap(({ pair }) => pair ?? []);
  return (await pairsById(round, ids)).filter((pair) => !isUnreadable(pair)).length;
}

/** Throws `GuardTripped` unless the deletions are few, or a person has said "do it". */
export async function requireFew(round: Round, deletions: number): Promise<void> {
  if (deletions === 0 || round.link.guardLifted) return;
  const { pairs } = await round.services.storage.connectors.linkCounts(round.link.id);
  if (isTooMany(deletions, pairs, round.parts.rules.massDeleteGuard)) throw new GuardTripped(deletions);
}
