/** Who is mailed by the provider about a write of ours (exchange.md 11.4). The rule errs on the side of silence. */
import { isSame } from './agreed.ts';
import type { NeutralEvent } from './event.ts';
import type { Notify } from './remote.ts';
import type { SyncRules } from './rules.ts';
import { extentOf, instanceContent, occursAt } from './series.ts';

export interface Mailing {
  readonly invitations: SyncRules['invitations'];
  /** First run, back-fill, repair and deep check never mail anybody. */
  readonly silent: boolean;
  readonly isOwn: (address: string) => boolean;
}

/** Null on the side where the event does not exist. */
export function notifyOf(before: NeutralEvent | null, after: NeutralEvent | null, mailing: Mailing): Notify {
  const { invitations, silent } = mailing;
  if (silent || invitations === 'none') return 'none';
  const invites = [before, after].some((event) => event !== null && isInvited(event, mailing));
  if (!invites) return 'none';
  if (!before || !after) return 'all';
  return isSame(whatGuestsMind(before), whatGuestsMind(after)) ? 'none' : 'all';
}

/**
 * Who hears of it when somebody else's meeting is deleted here: its organizer, who else would wait for the guest. Nobody
 * waits for an answer that was given, nor for one to what was called off or is over.
 */
export function notifyOfAbsence(meeting: NeutralEvent, mailing: Mailing, now: number): Notify {
  const { invitations, silent } = mailing;
  const { answer, cancelled } = meeting.content;
  if (silent || invitations === 'none' || cancelled || answer === null || answer === 'declined')
    return 'none';
  const { end } = extentOf(meeting);
  return end !== null && end <= now ? 'none' : 'all';
}

/** Whether the provider may mail an invitation at all, now or later. */
export function mayInvite(event: NeutralEvent, mailing: Mailing): boolean {
  return mailing.invitations !== 'none' && isInvited(event, mailing);
}

/** The owner of the calendar has invited somebody. */
function isInvited({ content, overrides }: NeutralEvent, { isOwn }: Mailing): boolean {
  return [content, ...Object.values(overrides)].some(
    ({ organizer, attendees }) =>
      (organizer === null || isOwn(organizer.address)) && attendees.some(({ address }) => !isOwn(address)),
  );
}

/**
 * Time, place, repetition, and who comes. An instance that says of these what its series says is like any other, if that names
 * it: a day beside its rule is one more.
 */
function whatGuestsMind(event: NeutralEvent): unknown {
  const { content, recurrence, excluded, overrides } = event;
  const part = ({ start, end, location, attendees, cancelled }: NeutralEvent['content']): unknown => ({
    start,
    end,
    location,
    cancelled,
    people: attendees.map(({ address }) => address),
  });
  return {
    recurrence,
    excluded,
    content: part(content),
    overrides: Object.entries(overrides)
      .map(([key, other]) => [key, part(other)] as const)
      .filter(([key, other]) => !isSame(other, part(instanceContent(event, key))) || !occursAt(event, key)),
  };
}
