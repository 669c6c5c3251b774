/**
 * Series that are told here as the note of their first day: what they become when somebody changes or deletes the note is
 * asked first (exchange.md 10.6). A question stands among the events that need attention, under one of these codes.
 */
import type { ConnectorPair } from '../../core/connector.ts';
import type { PairId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { requireLink } from './accounts.ts';

/** The note says something else now: the series would become one event that says the same. */
export const noteChanged = 'note-changed';
/** The note was deleted: the whole series would be. */
export const noteDeleted = 'note-deleted';

const agreed = 'note-agreed';
const refused = 'note-refused';

/** Such a question, or its answer that waits to be carried out: trying again does not take either away. */
export function isAboutNote({ quarantine }: Pick<ConnectorPair, 'quarantine'>): boolean {
  return (
    quarantine === noteChanged ||
    quarantine === noteDeleted ||
    quarantine === agreed ||
    quarantine === refused
  );
}

/** What a person has answered; undefined: nothing, and nothing happens to the series. */
export function consentOf({
  quarantine,
}: Pick<ConnectorPair, 'quarantine'>): 'given' | 'refused' | undefined {
  if (quarantine === agreed) return 'given';
  return quarantine === refused ? 'refused' : undefined;
}

/**
 * The answer about a note of the actor's own link: `proceed` ends the repetition there, or deletes the series; else the note
 * becomes again what it was. Refuses `not-found`.
 */
export async function answerNote(
  services: Services,
  actor: Actor,
  id: PairId,
  proceed: boolean,
): Promise<void> {
  requireWriting(actor);
  const link = await requireLink(services, actor);
  const pair = await services.storage.connectors.pair(id);
  const asks = pair?.quarantine === noteChanged || pair?.quarantine === noteDeleted;
  if (!pair || pair.link !== link.id || !asks || pair.ended !== null) {
    throw new Refusal('not-found', 'there is no such question');
  }
  await commit(services, actor, [
    { do: 'patch-pair', id, patch: { quarantine: proceed ? agreed : refused } },
    { do: 'patch-connector-link', id: link.id, patch: { wanted: services.clock.now() } },
  ]);
}
