/**
 * How a server of another maker treats meetings (`Profile.laxMeetings`): read in the sources of Gromox 3.
 *
 * - What happens to one instance is mailed to nobody; a deletion that names it by its number, which is to be mailed, calls off all of them.
 * - Any other change that is to be mailed goes to all who are invited then, and to nobody who was left out; no answer is forgotten by it.
 * - A deletion that is to be mailed calls off whatever has recipients, also what was never sent and what somebody else has called together.
 * - A meeting that is accepted in another calendar is in the default one as well then (`meetings.ts`).
 * - What was made here is a meeting once it has guests, sent or not, and has no answer of its organizer's.
 */
import type { Context } from './context.ts';
import { attendeesOf, callOff, invite, sends } from './meetings.ts';
import type { Item } from './store.ts';

export function laxAnnounce(context: Context, item: Item, invitations: string | undefined): void {
  if (context.backend.profile.mailsNoUpdates) return;
  if (item.meeting?.own && sends(invitations) && attendeesOf(item.content).length > 0) invite(context, item);
}

export function laxCallOff(context: Context, item: Item, cancellations: string | undefined): void {
  if (sends(cancellations)) callOff(context, item);
}
