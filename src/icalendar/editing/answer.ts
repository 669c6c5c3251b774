/**
 * The answer of somebody who is invited: PARTSTAT of their own ATTENDEE line, and nothing else of the meeting
 * (RFC 5545 §3.2.12, RFC 6638 §3.2.2).
 */
import type { Component } from '../component.ts';
import { type Edit, replace, setProperty, withParameters } from '../edit.ts';
import { type AttendeeFacts, addressOf, guestFacts } from '../event-facts.ts';
import type { Instant } from '../time.ts';
import { contentLine, formatUtc } from '../value.ts';

export type Answer = 'accepted' | 'tentative' | 'declined';

/** An answer, and by which addresses the one who gives it is invited. */
export interface GivenAnswer {
  readonly answer: Answer;
  readonly isOwn: (address: string) => boolean;
}

/** What somebody has answered; `undefined` if nobody asked them: they are not invited, or they are the organizer. */
export function ownAnswer(
  component: Component,
  isOwn: (address: string) => boolean,
): AttendeeFacts['status'] | undefined {
  const { organizer, attendees } = guestFacts(component);
  if (!organizer || isOwn(organizer.address)) return undefined;
  return attendees.find(({ address }) => isOwn(address))?.status;
}

/** The edits of a component that give the answer. SEQUENCE stays: it is the organizer's (RFC 5546 §2.1.4). */
export function answerEdits(
  component: Component,
  { answer, isOwn }: GivenAnswer,
  now: Instant,
): readonly Edit[] {
  if (ownAnswer(component, isOwn) === undefined) return [];
  const own = component.all('ATTENDEE').filter((property) => isOwn(addressOf(property)));
  const stamp = formatUtc(now);
  return [
    ...own.map((property) => {
      const changes = { PARTSTAT: answer.toUpperCase(), RSVP: undefined };
      return replace(property, withParameters(property, changes));
    }),
    ...setProperty(component, 'LAST-MODIFIED', contentLine('LAST-MODIFIED', stamp)),
    ...setProperty(component, 'DTSTAMP', contentLine('DTSTAMP', stamp)),
  ];
}
