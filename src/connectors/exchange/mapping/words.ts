/** The words of Exchange for what both sides can say (exchange.md 11.1, 11.2): one row each, read in both directions. */
import type { Answer, BusyStatus, EventContent, Privacy } from '../../event.ts';
import { knows, type SchemaVersion } from '../wire/schema-version.ts';

interface Word<Ours> {
  readonly ours: Ours;
  readonly theirs: string;
  /** Older servers do not know it. */
  readonly since?: SchemaVersion;
  /** It is understood, but never written. */
  readonly readOnly?: true;
}

interface Vocabulary<Ours> {
  readonly words: readonly Word<Ours>[];
  /** For what is absent, unknown, or too new for the server. */
  readonly otherwise: { readonly ours: Ours; readonly theirs: string };
}

export const busyWords: Vocabulary<BusyStatus> = {
  words: [
    { ours: 'free', theirs: 'Free' },
    { ours: 'tentative', theirs: 'Tentative' },
    { ours: 'busy', theirs: 'Busy' },
    { ours: 'out-of-office', theirs: 'OOF' },
    { ours: 'elsewhere', theirs: 'WorkingElsewhere', since: 'Exchange2013' },
  ],
  // NoData is read as Free, and so does an older server show who works elsewhere.
  otherwise: { ours: 'free', theirs: 'Free' },
};

export const privacyWords: Vocabulary<Privacy> = {
  words: [
    { ours: 'public', theirs: 'Normal' },
    { ours: 'private', theirs: 'Private' },
    { ours: 'confidential', theirs: 'Confidential' },
    { ours: 'private', theirs: 'Personal', readOnly: true },
  ],
  otherwise: { ours: 'public', theirs: 'Normal' },
};

export const importanceWords: Vocabulary<EventContent['importance']> = {
  words: [
    { ours: 'low', theirs: 'Low' },
    { ours: 'normal', theirs: 'Normal' },
    { ours: 'high', theirs: 'High' },
  ],
  otherwise: { ours: 'normal', theirs: 'Normal' },
};

export const answerWords: Vocabulary<Answer> = {
  words: [
    { ours: 'accepted', theirs: 'Accept' },
    { ours: 'tentative', theirs: 'Tentative' },
    { ours: 'declined', theirs: 'Decline' },
    { ours: 'needs-action', theirs: 'Unknown' },
    { ours: 'needs-action', theirs: 'NoResponseReceived', readOnly: true },
    { ours: 'accepted', theirs: 'Organizer', readOnly: true },
  ],
  otherwise: { ours: 'needs-action', theirs: 'Unknown' },
};

export function ourWord<Ours>({ words, otherwise }: Vocabulary<Ours>, theirs: string | undefined): Ours {
  return (words.find((word) => word.theirs === theirs?.trim()) ?? otherwise).ours;
}

export function theirWord<Ours>(
  { words, otherwise }: Vocabulary<Ours>,
  ours: Ours,
  version: SchemaVersion,
): string {
  const word = words.find((candidate) => candidate.ours === ours && candidate.readOnly !== true);
  return word && (word.since === undefined || knows(version, word.since)) ? word.theirs : otherwise.theirs;
}
