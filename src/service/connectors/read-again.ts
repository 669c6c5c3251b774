/** Links that are read from the beginning, because what is told of events, or which of them, is another thing than before. */
import type { Change } from '../../core/change-set.ts';
import type { Services } from '../context.ts';
import type { ExchangeSettings } from './settings.ts';

/** Everything is looked at once more on both sides, also what has not changed; nobody is mailed on this occasion. */
export const fromTheBeginning = {
  cursor: null,
  reconciling: true,
  localCursor: 0,
  deepChecked: null,
} as const;

/** They decide what is told here of an event of Exchange. */
const tellingSettings = ['privateEvents', 'recurrencePolicy'] as const;

/** Copies that were told otherwise follow with the next run, which is due, also where nothing changes there. */
export async function changesOfTelling(
  { storage, clock }: Services,
  before: ExchangeSettings,
  given: Partial<ExchangeSettings>,
): Promise<readonly Change[]> {
  const isOther = tellingSettings.some((name) => name in given && given[name] !== before[name]);
  if (!isOther) return [];
  const changes: Change[] = [];
  for await (const page of storage.connectors.links({ provider: 'exchange' })) {
    for (const { link } of page) {
      if (!link.initialised) continue;
      // What fails waits as long as it has to.
      const soon = link.failures === 0 && link.stopped === null ? { nextRun: clock.now() } : {};
      changes.push({ do: 'patch-connector-link', id: link.id, patch: { ...fromTheBeginning, ...soon } });
    }
  }
  return changes;
}
