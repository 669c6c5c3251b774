/**
 * A calendar there that is not found any more: before its link waits for a person it is looked for once (exchange.md 17.1). A
 * mailbox that was moved or restored has the same calendars under other ids.
 */
import type { Change } from '../core/change-set.ts';
import type { ConnectorLink } from '../core/connector.ts';
import { freshState } from '../service/connectors/links.ts';
import type { Round } from './round/round.ts';

/** `same`: it is there after all. An id: the default calendar, which was linked, has this one now. */
export async function lookAgain({
  parts,
  link,
}: Round): Promise<'same' | { readonly id: string } | undefined> {
  const { mailbox, signal } = parts;
  const calendars = await mailbox.calendars(signal).catch(() => []);
  if (calendars.some(({ id }) => id === link.remoteCalendar)) return 'same';
  // One that somebody has made is not taken for another one because it bears the same name.
  const known = calendars.find(({ isDefault, title }) => isDefault && title === link.remoteName);
  return known && { id: known.id };
}

/** The link leads to the same calendar under its new id, and everything is paired anew: nothing is doubled or deleted. */
export function leadingTo(
  { id }: ConnectorLink,
  remoteCalendar: string,
  now: Round['started'],
): readonly Change[] {
  return [
    { do: 'patch-connector-link', id, patch: { removed: now } },
    { do: 'patch-connector-link', id, patch: { ...freshState, remoteCalendar } },
  ];
}
