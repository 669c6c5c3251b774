/**
 * The organizer's word on copies of meetings in linked calendars (exchange.md §11.3): whatever a guest may not change is
 * refused when it is written, by every door, instead of being taken back by the next run.
 */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { isGuestChange } from '../../icalendar/editing/guest-change.ts';
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import { principalById } from '../access.ts';
import type { Services } from '../context.ts';
import { mailboxOf } from './indexing.ts';

/**
 * Whether the object with this name is a copy of somebody else's meeting, of which a guest may not change everything.
 * For a calendar without a link this costs one look into memory.
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
  const [stored, isOwn] = await Promise.all([
    services.storage.object(calendar.id, name),
    addressesOfOwner(services, calendar),
  ]);
  const before = stored && parseObject(stored.bytes);
  if (!before || isGuestChange(before, after, isOwn)) return;
  throw new Refusal(
    'not-organizer',
    'only the organizer may change this meeting: you can answer, and set reminder, busy status, categories and privacy',
  );
}

/**
 * By which addresses the actor is invited to what stands in a calendar: in their own one also that of the mailbox which it is
 * linked with, in that of a company or group their own. What another person is invited to, that person answers.
 */
export async function addressesOfGuest(
  services: Services,
  { principal }: Actor,
  { calendar }: Pick<SeenCalendar, 'calendar'>,
): Promise<(address: string) => boolean> {
  if (calendar.owner === principal.id) return await addressesOfOwner(services, calendar);
  if (calendar.ownerKind === 'user') return () => false;
  return (address) => principal.addresses.includes(mailboxOf(address));
}

async function addressesOfOwner(
  services: Services,
  calendar: SeenCalendar['calendar'],
): Promise<(address: string) => boolean> {
  const { connectors } = services.storage;
  const [link, owner] = await Promise.all([
    connectors.linkOf(calendar.id),
    principalById(services, calendar.owner),
  ]);
  const account = link && (await connectors.account(link.account));
  const own = new Set([...(owner?.addresses ?? []), ...(account ? [account.mailbox] : [])]);
  return (address) => own.has(mailboxOf(address));
}
