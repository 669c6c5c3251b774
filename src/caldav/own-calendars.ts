/** The calendars of the actor's own home, as one request sees them. */
import type { SeenCalendar } from '../core/calendar.ts';
import { visibleCalendars } from '../service/access.ts';
import type { Context } from './world.ts';

/** Looked up once: a listing asks for them as members, for its sync token and for its ctag. */
export function ownCalendars({ request, services, actor }: Context): Promise<readonly SeenCalendar[]> {
  let calendars = known.get(request);
  if (!calendars) known.set(request, (calendars = visibleCalendars(services, actor)));
  return calendars;
}

const known = new WeakMap<Context['request'], Promise<readonly SeenCalendar[]>>();
