/** Notes that stand for series there: nothing happens to the series before a person has agreed to it (exchange.md 10.6). */
import type { ConnectorPair } from '../../core/connector.ts';
import { consentOf, noteChanged, noteDeleted } from '../../service/connectors/notes.ts';
import { isSame, readAgreed } from '../agreed.ts';
import type { Decision } from '../decide.ts';
import { carryOutCreation, type Meeting, type There } from './carry-out.ts';
import { quarantine } from './failing.ts';
import type { Round } from './round.ts';

export function noteOf(pair: ConnectorPair, there: There): Meeting['note'] {
  const { agreed } = pair;
  const known = there === 'as-agreed' && agreed !== null ? readAgreed(agreed).note : undefined;
  if (typeof there === 'object' ? !there.note : !known) return undefined;
  return consentOf(pair) === 'given' ? 'free' : 'bound';
}

/**
 * Answers whether the decision waits for a person, or was replaced by what the person wants. `asOwner`: what would be decided
 * if the note were an event like others.
 */
export async function heldBack(
  meeting: Meeting,
  decision: Decision,
  asOwner: () => Promise<Decision>,
): Promise<boolean> {
  const { work, pair, copy, remote, note, role } = meeting;
  const consent = consentOf(pair);
  if (note !== 'bound') return false;
  if (decision.do === 'delete-remote') {
    if (consent === 'refused' && remote) await carryOutCreation(meeting, remote);
    else {
      work.add({ do: 'patch-pair', id: pair.id, patch: { objectEtag: null } });
      quarantine(work, pair, noteDeleted);
    }
    return true;
  }
  if (decision.do !== 'merge' || role === 'guest' || consent === 'refused' || !copy) return false;
  const wanted = await asOwner();
  if (wanted.do !== 'merge' || isSame(wanted.remote, decision.remote)) return false;
  const patch = { objectEtag: copy.stored.etag, objectName: copy.stored.name };
  work.add({ do: 'patch-pair', id: pair.id, patch });
  quarantine(work, pair, noteChanged);
  return true;
}

/** Those about which a person has answered since. */
export async function answered(round: Round): Promise<readonly ConnectorPair[]> {
  const found: ConnectorPair[] = [];
  for await (const page of round.services.storage.connectors.pairs(round.link.id, { quarantined: true })) {
    found.push(...page.filter((pair) => consentOf(pair) !== undefined));
  }
  return found;
}
