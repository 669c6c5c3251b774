/**
 * The organizer's word on copies of meetings in linked calendars (exchange.md §11.3): whatever a guest may not change is
 * refused when it is written, by every door, instead of being taken back by the next run.
 */
import type { SeenCalendar } from '../core/calendar.ts';
import { Refusal } from '../core/refusal.ts';
import { isGuestChange } from '../icalendar/guest-change.ts';
import { type CalendarObject, parseObject } from '../icalendar/object.ts';
import { principalById } from './access.ts';
import type { Services } from './context.ts';
import { mailboxOf } from './indexing.ts';

/**
 * Is the object with this name the copy of somebody else's meeting, of which a guest may not change everything? Calendars
 * without a link cost a look into what is remembered.
 */
export async function isGuestCopy(
  services: Services,
  { id }: SeenCalendar['calendar'],
  name: string,
): Promise<boolean> {
  const { storage } = services;
  const directory = await services.memory.current(storage);
  const linked = await directory.linked.get(
    'all',
    async () => new Set(await storage.connectors.linkedCalendars()),
  );
  return linked.has(id) && (await storage.connectors.roleOf(id, name)) === 'guest';
}

/**
 * Refuses `not-organizer` when `after` changes more of the object with this name than a guest may. Deleting one is nobody's
 * business here: it becomes an answer.
 */
export async function requireGuestChange(
  services: Services,
  { calendar }: Pick<SeenCalendar, 'calendar'>,
  name: string,
  after: CalendarObject,
): Promise<void> {
  if (!(await isGuestCopy(services, calendar, name))) return;
  const { storage } = services;
  const [stored, link, owner] = await Promise.all([
    storage.object(calendar.id, name),
    storage.connectors.linkOf(calendar.id),
    principalById(services, calendar.owner),
  ]);
  const before = stored && parseObject(stored.bytes);
  if (!before) return;
  const account = link && (await storage.connectors.account(link.account));
  const own = new Set([...(owner?.addresses ?? []), ...(account ? [account.mailbox] : [])]);
  if (isGuestChange(before, after, (address) => own.has(mailboxOf(address)))) return;
  throw new Refusal(
    'not-organizer',
    'only the organizer may change this meeting: you can answer, and set reminder, busy status, categories and privacy',
  );
}
